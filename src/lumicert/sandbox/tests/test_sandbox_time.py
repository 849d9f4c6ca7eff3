"""The clock of the sandbox stands, runs, jumps, and never loses what it has run."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.sandbox.clock import Clock

START = datetime(2022, 10, 15, 6, tzinfo=UTC)


class Stopwatch:
    """Real time that a test moves on by hand."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def test_a_clock_runs_as_many_times_faster_as_it_was_told():
    real = Stopwatch()
    clock = Clock(START, 60, monotonic=real)
    real.seconds = 2.0
    assert clock.now() == START + timedelta(minutes=2)


def test_a_frozen_clock_stands_still_until_it_is_advanced():
    real = Stopwatch()
    clock = Clock(START, 60, monotonic=real)
    clock.freeze()
    real.seconds = 1000.0
    assert clock.now() == START
    clock.advance(90)
    assert clock.now() == START + timedelta(seconds=90)


def test_a_clock_can_be_set_back():
    clock = Clock(START, 0)
    clock.set(START - timedelta(days=1))
    assert clock.now() == START - timedelta(days=1)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1000)), max_size=10))
def test_what_has_run_at_one_speed_stays_when_the_speed_changes(stretches):
    real = Stopwatch()
    clock = Clock(START, 0, monotonic=real)
    expected = 0.0
    for seconds, speed in stretches:
        clock.run(speed)
        real.seconds += seconds
        expected += seconds * speed
    assert (clock.now() - START).total_seconds() == pytest.approx(expected, abs=1e-3)


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        Clock(datetime(2022, 10, 15))  # noqa: DTZ001  which is what is tested


def test_a_clock_does_not_run_backwards():
    with pytest.raises(ValueError, match="speed -1"):
        Clock(START, -1)
