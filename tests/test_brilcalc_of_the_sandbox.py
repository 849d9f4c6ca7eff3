"""The simulated brilcalc writes what the product reads as luminosity by lumisection."""

import io
from datetime import timedelta

import pytest

from lumicert.lumi.brilcalc import ByLs
from lumicert.sandbox.brilcalc import table
from lumicert.sandbox.generator import generate
from lumicert.sandbox.view import WorldView


@pytest.fixture(scope="module")
def world():
    return generate("shift", 1)


@pytest.fixture(scope="module")
def run(world):
    return max(world.runs, key=lambda run: run.recorded_lumi or 0.0)


def read(world, run, unit):
    view = WorldView(world, world.end + timedelta(days=1))
    return ByLs.parse(io.StringIO(table(view, {"run": str(run.run_number), "byls": "true", "unit": unit})))


def test_its_rows_are_read_and_add_up_to_the_run(world, run):
    found = read(world, run, "/pb")
    total = found.integrate(found.covered)
    first = found.at(run.run_number, 1)[0]
    # what OMS gives for a run lacks the run's first lumisection
    assert float((total.recorded - first).value) == pytest.approx(run.recorded_lumi, rel=1e-6)
    assert set(found.runs.tolist()) == {run.run_number}


def test_a_unit_of_rate_comes_to_the_same(world, run):
    by_unit = [read(world, run, unit) for unit in ("/pb", "/ub", "hz/ub")]
    totals = [float(one.integrate(one.covered).recorded.value) for one in by_unit]
    assert totals == pytest.approx([totals[0]] * 3, rel=1e-5)
