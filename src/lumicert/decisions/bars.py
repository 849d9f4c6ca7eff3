"""What a component's bar shows: the word that counts in each lumisection, and the word that it stands over.

Two layers speak of a lumisection: a person's and an automatic one. A person's word counts where there is one; the
automatic word under it stays visible. A lumisection of the dataset of which nobody spoke is EMPTY; one between its
ends that the dataset does not have is *unknown*. The read-out says whose word it is, and by which event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lumicert.decisions.models import Event, Layer
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import Standing
from lumicert.shell.bars import Bar

EMPTY = "EMPTY"
# the state that a bar hatches
ABSENT = "unknown"
# the order in which a person looks for trouble
WORST_FIRST = ("BAD", "STANDBY", "EXCLUDED", "NOTSET", EMPTY, "GOOD")


@dataclass(frozen=True, slots=True)
class Piece:
    """Lumisections `first` to `last`, in which the same holds: `word` counts, and `under` is what it stands over."""

    first: int
    last: int
    status: str
    word: Standing | None
    under: Standing | None


def pieces(standing: Sequence[Standing], universe: Ranges) -> list[Piece]:
    """The bar of one component over a dataset's lumisections, from its first to its last, without a hole."""
    if not universe:
        return []
    first, last = universe[0][0], universe[-1][1]
    person = _painted(standing, Layer.PERSON, last)
    automatic = _painted(standing, Layer.AUTOMATIC, last)
    there = np.zeros(last + 1, dtype=bool)
    for low, high in universe:
        there[low : high + 1] = True
    return [
        _piece(low, high, standing, int(person[low]), int(automatic[low]), there=bool(there[low]))
        for low, high in _stretches(first, last, person, automatic, there)
    ]


def _painted(standing: Sequence[Standing], layer: Layer, last: int) -> npt.NDArray[np.int64]:
    """For each lumisection the index of the word that stands there in a layer, -1 for none."""
    painted = np.full(last + 1, -1)
    for index, word in enumerate(standing):
        if word.layer == layer:
            for low, high in word.lumis:
                painted[low : high + 1] = index
    return painted


def _stretches(first: int, last: int, *painted: npt.NDArray[np.generic]) -> Iterator[tuple[int, int]]:
    changes = np.zeros(last - first, dtype=bool)
    for row in painted:
        changes |= row[first + 1 : last + 1] != row[first:last]
    starts = [first, *(np.flatnonzero(changes) + first + 1).tolist()]
    return zip(starts, [*(start - 1 for start in starts[1:]), last], strict=True)


def _piece(low: int, high: int, standing: Sequence[Standing], person: int, automatic: int, *, there: bool) -> Piece:
    under = standing[automatic] if automatic >= 0 else None
    word = standing[person] if person >= 0 else under
    status = (word.status if word else EMPTY) if there else ABSENT
    return Piece(low, high, status, word, under if person >= 0 else None)


def authors(standing: Sequence[Standing]) -> dict[int, Event]:
    """The events of these words, by their numbers: one query."""
    found = Event.objects.filter(seq__in={word.seq for word in standing})
    return {event.seq: event for event in found.only("seq", "actor_name", "origin", "at")}


def bar(label: str, of_bar: Sequence[Piece], by: Mapping[int, Event]) -> Bar:
    """The pieces as they are drawn; `by` has the event of each word."""
    return Bar(label, [(piece.first, piece.last, piece.status.lower(), _reason(piece, by)) for piece in of_bar])


def _reason(piece: Piece, by: Mapping[int, Event]) -> str:
    """Who says so and why, in one line for the read-out."""
    if piece.status == ABSENT:
        return "this dataset does not have it"
    word = piece.word
    if word is None:
        return "nobody has said anything"
    over = f" over automatic {piece.under.status}" if piece.under else ""
    why = ": ".join(part for part in (word.cause, word.comment) if part)
    # the comment last: it may be long, and where room ends it is what can be read in the history
    return f"{by[word.seq].actor_name}{over}, event {word.seq}" + (f": {why}" if why else "")
