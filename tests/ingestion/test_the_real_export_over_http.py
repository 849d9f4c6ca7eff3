"""Real lumisections of 2018, served by the simulated OMS, come out as they do when their file is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.ingestion.conftest import config_of

from lumicert.accounts.models import User
from lumicert.runs import outside
from lumicert.runs.fetching import fetch_range
from lumicert.runs.lumisections import read_lumisections
from lumicert.runs.models import Run
from lumicert.runs.selectors import luminosity_of_runs
from lumicert.runs.services import import_oms_export
from lumicert.sandbox.real import read
from lumicert.sandbox.server import Sandbox, Setup

FIRST, LAST = 315252, 315270
# what OMS says that run 315257 recorded, in /b
RECORDED_OF_315257 = 7_958_398_437_500


@pytest.mark.real_data
@pytest.mark.django_db
def test_runs_of_2018_over_http_are_those_of_the_file(real_data: Path, settings: Any, leader: User) -> None:
    runs, lumisections = real_data / "oms_runs_2018A.csv.gz", real_data / "oms_lumisections_2018A.csv.gz"
    with Sandbox(read(runs, lumisections), Setup(speed=0)) as sandbox:
        sandbox.set_clock(at=sandbox.world.end)
        settings.CONFIG = settings.CONFIG.model_copy(update=config_of(sandbox, source_timeout=30))
        outside.forget()
        oms = outside.oms()
        assert oms is not None
        numbers = [step.run for step in fetch_range(oms, FIRST, LAST)]
        outside.forget()
    over_http = {run: read_lumisections(run) for run in numbers}
    assert sum(bool(each.lumis) for each in over_http.values()) >= 5
    own = luminosity_of_runs([315257])
    # OMS counts from the end of the first lumisection
    assert int(own.recorded[1:].sum()) == pytest.approx(RECORDED_OF_315257, abs=10**6)
    assert Run.objects.get(run=315257).recorded == RECORDED_OF_315257

    import_oms_export(runs=runs, lumisections=lumisections, actor=leader)
    for run, known in over_http.items():
        of_file = read_lumisections(run)
        # of bits that the export does not have, this OMS says null
        flags = {name: known.flags[name] for name in of_file.flags}
        assert (flags, known.luminosity) == (of_file.flags, of_file.luminosity), f"run {run}"
