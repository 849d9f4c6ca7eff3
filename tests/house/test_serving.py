"""`serve`, `demo` and `worker`: one port, one data folder, a clean stop."""

from __future__ import annotations

import signal
import socket

import psutil
import pytest

from lumicert.site import demo, serve
from lumicert.site.errors import ConfigError
from lumicert.site.folders import MARK


def test_a_port_taken_by_another_program_is_said_before_anything_starts(lumicert, open_folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = lumicert("serve", LUMICERT_PORT=port, LUMICERT_DATA=str(open_folder / "data"))
    assert done.returncode == 2
    assert f"port {port} is taken, by another program" in done.stderr
    assert "--port" in done.stderr
    assert not (open_folder / "data").exists()


def test_two_starts_at_the_same_moment_do_not_share_a_port(free_port) -> None:
    with serve.listen("127.0.0.1", free_port), pytest.raises(ConfigError, match=f"port {free_port} is taken"):
        serve.listen("127.0.0.1", free_port)


@pytest.mark.parametrize("host", ["192.0.2.7", "no-such-host.invalid"])
def test_a_host_that_is_not_this_machine_is_named(host: str, free_port) -> None:
    with pytest.raises(ConfigError, match=f"LUMICERT_HOST: .*{host}"):
        serve.listen(host, free_port)


def test_the_demo_serves_stops_and_starts_again_in_seconds(lumicert, service, get, open_folder, free_port) -> None:
    where = {"LUMICERT_DATA": str(open_folder / "data"), "LUMICERT_PORT": str(free_port)}
    first = service("demo", **where)
    first.wait_for("Ctrl-C stops it")
    assert get(free_port, "/healthz").json() == {"status": "ok"}
    assert get(free_port, "/readyz").json() == {"status": "ready"}
    assert f"http://127.0.0.1:{free_port}" in first.output
    assert all(name in first.output for name in ("shifter", "shifter2", "leader", "admin", "guest"))

    same_port = lumicert("demo", **where)
    assert same_port.returncode == 2
    assert f"port {free_port} is taken, by another Lumicert (data folder {open_folder / 'data'})" in same_port.stderr
    with socket.create_server(("127.0.0.1", 0)) as listener:
        another_port = listener.getsockname()[1]
    same_folder = lumicert("demo", **where | {"LUMICERT_PORT": str(another_port)})
    assert same_folder.returncode == 2
    assert f"a demo runs on {open_folder / 'data'} already, at http://127.0.0.1:{free_port}" in same_folder.stderr

    assert first.stop() == 0
    assert not (open_folder / "data" / "postgres" / "cluster" / "postmaster.pid").exists()

    again = service("demo", **where)
    again.wait_for("Ctrl-C stops it")
    # of the processor, not of the clock: other tests run beside this one
    spent = psutil.Process(again.process.pid).cpu_times()
    assert spent.user + spent.system < 5
    assert again.stop(signal.SIGINT) == 130
    assert not (open_folder / "data" / "postgres" / "cluster" / "postmaster.pid").exists()
    assert "Traceback" not in first.output + again.output


def test_the_demo_does_not_fill_an_outside_database(lumicert, open_folder, free_port) -> None:
    done = lumicert(
        "demo", DATABASE_URL="postgresql://u@db/x", LUMICERT_DATA=str(open_folder), LUMICERT_PORT=str(free_port)
    )
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr


def test_a_fresh_demo_removes_its_own_data_alone(open_folder) -> None:
    (open_folder / "thesis.tex").touch()
    with pytest.raises(ConfigError, match="not a folder that Lumicert made"):
        demo.wipe(open_folder)
    assert (open_folder / "thesis.tex").exists()


def test_a_fresh_demo_begins_with_nothing(open_folder) -> None:
    (open_folder / MARK).touch()
    (open_folder / "secret-key").touch()
    (open_folder / "static").mkdir()
    demo.wipe(open_folder)
    assert sorted(path.name for path in open_folder.iterdir()) == [MARK, "postgres"]


def test_an_outside_database_without_tables_is_not_changed_but_told_about(
    lumicert, outside_database, open_folder
) -> None:
    done = lumicert("worker", DATABASE_URL=outside_database, LUMICERT_DATA=str(open_folder))
    assert done.returncode == 2
    assert "lumicert manage migrate" in done.stderr


def test_several_processes_and_a_worker_share_a_data_folder(service, get, open_folder, free_port) -> None:
    data = str(open_folder / "data")
    serving = service(
        "serve", "--workers", "2", "--port", str(free_port), LUMICERT_DATA=data, LUMICERT_LOG_FORMAT="json"
    )
    serving.wait_for("serving")
    assert get(free_port, "/readyz").json() == {"status": "ready"}
    working = service("worker", LUMICERT_DATA=data)
    working.wait_for("worker started")

    assert serving.stop() == 0
    assert (open_folder / "data" / "postgres" / "cluster" / "postmaster.pid").exists()
    assert working.stop() == 0
    assert not (open_folder / "data" / "postgres" / "cluster" / "postmaster.pid").exists()
    assert "Traceback" not in serving.output + working.output
