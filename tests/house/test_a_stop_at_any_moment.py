"""A signal that says stop ends what runs cleanly, at whatever moment it comes: also while the event loop is made."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
import threading
import warnings

import pytest

from lumicert.site import cli, serve, stopping, worker
from lumicert.site.errors import Terminated
from lumicert.site.stopping import told_to_stop

# what a program that serves ends with: SIGTERM is how it is meant to end
ENDS = [(signal.SIGINT, pytest.raises(KeyboardInterrupt)), (signal.SIGTERM, contextlib.nullcontext())]


@pytest.fixture(autouse=True)
def handlers(monkeypatch) -> None:
    """Signals mean what they mean to the command line, also where what runs the tests ignores Ctrl-C."""
    monkeypatch.setattr(stopping, "_thrown", [])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stopping.throw_signals()


@pytest.fixture
def while_the_loop_is_made(monkeypatch):
    """Have a signal arrive when an event loop has been begun and is not whole yet."""
    make = asyncio.SelectorEventLoop.__init__

    def arrive(number: int) -> None:
        def interrupted(loop, selector=None) -> None:
            signal.raise_signal(number)
            make(loop, selector)

        monkeypatch.setattr(asyncio.SelectorEventLoop, "__init__", interrupted)

    return arrive


@pytest.fixture
def nothing_half_made():
    """What is left half made is complained of when it is collected."""
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(each.message) for each in complaints if "never awaited" in str(each.message)] == []


@pytest.mark.parametrize(("number", "end"), ENDS, ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("nothing_half_made")
def test_a_server_stops_that_is_told_to_while_it_starts(number: int, end, while_the_loop_is_made, free_port) -> None:
    while_the_loop_is_made(number)
    with serve.listen("127.0.0.1", free_port) as door, end:
        assert serve.run(door) == 0


@pytest.mark.parametrize(("number", "end"), ENDS, ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("nothing_half_made", "transactional_db")
def test_a_worker_stops_that_is_told_to_while_it_starts(number: int, end, while_the_loop_is_made) -> None:
    while_the_loop_is_made(number)
    with end:
        worker.run(concurrency=1)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("nothing_half_made", "transactional_db")
def test_the_worker_in_the_background_stops_at_once_when_the_demo_does(caplog) -> None:
    for _ in range(5):
        with worker.background_worker():
            pass
    assert "pending" not in caplog.text
    assert "failed" not in caplog.text


@pytest.mark.parametrize(
    ("number", "thrown"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_signal_is_told_at_once_and_thrown_only_when_all_is_put_away(number: int, thrown: type) -> None:
    done = []

    def runs_until_told() -> None:
        with told_to_stop() as stop:
            signal.raise_signal(number)
            done.append("went on")
            stop.tell(lambda: done.append("told"))
            signal.raise_signal(number)
            done.append("put away")

    with pytest.raises(thrown):
        runs_until_told()
    assert done == ["went on", "told", "told", "put away"]


def test_where_nobody_says_stop_nothing_is_thrown() -> None:
    told = []
    with told_to_stop() as stop:
        stop.tell(lambda: told.append("told"))
    assert told == []
    assert {signal.getsignal(number) for number in stopping.SIGNALS} == {stopping._throw}
    assert stopping.thrown() is None


def test_an_error_of_what_ran_is_not_hidden_by_a_signal() -> None:
    def breaks() -> None:
        with told_to_stop():
            signal.raise_signal(signal.SIGINT)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        breaks()


class Collected:
    """What a signal hits when its last reference goes: there Python drops whatever is thrown."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


class SeveralProcesses:
    """Stands in for uvicorn's supervisor, which would start processes; it runs until it is told to stop."""

    def __init__(self, config, sockets) -> None:
        self.should_exit = threading.Event()

    def run(self) -> None:
        assert self.should_exit.wait(10)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("number", "end"), ENDS, ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_that_python_has_dropped_stops_the_server_all_the_same(
    number: int, end, workers: int, monkeypatch, free_port
) -> None:
    monkeypatch.setattr(serve, "Multiprocess", SeveralProcesses)
    dropped = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: dropped.append(what.exc_type))
    Collected(number)
    assert dropped == [KeyboardInterrupt if number == signal.SIGINT else Terminated]
    with serve.listen("127.0.0.1", free_port) as door, end:
        assert serve.run(door, workers=workers) == 0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_that_a_library_passes_on_as_an_error_of_its_own_is_no_error(
    number: int, status: int, monkeypatch, capsys
) -> None:
    def run(arguments: list[str]) -> int:
        try:
            signal.raise_signal(number)
        except (KeyboardInterrupt, Terminated) as stop:
            raise ValueError("the schema is wrong") from stop
        return 0

    monkeypatch.setattr(cli, "_dispatch", run)
    assert cli.main(["serve"]) == status
    assert capsys.readouterr().err == ""


def test_an_error_without_a_signal_is_shown_whole(monkeypatch) -> None:
    def run(arguments: list[str]) -> int:
        raise ValueError("broken")

    monkeypatch.setattr(cli, "_dispatch", run)
    with pytest.raises(ValueError, match="broken"):
        cli.main(["serve"])


def test_what_the_shell_has_ignore_ctrl_c_goes_on_ignoring_it() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stopping.throw_signals()
    signal.raise_signal(signal.SIGINT)
    assert stopping.thrown() is None
