"""Laws of every world, whatever its seed: times, numbers, flags and luminosities that cannot contradict each other."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.sandbox.detector import MOST_AFTER
from lumicert.sandbox.generator import generate
from lumicert.sandbox.incidents import TRACKER_FLAGS
from lumicert.sandbox.model import FLAGS, LS_SECONDS, Fill, Floats, Run, World

SEEDS = st.integers(0, 2**31)


@lru_cache(maxsize=12)
def week(seed: int) -> World:
    return generate("week", seed)


def listed(world: World) -> list[Run]:
    return [run for run in world.runs if len(run.lumisections)]


@lru_cache(maxsize=12)
def fills(world: World) -> dict[int | None, Fill]:
    return {fill.fill_number: fill for fill in world.fills}


def instant(value: np.datetime64) -> datetime:
    return value.item().replace(tzinfo=UTC)


def known(column: Floats) -> Floats:
    return column[~np.isnan(column)]


@given(seed=SEEDS)
@settings(max_examples=8)
def test_runs_rise_in_number_and_never_overlap(seed: int) -> None:
    for run, after in pairwise(week(seed).runs):
        assert run.run_number < after.run_number
        assert run.end_time is not None
        assert run.start_time < run.end_time <= after.start_time


@given(seed=SEEDS)
@settings(max_examples=4)
def test_fills_follow_each_other_without_a_gap_and_runs_begin_in_their_fill(seed: int) -> None:
    world = week(seed)
    assert all(fill.end_time == after.start_time for fill, after in pairwise(world.fills))
    for run in world.runs:
        if run.fill_number is not None:
            fill = fills(world)[run.fill_number]
            assert fill.start_time <= run.start_time < fill.end_time
            assert fill.first_run_number <= run.run_number <= fill.last_run_number


@given(seed=SEEDS)
@settings(max_examples=5)
def test_lumisections_lie_in_their_run_and_the_tail_before_the_next_run(seed: int) -> None:
    world = week(seed)
    ends = [after.start_time for after in world.runs[1:]] + [None]
    for run, after in zip(world.runs, ends, strict=True):
        table = run.lumisections
        if not len(table):
            continue
        inside = table.lumisection_number <= (run.last_lumisection_number or table.lumisection_number[-1])
        assert instant(table.start_time[0]) == run.start_time
        if run.end_time is not None and run.last_lumisection_number is not None:
            assert instant(table.end_time[inside][-1]) <= run.end_time
        assert after is None or instant(table.end_time[-1]) <= after
        assert (~inside).sum() <= MOST_AFTER


@given(seed=SEEDS)
@settings(max_examples=4)
def test_a_lumisection_lasts_2_to_the_18_orbits(seed: int) -> None:
    for run in listed(week(seed)):
        table = run.lumisections
        seconds = (table.end_time - table.start_time).astype(np.int64)
        assert set(np.unique(seconds)) <= {23, 24}
        expected = (table.lumisection_number - 1) * LS_SECONDS
        assert np.abs((table.start_time - table.start_time[0]).astype(np.int64) - expected).max() <= 1


@given(seed=SEEDS)
@settings(max_examples=5)
def test_cumulative_luminosity_falls_only_to_nothing_and_only_after_the_dump(seed: int) -> None:
    world = week(seed)
    for run in listed(world):
        for column in (run.lumisections.delivered_lumi, run.lumisections.recorded_lumi):
            use = ~np.isnan(column)
            values, begins = column[use], run.lumisections.start_time[use]
            fallen = np.flatnonzero(np.diff(values) < 0) + 1
            assert len(fallen) <= 1
            for place in fallen:
                assert values[place] == 0
                assert instant(begins[place]) >= fills(world)[run.fill_number or _fill_at(world, run)].end_stable_beam


def _fill_at(world: World, run: Run) -> int:
    return next(f.fill_number for f in world.fills if f.start_time <= run.start_time < f.end_time)


@given(seed=SEEDS)
@settings(max_examples=5)
def test_a_runs_luminosity_is_the_difference_over_its_lumisections(seed: int) -> None:
    for run in listed(week(seed)):
        if run.recorded_lumi is None:
            continue
        for served, column in (
            (run.recorded_lumi, run.lumisections.recorded_lumi),
            (run.delivered_lumi, run.lumisections.delivered_lumi),
        ):
            assert served == pytest.approx(known(column).max() - known(column)[0], abs=2e-12)


@given(seed=SEEDS)
@settings(max_examples=5)
def test_never_is_more_recorded_than_delivered(seed: int) -> None:
    world = week(seed)
    for run in listed(world):
        delivered, recorded = run.lumisections.delivered_lumi, run.lumisections.recorded_lumi
        use = ~np.isnan(delivered)
        assert (recorded[use] <= delivered[use] + 1e-9).all()
        own = np.diff(recorded[use]) - np.diff(delivered[use])
        falls = np.diff(delivered[use]) < 0
        # single precision of a thousandth of /pb at some hundreds of /pb
        assert (own[~falls] <= 1e-4).all()
    for fill in world.fills:
        if fill.delivered_lumi is not None:
            assert 0 <= fill.recorded_lumi <= fill.delivered_lumi


@given(seed=SEEDS)
@settings(max_examples=4)
def test_a_fill_has_recorded_what_its_last_collision_run_counted(seed: int) -> None:
    world = week(seed)
    for fill in world.fills:
        counts = [
            known(run.lumisections.recorded_lumi).max() for run in listed(world) if run.fill_number == fill.fill_number
        ]
        if fill.stable_beams and counts:
            assert fill.recorded_lumi == max(counts)


@given(seed=SEEDS)
@settings(max_examples=5)
def test_nothing_is_recorded_and_nothing_active_outside_the_run(seed: int) -> None:
    for run in listed(week(seed)):
        if run.last_lumisection_number is None:
            continue
        table = run.lumisections
        tail = table.lumisection_number > run.last_lumisection_number
        assert not table.flag("cms_active")[tail].any()
        recorded = known(table.recorded_lumi[tail])
        assert len(set(recorded) - {0.0}) <= 1


@given(seed=SEEDS)
@settings(max_examples=5)
def test_beams_are_stable_only_in_the_fills_stable_beams(seed: int) -> None:
    world = week(seed)
    for run in listed(world):
        table, fill = run.lumisections, fills(world)[run.fill_number or _fill_at(world, run)]
        stable = table.flag("beam1_stable")
        assert (stable == table.flag("beam2_stable")).all()
        if stable.any():
            assert instant(table.end_time[stable][0]) >= fill.start_stable_beam
            late = (instant(table.start_time[stable][-1]) - fill.end_stable_beam).total_seconds()
            assert late < 200
        if run.kind == "collisions":
            for flag in TRACKER_FLAGS:
                assert not (table.flag(flag) & ~stable).any(), "high voltage is off outside stable beams"


@given(seed=SEEDS)
@settings(max_examples=4)
def test_a_null_flag_is_never_true_and_physics_needs_the_whole_tracker(seed: int) -> None:
    for run in listed(week(seed)):
        table = run.lumisections
        assert table.flags.shape == table.nulls.shape == (len(FLAGS), len(table))
        assert not (table.flags & table.nulls).any()
        ready = np.logical_and.reduce([table.flag(flag) for flag in TRACKER_FLAGS])
        unknown = np.logical_or.reduce([table.nulls[FLAGS.index(flag)] for flag in TRACKER_FLAGS])
        assert not (table.flag("physics_flag") & ~ready & ~unknown).any()


@given(seed=SEEDS)
@settings(max_examples=4)
def test_pile_up_is_proportional_to_luminosity(seed: int) -> None:
    world = week(seed)
    for run in listed(world):
        use = run.lumisections.init_lumi > 0.01
        if not use.any():
            continue
        ratio = run.lumisections.pileup[use] / run.lumisections.init_lumi[use]
        assert np.allclose(ratio, ratio[:1], rtol=1e-6)
        fill = fills(world)[run.fill_number or _fill_at(world, run)]
        assert ratio[0] == pytest.approx(80e-27 * 1e34 / (fill.bunches_colliding * 11245.5), rel=1e-6)


@given(seed=SEEDS)
@settings(max_examples=4)
def test_the_prescale_column_only_loosens_while_luminosity_falls(seed: int) -> None:
    for run in listed(week(seed)):
        stable = run.lumisections.flag("beam1_stable")
        assert (np.diff(run.lumisections.prescale_index[stable]) >= 0).all()
        assert set(run.lumisections.prescale_index.tolist()) <= set(run.lumisections.prescale_names)


@given(seed=SEEDS)
@settings(max_examples=4)
def test_a_filling_scheme_says_the_fills_own_bunch_numbers(seed: int) -> None:
    for fill in week(seed).fills:
        if fill.injection_scheme is not None:
            total, colliding = fill.injection_scheme.split("_")[1:3]
            assert total == f"{fill.bunches_beam1}b"
            assert int(colliding) == fill.bunches_colliding <= fill.bunches_beam1 == fill.bunches_beam2


@given(seed=SEEDS)
@settings(max_examples=4)
def test_incidents_are_where_the_run_says_they_are(seed: int) -> None:
    for run in listed(week(seed)):
        for incident in run.incidents:
            if incident.lumis is not None:
                first, last = incident.lumis
                assert (
                    1 <= first <= last <= max(run.lumisections.lumisection_number[-1], run.last_lumisection_number or 0)
                )
