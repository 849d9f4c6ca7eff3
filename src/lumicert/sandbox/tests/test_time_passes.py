"""What OMS would serve at an instant: runs begin, grow, end, are corrected, and are then quiet."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.sandbox.generator import generate
from lumicert.sandbox.model import LUMISECTION_ATTRIBUTES, RUN_ATTRIBUTES, World
from lumicert.sandbox.view import Row, WorldView, rows

GROWING = ("last_lumisection_number", "recorded_lumi", "delivered_lumi", "hlt_physics_counter", "last_update")


@lru_cache(maxsize=3)
def world(size: str) -> World:
    return generate(size)


def seen(at: datetime, number: int, size: str = "shift") -> Row | None:
    return WorldView(world(size), at).run(number)


def test_a_run_appears_grows_ends_and_the_next_begins_within_two_hours_of_the_demo() -> None:
    shift = world("shift")
    first, second = [run.run_number for run in shift.runs if run.kind == "collisions"][:2]
    opening = shift.opening
    assert seen(opening, first) is None
    young, older = seen(opening + timedelta(minutes=30), first), seen(opening + timedelta(minutes=75), first)
    assert young["end_time"] is older["end_time"] is None
    assert 0 < young["last_lumisection_number"] < older["last_lumisection_number"]
    assert (young["stable_beam"], older["stable_beam"]) == (False, True)
    assert seen(opening + timedelta(hours=2), first)["end_time"] is not None
    assert seen(opening + timedelta(hours=2), second)["end_time"] is None


def test_the_same_row_of_a_final_run_is_what_the_world_holds() -> None:
    shift = world("shift")
    for run in shift.runs:
        row = seen(shift.end + timedelta(days=4), run.run_number)
        assert tuple(row) == RUN_ATTRIBUTES
        assert row["recorded_lumi"] == run.recorded_lumi
        assert row["components"] == list(run.components)


@given(place=st.integers(0, 400), minutes=st.integers(0, 600), later=st.integers(1, 300))
@settings(max_examples=60)
def test_whatever_grows_never_shrinks_while_a_run_goes_on(place: int, minutes: int, later: int) -> None:
    week = world("week")
    run = week.runs[place % len(week.runs)]
    at = run.start_time + timedelta(minutes=minutes % max((run.duration or 600) // 60, 1))
    before, after = seen(at, run.run_number, "week"), seen(at + timedelta(minutes=later), run.run_number, "week")
    if after["end_time"] is None:
        for name in GROWING:
            if before[name] is not None:
                assert before[name] <= after[name]


@given(place=st.integers(0, 400), seconds=st.integers(0, 30_000), later=st.integers(1, 900))
@settings(max_examples=150)
def test_nothing_of_a_run_changes_without_a_later_last_update(place: int, seconds: int, later: int) -> None:
    week = world("week")
    run = week.runs[place % len(week.runs)]
    at = run.start_time + timedelta(seconds=seconds)
    before, after = seen(at, run.run_number, "week"), seen(at + timedelta(seconds=later), run.run_number, "week")
    lists = [WorldView(week, when).known(run) for when in (at, at + timedelta(seconds=later))]
    if before != after or lists[0] != lists[1]:
        assert after["last_update"] > before["last_update"]


def test_a_value_is_corrected_an_hour_after_the_end_and_then_the_run_is_quiet() -> None:
    week = world("week")
    run = next(run for run in week.runs if len(run.corrections) == 2)
    first, second = run.corrections
    assert timedelta(minutes=40) < first.at - run.end_time < timedelta(hours=2)
    instant = timedelta(seconds=1)
    assert seen(first.at - instant, run.run_number, "week")[first.attribute] == first.before
    assert seen(first.at, run.run_number, "week")[first.attribute] == getattr(run, first.attribute)
    assert seen(second.at - instant, run.run_number, "week")[second.attribute] == second.before
    final = seen(second.at, run.run_number, "week")
    assert final["last_update"] == second.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert seen(second.at + timedelta(days=30), run.run_number, "week") == final


def test_a_run_that_is_still_going_has_no_end_at_the_worlds_end() -> None:
    week = world("week")
    (run,) = week.with_incident("still_going")
    row = WorldView(week, week.end + timedelta(days=1)).run(run.run_number)
    assert (row["end_time"], row["duration"]) == (None, None)


def test_lumisections_come_one_by_one_and_then_the_tail() -> None:
    shift = world("shift")
    run = next(run for run in shift.runs if run.stable_beam)
    counts = [
        len(WorldView(shift, run.start_time + timedelta(minutes=minute)).lumisections(run.run_number)["run_number"])
        for minute in range(-5, 120, 5)
    ]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == len(run.lumisections) > run.last_lumisection_number


def test_columns_and_rows_say_the_same_with_nulls_as_none() -> None:
    shift = world("shift")
    run = next(run for run in shift.runs if run.has("null_bits"))
    columns = WorldView(shift, shift.end).lumisections(run.run_number)
    assert tuple(columns) == LUMISECTION_ATTRIBUTES
    page = rows(columns, 10, 20)
    assert [row["lumisection_number"] for row in page] == columns["lumisection_number"][10:20]
    assert page[0]["castor_ready"] is None
    assert page[0]["start_time"].endswith("Z")


def test_unknown_and_future_runs_have_no_lumisections() -> None:
    shift = world("shift")
    for number in (1, shift.runs[-1].run_number):
        assert WorldView(shift, shift.start).lumisections(number)["run_number"] == []


def test_express_appears_one_to_two_hours_after_the_end_and_prompt_after_48() -> None:
    shift = world("shift")
    run = next(run for run in shift.runs if run.stable_beam)
    names = {0.9: 0, 2.1: 1, 47.9: 1, 50.0: 4}
    for hours, count in names.items():
        view = WorldView(shift, run.end_time + timedelta(hours=hours))
        assert len([row for row in view.datasets() if row["run"] == run.run_number]) == count
    found = {row["dataset"] for row in WorldView(shift, shift.end + timedelta(days=3)).datasets()}
    assert found >= {
        "/StreamExpress/Run2022F-Express-v1/DQMIO",
        "/StreamExpressCosmics/Run2022F-Express-v1/DQMIO",
        "/ZeroBias/Run2022F-PromptReco-v1/DQMIO",
        "/Cosmics/Run2022F-PromptReco-v1/DQMIO",
    }


def test_a_fill_shows_its_luminosity_as_it_grows_and_its_stable_beams_as_they_come() -> None:
    shift = world("shift")
    (fill,) = shift.fills
    before = WorldView(shift, fill.start_stable_beam - timedelta(minutes=5)).fills()[0]
    during = WorldView(shift, fill.start_stable_beam + timedelta(hours=2)).fills()[0]
    after = WorldView(shift, shift.end + timedelta(hours=1)).fills()[0]
    assert (before["stable_beams"], before["start_stable_beam"], before["delivered_lumi"]) == (False, None, None)
    assert during["stable_beams"]
    assert during["end_stable_beam"] is during["end_time"] is None
    assert 0 < during["recorded_lumi"] < during["delivered_lumi"] < after["delivered_lumi"] == fill.delivered_lumi
    assert fill.delivered_lumi == pytest.approx(after["recorded_lumi"] / after["efficiency_lumi"] * 100, rel=1e-5)


def test_units_are_those_of_the_row() -> None:
    year = world("year")
    view = WorldView(year, year.end)
    ions = next(run for run in year.runs if run.era == "HIRun2022A" and run.stable_beam)
    protons = next(run for run in year.runs if run.era == "2022E" and run.stable_beam)
    assert view.units("runs", ions.run_number)["recorded_lumi"] == "{\\mu}b^{-1}"
    assert view.units("fills", ions.fill_number)["delivered_lumi"] == "{\\mu}b^{-1}"
    assert view.units("lumisections", protons.run_number)["delivered_lumi"] == "pb^{-1}"
    assert view.units("eras") == {}


def test_eras_that_go_on_have_no_end() -> None:
    year = world("year")
    view = WorldView(year, year.start + timedelta(days=3))
    assert [era["era"] for era in view.eras()] == ["MWGR2022", "CRUZET2022"]
    assert [era["end_time"] is None for era in view.eras()] == [False, True]


def test_the_longest_run_has_more_lumisections_than_a_page_of_oms_gives_unasked() -> None:
    year = world("year")
    run = max(year.runs, key=lambda run: len(run.lumisections))
    page = rows(WorldView(year, year.end).lumisections(run.run_number))
    assert len(page) == len(run.lumisections) > 1500
