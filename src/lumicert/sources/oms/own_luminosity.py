"""What each lumisection recorded by itself, from values that are cumulative over the fill.

A lumisection's own luminosity is its value minus that of the lumisection before it in the fill, which may belong to
the run before. It cannot be told for the first lumisection that is there of a fill, behind a gap, or where the count
falls (OMS starts it again when the beams are dumped), unless the count shows that nothing came: it stays, or is still
zero. What cannot be told is None, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class Reading(NamedTuple):
    """The cumulative values that OMS gives for one lumisection; None is null. Both in the same unit."""

    fill: int | None
    run: int
    ls: int
    recorded: Decimal | None
    delivered: Decimal | None


class Own(NamedTuple):
    """The luminosity of one lumisection alone, in the unit of its reading."""

    recorded: Decimal
    delivered: Decimal


_ZERO = Decimal(0)


def own_luminosity(readings: Iterable[Reading], before: Iterable[Reading] = ()) -> list[Own | None]:
    """The own luminosity of each reading, or None where it cannot be told.

    Args:
        readings: in ascending order of run and lumisection; several fills may be mixed.
        before: what came before the first of them, in the same order.
    """
    latest: dict[int, Reading] = {}
    for reading in before:
        _own(reading, latest)
    return [_own(reading, latest) for reading in readings]


def _own(reading: Reading, latest: dict[int, Reading]) -> Own | None:
    fill, run, ls, recorded, delivered = reading
    if fill is None or recorded is None or delivered is None:
        return None
    before = latest.get(fill)
    latest[fill] = reading
    if before is None:
        # nobody knows what came before, but a count of zero says that nothing did
        return None if recorded or delivered else Own(recorded, delivered)
    own = Own(recorded - (before.recorded or _ZERO), delivered - (before.delivered or _ZERO))
    if not any(own):
        return own
    follows = ls == before.ls + 1 if run == before.run else ls == 1
    return own if follows and min(own) >= 0 else None
