"""The generator held against a real export: figures of the simulated intensity ramp near those of 2018A."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lumicert.sandbox.compare import BITS, GROUPS, Figures, figures, in_ramp, main, tables, with_lists
from lumicert.sandbox.generator import generate
from lumicert.sandbox.real import read

SEEDS = (1, 2, 3)
# how far the mean of three simulated ramps may lie from the real figure, in the figure's own unit
TOLERANCES = {
    "rows listed after the end of a run, median": 3,
    "rows listed after the end of a run, 90 %": 20,
    "runs with a gap in their list, %": 1,
    "pause between global runs, LS, median": 6,
    "lifetime of luminosity, h, median": 2,
    "lifetime of luminosity, h, 25 %": 2,
    "lifetime of luminosity, h, 75 %": 3,
    "delivered but not recorded, % of delivered": 3,
    "not recorded in runs of 100 LS and more, %": 2,
    "tracker ready after stable beams, LS, median": 1,
    "pile-up in stable beams, median": 6,
    "luminosity null, % of rows": 1,
}


@cache
def real() -> Figures:
    folder = os.environ.get("LUMICERT_REAL_DATA")
    if not folder:
        pytest.skip("LUMICERT_REAL_DATA names no folder with the real public files")
    return figures(
        with_lists(read(Path(folder) / "oms_runs_2018A.csv.gz", Path(folder) / "oms_lumisections_2018A.csv.gz"))
    )


@cache
def ramps() -> tuple[Figures, ...]:
    return tuple(figures(in_ramp(generate("year", seed))) for seed in SEEDS)


@pytest.mark.real_data
@pytest.mark.parametrize("name", TOLERANCES)
def test_a_single_figure_is_near_the_real_one(name: str) -> None:
    expected = real().others[name]
    assert np.mean([one.others[name] for one in ramps()]) == pytest.approx(expected, abs=TOLERANCES[name])


@pytest.mark.real_data
@pytest.mark.parametrize("name", GROUPS)
def test_shares_of_runs_are_within_eight_points(name: str) -> None:
    assert np.mean([one.shares[name] for one in ramps()]) == pytest.approx(real().shares[name], abs=8)


@pytest.mark.real_data
@pytest.mark.parametrize("name", GROUPS[:3])
def test_lumisections_a_run_are_within_half_or_six_at_each_quantile(name: str) -> None:
    simulated = np.mean([one.lengths[name] for one in ramps()], axis=0)
    assert simulated == pytest.approx(np.array(real().lengths[name]), rel=0.5, abs=6)


@pytest.mark.real_data
@pytest.mark.parametrize("bit", BITS)
@pytest.mark.parametrize(("kind", "points"), [("collision runs", 4), ("stable beams", 3), ("cosmics runs", 18)])
def test_each_bit_is_true_as_often_as_in_reality(kind: str, points: float, bit: str) -> None:
    simulated = np.mean([one.bits[kind][bit] for one in ramps()])
    assert simulated == pytest.approx(real().bits[kind][bit], abs=points)


@pytest.mark.real_data
def test_the_command_prints_all_tables(capsys: pytest.CaptureFixture[str]) -> None:
    real()
    folder = Path(os.environ["LUMICERT_REAL_DATA"])
    arguments = ["--runs", str(folder / "oms_runs_2018A.csv.gz")]
    assert main([*arguments, "--lumisections", str(folder / "oms_lumisections_2018A.csv.gz")]) == 0
    assert capsys.readouterr().out.count("| real, 2018A | simulated ramp | simulated year |") == 6


def test_tables_have_a_column_for_each_world_and_a_row_for_each_figure() -> None:
    one = figures(generate("week").runs)
    text = tables({"here": one, "there": one})
    assert text.count("| here | there |") == 6
    assert f"| private | {one.shares['private']:.1f} | {one.shares['private']:.1f} |" in text


def test_a_world_without_collisions_cannot_be_compared() -> None:
    cosmics = [run for run in generate("week").runs if not run.stable_beam]
    with pytest.raises(ValueError, match="no collision runs with lumisections"):
        figures(cosmics)
