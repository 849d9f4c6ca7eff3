"""What is repeated, and what is not."""

from __future__ import annotations

import httpx
import pytest

from lumicert.sources.errors import SourceDown, SourceError
from lumicert.sources.http import Door
from lumicert.sources.tests.servers import Notes, door, json


def counted(*responses: httpx.Response | Exception, notes: Notes | None = None) -> tuple[Door, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        response = responses[min(len(asked), len(responses)) - 1]
        if isinstance(response, Exception):
            raise response
        return response

    return door(answer, notes, attempts=3), asked


@pytest.mark.parametrize(
    "fault", [httpx.Response(500), httpx.ReadError("reset"), httpx.Response(200, content=b'{"da')], ids=repr
)
def test_a_question_is_asked_again_after_a_passing_fault(fault: httpx.Response | Exception) -> None:
    notes = Notes()
    way, asked = counted(fault, json([1]), notes=notes)
    assert way.get("/runs", {}, what="runs", read=lambda document: document) == [1]
    assert len(asked) == 2
    assert [call.outcome for call in notes.calls] == ["ok"]


def test_after_three_times_it_is_down() -> None:
    way, asked = counted(httpx.Response(502))
    with pytest.raises(SourceDown, match="HTTP 502"):
        way.get("/runs", {}, what="runs", read=lambda document: document)
    assert len(asked) == 3


@pytest.mark.parametrize(
    "fault",
    [httpx.Response(400), httpx.Response(403), httpx.Response(302), httpx.Response(503, headers={"Retry-After": "60"})],
    ids=lambda response: str(response.status_code),
)
def test_what_asking_again_cannot_cure_is_asked_once(fault: httpx.Response) -> None:
    way, asked = counted(fault)
    with pytest.raises(SourceError):
        way.get("/runs", {}, what="runs", read=lambda document: document)
    assert len(asked) == 1


def test_a_form_is_never_sent_twice() -> None:
    way, asked = counted(httpx.ReadError("reset"), json({}))
    with pytest.raises(SourceDown):
        way.post_form("/token", {"grant_type": "x"}, what="a token", read=lambda document: document)
    assert len(asked) == 1
