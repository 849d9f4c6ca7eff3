"""Fixtures for all tests: the database server, the real public data. Those for the browser are in tests/browser.py."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError
from psycopg.sql import SQL, Identifier

from lumicert.site.config import load
from lumicert.site.postgres import EmbeddedPostgres
from lumicert.site.stopping import SIGNALS
from lumicert.site.testing import RUN_VARIABLE

pytest_plugins = ["tests.browser", "lumicert.accounts.testing"]

# a law holds or not; how long an example takes is the machine's affair
hypothesis.settings.register_profile(
    "patient",
    parent=hypothesis.settings.default,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(autouse=True)
def signals_as_they_were() -> Iterator[None]:
    """A command that is tried in this process leaves the next test none of its ways to hear a signal."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(log_can_be_flushed: None) -> Iterator[None]:
    """The server is started, or joined, with the first test that needs it; the last process to end stops it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_{os.environ[RUN_VARIABLE]}_{worker}"
    if load().database_url:
        yield
        return
    server = EmbeddedPostgres(load().data, durable=False)
    _drop_leftovers(server.start())
    yield
    server.release()


def _drop_leftovers(address: str) -> None:
    """Drop the databases of runs that were killed: nobody else would."""
    with psycopg.connect(address, autocommit=True) as connection:
        # one worker at a time: two that drop the same database get in each other's way
        connection.execute("SELECT pg_advisory_lock(1)")
        found = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]+_'").fetchall()
        for (name,) in found:
            if not _is_alive(int(name.split("_")[1])):
                connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@pytest.fixture(scope="session")
def log_can_be_flushed() -> Iterator[None]:
    """Tests with real transactions empty every table afterwards, which the decision log refuses to all but this.

    The queue's tables are emptied with them: Django leaves out those that it does not manage, and what one test
    asked for would wait for the next one's worker. A page that was just closed may be answered still: its request is
    waited for, since who empties tables and who reads them get into each other's locks.
    """
    from django.apps import apps
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush, execute = DatabaseOperations.sql_flush, DatabaseOperations.execute_sql_flush

    def sql_flush(self: DatabaseOperations, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        queue = [model._meta.db_table for model in apps.get_app_config("procrastinate").get_models()]
        statements = flush(self, style, [*tables, *queue], **options)
        if "decisions_event" not in tables:
            return statements
        trigger = "TRIGGER decisions_event_keep_all"
        before = f"ALTER TABLE decisions_event DISABLE {trigger}"
        return [before, *statements, f"ALTER TABLE decisions_event ENABLE ALWAYS {trigger}"]

    def execute_sql_flush(self: DatabaseOperations, statements: list[str]) -> None:
        _wait_for_others(self.connection)
        try:
            execute(self, statements)
        except OperationalError:
            # one more came meanwhile, and PostgreSQL ended what was locked by both
            _wait_for_others(self.connection)
            execute(self, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute_sql_flush)
        yield


def _wait_for_others(connection: Any, patience_s: float = 5.0) -> None:
    """Wait until no other session of this database is at work."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.02)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public files, from `LUMICERT_REAL_DATA`; a test that asks for it is skipped without."""
    folder = os.environ.get("LUMICERT_REAL_DATA")
    if not folder:
        pytest.skip("LUMICERT_REAL_DATA is not set: it names the folder of the real public files")
    if not Path(folder).is_dir():
        pytest.fail(f"LUMICERT_REAL_DATA is {folder!r}, which is not a folder")
    return Path(folder)
