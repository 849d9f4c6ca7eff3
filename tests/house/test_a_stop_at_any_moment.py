"""A signal that says stop ends what runs cleanly, at whatever moment it comes: also while the event loop is made."""

from __future__ import annotations

import asyncio
import gc
import signal
import warnings
from collections.abc import Iterator

import pytest

from lumicert.site import cli, serve, worker
from lumicert.site.errors import Terminated
from lumicert.site.stopping import told_to_stop


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Signals mean what they mean to the command line, and afterwards what they meant to pytest."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, cli._terminate)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


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


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("nothing_half_made")
def test_a_server_stops_that_is_told_to_while_it_starts(while_the_loop_is_made, free_port) -> None:
    while_the_loop_is_made(signal.SIGTERM)
    with serve.listen("127.0.0.1", free_port) as door:
        assert serve.run(door) == 0
    while_the_loop_is_made(signal.SIGINT)
    with serve.listen("127.0.0.1", free_port) as door, pytest.raises(KeyboardInterrupt):
        serve.run(door)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("nothing_half_made", "transactional_db")
def test_a_worker_stops_that_is_told_to_while_it_starts(while_the_loop_is_made) -> None:
    while_the_loop_is_made(signal.SIGTERM)
    worker.run(concurrency=1)
    while_the_loop_is_made(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
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
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is cli._terminate


def test_an_error_of_what_ran_is_not_hidden_by_a_signal() -> None:
    def breaks() -> None:
        with told_to_stop():
            signal.raise_signal(signal.SIGINT)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        breaks()
