"""What came in between: later events about the same thing, and acts that were undone.

An event is *about the same thing* as another when both agree in their key and, where they speak of lumisections of a
component, share one. An act is *undone* when the latest act that undid it is not undone itself. An act and the one that
undid it, both later than some event, are *void* for it: together they changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from lumicert.decisions.kinds import Kind
from lumicert.decisions.projections import PAYLOAD

SAID_COLUMNS = """kind text, version smallint, run integer, dataset text, component text, lumis int4multirange,
    payload jsonb"""

# Events that are to be, from the parameter `said`, and those of the act `act`: in the same form.
_SAID = f"SELECT * FROM json_to_recordset(%(said)s::json) AS e ({SAID_COLUMNS})"  # noqa: S608
_OF_ACT = f"SELECT kind, run, dataset, component, lumis, {PAYLOAD} AS payload FROM decisions_event WHERE act = %(act)s"  # noqa: S608
_LATER = f"""SELECT seq, act, kind, run, dataset, component, lumis, {PAYLOAD} AS payload FROM decisions_event
    WHERE seq > %(after)s"""  # noqa: S608


def _later_about_same(kind: Kind, mine: str, key: Sequence[str]) -> str:
    """SELECT of (seq, act) of the events behind `%(after)s` about the same thing as one of `kind` in `mine`."""
    names = [f"key{index}" for index in range(len(key))]
    keyed = ", ".join(f"{expression} AS {name}" for expression, name in zip(key, names, strict=True))
    # what a run or dataset was registered for may be of any kind
    kinds = "" if kind.foundation else f"AND kind IN ({', '.join(repr(name) for name in kind.rivals)})"
    overlap = "AND later.lumis && mine.lumis" if {"component", "lumis"} <= kind.scope else ""
    return f"""
        SELECT later.seq, later.act
        FROM (SELECT lumis, {keyed} FROM ({mine}) mine WHERE kind = '{kind.name}') mine
        JOIN (SELECT seq, act, lumis, {keyed} FROM ({_LATER} {kinds}) later) later
        USING ({", ".join(names)}) WHERE true {overlap}"""  # noqa: S608  (names and expressions are ours)


def later_than_read(kinds: Iterable[Kind]) -> str:
    """SELECT of the events behind `%(after)s` about the same things as the events `%(said)s`, whatever their layer."""
    keyed = [(kind, kind.stream or kind.key) for kind in kinds]
    return " UNION ".join(_later_about_same(kind, _SAID, key) for kind, key in keyed if key)


def later_than_act(act: UUID, kinds: Iterable[Kind], *, after: int) -> list[int]:
    """The events behind `after`, the last one of `act`, that changed what it covered; void acts are left out."""
    keyed = [(kind, kind.stream if kind.foundation else kind.key) for kind in kinds]
    statements = [_later_about_same(kind, _OF_ACT, key) for kind, key in keyed if key]
    if not statements:
        return []
    found = _select(" UNION ".join(statements), act=act, after=after)
    void = _void_acts(after) if found else frozenset()
    return sorted(seq for seq, later in found if later not in void)


def _void_acts(after: int) -> set[UUID]:
    undoings = _select(
        """SELECT u.seq, u.act, (u.payload->>'act')::uuid FROM decisions_event u
            WHERE u.kind = 'act.undone' AND u.seq > %(after)s AND %(after)s < (
                SELECT min(seq) FROM decisions_event undone WHERE undone.act = (u.payload->>'act')::uuid
            ) ORDER BY u.seq DESC""",
        after=after,
    )
    standing = _standing(undoings)
    return {act for seq, act, target in undoings if standing.get(target) == seq} | set(standing)


def undoings(acts: Sequence[UUID]) -> dict[UUID, int]:
    """For each of `acts` that is undone: the event that undid it. One query, however often it was redone."""
    found = _select(_UNDOINGS, acts=[str(act) for act in acts])
    return {act: seq for act, seq in _standing(found).items() if act in set(acts)}


_UNDOINGS = """
    WITH RECURSIVE undoing AS (
        SELECT seq, act, payload->>'act' AS target FROM decisions_event
        WHERE kind = 'act.undone' AND payload->>'act' = ANY(%(acts)s)
        UNION
        SELECT e.seq, e.act, e.payload->>'act' FROM undoing JOIN decisions_event e
        ON e.kind = 'act.undone' AND e.payload->>'act' = undoing.act::text
    ) SELECT seq, act, target::uuid FROM undoing ORDER BY seq DESC"""


def _standing(undoings: Iterable[tuple[int, UUID, UUID]]) -> dict[UUID, int]:
    """From (seq, act, act that it undid), newest first: the acts that are undone, each with the event that undid it."""
    standing: dict[UUID, int] = {}
    for seq, act, target in undoings:
        if act not in standing:
            standing.setdefault(target, seq)
    return standing


def _select(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
