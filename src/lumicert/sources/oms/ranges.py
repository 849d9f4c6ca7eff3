"""Closed ranges of lumisections, ascending: ((1, 93), (95, 120))."""

from __future__ import annotations

from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]


def ranges_of(lumis: Iterable[int]) -> Ranges:
    """The ranges of ascending numbers."""
    ranges: list[tuple[int, int]] = []
    for ls in lumis:
        if ranges and ls == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], ls)
        else:
            ranges.append((ls, ls))
    return tuple(ranges)
