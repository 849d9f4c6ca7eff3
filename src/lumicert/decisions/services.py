"""Writing to the log: append an act, undo an act.

Each is one transaction under the log's lock: validate, refuse what conflicts, append, project.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from lumicert.accounts.models import User
from lumicert.decisions import selectors
from lumicert.decisions.events import ActUndone
from lumicert.decisions.kinds import NewEvent, kind_named, kind_of
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import Projection, head, lock_log
from lumicert.decisions.ranges import canonical, to_sql

_COLUMNS = "act, actor_id, actor_name, origin, kind, version, run, dataset, component, lumis, payload"
_SCOPE = ("run", "dataset", "component", "lumis")


@dataclass(frozen=True, slots=True)
class Act:
    """What was appended. `repeated` says that this act was in the log already and nothing was done again."""

    id: UUID
    first: int
    last: int
    repeated: bool = False


class ActRefused(ValueError):
    """An act of which at least one event is not acceptable. Nothing of it was written.

    `problems` holds (index of the event in the act, what is wrong with it).
    """

    def __init__(self, problems: Sequence[tuple[int, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(message for _, message in self.problems))


class Conflict(Exception):
    """Somebody has said something about the same lumisections since the form was read. Nothing was written."""

    def __init__(self, later: Sequence[Event]) -> None:
        self.later = tuple(later)
        event = self.later[-1]
        more = f" (and {len(self.later) - 1} more)" if len(self.later) > 1 else ""
        super().__init__(f"event {event.seq} by {event.actor_name} came in between: {selectors.describe(event)}{more}")


def append(
    *,
    events: Sequence[NewEvent],
    actor: User | None,
    origin: Origin,
    act: UUID | None = None,
    expected: int | None = None,
) -> Act:
    """Append all of `events` as one act, or nothing.

    Args:
        actor: who says so; None for a rule.
        act: the identity of the act, made where the person clicked, so that a second click does nothing again.
        expected: the last event that the actor had seen; a later event on the same lumisections is a conflict.

    Raises:
        ActRefused: saying which event failed and why.
        Conflict: with the events that came in between.
    """
    _refuse_invalid(events)
    act = act or uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        if done := _already(cursor, act):
            return done
        after = head(cursor)
        if expected is not None and (later := _later(events, expected)):
            raise Conflict(later)
        _copy(cursor, events, act, actor, origin)
        upto = after + len(events)
        for projection in _touched(events):
            projection.advance(cursor, after=after, upto=upto)
    return Act(id=act, first=after + 1, last=upto)


def undo(*, act: UUID, actor: User | None, reason: str = "", by: UUID | None = None) -> Act:
    """Append an act that puts back what stood before `act`. It can itself be undone, which is how to redo.

    Raises:
        ActRefused: if there is no such act, it is undone already, or it cannot be undone.
        Conflict: if later events changed what it covered; those are to be undone first.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        if by is not None and (done := _already(cursor, by)):
            return done
        events = list(Event.objects.filter(act=act).order_by("seq"))
        restoring = _restoring(act, events)
        origin = Origin.PERSON if actor else Origin.AUTOMATIC
        undone = NewEvent(ActUndone(act=act, reason=reason))
        return append(events=[undone, *restoring], actor=actor, origin=origin, act=by)


def _restoring(act: UUID, events: Sequence[Event]) -> list[NewEvent]:
    if not events:
        raise ActRefused([(0, f"there is no act {act}")])
    if undone := selectors.undone_by(act):
        raise ActRefused([(0, f"this act is undone already, by {undone.actor_name} in event {undone.seq}")])
    later = selectors.later_on_same([(event.kind, event) for event in events], after=events[-1].seq, not_void=True)
    if later:
        raise Conflict(later)
    restoring = []
    for name, group in groupby(sorted(events, key=lambda event: event.kind), key=lambda event: event.kind):
        if restore := kind_named(name).restore:
            restoring += restore(list(group), events[0].seq - 1)
    if not restoring:
        raise ActRefused([(0, f"act {act} changed nothing that could be put back")])
    return restoring


def _refuse_invalid(events: Sequence[NewEvent]) -> None:
    if not events:
        raise ActRefused([(0, "an act must say something")])
    problems = [(index, message) for index, event in enumerate(events) if (message := _problem(event))]
    if problems:
        raise ActRefused(problems)


def _problem(event: NewEvent) -> str:
    kind = kind_of(event.payload)
    given = {name for name in _SCOPE if getattr(event, name) is not None}
    if given != kind.scope:
        return f"{kind.name} is about {sorted(kind.scope) or 'nothing'}, but was given {sorted(given) or 'nothing'}"
    if event.run is not None and not 1 <= event.run < 2**31:
        return f"{event.run} is not a run number"
    if event.lumis is not None:
        try:
            canonical_form = canonical(event.lumis)
        except ValueError as error:
            return str(error)
        if not event.lumis or canonical_form != event.lumis:
            return f"the lumisections {event.lumis} are empty, or not sorted and disjoint"
    return ""


def _already(cursor: CursorWrapper, act: UUID) -> Act | None:
    cursor.execute("SELECT min(seq), max(seq) FROM decisions_event WHERE act = %s", [act])
    first, last = cursor.fetchone()
    return None if first is None else Act(id=act, first=first, last=last, repeated=True)


def _later(events: Sequence[NewEvent], expected: int) -> list[Event]:
    return selectors.later_on_same([(kind_of(event.payload).name, event) for event in events], after=expected)


def _copy(cursor: CursorWrapper, events: Iterable[NewEvent], act: UUID, actor: User | None, origin: Origin) -> None:
    who = (actor.pk, actor.get_username()) if actor else (None, origin.label)
    with cursor.copy(f"COPY decisions_event ({_COLUMNS}) FROM STDIN") as copy:
        for event in events:
            kind = kind_of(event.payload)
            lumis = None if event.lumis is None else to_sql(event.lumis)
            payload = json.dumps(event.payload.model_dump(mode="json"), ensure_ascii=False)
            where = (event.run, event.dataset, event.component, lumis)
            copy.write_row((act, *who, origin.value, kind.name, kind.version, *where, payload))


def _touched(events: Iterable[NewEvent]) -> list[Projection]:
    kinds = {kind_of(event.payload).name for event in events}
    found = {projection.table: projection for name in sorted(kinds) for projection in kind_named(name).projections}
    return list(found.values())
