"""Questions and edits that are sent as JSON: what is repeated, what is shared, and what a system's own words mean."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
import orjson
import pytest

from lumicert.sources.errors import SourceDown, SourceError, SourceRefused
from lumicert.sources.http import Door, Verdict
from lumicert.sources.tests.servers import Notes, answers, door, json


class Tokens:
    """Credentials that count how often they were renewed."""

    def __init__(self) -> None:
        self.renewed = 0

    def token(self) -> str:
        return "old"

    def renew(self, refused: str) -> str | None:
        self.renewed += 1
        return "new"


def same(document: Any) -> Any:
    return document


def test_the_body_the_type_and_the_token_are_sent() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return json([1])

    way = door(answer)
    assert way.ask("/runs", {"page": 0}, what="runs", read=same, credentials=Tokens()) == [1]
    assert way.put("/edit", {"run": 7}, what="an edit", read=same, credentials=Tokens()) == [1]
    assert [(one.method, one.url.path, orjson.loads(one.content)) for one in asked] == [
        ("POST", "/api/runs", {"page": 0}),
        ("PUT", "/api/edit", {"run": 7}),
    ]
    assert {one.headers["Content-Type"] for one in asked} == {"application/json"}
    assert {one.headers["Authorization"] for one in asked} == {"Bearer old"}


@pytest.mark.parametrize("way", [Door.ask, Door.put])
def test_both_are_sent_again_after_a_passing_fault(way: Any) -> None:
    notes = Notes()
    flaky = door(answers(httpx.ReadError("reset"), httpx.Response(502), json({})), notes, attempts=3)
    assert way(flaky, "/x", {}, what="x", read=same) == {}
    assert [call.outcome for call in notes.calls] == ["ok"]


def test_a_401_is_cured_by_a_new_token_once() -> None:
    tokens = Tokens()
    way = door(answers(httpx.Response(401), json({"done": True})))
    assert way.put("/x", {}, what="x", read=same, credentials=tokens) == {"done": True}
    assert tokens.renewed == 1


def refuse(status: int, document: Any) -> Verdict | None:
    said = document.get("err") if isinstance(document, dict) else None
    return Verdict(SourceRefused, said, "Ask them.") if said else None


@pytest.mark.parametrize("status", [401, 404, 500])
def test_what_a_systems_own_words_mean_is_final(status: int) -> None:
    notes, tokens = Notes(), Tokens()
    answer = httpx.Response(status, content=b'{"err": "it is closed"}')
    way = door(answers(answer), notes, attempts=3)
    with pytest.raises(SourceRefused, match=r"OMS refused \(asked for x\): it is closed\. Ask them\."):
        way.put("/x", {}, what="x", read=same, credentials=tokens, judge=refuse)
    assert tokens.renewed == 0
    assert [call.outcome for call in notes.calls] == ["refused"]


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.Response(500, content=b'{"other": "words"}'), SourceDown),
        (httpx.Response(500, content=b"<html>"), SourceDown),
        (httpx.Response(403, content=b"[]"), SourceRefused),
    ],
)
def test_words_that_mean_nothing_special_mean_what_they_always_do(
    response: httpx.Response, kind: type[SourceError]
) -> None:
    with pytest.raises(kind, match="HTTP"):
        door(answers(response)).ask("/x", {}, what="x", read=same, judge=refuse)


def _at_once(way: Any, bodies: list[dict[str, int]]) -> int:
    asked: list[bytes] = []

    def slow(request: httpx.Request) -> httpx.Response:
        asked.append(request.content)
        time.sleep(1)
        return json({})

    to = door(slow)
    threads = [
        threading.Thread(target=way, args=(to, "/x", body), kwargs={"what": "x", "read": same}) for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(asked)


def test_the_same_question_at_once_is_asked_once_and_another_one_apart() -> None:
    assert _at_once(Door.ask, [{"run": 1}, {"run": 1}, {"run": 2}]) == 2


def test_an_edit_is_told_as_often_as_it_is_told() -> None:
    assert _at_once(Door.put, [{"run": 1}, {"run": 1}]) == 2
