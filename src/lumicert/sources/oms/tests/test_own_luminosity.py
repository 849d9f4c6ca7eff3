"""The law of own luminosity: what is told adds up to what the fill counted, and nothing else is told."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lumicert.sources.oms.own_luminosity import Reading, own_luminosity

_steps = st.lists(st.decimals(0, 5, places=6), min_size=1, max_size=30)


def fill_of(steps: list[Decimal], lengths: list[int]) -> list[Reading]:
    """A fill that begins at zero, cut into runs of these lengths and one more."""
    readings: list[Reading] = []
    run, ls, count = 1, 0, Decimal(0)
    for place, step in enumerate([Decimal(0), *steps]):
        if lengths and ls == lengths[0]:
            run, ls = run + 1, 0
            lengths = lengths[1:]
        ls, count = ls + 1, count + (step if place else 0)
        readings.append(Reading(8000, run, ls, count, 2 * count))
    return readings


@given(_steps, st.lists(st.integers(1, 10), max_size=4))
def test_the_own_luminosities_of_a_fill_are_its_steps_whatever_the_runs(
    steps: list[Decimal], lengths: list[int]
) -> None:
    own = own_luminosity(fill_of(steps, lengths))
    assert [one.recorded for one in own if one] == [Decimal(0), *steps]
    assert [one.delivered for one in own if one] == [Decimal(0), *(2 * step for step in steps)]


@given(_steps, st.lists(st.integers(1, 10), max_size=4), st.integers(0, 30))
def test_reading_a_fill_in_two_parts_tells_the_same(steps: list[Decimal], lengths: list[int], cut: int) -> None:
    readings = fill_of(steps, lengths)
    assert own_luminosity(readings[cut:], readings[:cut]) == own_luminosity(readings)[cut:]


@given(_steps, st.sets(st.integers(0, 30)))
def test_a_gap_never_gives_a_lumisection_the_luminosity_of_another(steps: list[Decimal], missing: set[int]) -> None:
    true = [Decimal(0), *steps]
    readings = fill_of(steps, [])
    kept = [place for place in range(len(readings)) if place not in missing]
    for place, own in zip(kept, own_luminosity([readings[place] for place in kept]), strict=True):
        assert own is None or own.recorded == true[place]


def test_where_the_count_begins_again_it_is_unknown() -> None:
    counts = [Decimal(3), Decimal(4), Decimal(1), Decimal(2)]
    own = own_luminosity([Reading(8000, 1, ls, count, count) for ls, count in enumerate(counts, 1)])
    assert [one and one.recorded for one in own] == [None, 1, None, 1]
