"""Fixtures for the tests of the house: the `lumicert` command as a process, and folders that PostgreSQL can reach."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from lumicert.site.testing import RUN_VARIABLE

PROGRAM = [sys.executable, "-m", "lumicert.site.cli"]
# of a start on a machine that does other things as well
PATIENCE_S = 60


def environment(variables: dict[str, str]) -> dict[str, str]:
    """This process's environment without anything that configures Lumicert, and with `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LUMICERT_", "DATABASE_URL"))}
    return kept | variables


@pytest.fixture
def lumicert() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command to its end: `lumicert("check", LUMICERT_DATA="...")`."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *arguments], env=environment(variables), capture_output=True, text=True, timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that every account may traverse, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="lumicert-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Service:
    """A running `lumicert demo`, `serve` or `worker`."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def output(self) -> str:
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        """Wait until the output holds `text`."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.output:
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.output}"
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.output}"
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal, and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def service(open_folder: Path) -> Iterator[Callable[..., Service]]:
    """Start the command and leave it running: `service("demo", LUMICERT_PORT="8123")`; all are ended with the test."""
    with contextlib.ExitStack() as started:

        def start(*arguments: str, **variables: str) -> Service:
            log = Path(tempfile.mkstemp(dir=open_folder)[1])
            output = started.enter_context(log.open("w"))
            process = subprocess.Popen(
                [*PROGRAM, *arguments], env=environment(variables), stdout=output, stderr=output, text=True,
                stdin=subprocess.DEVNULL,
                # what runs in the background of a script inherits that Ctrl-C is ignored
                preexec_fn=_hear_ctrl_c,
            )  # fmt: skip
            started.callback(process.wait)
            started.callback(process.terminate)
            return Service(process, log)

        yield start


@pytest.fixture
def outside_database(django_db_setup: None) -> Iterator[str]:
    """The address of an empty database that the product does not own."""
    address = settings.DATABASES["default"]
    server = make_conninfo(
        host=address["HOST"], port=address["PORT"], user=address["USER"], password=address["PASSWORD"]
    )
    name = f"test_{os.environ[RUN_VARIABLE]}_{os.getpid()}_outside"
    with psycopg.connect(server, dbname="postgres", autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield f"postgresql://{address['USER']}:{address['PASSWORD']}@:{address['PORT']}/{name}?host={address['HOST']}"
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def get() -> Callable[[int, str], httpx.Response]:
    """Fetch `path` from the product on `port` of this machine."""
    return lambda port, path: httpx.get(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_S, trust_env=False)
