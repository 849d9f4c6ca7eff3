"""The circuit breaker, by itself and in a door."""

from __future__ import annotations

import time

import httpx
import pytest

from lumicert.sources.breaker import Breaker
from lumicert.sources.errors import SourceDown, SourceRefused
from lumicert.sources.tests.servers import Notes, answers, door, json


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(3, 30, Clock())
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(2):
        breaker.failed()
    assert breaker.closed_in() == 0
    breaker.failed()
    assert breaker.closed_in() == 30


def test_after_the_pause_one_trial_goes_through_and_the_others_wait() -> None:
    clock = Clock()
    breaker = Breaker(1, 30, clock)
    breaker.failed()
    clock.now += 30
    assert breaker.closed_in() == 0
    assert breaker.closed_in() == 30
    breaker.succeeded()
    assert breaker.closed_in() == 0


def test_a_trial_that_fails_opens_it_again() -> None:
    clock = Clock()
    breaker = Breaker(1, 30, clock)
    breaker.failed()
    clock.now += 31
    assert breaker.closed_in() == 0
    clock.now += 5
    breaker.failed()
    assert breaker.closed_in() == 30


def test_a_door_stops_asking_and_says_for_how_long() -> None:
    notes = Notes()
    way = door(answers(httpx.Response(500)), notes, failures=2, pause=30)
    for _ in range(2):
        with pytest.raises(SourceDown, match="HTTP 500"):
            way.get("/runs", {}, what="runs", read=lambda document: document)
    with pytest.raises(SourceDown, match="it failed 2 times in a row and is left alone for another 30 s") as caught:
        way.get("/runs", {}, what="runs", read=lambda document: document)
    assert caught.value.retry_after is not None
    assert 29 < caught.value.retry_after <= 30
    assert len(notes.calls) == 2


def test_a_source_that_refuses_is_not_down() -> None:
    way = door(answers(httpx.Response(403), httpx.Response(403), json([1])), failures=2)
    for _ in range(2):
        with pytest.raises(SourceRefused):
            way.get("/runs", {}, what="runs", read=lambda document: document)
    assert way.get("/runs", {}, what="runs", read=lambda document: document) == [1]


def test_it_answers_again_after_the_pause() -> None:
    way = door(answers(httpx.Response(500), json([1])), failures=1, pause=0.05)
    with pytest.raises(SourceDown):
        way.get("/runs", {}, what="runs", read=lambda document: document)
    time.sleep(0.06)
    assert way.get("/runs", {}, what="runs", read=lambda document: document) == [1]
