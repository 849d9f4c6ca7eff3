"""What two registries say of the lumisections of a component, held against each other. Nothing here asks or stores.

What is *said* of a component is a mapping from status to the lumisections that have it. EMPTY, NOTSET and
`NO VALUE FOUND` say nothing. Two of them differ in the lumisections in which both say something and not the same, and
in those of which only one says anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lumicert.certification.judging import Word
from lumicert.crosscheck.models import Compared
from lumicert.decisions import ranges
from lumicert.decisions.ranges import Ranges

Said = Mapping[str, Ranges]
Kind = Compared.Kind

UNSAID = frozenset({"", "EMPTY", "NOTSET", "NO VALUE FOUND"})
OPEN, CLOSED = "OPEN", frozenset({"SIGNOFF", "COMPLETED"})


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two registries differ: `status` where both speak, `only_here` and `only_there` where one does."""

    status: Ranges = ()
    only_here: Ranges = ()
    only_there: Ranges = ()

    @property
    def lumis(self) -> Ranges:
        """All of it."""
        return ranges.union(self.status, self.only_here, self.only_there)


@dataclass(frozen=True)
class Part:
    """A component on both sides. `low` is whether we say that there were too few events to tell."""

    key: str
    label: str
    component: str
    here: Said
    there: Said
    low: bool = False

    @cached_property
    def difference(self) -> Difference:
        """Where the two sides differ."""
        return compare(self.here, self.there)


def said_by(word: Word, lumis: Ranges, left: Ranges = ()) -> dict[str, Ranges]:
    """What a word says of a dataset with these lumisections, as certifying writes it; nothing of what it leaves.

    BAD only for want of statistics counts as good and is written GOOD, so that it is no difference.
    """
    status = "EXCLUDED" if word.status == "EXCLUDED" else "GOOD" if word.is_good else "BAD"
    bad = ranges.overlap(word.bad_lumis, lumis)
    return normalised([(status, ranges.difference(lumis, ranges.union(bad, left))), ("BAD", bad)])


def normalised(told: Iterable[tuple[str, Iterable[tuple[int, int]]]]) -> dict[str, Ranges]:
    """Statuses in capitals, each once with all its lumisections; what says nothing is left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    for status, lumis in told:
        name = " ".join(status.upper().split())
        if name not in UNSAID:
            found.setdefault(name, []).extend((first, last) for first, last in lumis)
    return {name: ranges.canonical(lumis) for name, lumis in found.items() if lumis}


def of_stretches(stretches: Iterable[Sequence[Any]]) -> dict[str, Ranges]:
    """What stretches [first LS, last LS, status, ...] say."""
    return normalised((str(status), [(first, last)]) for first, last, status, *_ in stretches)


def compare(here: Said, there: Said) -> Difference:
    """Where two registries differ; both are `normalised`."""
    spoken_here, spoken_there = ranges.union(*here.values()), ranges.union(*there.values())
    clashes = (
        ranges.overlap(mine, theirs)
        for status, mine in here.items()
        for other, theirs in there.items()
        if status != other
    )
    return Difference(
        status=ranges.union(*clashes),
        only_here=ranges.difference(spoken_here, spoken_there),
        only_there=ranges.difference(spoken_there, spoken_here),
    )


def but(said: Said, left: Ranges) -> Said:
    """What is said elsewhere than in some lumisections: of those we say nothing, so that nothing differs there."""
    if not left:
        return said
    rest = {status: ranges.difference(lumis, left) for status, lumis in said.items()}
    return {status: lumis for status, lumis in rest.items() if lumis}


def wholly(counts: Mapping[str, int], here: Said, lumis: Ranges) -> bool:
    """Whether the counts alone tell that a component there has the one status that we say, in all lumisections 1 to n.

    Args:
        counts: lumisections by status, as the registry sums them up.
    """
    there = {status.upper(): number for status, number in counts.items() if number}
    n = ranges.count(lumis)
    return lumis == ((1, n),) and len(here) == 1 and dict.fromkeys(here, n) == there and [*here.values()] == [lumis]


def kind_of(parts: Iterable[Part], *, seen: bool, there: bool, state: str = OPEN) -> Kind:
    """How a certification compares.

    Args:
        seen: whether the registry was asked.
        there: whether it has the dataset.
        state: of the dataset in the workspace there.
    """
    if not seen:
        return Kind.UNSEEN
    if not there:
        return Kind.MISSING
    if not any(part.difference.lumis for part in parts):
        return Kind.SAME
    return Kind.CLOSED if state in CLOSED else Kind.DIFFERS


# ---- as they are kept ----


def as_json(part: Part) -> dict[str, Any]:
    """A part as it is kept, with its difference."""
    different = part.difference
    return {
        "key": part.key, "label": part.label, "component": part.component, "low": part.low,
        "here": dict(part.here), "there": dict(part.there), "status": different.status,
        "only_here": different.only_here, "only_there": different.only_there,
    }  # fmt: skip
