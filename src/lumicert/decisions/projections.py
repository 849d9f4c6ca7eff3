"""Tables that are functions of the log.

A projection is one SELECT over the events with `after < seq <= upto`. Over the whole log it *is* the state, so that
"as of event N" needs nothing else; over the newest events it is what they add, once the statements in `supersede` have
taken out what they replace. `check` holds the kept table against the whole SELECT.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

PAYLOAD = "decisions_upcast(kind, version, payload)"


@dataclass(frozen=True, slots=True)
class Projection:
    """One kept table.

    Attributes:
        table: its name.
        columns: in the order of the selection.
        selection: SELECT with the parameters `%(after)s` and `%(upto)s`.
        supersede: statements with the same parameters, run before newer rows go in.
    """

    table: str
    columns: tuple[str, ...]
    selection: str
    supersede: tuple[str, ...]

    @property
    def insertion(self) -> str:
        return f"INSERT INTO {self.table} ({', '.join(self.columns)}) {self.selection}"

    def as_of(self, at: int | None) -> str:
        """SQL to read from: the kept table for now (None), else the selection up to `%(upto)s`, a derived table."""
        return self.table if at is None else f"({self.selection}) AS {self.table} ({', '.join(self.columns)})"

    def advance(self, cursor: CursorWrapper, *, after: int, upto: int) -> None:
        for statement in (*self.supersede, self.insertion):
            cursor.execute(statement, {"after": after, "upto": upto})

    def rebuild(self, cursor: CursorWrapper, *, upto: int) -> None:
        cursor.execute(f"TRUNCATE {self.table}")
        cursor.execute(self.insertion, {"after": 0, "upto": upto})

    def difference(self, cursor: CursorWrapper, *, upto: int) -> tuple[int, int]:
        """(rows that the log demands and the table lacks, rows of the table that the log does not give)."""
        names = ", ".join(self.columns)
        kept, demanded = f"(SELECT {names} FROM {self.table})", f"({self.selection})"
        cursor.execute(
            f"SELECT (SELECT count(*) FROM ({demanded} EXCEPT ALL {kept}) a), "  # noqa: S608  (names are ours)
            f"(SELECT count(*) FROM ({kept} EXCEPT ALL {demanded}) b)",
            {"after": 0, "upto": upto},
        )
        missing, surplus = cursor.fetchone()
        return missing, surplus


def latest_by_key(
    *, table: str, kind: str, withdrawn: str, key: Mapping[str, str], values: Mapping[str, str], rows: str = ""
) -> Projection:
    """The projection that keeps, for each key, what the latest event of `kind` said, until one of `withdrawn`.

    Args:
        key: columns of the table that make the key, each with its SQL expression over the event.
        values: the other columns, likewise; in both `payload` is brought up to the current version.
        rows: an optional `CROSS JOIN LATERAL ...` that makes several rows of one event.
    """
    names = ", ".join(key)
    keyed = f"""
        SELECT *, {", ".join(f"{expression} AS key_{name}" for name, expression in key.items())} FROM (
            SELECT seq, at, kind, run, dataset, lumis, {PAYLOAD} AS payload FROM decisions_event
            WHERE seq > %(after)s AND seq <= %(upto)s AND kind IN ('{kind}', '{withdrawn}')
        ) said"""  # noqa: S608
    keys = ", ".join(f"key_{name}" for name in key)
    return Projection(
        table=table,
        columns=(*key, *values),
        selection=f"""
            SELECT {keys}, {", ".join(values.values())} FROM (
                SELECT DISTINCT ON ({keys}) * FROM ({keyed}) keyed ORDER BY {keys}, seq DESC
            ) latest {rows} WHERE kind = '{kind}'""",  # noqa: S608
        supersede=(f"DELETE FROM {table} WHERE ({names}) IN (SELECT {keys} FROM ({keyed}) keyed)",),  # noqa: S608
    )


def _projections() -> list[Projection]:
    from lumicert.decisions.kinds import all_kinds

    found: dict[str, Projection] = {}
    for kind in all_kinds():
        for projection in kind.projections:
            found[projection.table] = projection
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Check:
    """What `rebuild --check` found for one table."""

    table: str
    rows: int
    missing: int
    surplus: int

    @property
    def same(self) -> bool:
        return not (self.missing or self.surplus)


def head(cursor: CursorWrapper) -> int:
    """The number of the last event, 0 for an empty log."""
    cursor.execute("SELECT coalesce(max(seq), 0) FROM decisions_event")
    return int(cursor.fetchone()[0])


def lock_log(cursor: CursorWrapper) -> None:
    """Hold the log until the transaction ends. The same lock that the trigger takes before each event."""
    cursor.execute("SELECT pg_advisory_xact_lock(decisions_event_lock())")


@transaction.atomic
def rebuild() -> dict[str, Any]:
    """Make every projection again from event 1. Nobody writes meanwhile; readers wait."""
    with connection.cursor() as cursor:
        lock_log(cursor)
        upto = head(cursor)
        for projection in _projections():
            projection.rebuild(cursor, upto=upto)
        return {"upto": upto, "tables": [projection.table for projection in _projections()]}


@transaction.atomic
def check() -> list[Check]:
    """Hold every projection against the log, changing nothing."""
    with connection.cursor() as cursor:
        lock_log(cursor)
        upto = head(cursor)
        return [_check(cursor, projection, upto) for projection in _projections()]


def _check(cursor: CursorWrapper, projection: Projection, upto: int) -> Check:
    missing, surplus = projection.difference(cursor, upto=upto)
    cursor.execute(f"SELECT count(*) FROM {projection.table}")  # noqa: S608
    return Check(table=projection.table, rows=cursor.fetchone()[0], missing=missing, surplus=surplus)
