"""The export and the service give the same lumisections: 100,000 real ones, read both ways."""

from __future__ import annotations

import csv
import gzip
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from lumicert.sources.oms.export import read_lumisections as read_export
from lumicert.sources.oms.lumisections import read_lumisections
from lumicert.sources.oms.pages import Row
from lumicert.sources.oms.tests.fake import PB, ls

META = {"recorded_lumi": {"units": PB}, "delivered_lumi": {"units": PB}}
WORDS = {"": None, "True": True, "False": False}


def served(cells: dict[str, str]) -> Row:
    """A row as OMS would have served it."""
    integers = {"run_number", "lumisection_number", "fill_number"}
    values: dict[str, Any] = {
        name: WORDS[text] if text in WORDS else int(text) if name in integers else float(text)
        for name, text in cells.items()
    }
    return Row({**ls(1), **values}, META)


@pytest.mark.real_data
def test_flags_and_own_luminosities_are_the_same(real_data: Path) -> None:
    path = real_data / "oms_lumisections_2018A.csv.gz"
    with gzip.open(path, "rt", newline="") as text:
        rows = [served(cells) for cells in csv.DictReader(text)]
    rows.sort(key=lambda row: (row.attributes["run_number"], row.attributes["lumisection_number"]))
    exported = {one.run: one for one in read_export(path)}
    last: dict[int, Row] = {}
    for run, group in groupby(rows, key=lambda row: row.attributes["run_number"]):
        of_run = list(group)
        found = read_lumisections(run, of_run, last.get(of_run[0].attributes["fill_number"]))
        # the service's own list of flags is longer; those of the export must be the same
        assert {name: found.flags[name] for name in exported[run].flags} == exported[run].flags
        assert found.lumis == exported[run].lumis
        assert found.with_luminosity == exported[run].with_luminosity, run
        assert (found.recorded, found.delivered) == (exported[run].recorded, exported[run].delivered)
        assert found.rejected == {}
        last[of_run[-1].attributes["fill_number"]] = of_run[-1]
