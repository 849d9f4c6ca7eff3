"""Reading CertHelper's database: one transaction that sees one moment and can write nothing, rows in streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Composed, Identifier

from lumicert.certhelper.schema import TABLES, Columns, Connection, NotCertHelper, columns_of

Row = dict[str, Any]
CONNECT_SECONDS = 10
# so many rows are fetched at once, whatever the size of the table
ROWS_AT_ONCE = 500
COMPONENTS = ("pixel", "strip", "tracking")
RUN_PREFIX = "run."
_OF_RUN = (
    "run_type fill_id lumisections b_field b_field_unit energy energy_unit recorded_lumi recorded_lumi_unit hlt_key "
    "stable_beam fill_type_runtime"
).split()
_CERTIFICATION = "certifier_trackercertification"


@dataclass(frozen=True, slots=True)
class Original:
    """The database of CertHelper, open, and the columns that it has."""

    connection: Connection
    columns: Columns

    @property
    def name(self) -> str:
        """Where it is, for people."""
        info = self.connection.info
        return f"{info.dbname} on {info.host or 'this machine'}"

    def count(self, table: str) -> int:
        """How many rows a table has."""
        found = self.connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
        return int(found[0]) if found else 0

    def rows(self, table: str) -> Iterator[Row]:
        """The columns of a table that are read, by its key; none where the table is missing."""
        if not self.columns[table]:
            return iter(())
        known = TABLES[table]
        names = [*known.required.split(), *(name for name in known.optional.split() if name in self.columns[table])]
        query = SQL("SELECT {} FROM {} ORDER BY {}").format(
            SQL(", ").join(map(Identifier, names)), Identifier(table), Identifier(names[0])
        )
        return self._stream(table, query)

    def certifications(self) -> Iterator[Row]:
        """Every certification, deleted ones too, with the names of what it refers to and the values of its run."""
        return self._stream(_CERTIFICATION, self._certifications())

    def reconstructions(self) -> Iterator[Row]:
        """Every run reconstruction, with what decides whether its certification is good."""
        return self._stream("certifier_runreconstruction", self._reconstructions())

    def _stream(self, name: str, query: Composed) -> Iterator[Row]:
        with self.connection.cursor(name=f"lumicert_{name}", row_factory=dict_row) as cursor:
            # named, so that the server keeps the rest: a client's cursor would hold the whole table in memory
            cursor.itersize = ROWS_AT_ONCE
            yield from cursor.execute(query)

    def _column(self, alias: str, table: str, name: str, shown: str | None = None) -> Composable:
        there = name in self.columns[table]
        value = SQL("{}.{}").format(Identifier(alias), Identifier(name)) if there else SQL("NULL")
        return SQL("{} AS {}").format(value, Identifier(shown or name))

    def _of_run(self) -> list[Composable]:
        there = [name for name in _OF_RUN if name in self.columns["oms_omsrun"]]
        return [self._column("r", "oms_omsrun", name, RUN_PREFIX + name) for name in there]

    def _certifications(self) -> Composed:
        own = [*TABLES[_CERTIFICATION].required.split(), *TABLES[_CERTIFICATION].optional.split()]
        chosen = [self._column("c", _CERTIFICATION, name) for name in own] + self._of_run()
        chosen += [_problems_of(component) for component in COMPONENTS]
        reason = (
            SQL("LEFT JOIN certifier_badreason b ON b.id = c.bad_reason_id"), SQL("b.name")
        ) if "bad_reason_id" in self.columns[_CERTIFICATION] else (SQL(""), SQL("NULL"))  # fmt: skip
        dataset = (
            SQL("LEFT JOIN certifier_dataset d ON d.id = c.dataset_id"), SQL("d.dataset")
        ) if "dataset_id" in self.columns[_CERTIFICATION] else (SQL(""), SQL("NULL"))  # fmt: skip
        return SQL("""
            SELECT {chosen}, rr.run_id AS run, rr.reconstruction, u.username, {dataset} AS dataset,
                {reason} AS bad_reason, of.run_id AS reference_run, of.reconstruction AS reference_reconstruction,
                of_run.run_type AS reference_type
            FROM certifier_trackercertification c
            JOIN certifier_runreconstruction rr ON rr.id = c.runreconstruction_id
            LEFT JOIN oms_omsrun r ON r.run_number = rr.run_id
            LEFT JOIN users_user u ON u.id = c.user_id
            LEFT JOIN certifier_runreconstruction of ON of.id = c.reference_runreconstruction_id
            LEFT JOIN oms_omsrun of_run ON of_run.run_number = of.run_id
            {joined} ORDER BY c.runreconstruction_id""").format(
            chosen=SQL(", ").join(chosen), dataset=dataset[1], reason=reason[1],
            joined=SQL(" ").join((dataset[0], reason[0])),
        )  # fmt: skip

    def _reconstructions(self) -> Composed:
        deciding = [part + ending for part in COMPONENTS for ending in ("", "_lowstat")]
        chosen = [self._column("c", _CERTIFICATION, name) for name in (*deciding, "deleted_at")] + self._of_run()
        return SQL("""
            SELECT rr.id, rr.run_id AS run, rr.reconstruction, rr.is_reference, c.runreconstruction_id AS certification,
                {chosen}
            FROM certifier_runreconstruction rr
            LEFT JOIN certifier_trackercertification c ON c.runreconstruction_id = rr.id
            LEFT JOIN oms_omsrun r ON r.run_number = rr.run_id ORDER BY rr.id""").format(chosen=SQL(", ").join(chosen))


def _problems_of(component: str) -> Composable:
    return SQL("""ARRAY(SELECT p.name FROM {listed} p JOIN {chosen} m ON p.id = m.{problem}
        WHERE m.trackercertification_id = c.runreconstruction_id ORDER BY p.name) AS {name}""").format(
        listed=Identifier(f"certifier_{component}problem"),
        chosen=Identifier(f"certifier_trackercertification_{component}_problems"),
        problem=Identifier(f"{component}problem_id"),
        name=Identifier(f"{component}_problems"),
    )


def run_of(row: Mapping[str, Any]) -> Row:
    """The columns of the run within a row of a certification or a run reconstruction."""
    return {name.removeprefix(RUN_PREFIX): value for name, value in row.items() if name.startswith(RUN_PREFIX)}


@contextmanager
def opened(url: str) -> Iterator[Original]:
    """The database at a URL, for as long as it is read.

    Raises:
        NotCertHelper: it is no URL of PostgreSQL, nobody answers there, or it is not a database of CertHelper.
    """
    if urlsplit(url).scheme not in {"postgresql", "postgres"}:
        raise NotCertHelper("the URL is not one of PostgreSQL, such as postgresql://reader@dbod-host:6600/certhelper")
    try:
        connection = psycopg.connect(url, connect_timeout=CONNECT_SECONDS)
    except psycopg.Error as error:
        raise NotCertHelper(f"CertHelper's database does not answer: {' '.join(str(error).split())}") from error
    with connection:
        # shifters may go on certifying there meanwhile
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield Original(connection, columns_of(connection))
