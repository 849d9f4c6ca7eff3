"""A Lumicert for a benchmark: a database of its own that is removed at the end, and a server on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STARTS_WITHIN_S = 30


@contextmanager
def database(data: Path, *, durable: bool = False) -> Iterator[None]:
    """An embedded PostgreSQL in a folder that is not there yet, with every migration applied; gone at the end.

    Args:
        durable: whether a commit waits for the disk, as it does where real data are decided on.
    """
    from lumicert.site.folders import suitable_data_folder
    from lumicert.site.postgres import EmbeddedPostgres

    if data.exists():
        raise SystemExit(f"{data} is there already; name a folder that is not")
    folder = suitable_data_folder(data.absolute())
    server = EmbeddedPostgres(folder, durable=durable)
    try:
        os.environ |= {
            "LUMICERT_EMBEDDED_URL": server.start(),
            "LUMICERT_DATA": str(folder),
            "LUMICERT_DEMO": "true",
            "DJANGO_SETTINGS_MODULE": "lumicert.site.settings",
        }
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        yield
        connection.close_pool()
    finally:
        server.release()
        shutil.rmtree(folder, ignore_errors=True)


def fill(statements: Iterable[str], **parameters: Any) -> None:
    """Fill tables of projections by SQL, as a rebuild would; the same parameters give the same rows."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        with transaction.atomic():
            # as a rebuild does: the tables are closed to all but projections
            cursor.execute("SELECT set_config('lumicert.projecting', 'on', true), setseed(0.2018)")
            for statement in statements:
                cursor.execute(statement, parameters)
        cursor.execute("VACUUM ANALYZE")


def session_of(username: str) -> str:
    """The cookie of a session of this account."""
    from django.test import Client

    from lumicert.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username=username))
    return client.cookies["lumicert_session"].value


@contextmanager
def served() -> Iterator[str]:
    """The address of a server on this database: one process, as `lumicert serve` runs it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "lumicert.site.asgi:application", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "error"])
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"the server did not start within {STARTS_WITHIN_S} s")
