"""Tables that are functions of the log.

A projection is one SELECT over the events with `after < seq <= upto`. Over the whole log it *is* the state, so that
"as of event N" needs nothing else; over the newest events it is what they add, once the statement in `supersede` has
taken out what they replace. `check` holds the kept table against the whole SELECT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

PAYLOAD = "decisions_upcast(kind, version, payload)"

# What opens and shuts the tables to this transaction, as `decisions_append` does; their trigger asks for it.
_OPEN = "SELECT set_config('lumicert.projecting', 'on', true)"
_SHUT = "SELECT set_config('lumicert.projecting', 'off', true)"
# behind every event that there can be
_END = 2**62
# for sorting a whole log in memory; PostgreSQL's default is meant for a page
_WORK_MEMORY = "SET LOCAL work_mem = '128MB'"


@dataclass(frozen=True, slots=True)
class Projection:
    """One kept table.

    Attributes:
        table: its name.
        columns: in the order of the selection.
        key: SQL expressions over an event; events that differ in one of them never supersede one another.
        selection: SELECT with the parameters `%(after)s` and `%(upto)s`.
        supersede: a statement with the same parameters, run before newer rows go in.
    """

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    selection: str
    supersede: str

    @property
    def insertion(self) -> str:
        return f"INSERT INTO {self.table} ({', '.join(self.columns)}) {self.selection}"

    def as_of(self, at: int | None) -> str:
        """SQL to read from: the kept table for now (None), else the selection up to `%(upto)s`, a derived table."""
        return self.table if at is None else f"({self.selection}) AS {self.table} ({', '.join(self.columns)})"

    def rebuild(self, cursor: CursorWrapper, *, upto: int) -> None:
        """Make the table what it was when event `upto` was the last."""
        # indexes are made faster from a full table than kept up row by row
        cursor.execute(_INDEXES, {"table": self.table})
        drop, create = zip(*cursor.fetchall(), strict=True)
        statements = [_OPEN, *drop, f"TRUNCATE {self.table}", self.insertion, *create, _SHUT]
        cursor.execute("; ".join(statements), {"after": 0, "upto": upto})

    @property
    def difference(self) -> str:
        """SELECT of (rows of the table, rows that the log demands and it lacks, rows that the log does not give).

        One statement reads log and table at one moment, so that nobody need wait for it. Rows are compared as text:
        numbers that are equal and written differently are not the same bytes.
        """
        kept, demanded = self.table, self.as_of(_END)
        return f"""
            SELECT coalesce(sum(kept), 0), coalesce(sum(balance) FILTER (WHERE balance > 0), 0),
                coalesce(-sum(balance) FILTER (WHERE balance < 0), 0)
            FROM (
                SELECT sum(balance) AS balance, count(*) FILTER (WHERE balance < 0) AS kept FROM (
                    SELECT ROW({", ".join(self.columns)})::text AS line, -1 AS balance FROM {kept}
                    UNION ALL SELECT ROW({", ".join(self.columns)})::text, 1 FROM {demanded}
                ) both_sides GROUP BY line
            ) lines"""  # noqa: S608  (names are ours)


# How to drop and how to make each index of a table, those of its keys as the constraints that they are.
_INDEXES = """
    SELECT CASE WHEN conname IS NULL THEN format('DROP INDEX %%s', indexrelid::regclass)
            ELSE format('ALTER TABLE %%s DROP CONSTRAINT %%I', indrelid::regclass, conname) END,
        CASE WHEN conname IS NULL THEN pg_get_indexdef(indexrelid)
            ELSE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', indrelid::regclass, conname,
                pg_get_constraintdef(pg_constraint.oid)) END
    FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid AND conrelid = indrelid
    WHERE indrelid = %(table)s::regclass"""


def latest_by_key(
    *, table: str, kind: str, withdrawn: str | None, key: Mapping[str, str], values: Mapping[str, str], rows: str = ""
) -> Projection:
    """The projection that keeps, for each key, what the latest event of `kind` said, until one of `withdrawn`.

    Args:
        withdrawn: None for what is never taken back.
        key: columns of the table that make the key, each with its SQL expression over the event.
        values: the other columns, likewise; in both `payload` is brought up to the current version.
        rows: an optional `CROSS JOIN LATERAL ...` that makes several rows of one event.
    """
    names = ", ".join(key)
    kinds = ", ".join(f"'{name}'" for name in (kind, withdrawn) if name)
    keyed = f"""
        SELECT *, {", ".join(f"{expression} AS key_{name}" for name, expression in key.items())} FROM (
            SELECT seq, at, kind, origin, run, dataset, lumis, {PAYLOAD} AS payload FROM decisions_event
            WHERE seq > %(after)s AND seq <= %(upto)s AND kind IN ({kinds})
        ) said"""  # noqa: S608
    keys = ", ".join(f"key_{name}" for name in key)
    return Projection(
        table=table,
        columns=(*key, *values),
        key=tuple(key.values()),
        selection=f"""
            SELECT {keys}, {", ".join(values.values())} FROM (
                SELECT DISTINCT ON ({keys}) * FROM ({keyed}) keyed ORDER BY {keys}, seq DESC
            ) latest {rows} WHERE kind = '{kind}'""",  # noqa: S608
        supersede=f"DELETE FROM {table} WHERE ({names}) IN (SELECT {keys} FROM ({keyed}) keyed)",  # noqa: S608
    )


def all_projections() -> list[Projection]:
    """Every projection of every kind, each once."""
    from lumicert.decisions.kinds import all_kinds

    return list({each.table: each for kind in all_kinds() for each in kind.projections}.values())


def tables_are_there() -> bool:
    """True when every projection has its table: not so while an older state of the schema is migrated to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bool_and(to_regclass(t) IS NOT NULL) FROM unnest(%s::text[]) t", [_tables()])
        return bool(cursor.fetchone()[0])


