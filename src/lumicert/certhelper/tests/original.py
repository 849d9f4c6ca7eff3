"""The database of CertHelper for tests: its schema, written from the facts about it, and rows as it makes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import psycopg
from django.db import connection
from psycopg.sql import SQL, Composed, Identifier, Placeholder

from lumicert.certhelper.schema import TABLES

_TYPES = {
    "id": "serial PRIMARY KEY",
    "run_number": "integer PRIMARY KEY CHECK (run_number >= 0)",
    "fill_number": "integer PRIMARY KEY CHECK (fill_number >= 0)",
    "runreconstruction_id": "integer PRIMARY KEY REFERENCES certifier_runreconstruction ON DELETE CASCADE",
    "reference_runreconstruction_id": "integer NOT NULL REFERENCES certifier_runreconstruction ON DELETE CASCADE",
    "reconstruction": "varchar(8) NOT NULL",
    "is_reference": "boolean NOT NULL DEFAULT false",
    "certifications": "integer[] NOT NULL UNIQUE",
    "date": "date NOT NULL",
    "name": "text NOT NULL",
    "dataset": "varchar(150) NOT NULL UNIQUE",
    "username": "varchar(150) NOT NULL UNIQUE",
    "run_type": "varchar(10)",
    "lumisections": "integer CHECK (lumisections >= 0)",
}
_INTEGERS = """
    run_id user_id dataset_id bad_reason_id fill_id trackercertification_id pixelproblem_id stripproblem_id
    trackingproblem_id checklist_id checklistgroup_id duration downtime bunches_beam1 bunches_beam2 bunches_colliding
    bunches_target first_run_number last_run_number initial_prescale_index
    """.split()
_BIG = ("hlt_physics_counter", "l1_triggers_counter")
_BOOLEANS = "stable_beam tier0_transfer external_info_complete pixel_lowstat strip_lowstat tracking_lowstat".split()
_FLOATS = """
    b_field beta_star crossing_angle delivered_lumi recorded_lumi init_lumi end_lumi peak_lumi peak_pileup
    peak_specific_lumi efficiency_lumi efficiency_time intensity_beam1 intensity_beam2 hlt_physics_rate
    hlt_physics_size hlt_physics_throughput l1_rate
    """.split()
PB, UB = "pb^{-1}", r"{\mu}b^{-1}"
RATE = "10^{34}cm^{-2}s^{-1}"
_RUN = {
    "run_type": "collisions", "lumisections": 100, "b_field": 3.8, "b_field_unit": "T", "energy": 6499,
    "energy_unit": "GeV", "recorded_lumi": 12.5, "recorded_lumi_unit": PB, "delivered_lumi": 13.0,
    "delivered_lumi_unit": PB, "hlt_key": "/cdaq/physics/Run2018/2e34/v3.6.1/HLT/V2", "stable_beam": True,
    "init_lumi_unit": RATE, "end_lumi_unit": RATE,
}  # fmt: skip
_FILL = {
    "era": "2018A", "fill_type_runtime": "PROTONS", "bunches_colliding": 2544, "peak_pileup": 50.5, "energy": 6499.0,
    "energy_unit": "GeV", "b_field_unit": "T",
}  # fmt: skip


def _type(table: str, column: str) -> str:
    if column == "energy":
        return "double precision" if table == "oms_omsfill" else "integer"
    for names, sql in ((_INTEGERS, "integer"), (_BIG, "bigint"), (_BOOLEANS, "boolean"), (_FLOATS, "float8")):
        if column in names:
            return sql
    return "timestamptz" if column.endswith("_at") else _TYPES.get(column, "text")


def url_of(database: str) -> str:
    """The address of a database on the server of the tests."""
    settings = connection.settings_dict
    user = quote(settings["USER"]) + (f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else "")
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    return f"postgresql://{user}@/{database}?host={quote(settings['HOST'], safe='')}{port}"


def create(url: str, *, leave_out: Iterable[str] = ()) -> None:
    """Make the tables in an empty database, without the tables and the columns (`table.column`) of `leave_out`."""
    order = sorted(TABLES, key=lambda name: (name.startswith("certifier_tracker"), name))
    with psycopg.connect(url) as server:
        for name in [name for name in order if name not in leave_out]:
            columns = [*TABLES[name].required.split(), *TABLES[name].optional.split()]
            kept = [column for column in columns if f"{name}.{column}" not in leave_out]
            listed = ", ".join(f"{column} {_type(name, column)}" for column in kept)
            server.execute(f"CREATE TABLE {name} ({listed})")


@dataclass(frozen=True)
class CertHelper:
    """A database with the schema; each method makes a row as the original does, and gives back its key."""

    url: str
    connection: psycopg.Connection[tuple[Any, ...]]

    def execute(self, sql: str | Composed, parameters: Any = None) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        """Take every row away."""
        self.execute(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY CASCADE")

    def insert(self, table: str, **row: Any) -> int:
        statement = SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
            Identifier(table), SQL(", ").join(map(Identifier, row)), SQL(", ").join(map(Placeholder, row))
        )
        self.execute(statement, row)
        if "id" not in TABLES[table].required.split():
            return 0
        return int(self.execute(f"SELECT max(id) FROM {table}")[0][0])

    def fill(self, number: int, **changes: Any) -> None:
        self.insert("oms_omsfill", **{"fill_number": number, **_FILL, **changes})

    def run(self, number: int, **changes: Any) -> None:
        self.insert("oms_omsrun", **{"run_number": number, **_RUN, **changes})

    def bare_run(self, number: int) -> None:
        """As it is stored while OMS is away: nothing is known, and the type is cosmics."""
        units = {name: value for name, value in _RUN.items() if name.endswith("_unit")}
        self.insert("oms_omsrun", run_number=number, run_type="cosmics", **units)

    def named(self, table: str, column: str, name: str, **others: Any) -> int:
        """The row of that name, made where there is none."""
        self.insert(table, **{column: name, **others})
        found = self.execute(f"SELECT id FROM {table} WHERE {column} = %s ORDER BY id LIMIT 1", [name])
        if not found:
            return self.insert(table, **{column: name, **others})
        return int(found[0][0])

    def reconstruction(self, run: int, reconstruction: str = "express", *, reference: bool = False) -> int:
        same = "run_id = %s AND reconstruction = %s"
        if found := self.execute(f"SELECT id FROM certifier_runreconstruction WHERE {same}", [run, reconstruction]):
            return int(found[0][0])
        return self.insert(
            "certifier_runreconstruction", run_id=run, reconstruction=reconstruction, is_reference=reference
        )

    def certification(
        self,
        run: int,
        reconstruction: str = "express",
        *,
        dataset: str | None = "/Express/Collisions2018/DQM",
        user: str = "anna",
        reference: int | None = None,
        problems: Mapping[str, Iterable[str]] = {},
        bad_reason: str | None = None,
        **changes: Any,
    ) -> int:
        """Certify a run; the reference is a run reconstruction's key, else one that is made for it."""
        key = self.reconstruction(run, reconstruction)
        if reference is None:
            self.run(300000)
            reference = self.reconstruction(300000, reference=True)
        row = {
            "runreconstruction_id": key, "user_id": self.named("users_user", "username", user),
            "dataset_id": None if dataset is None else self.named("certifier_dataset", "dataset", dataset),
            "reference_runreconstruction_id": reference, "pixel": "good", "strip": "good", "tracking": "good",
            "pixel_lowstat": False, "strip_lowstat": False, "tracking_lowstat": False, "date": date(2018, 5, 14),
            "comment": "", "trackermap": "exists", "external_info_complete": True,
            "created_at": datetime(2018, 5, 14, 10, tzinfo=UTC), "updated_at": datetime(2018, 5, 14, 10, tzinfo=UTC),
            "bad_reason_id": None if bad_reason is None else self._reason(bad_reason),
        }  # fmt: skip
        self.insert("certifier_trackercertification", **{**row, **changes})
        for component, names in problems.items():
            for name in names:
                problem = self.named(f"certifier_{component}problem", "name", name, description="")
                chosen = {"trackercertification_id": key, f"{component}problem_id": problem}
                self.insert(f"certifier_trackercertification_{component}_problems", **chosen)
        return key

    def _reason(self, name: str) -> int:
        return self.named("certifier_badreason", "name", name, description="")

    def change(self, key: int, **values: Any) -> None:
        """Change a certification, as an edit there does."""
        listed = ", ".join(f"{name} = %({name})s" for name in values)
        self.execute(
            f"UPDATE certifier_trackercertification SET {listed} WHERE runreconstruction_id = %(key)s",
            {**values, "key": key},
        )
