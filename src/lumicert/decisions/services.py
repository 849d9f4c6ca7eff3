"""Writing to the log: append an act, undo an act.

Each is one transaction under the log's lock: validate, refuse what conflicts, append, project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Max, Min

from lumicert.accounts.models import User
from lumicert.decisions import selectors
from lumicert.decisions.between import SAID_COLUMNS, later_than_act, later_than_read
from lumicert.decisions.events import ActUndone
from lumicert.decisions.kinds import Kind, NewEvent, kind_named, kind_of
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import PAYLOAD, lock_log
from lumicert.decisions.ranges import canonical, to_sql

_SCOPE = ("run", "dataset", "component", "lumis")
# the escape of NUL in JSON, unless its backslash is itself escaped
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

# blanks and line ends in names have made twins of datasets before
_DATASET = re.compile(r"online|/[^\s/]{1,100}/[^\s/]{1,100}/[A-Za-z-]{1,40}")
_COMPONENT = re.compile(r"[a-z0-9_]{1,40}-[A-Za-z0-9_]{1,40}")


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
    signed: str = "",
) -> Act:
    """Append all of `events` as one act, or nothing.

    Args:
        actor: who says so; None for a rule or a source.
        signed: the name that the events carry where there is no actor; without it, what its origin is called.
        act: the identity of the act, made where the person clicked, so that a second click does nothing again.
        expected: the last event that the actor had seen; a later event on the same lumisections is a conflict.

    Raises:
        ActRefused: saying which event failed and why.
        Conflict: with the events that came in between.
    """
    said = _checked(events)
    act = act or uuid4()
    # one statement is a transaction by itself: the lock is not held while it is told about and a COMMIT comes back
    whole = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with whole, connection.cursor() as cursor:
        cursor.execute(
            _APPEND, {"said": said, "act": act, **_signed(actor, origin, signed), **_orders(events, expected)}
        )
        last, known, conflicts = cursor.fetchone()
        if known:
            return _repeated(cursor, act, said)
        if conflicts:
            raise _conflict(conflicts)
    return Act(id=act, first=last + 1, last=last + len(events))


def undo(*, act: UUID, actor: User | None, reason: str = "", by: UUID | None = None) -> Act:
    """Append an act that puts back what stood before `act`. It can itself be undone, which is how to redo.

    Raises:
        ActRefused: if there is no such act, it is undone already, or it cannot be undone.
        Conflict: if later events changed what it covered; those are to be undone first.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        if by is not None and (first := Event.objects.filter(act=by).order_by("seq").first()):
            return _undone_before(first, act)
        events = list(Event.objects.filter(act=act).order_by("seq"))
        restoring = _restoring(act, events)
        origin = Origin.PERSON if actor else Origin.AUTOMATIC
        undone = NewEvent(ActUndone(act=act, reason=reason))
        return append(events=[undone, *restoring], actor=actor, origin=origin, act=by)


def _undone_before(first: Event, act: UUID) -> Act:
    if first.kind != "act.undone" or first.payload["act"] != str(act):
        raise _taken(first)
    last = Event.objects.filter(act=first.act).latest("seq").seq
    return Act(id=first.act, first=first.seq, last=last, repeated=True)


def _restoring(act: UUID, events: Sequence[Event]) -> list[NewEvent]:
    if not events:
        raise ActRefused([(0, f"there is no act {act}")])
    if undone := selectors.undone_by(act):
        raise ActRefused([(0, f"this act is undone already, by {undone.actor_name} in event {undone.seq}")])
    # later floors first: what was registered is withdrawn after what was said about it
    kinds = [kind_named(name) for name in sorted({event.kind for event in events})]
    if later := later_than_act(act, kinds, after=events[-1].seq):
        raise _conflict(later)
    restoring = []
    for kind in kinds:
        if kind.restore:
            restoring += kind.restore([event for event in events if event.kind == kind.name], events[0].seq - 1)
    if not restoring:
        raise ActRefused([(0, f"act {act} changed nothing that could be put back")])
    return restoring


def _conflict(later: Sequence[int]) -> Conflict:
    return Conflict(list(Event.objects.filter(seq__in=later).order_by("seq")))


def _checked(events: Sequence[NewEvent]) -> str:
    """The events as a JSON list, in the form that the database takes them in."""
    if not events:
        raise ActRefused([(0, "an act must say something")])
    texts, problems = [], []
    for index, event in enumerate(events):
        try:
            texts.append(_text(event))
        except ValueError as error:
            problems.append((index, str(error)))
    if problems:
        raise ActRefused(problems)
    return f"[{','.join(texts)}]"


