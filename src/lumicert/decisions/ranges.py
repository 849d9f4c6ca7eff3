"""Lumisections of one run as closed ranges, and their form in PostgreSQL.

`Ranges` is a tuple of (first, last), both included, sorted, disjoint and maximal. PostgreSQL stores the same set as an
`int4multirange`, whose canonical text is half-open: ((1, 5), (9, 9)) is `{[1,6),[9,10)}`.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

Ranges = tuple[tuple[int, int], ...]

# a run lasts at most a few days of 23 s lumisections; more is a slip of the hand
LAST_POSSIBLE_LS = 100_000


def canonical(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sorted, disjoint and maximal.

    Raises:
        ValueError: naming the range that is reversed, starts below 1 or ends beyond any run.
    """
    checked = [(int(first), int(last)) for first, last in ranges]
    for first, last in checked:
        if first < 1:
            raise ValueError(f"{first}-{last}: lumisections are counted from 1")
        if last < first:
            raise ValueError(f"{first}-{last}: the range is reversed; did you mean {last}-{first}?")
        if last > LAST_POSSIBLE_LS:
            raise ValueError(f"{first}-{last}: no run has more than {LAST_POSSIBLE_LS} lumisections")
    merged: list[tuple[int, int]] = []
    for first, last in sorted(checked):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def parse(text: str) -> Ranges:
    """The ranges a person typed: `12-137, 193-776` or `5 9`.

    Raises:
        ValueError: naming the part that is not a lumisection or a range of them.
    """
    ranges = []
    for part in text.replace("–", "-").replace(";", ",").replace(",", " ").split():
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ValueError(f"'{part}' is neither a lumisection nor a range such as 12-137")
        ranges.append((int(first), int(last) if dash else int(first)))
    if not ranges:
        raise ValueError("no lumisections were given; write them as 12-137, 193-776")
    return canonical(ranges)


def readable(ranges: Ranges) -> str:
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in ranges)


def count(ranges: Ranges) -> int:
    return sum(last - first + 1 for first, last in ranges)


def difference(left: Ranges, right: Ranges) -> Ranges:
    """The lumisections of `left` that are not in `right`; both canonical."""
    rest: list[tuple[int, int]] = []
    for first, last in left:
        for low, high in right:
            if high < first or low > last:
                continue
            if low > first:
                rest.append((first, low - 1))
            first = high + 1
        if first <= last:
            rest.append((first, last))
    return tuple(rest)


def union(*sets: Ranges) -> Ranges:
    """The lumisections that are in any of `sets`."""
    return canonical(pair for lumis in sets for pair in lumis)


def to_sql(ranges: Ranges) -> str:
    return "{" + ",".join(f"[{first},{last + 1})" for first, last in ranges) + "}"


def from_sql(value: Multirange[int] | str) -> Ranges:
    """From what psycopg gives for an `int4multirange`, or from its text."""
    if isinstance(value, str):
        edges = [part.split(",") for part in value.strip("{}").replace("[", "").split(")") if part]
        return tuple((int(low), int(high) - 1) for low, high in (edge[-2:] for edge in edges))
    return tuple(_closed(item) for item in value)


def _closed(item: Range[int]) -> tuple[int, int]:
    if item.lower is None or item.upper is None:
        raise ValueError(f"a range without an end is stored: {item}")
    return item.lower, item.upper - 1


def overlap(left: Ranges, right: Ranges) -> Ranges:
    """The lumisections that are in both."""
    pairs = ((max(a, c), min(b, d)) for a, b in left for c, d in right)
    return canonical((first, last) for first, last in pairs if first <= last)
