"""A world made of an export of OMS: what it holds is served, what it lacks is null, what cannot be read is refused."""

from __future__ import annotations

import gzip
import os
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from lumicert.sandbox.model import FLAGS, World
from lumicert.sandbox.real import BadExport, read
from lumicert.sandbox.view import WorldView

HEAD = (
    "run_number,start_time,end_time,sequence,components,stable_beam,"
    "fill_number,energy,recorded_lumi,last_lumisection_number,fill_type_runtime"
)
RUNS = f"""{HEAD}
700,2018-04-20T10:00:00Z,2018-04-20T10:05:00Z,GLOBAL-RUN,DAQ DT TRACKER,True,6600,6499,0.5,3,PROTONS
702,2018-04-20T11:00:00Z,,PRIVATE-GLOBAL-CALO,DAQ ECAL,False,,,,,
701,2018-04-20T10:30:00Z,2018-04-20T10:40:00Z,GLOBAL-RUN,DAQ DT,False,6601,0,0.0,2,COSMICS
"""
LUMISECTIONS = """run_number,lumisection_number,beam1_stable,bpix_ready,recorded_lumi,init_lumi
700,2,True,,0.4,1.5
700,1,True,False,0.1,1.6
700,4,False,True,,
999,1,True,True,1.0,1.0
"""


def export(folder: Path, runs: str = RUNS, lumisections: str = LUMISECTIONS) -> World:
    (folder / "runs.csv").write_text(runs)
    with gzip.open(folder / "lumisections.csv.gz", "wt") as file:
        file.write(lumisections)
    return read(folder / "runs.csv", folder / "lumisections.csv.gz")


def test_runs_are_in_order_and_keep_their_values(tmp_path: Path) -> None:
    world = export(tmp_path)
    assert [run.run_number for run in world.runs] == [700, 701, 702]
    run = world.run(700)
    assert (run.components, run.energy, run.recorded_lumi, run.duration) == (("DAQ", "DT", "TRACKER"), 6499, 0.5, 300)
    assert [run.kind for run in world.runs] == ["collisions", "cosmics", "private"]


def test_an_empty_cell_and_a_missing_column_are_null(tmp_path: Path) -> None:
    world = export(tmp_path)
    columns = WorldView(world, world.end + timedelta(days=1)).lumisections(700)
    assert columns["bpix_ready"] == [False, None, True]
    assert columns["hf_ready"] == [None, None, None]
    assert columns["recorded_lumi"] == [0.1, 0.4, None]
    assert columns["prescale_index"] == [None, None, None]


def test_lumisections_are_in_order_with_their_gaps_and_times_from_the_start_of_the_run(tmp_path: Path) -> None:
    table = export(tmp_path).run(700).lumisections
    assert table.lumisection_number.tolist() == [1, 2, 4]
    assert (table.start_time - table.start_time[0]).astype(int).tolist() == [0, 23, 70]


def test_a_run_that_began_before_one_of_a_lower_number_is_there_when_it_began(tmp_path: Path) -> None:
    world = export(tmp_path, RUNS.replace("2018-04-20T11:00", "2018-04-20T10:20"))
    assert [row["run_number"] for row in WorldView(world, world.start + timedelta(minutes=25)).runs()] == [700, 702]


def test_a_run_that_the_export_knows_no_end_of_is_served_without_one(tmp_path: Path) -> None:
    world = export(tmp_path)
    assert WorldView(world, world.end + timedelta(days=9)).run(702)["end_time"] is None


def test_fills_come_from_their_runs(tmp_path: Path) -> None:
    fills = export(tmp_path).fills
    assert [(fill.fill_number, fill.stable_beams, fill.first_run_number) for fill in fills] == [
        (6600, True, 700),
        (6601, False, 701),
    ]
    assert fills[0].end_time == fills[1].start_time


@pytest.mark.parametrize(
    ("runs", "lumisections", "message"),
    [
        ("run,start_time\n1,2\n", LUMISECTIONS, "runs.csv has no column 'run_number'"),
        (RUNS, "run_number\n1\n", "lumisections.csv.gz has no column 'lumisection_number'"),
        ("run_number,start_time\n700,\n", LUMISECTIONS, "Run 700 of the export cannot be read .*no start_time"),
        (RUNS.replace(",0.5,", ",half,"), LUMISECTIONS, "Run 700 of the export cannot be read .*half"),
        ("run_number,start_time\n", LUMISECTIONS, "runs.csv holds no runs"),
    ],
)
def test_what_is_no_export_is_refused_with_the_place(
    tmp_path: Path, runs: str, lumisections: str, message: str
) -> None:
    with pytest.raises(BadExport, match=message):
        export(tmp_path, runs, lumisections)


@pytest.mark.real_data
def test_the_real_export_of_2018_can_be_served_whole() -> None:
    folder = os.environ.get("LUMICERT_REAL_DATA")
    if not folder:
        pytest.skip("LUMICERT_REAL_DATA names no folder with the real public files")
    world = read(Path(folder) / "oms_runs_2018A.csv.gz", Path(folder) / "oms_lumisections_2018A.csv.gz")
    view = WorldView(world, world.end + timedelta(days=1))
    assert len(view.runs()) == 1231
    assert sum(len(run.lumisections) for run in world.runs) == 100_000
    run = world.run(315257)
    recorded = run.lumisections.recorded_lumi
    assert run.recorded_lumi == pytest.approx(np.nanmax(recorded) - recorded[0])
    assert len(view.lumisections(315257)) == len(FLAGS) + 13
