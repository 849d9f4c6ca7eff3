"""What is known of the lumisections of one run, as columns: to compare, to cut, to say as an event.

A report speaks of whole lumisections: of each it says all that it knows. So what is new in a report is the lumisections
of which anything differs, and an event that holds those is as good as one that holds them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from lumicert.decisions import ranges
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.ranges import Ranges
from lumicert.runs import selectors
from lumicert.runs.events import LumisectionsReported

ByValue = Mapping[str, Mapping[str, Ranges]]
Mask = npt.NDArray[np.bool_]
_Number = TypeVar("_Number")

# 1 /pb = 10^12 /b
_BARN_PLACES = 12


@dataclass(frozen=True, slots=True)
class Lumisections:
    """Lumisections of a run with what is known of each.

    Attributes:
        lumis: those that are there.
        flags, labels: by name and value, the lumisections that have it.
        series: by name, the number of each lumisection that has one.
        luminosity: own (recorded, delivered) luminosity in whole inverse barns, of each lumisection that has one.
    """

    lumis: Ranges = ()
    flags: ByValue = field(default_factory=dict)
    labels: ByValue = field(default_factory=dict)
    series: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    luminosity: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    def within(self, lumis: Ranges) -> Lumisections:
        """The same of the lumisections that are in `lumis` too."""
        kept = mask(lumis, _end(lumis, self.lumis))
        return Lumisections(
            lumis=_cut(self.lumis, kept),
            flags=_cut_values(self.flags, kept),
            labels=_cut_values(self.labels, kept),
            series={name: _cut_numbers(numbers, kept) for name, numbers in self.series.items()},
            luminosity=_cut_numbers(self.luminosity, kept),
        )

    def joined(self, later: Lumisections) -> Lumisections:
        """This, with what `later` says of its lumisections in place of what is said here."""
        mine = self.within(ranges.difference(self.lumis, later.lumis))
        return Lumisections(
            lumis=ranges.union(mine.lumis, later.lumis),
            flags=_joined(mine.flags, later.flags),
            labels=_joined(mine.labels, later.labels),
            series={
                name: {**mine.series.get(name, {}), **later.series.get(name, {})}
                for name in mine.series.keys() | later.series.keys()
            },
            luminosity={**mine.luminosity, **later.luminosity},
        )

    def differing(self, other: Lumisections) -> Ranges:
        """The lumisections of which this and `other` do not know the same."""
        end = _end(self.lumis, other.lumis)
        differ = mask(self.lumis, end) ^ mask(other.lumis, end)
        for mine, theirs in ((self.flags, other.flags), (self.labels, other.labels)):
            for name in mine.keys() | theirs.keys():
                by_value, of_other = mine.get(name, {}), theirs.get(name, {})
                for value in by_value.keys() | of_other.keys():
                    differ |= mask(by_value.get(value, ()), end) ^ mask(of_other.get(value, ()), end)
        for name in self.series.keys() | other.series.keys():
            _mark(differ, self.series.get(name, {}), other.series.get(name, {}))
        _mark(differ, self.luminosity, other.luminosity)
        return ranges_of(differ)

    def event(self, run: int, *, source: str, lumis: Ranges | None = None) -> NewEvent:
        """The event that says this of `lumis`, or of all that are here; what it leaves out becomes unknown."""
        luminosity = None
        if self.luminosity:
            numbers = sorted(self.luminosity)
            luminosity = {
                "unit": "/pb",
                "lumis": _ranges(numbers),
                "recorded": [_in_pb(self.luminosity[ls][0]) for ls in numbers],
                "delivered": [_in_pb(self.luminosity[ls][1]) for ls in numbers],
            }
        payload = LumisectionsReported.model_validate(
            {
                "source": source,
                "flags": self.flags,
                "labels": self.labels,
                "luminosity": luminosity,
                "series": {
                    name: {
                        "lumis": _ranges(sorted(numbers)),
                        "values": [format(Decimal(repr(numbers[ls])), "f") for ls in sorted(numbers)],
                    }
                    for name, numbers in self.series.items()
                    if numbers
                },
            }
        )
        return NewEvent(payload, run, lumis=self.lumis if lumis is None else lumis)


def read_lumisections(run: int, *, at: int | None = None) -> Lumisections:
    """What is known of the lumisections of a run, now or as of an event; nothing where nobody reported any."""
    flags, labels = selectors.flags_of_run(run, at=at), selectors.labels_of_run(run, at=at)
    series = selectors.series_of_run(run, at=at)
    luminosity = selectors.luminosity_of_runs([run], at=at)
    by_ls = zip(luminosity.recorded.tolist(), luminosity.delivered.tolist(), strict=True)
    # a lumisection of which a source gave nothing but its existence is of no use here
    known = [part for by_value in (*flags.values(), *labels.values()) for part in by_value.values()]
    numbered = [*luminosity.ls.tolist(), *(ls for numbers in series.values() for ls in numbers)]
    return Lumisections(
        lumis=ranges.canonical([pair for part in known for pair in part] + [(ls, ls) for ls in numbered]),
        flags=flags,
        labels=labels,
        series=series,
        luminosity=dict(zip(luminosity.ls.tolist(), by_ls, strict=True)),
    )


def mask(lumis: Ranges, end: int) -> Mask:
    """Truth for each lumisection below `end` whether it is in `lumis`; shape (end,)."""
    found = np.zeros(end, dtype=bool)
    for first, last in lumis:
        found[first : last + 1] = True
    return found


def ranges_of(found: Mask) -> Ranges:
    """The lumisections that are true, as ranges."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], found.astype(np.int8), [0]])))
    return tuple(zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True))


def _ranges(numbers: Iterable[int]) -> Ranges:
    return ranges.canonical((ls, ls) for ls in numbers)


def _end(*all_of_them: Ranges) -> int:
    return max((lumis[-1][1] for lumis in all_of_them if lumis), default=0) + 1


def _cut(lumis: Ranges, kept: Mask) -> Ranges:
    return ranges_of(mask(lumis, max(len(kept), _end(lumis)))[: len(kept)] & kept)


def _joined(mine: ByValue, theirs: ByValue) -> ByValue:
    return {
        name: {
            value: ranges.union(mine.get(name, {}).get(value, ()), theirs.get(name, {}).get(value, ()))
            for value in mine.get(name, {}).keys() | theirs.get(name, {}).keys()
        }
        for name in mine.keys() | theirs.keys()
    }


def _cut_values(by_name: ByValue, kept: Mask) -> ByValue:
    cut = {
        name: {value: left for value, lumis in by_value.items() if (left := _cut(lumis, kept))}
        for name, by_value in by_name.items()
    }
    return {name: by_value for name, by_value in cut.items() if by_value}


def _cut_numbers(numbers: Mapping[int, _Number], kept: Mask) -> dict[int, _Number]:
    return {ls: number for ls, number in numbers.items() if ls < len(kept) and kept[ls]}


def _mark(differ: Mask, mine: Mapping[int, object], theirs: Mapping[int, object]) -> None:
    for ls in mine.keys() | theirs.keys():
        # None is no number, so that one that is missing differs from every one
        if mine.get(ls) != theirs.get(ls):
            differ[ls] = True


def _in_pb(barns: int) -> str:
    return format(Decimal(barns).scaleb(-_BARN_PLACES), "f")
