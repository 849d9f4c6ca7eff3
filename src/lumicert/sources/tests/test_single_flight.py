"""Two threads that ask the same at once ask once; different questions do not wait for each other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from lumicert.sources.errors import SourceDown
from lumicert.sources.flight import SingleFlight
from lumicert.sources.http import Door
from lumicert.sources.tests.servers import door, json


class Held:
    """A system that answers when it is let; it counts who asks."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.asked: list[str] = []
        self.go = threading.Event()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url.query, "ascii"))
        self.go.wait(5)
        return self.response


def ask(way: Door, run: int) -> object:
    return way.get("/runs", {"run": run}, what=f"run {run}", read=lambda document: document)


def wait_until(held: Held, count: int) -> None:
    for _ in range(500):
        if len(held.asked) >= count:
            return
        threading.Event().wait(0.01)
    raise AssertionError(held.asked)


def test_the_same_question_goes_out_once_and_all_get_the_answer() -> None:
    held = Held(json([1]))
    way = door(held)
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(ask, way, 7) for _ in range(8)]
        wait_until(held, 1)
        threading.Event().wait(0.1)
        held.go.set()
        assert [future.result() for future in futures] == [[1]] * 8
    assert held.asked == ["run=7"]
    ask(way, 7)
    assert len(held.asked) == 2, "an answer is shared while the call lasts, and not kept"


def test_all_who_wait_get_the_error() -> None:
    held = Held(httpx.Response(500))
    way = door(held)
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(ask, way, 7) for _ in range(4)]
        wait_until(held, 1)
        threading.Event().wait(0.1)
        held.go.set()
        for future in futures:
            with pytest.raises(SourceDown):
                future.result()
    assert held.asked == ["run=7"]


def test_different_questions_go_out_at_the_same_time() -> None:
    held = Held(json([1]))
    way = door(held)
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(ask, way, run) for run in (7, 8)]
        wait_until(held, 2)
        held.go.set()
        assert [future.result() for future in futures] == [[1]] * 2


def test_a_question_may_be_asked_again_after_it_failed() -> None:
    flight = SingleFlight()
    with pytest.raises(ZeroDivisionError):
        flight.do("key", lambda: 1 // 0)
    assert flight.do("key", lambda: 1) == 1