def _text(event: NewEvent) -> str:
    """The event as JSON that PostgreSQL can hold.

    Raises:
        ValueError: saying what is wrong with it.
    """
    kind = kind_of(event.payload)
    _check_scope(event, kind)
    record = {
        "kind": kind.name,
        "version": kind.version,
        "run": event.run,
        "dataset": event.dataset,
        "component": event.component,
        "lumis": None if event.lumis is None else to_sql(event.lumis),
        "payload": event.payload.model_dump(mode="json"),
    }
    try:
        text = json.dumps(record, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError as error:
        raise ValueError(f"{kind.name} holds what JSON cannot say: {error}") from error
    # the plain search first: it takes a hundredth of the time
    if "\\u0000" in text and _NUL.search(text):
        raise ValueError(f"{kind.name} holds a NUL character, which no database text can hold")
    return text


def _check_scope(event: NewEvent, kind: Kind) -> None:
    given = {name for name in _SCOPE if getattr(event, name) is not None}
    if given != kind.scope:
        wanted = " and ".join(sorted(kind.scope)) or "nothing"
        raise ValueError(f"{kind.name} is about {wanted}, but was given {' and '.join(sorted(given)) or 'nothing'}")
    if event.run is not None and not 1 <= event.run < 2**31:
        raise ValueError(f"{event.run} is not a run number")
    if event.dataset is not None and not _DATASET.fullmatch(event.dataset):
        raise ValueError(
            f"the dataset {event.dataset!r} is not online or a name such as /PromptReco/Collisions2018A/DQM"
        )
    if event.component is not None and not _COMPONENT.fullmatch(event.component):
        raise ValueError(f"the component {event.component!r} is not a name such as tracker-pixel")
    if event.lumis is not None and (not event.lumis or canonical(event.lumis) != event.lumis):
        raise ValueError(f"the lumisections {event.lumis} are empty, or not sorted and disjoint")


_APPEND = """
    SELECT last, known, conflicts FROM decisions_append(%(said)s::json, %(act)s, %(actor)s, %(name)s, %(origin)s,
        %(expected)s, %(later)s, %(projecting)s)"""


def _signed(actor: User | None, origin: Origin, name: str) -> dict[str, Any]:
    name = actor.get_username() if actor else name or origin.label
    return {"actor": actor.pk if actor else None, "name": name, "origin": origin.value}


def _orders(events: Iterable[NewEvent], expected: int | None) -> dict[str, Any]:
    """What `decisions_append` is to look for before it appends the events, and to do after."""
    kinds = sorted({kind_of(event.payload) for event in events}, key=lambda kind: kind.name)
    touched = {projection.table: projection for kind in kinds for projection in kind.projections}
    return {
        "expected": expected,
        "later": later_than_read(kinds) % {"said": "$1", "after": "$2"},
        "projecting": [
            statement % {"after": "$1", "upto": "$2"}
            for projection in touched.values()
            for statement in (projection.supersede, projection.insertion)
        ],
    }


_SAME_AS_KNOWN = f"""
    SELECT (
        SELECT jsonb_agg(jsonb_build_array(kind, run, dataset, component, lumis::text, {PAYLOAD}) ORDER BY seq)
        FROM decisions_event WHERE act = %(act)s
    ) = (
        SELECT jsonb_agg(jsonb_build_array(kind, run, dataset, component, lumis::text, payload))
        FROM json_to_recordset(%(said)s::json) AS said ({SAID_COLUMNS})
    )"""  # noqa: S608


def _repeated(cursor: CursorWrapper, act: UUID, said: str) -> Act:
    """The act as it is in the log, if it says there what it says now; a form changed and sent again is no repeat."""
    known = Event.objects.filter(act=act).aggregate(first=Min("seq"), last=Max("seq"))
    cursor.execute(_SAME_AS_KNOWN, {"act": act, "said": said})
    if not cursor.fetchone()[0]:
        raise _taken(Event.objects.get(seq=known["first"]))
    return Act(id=act, first=known["first"], last=known["last"], repeated=True)


def _taken(first: Event) -> ActRefused:
    there = f"act {first.act} is in the log already, by {first.actor_name} in event {first.seq}"
    differs = f"and says something else: {selectors.describe(first)}"
    return ActRefused([(0, f"{there}, {differs}. Load the page again and repeat the change.")])
