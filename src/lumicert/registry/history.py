"""Reading: the history of a run, act by act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from lumicert.accounts.models import User
from lumicert.decisions.between import undoings
from lumicert.decisions.models import Event
from lumicert.decisions.rights import offers_undo
from lumicert.decisions.selectors import describe

# an act can touch a run in hundreds of events; these many are told in full
MOST_ACTS = 200
MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class HistoryAct:
    """What one act said of this run; each line has the dataset that it is about, or nothing, and the words."""

    id: UUID
    first: int
    last: int
    stop: int
    at: datetime
    actor_name: str
    origin: str
    lines: list[tuple[str, str]]
    hidden: int
    undone_by: Event | None = None
    undoes: int | None = None
    may_undo: bool = False

    @property
    def elsewhere(self) -> int:
        """How many events of the act are about other runs."""
        about_the_act = 0 if self.undoes is None else 1
        return self.last - self.first + 1 - len(self.lines) - self.hidden - about_the_act


_ACTS = """
    SELECT act, max(seq),
        (SELECT seq FROM decisions_event f WHERE f.act = e.act ORDER BY seq LIMIT 1),
        (SELECT seq FROM decisions_event f WHERE f.act = e.act ORDER BY seq DESC LIMIT 1)
    FROM decisions_event e WHERE run = %s GROUP BY act ORDER BY 2 DESC LIMIT %s"""

Span = tuple[UUID, int, int, int]
"""An act, the last of its events that is about the run, its first event and its last."""


@dataclass(frozen=True, slots=True)
class _Undoings:
    """Which acts are undone, by which event; and which acts undo, each with the first event of what it undoes."""

    undone: Mapping[UUID, Event]
    undoes: Mapping[UUID, int | None]


def history_of_run(run: int, reader: User, dataset: str) -> list[HistoryAct]:
    """The newest acts that speak of the run, newest first; of each, what it says of `dataset` comes first."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTS, [run, MOST_ACTS])
        spans: list[Span] = list(cursor.fetchall())
    by_act: dict[UUID, list[Event]] = {act: [] for act, *_ in spans}
    for event in Event.objects.filter(act__in=by_act, run=run).order_by("seq"):
        by_act[event.act].append(event)
    marks = _undoings(spans)
    return [_told(span, by_act[span[0]], marks, reader, dataset) for span in spans]


def _undoings(spans: Sequence[Span]) -> _Undoings:
    """Of the acts in `spans`; one that undoes another restores something in the same run, so that it is there too."""
    firsts = {str(act): first for act, _, first, _ in spans}
    undone = undoings([act for act, *_ in spans])
    # read after `undoings`, so that every event that it names is here
    events = Event.objects.filter(Q(seq__in=undone.values()) | Q(act__in=firsts, kind="act.undone"))
    by_seq = {event.seq: event for event in events}
    return _Undoings(
        undone={act: by_seq[seq] for act, seq in undone.items()},
        undoes={event.act: firsts.get(event.payload["act"]) for event in by_seq.values()},
    )


def _told(span: Span, said: list[Event], marks: _Undoings, reader: User, dataset: str) -> HistoryAct:
    act, stop, first, last = span
    # within each half in the order of the log, which sorted() keeps
    ordered = sorted(said, key=lambda event: event.component is not None and event.dataset != dataset)
    return HistoryAct(
        id=act,
        first=first,
        last=last,
        stop=stop,
        at=said[0].at,
        actor_name=said[0].actor_name,
        origin=said[0].origin,
        lines=[((event.component and event.dataset) or "", describe(event)) for event in ordered[:MOST_LINES]],
        hidden=max(0, len(said) - MOST_LINES),
        undone_by=marks.undone.get(act),
        undoes=marks.undoes.get(act),
        may_undo=act not in marks.undone and offers_undo(reader, said[0]),
    )
