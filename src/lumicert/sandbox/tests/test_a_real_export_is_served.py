"""OMS's door serves a real export as it serves a generated world."""

import os
from pathlib import Path

import pytest

from lumicert.sandbox.real import read
from lumicert.sandbox.server import Sandbox, Setup

from .conftest import new_token

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def real():
    folder = os.environ.get("LUMICERT_REAL_DATA")
    if not folder:
        pytest.skip("LUMICERT_REAL_DATA names no folder of real files")
    export = Path(folder)
    world = read(export / "oms_runs_2018A.csv.gz", export / "oms_lumisections_2018A.csv.gz")
    with Sandbox(world, Setup(speed=0, at=world.end)) as running:
        yield running


@pytest.fixture
def asked(real, http):
    headers = {"Authorization": f"Bearer {new_token(real, http).json()['access_token']}"}

    def ask(path, **parameters):
        return http.get(f"{real.addresses()['OMS_URL']}/{path}", params=parameters, headers=headers).json()

    return ask


def test_all_runs_of_the_export_are_there(asked):
    page = asked("runs", **{"page[limit]": 5000})
    assert page["meta"]["totalResourceCount"] == len(page["data"]) == 1231


def test_a_run_has_the_values_of_the_export(asked):
    run = asked("runs/315257")["data"]
    assert run["attributes"]["recorded_lumi"] == pytest.approx(7.958398, abs=1e-6)
    assert run["meta"]["row"]["recorded_lumi"] == {"units": "pb^{-1}"}


def test_its_lumisections_carry_what_is_cumulative_over_the_fill(asked):
    found = asked("lumisections", **{"filter[run_number]": 315257, "page[limit]": 5000})["data"]
    cumulative = [one["attributes"]["recorded_lumi"] for one in found]
    assert cumulative[-1] - cumulative[0] == pytest.approx(7.958398, abs=1e-6)
