"""Each fault of a system outside: which error it is, and what it says to a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import orjson
import pytest

from lumicert.sources.errors import SourceChanged, SourceDown, SourceError, SourceRefused, Unexpected
from lumicert.sources.tests.servers import Notes, answers, door, json

HTML = httpx.Response(200, content=b"<!doctype html><title>Sign in</title>", headers={"Content-Type": "text/html"})


def failure(response: httpx.Response | Exception, **limits: int) -> SourceError:
    with pytest.raises(SourceError) as caught:
        door(answers(response), **limits).get("/runs", {}, what="run 355100", read=lambda document: document)
    return caught.value


@pytest.mark.parametrize(
    ("response", "kind", "why"),
    [
        (httpx.Response(500), SourceDown, "HTTP 500"),
        (httpx.Response(503, headers={"Retry-After": "120"}), SourceDown, "HTTP 503"),
        (httpx.Response(429), SourceDown, "HTTP 429"),
        (HTML, SourceDown, "it answers with a web page in place of data"),
        (httpx.Response(200, content=b"\n <html>"), SourceDown, "it answers with a web page"),
        (httpx.Response(200, content=b'{"data": [{"id": '), SourceDown, "its answer of 17 bytes is broken JSON"),
        (httpx.Response(200, content=b""), SourceDown, "its answer of 0 bytes is broken JSON"),
        (httpx.ConnectError("refused"), SourceDown, "127.0.0.1:9 cannot be reached (refused)"),
        (httpx.ConnectTimeout("late"), SourceDown, "no connection to 127.0.0.1:9 within 5 s"),
        (httpx.ReadTimeout("late"), SourceDown, "no complete answer within 20 s, or 60 s for the whole"),
        (httpx.RemoteProtocolError("gone"), SourceDown, "the connection broke off (gone)"),
        (httpx.ReadError(""), SourceDown, "the connection broke off (ReadError)"),
        (httpx.Response(401), SourceRefused, "HTTP 401"),
        (httpx.Response(403), SourceRefused, "HTTP 403"),
        (
            httpx.Response(302, headers={"Location": "https://auth.cern.ch/x?state=s3cret"}),
            SourceRefused,
            "HTTP 302, it sends us to auth.cern.ch to sign in",
        ),
        (httpx.Response(404), SourceChanged, "HTTP 404"),
        (
            httpx.Response(400, content=orjson.dumps({"errors": [{"title": "Bad", "detail": "no such attribute"}]})),
            SourceChanged,
            "HTTP 400 (Bad, no such attribute)",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", None) or (value if isinstance(value, str) else "answer"),
)
def test_every_fault_is_one_of_three_errors_with_its_reason(
    response: httpx.Response | Exception, kind: type[SourceError], why: str
) -> None:
    error = failure(response)
    assert isinstance(error, kind)
    assert why in error.why
    assert error.source == "OMS"
    assert error.what == "run 355100"


def test_as_text_it_says_who_what_why_and_what_to_do() -> None:
    assert str(failure(httpx.Response(500))) == (
        "OMS is down (asked for run 355100): HTTP 500. "
        "Work can go on without it; what is missing comes when it is back."
    )
    assert str(failure(httpx.Response(401))) == (
        "OMS refused (asked for run 355100): HTTP 401. "
        "Ask whoever runs this service to check its client id, its secret and its rights there."
    )
    assert str(failure(httpx.Response(404))) == (
        "OMS answered something unexpected (asked for run 355100): HTTP 404. "
        "Nothing of this answer was used. Tell the developers of Lumicert, with this message."
    )


def test_who_is_down_can_be_asked_again_and_who_refuses_cannot() -> None:
    assert failure(httpx.Response(500)).retry_after == 30
    assert failure(httpx.Response(503, headers={"Retry-After": "120"})).retry_after == 120
    assert failure(httpx.Response(403)).retry_after is None


@pytest.mark.parametrize("body", [b"[1]", b"oops", b'{"errors": []}', b'{"errors": [5]}'])
def test_an_error_that_says_nothing_of_itself_is_its_number(body: bytes) -> None:
    assert failure(httpx.Response(400, content=body)).why == "HTTP 400"


def test_what_the_sign_in_page_was_given_is_not_repeated() -> None:
    assert "s3cret" not in str(failure(httpx.Response(302, headers={"Location": "https://auth.cern.ch/x?s=s3cret"})))


def test_an_answer_that_is_not_as_it_should_be_is_a_change_with_the_readers_reason() -> None:
    def read(document: object) -> None:
        raise Unexpected("there is no energy; was it renamed?")

    with pytest.raises(SourceChanged, match="there is no energy; was it renamed"):
        door(answers(json({}))).get("/runs", {}, what="run 1", read=read)


def test_an_answer_larger_than_the_bound_is_not_read_to_its_end() -> None:
    error = failure(httpx.Response(200, content=b"[" + b"1," * 600), most_bytes=1000)
    assert isinstance(error, SourceChanged)
    assert error.why == "the answer is larger than 1,000 bytes"


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(307, headers={"Location": "/elsewhere"})

    with pytest.raises(SourceRefused):
        door(answer).get("/runs", {}, what="runs", read=lambda document: document)
    assert asked == ["/api/runs"]


def test_control_signs_of_an_answer_do_not_reach_the_reader() -> None:
    said = orjson.dumps({"error": "bad\n\x1b[31mred", "error_description": "x" * 1000})
    why = failure(httpx.Response(400, content=said)).why
    assert "\n" not in why
    assert "\x1b" not in why
    assert len(why) < 300


def test_the_observer_is_told_of_every_call_and_how_it_ended() -> None:
    notes = Notes()
    way = door(answers(json([1]), httpx.Response(500), httpx.Response(401), httpx.Response(404)), notes)
    way.get("/runs", {}, what="run 1", read=lambda document: document)
    for _ in range(3):
        with pytest.raises(SourceError):
            way.get("/runs", {}, what="run 1", read=lambda document: document)
    assert [(call.source, call.what, call.outcome) for call in notes.calls] == [
        ("OMS", "run 1", outcome) for outcome in ("ok", "down", "refused", "changed")
    ]
    assert notes.calls[0].error is None
    assert str(notes.calls[1].error).startswith("OMS is down")
    assert all(0 <= call.seconds < 5 and call.started.tzinfo is not None for call in notes.calls)


def test_an_observer_that_fails_does_not_lose_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Notes):
        def told(self, call: object) -> None:
            raise RuntimeError("the disk is full")

    assert door(answers(json([7])), Broken()).get("/runs", {}, what="run 1", read=lambda document: document) == [7]
    assert "the observer of OMS failed" in caplog.text


def test_the_clock_of_the_source_is_held_against_ours() -> None:
    notes = Notes()
    ahead = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    for date in (ahead, "yesterday"):
        door(answers(json([], Date=date)), notes).get("/runs", {}, what="runs", read=lambda document: document)
    door(answers(json([])), notes).get("/runs", {}, what="runs", read=lambda document: document)
    first, second, third = (call.skew for call in notes.calls)
    assert first is not None
    assert abs(first - 600) < 3
    assert second is None
    assert third is None
