"""`lumicert`: one table of commands, light to start, and never a traceback for what a person can mend."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lumicert.site import cli
from lumicert.site.errors import ConfigError

HEAVY = ("django", "pydantic", "psycopg", "structlog", "httpx", "uvicorn", "asyncio")


def test_the_help_lists_every_command(capsys) -> None:
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in cli.COMMANDS)


def test_no_command_is_a_wrong_call_with_the_help(capsys) -> None:
    assert cli.main([]) == 2
    assert "usage: lumicert" in capsys.readouterr().err


@pytest.mark.parametrize(("typed", "meant"), [("serv", "serve"), ("verify_log", "verify-log"), ("lummi", "lumi")])
def test_a_misspelt_command_is_named_with_the_nearest_one(capsys, typed: str, meant: str) -> None:
    assert cli.main([typed]) == 2
    shown = capsys.readouterr().err
    assert f"'{typed}'" in shown
    assert f"did you mean '{meant}'?" in shown


def test_an_unknown_command_points_to_the_help(capsys) -> None:
    assert cli.main(["xyzzy"]) == 2
    assert "`lumicert --help`" in capsys.readouterr().err


def test_the_version_is_the_packages(capsys) -> None:
    from importlib.metadata import version

    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"lumicert {version('lumicert')}\n"


@pytest.mark.parametrize(
    ("raised", "status", "shown"),
    [
        (ConfigError("LUMICERT_PORT: no"), 2, "lumicert: LUMICERT_PORT: no\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_early_end_is_one_line_or_silent(capsys, monkeypatch, raised, status: int, shown: str) -> None:
    def run(arguments: list[str]) -> int:
        raise raised

    monkeypatch.setattr(cli, "_dispatch", run)
    assert cli.main(["serve"]) == status
    assert capsys.readouterr().err == shown


def test_a_reader_that_has_seen_enough_ends_the_command_silently() -> None:
    code = "import sys; from lumicert.site import cli; cli._usage = lambda: 'x' * 10**6; sys.exit(cli.main(['--help']))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(10) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_the_table_of_lumisections_starts_without_the_web(tmp_path: Path) -> None:
    code = f"""
import sys
from lumicert.site import cli
try:
    cli.main(["lumi", "--help"])
except SystemExit as end:
    assert end.code == 0, end.code
found = sorted(name for name in {HEAVY!r} if name in sys.modules)
sys.exit(f"imported: {{found}}" if found else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself_without_a_database(name: str, capsys, monkeypatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    monkeypatch.delenv("LUMICERT_EMBEDDED_URL")
    with contextlib.suppress(SystemExit):
        cli.main([name, "--help"])
    shown = capsys.readouterr().out
    assert f"lumicert {name}" in shown
    assert "LUMICERT_EMBEDDED_URL" not in os.environ


def test_a_wrong_variable_ends_a_command_with_one_message(lumicert) -> None:
    done = lumicert("serve", LUMICERT_PORT="eighty")
    assert done.returncode == 2
    assert "LUMICERT_PORT: 'eighty'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_away_ends_a_command_with_one_message(lumicert, open_folder, free_port) -> None:
    address = f"postgresql://u@127.0.0.1:{free_port}/x"
    done = lumicert("manage", "migrate", DATABASE_URL=address, LUMICERT_DATA=str(open_folder))
    assert done.returncode == 2
    assert "The database does not answer" in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_terminated_at_any_moment_a_command_stops_its_server(service, open_folder) -> None:
    data = open_folder / "data"
    waiting = service(
        "manage", "shell", "-c", "print('up', flush=True); import time; time.sleep(60)", LUMICERT_DATA=str(data)
    )
    waiting.wait_for("up")
    assert (data / "postgres" / "cluster" / "postmaster.pid").exists()
    assert waiting.stop(signal.SIGTERM) == 143
    assert not (data / "postgres" / "cluster" / "postmaster.pid").exists()
    assert "Traceback" not in waiting.output