def _tables() -> list[str]:
    return [projection.table for projection in all_projections()]


def guard_all() -> None:
    """Have the database refuse every change of a projection's table but the projector's. Done after each migration."""
    with connection.cursor() as cursor:
        for projection in all_projections():
            cursor.execute(_UNGUARDED, [projection.table] * 2)
            if cursor.fetchone()[0]:
                cursor.execute(_GUARD.format(table=projection.table))


# asked first, for making a trigger locks the table, and a migration of nothing should lock nothing
_UNGUARDED = """
    SELECT to_regclass(%s) IS NOT NULL AND to_regproc('decisions_projection_keep') IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = 'decisions_projection_keep'
    )"""
# ALWAYS: also where a session says that it only replicates
_GUARD = """
    CREATE TRIGGER decisions_projection_keep BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION decisions_projection_keep();
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER decisions_projection_keep"""


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


def _unheard(table: str) -> None:
    """Nobody wants to know which table is next."""


@transaction.atomic
def rebuild(*, progress: Callable[[str], None] = _unheard) -> dict[str, Any]:
    """Make every projection again from event 1. Nobody writes meanwhile; readers wait.

    `progress` is told each table before it is made.
    """
    projections = all_projections()
    with connection.cursor() as cursor:
        lock_log(cursor)
        cursor.execute(_WORK_MEMORY)
        upto = head(cursor)
        for projection in projections:
            progress(projection.table)
            projection.rebuild(cursor, upto=upto)
    return {"upto": upto, "tables": [projection.table for projection in projections]}


@transaction.atomic
def check(*, progress: Callable[[str], None] = _unheard) -> list[Check]:
    """Hold every projection against the log, changing nothing and holding nobody up."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(_WORK_MEMORY)
        for projection in all_projections():
            progress(projection.table)
            cursor.execute(projection.difference, {"after": 0, "upto": _END})
            rows, missing, surplus = cursor.fetchone()
            found.append(Check(projection.table, int(rows), int(missing), int(surplus)))
    return found
