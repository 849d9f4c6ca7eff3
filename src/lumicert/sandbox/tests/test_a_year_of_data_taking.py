"""What a simulated year holds: amounts, kinds of runs, keys that published rules tell apart, units, incidents."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np
import pytest

from lumicert.sandbox.generator import generate
from lumicert.sandbox.incidents import NAMES
from lumicert.sandbox.model import Run, World, units
from lumicert.sandbox.plan import FIRST_FILL, FIRST_RUN, LAST_RUN


@lru_cache(maxsize=2)
def made(seed: int) -> World:
    return generate("year", seed)


@pytest.fixture
def year() -> World:
    return made(1)


def true_anywhere(run: Run, flag: str) -> bool:
    return bool(run.lumisections.flag(flag).any())


def run_class(run: Run) -> str | None:
    """The class of Run Registry's published rules of 2022, on flags that are true anywhere in the run."""
    key = run.hlt_key
    if key is None:
        return None
    beams = [true_anywhere(run, flag) for flag in ("beam1_present", "beam2_present", "beam1_stable", "beam2_stable")]
    if all(beams):
        return "Collisions22" if "/cdaq/physics/" in key else "Collisions22Special" if "/cdaq/special/" in key else ""
    strip = all(true_anywhere(run, flag) for flag in ("tecm_ready", "tecp_ready", "tibtid_ready", "tob_ready"))
    muons = "CSC" in run.components and true_anywhere(run, "cscp_ready")
    if (
        "/cdaq/cosmic/commissioning2022/" in key
        and not any(beams[:2])
        and "TRACKER" in run.components
        and strip
        and muons
    ):
        return "Cosmics22"
    return "Commissioning22"


@pytest.mark.parametrize("seed", [1, 2])
def test_there_are_about_600_collision_runs_with_250000_lumisections_and_as_many_cosmics_runs(seed: int) -> None:
    runs = made(seed).runs
    collisions = [run for run in runs if run.stable_beam]
    cosmics = [run for run in runs if run.kind == "cosmics"]
    assert 480 < len(collisions) < 720
    assert 200_000 < sum(len(run.lumisections) for run in collisions) < 300_000
    assert 480 < len(cosmics) < 900


def test_numbers_of_runs_and_fills_are_those_of_2022(year: World) -> None:
    assert year.runs[0].run_number == FIRST_RUN
    assert year.runs[-1].run_number <= LAST_RUN
    assert year.fills[0].fill_number == FIRST_FILL
    assert year.run(year.runs[7].run_number) is year.runs[7]
    assert year.run(1) is None


def test_the_published_rules_find_every_class_in_it(year: World) -> None:
    found = Counter(run_class(run) for run in year.runs)
    assert found["Collisions22"] > 400
    assert found["Collisions22Special"] > 10
    assert found["Cosmics22"] > 100
    assert found["Commissioning22"] > 300


def test_every_incident_happens_and_can_be_asked_for(year: World) -> None:
    assert {incident.name for run in year.runs for incident in run.incidents} == set(NAMES)
    for name in NAMES:
        assert all(run.has(name) for run in year.with_incident(name))
        assert year.with_incident(name)


def test_special_runs_and_heavy_ions_are_in_microbarns(year: World) -> None:
    low = [run for run in year.runs if run.low_luminosity and run.stable_beam]
    assert {run.era for run in low} >= {"2022A", "2022F", "HIRun2022A"}
    ions = [run for run in low if run.era == "HIRun2022A"]
    assert {run.fill_type_runtime for run in ions} == {"PB_PB"}
    assert all(0 <= run.recorded_lumi < 20 for run in ions)
    assert max(run.recorded_lumi for run in ions) > 0.1
    assert units("runs", low=True)["recorded_lumi"] == "{\\mu}b^{-1}"
    assert units("runs")["recorded_lumi"] == "pb^{-1}"
    assert units("lumisections", low=True)["init_lumi"] == "10^{30}cm^{-2}s^{-1}"
    assert units("fills")["peak_lumi"] == "10^{34}cm^{-2}s^{-1}"


def test_cosmics_are_taken_with_the_field_off_and_on(year: World) -> None:
    fields = {era: {round(run.b_field, 1) for run in year.runs if run.era == era and run.b_field} for era in
              ("MWGR2022", "CRUZET2022", "CRAFT2022")}  # fmt: skip
    assert fields == {"MWGR2022": {0.0}, "CRUZET2022": {0.0}, "CRAFT2022": {3.8}}


def test_private_runs_have_few_components_and_nothing_else(year: World) -> None:
    private = [run for run in year.runs if run.kind == "private"]
    assert len(private) > 300
    for run in private:
        assert len(run.components) <= 5
        assert run.fill_number is run.last_lumisection_number is run.recorded_lumi is run.energy is None
        assert len(run.lumisections) == 0


def test_eras_cover_the_year_and_name_their_runs(year: World) -> None:
    assert all(era.end_time == after.start_time for era, after in zip(year.eras, year.eras[1:], strict=False))
    for era in year.eras:
        inside = [run.run_number for run in year.runs if era.start_time <= run.start_time < era.end_time]
        assert (era.start_run, era.end_run) == (inside[0], inside[-1])


def test_luminosity_is_levelled_and_then_decays(year: World) -> None:
    fill = max((fill for fill in year.fills if fill.era == "2022E"), key=lambda fill: fill.delivered_lumi or 0)
    runs = [run for run in year.runs if run.fill_number == fill.fill_number and run.stable_beam]
    values = np.concatenate([run.lumisections.init_lumi[run.lumisections.flag("beam1_stable")] for run in runs])
    assert fill.peak_lumi == pytest.approx(np.nanmax(values), rel=0.02)
    assert np.nanmin(values[values > 0.01]) < 0.8 * fill.peak_lumi


def test_the_incidents_leave_their_marks(year: World) -> None:
    for run in year.with_incident("missing_ls"):
        numbers = run.lumisections.lumisection_number
        assert numbers[-1] > len(numbers)
    for run in year.with_incident("null_luminosity"):
        assert (
            run.last_lumisection_number is None
            or run.lumisections.lumisection_number[-1] >= run.last_lumisection_number
        )
    for run in year.with_incident("null_bits"):
        first, last = next(one.lumis for one in run.incidents if one.name == "null_bits")
        inside = (run.lumisections.lumisection_number >= first) & (run.lumisections.lumisection_number <= last)
        assert (run.lumisections.nulls[:, inside].sum(axis=0) > run.lumisections.nulls.all(axis=1).sum()).all()
    for run in year.with_incident("lost_clock"):
        first, last = next(one.lumis for one in run.incidents if one.name == "lost_clock")
        inside = (run.lumisections.lumisection_number >= first) & (run.lumisections.lumisection_number <= last)
        assert not run.lumisections.flag("cms_active")[inside].any()
    for run in year.with_incident("no_fill"):
        assert run.fill_number is None
        assert run.sequence == "GLOBAL-RUN"
    assert [run.end_time for run in year.with_incident("still_going")] == [None]
