"""A request that sends too much is refused before it is written anywhere."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lumicert.site.limit import BodyLimit

MOST = 1000


def sent(headers: dict[str, str], chunks: list[bytes]) -> tuple[int, str, int]:
    """The status and text of the answer, and how many chunks were taken from the client."""
    answers: list[dict[str, Any]] = []
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(event: Any) -> None:
        answers.append(event)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"taken"})

    scope = {"type": "http", "headers": [(key.encode(), value.encode()) for key, value in headers.items()]}
    asyncio.run(BodyLimit(application, most=MOST)(scope, receive, send))
    return answers[0]["status"], answers[1]["body"].decode(), len(chunks) - len(left)


@pytest.mark.parametrize("length", ["", "0", "1000"])
def test_what_fits_goes_through(length: str) -> None:
    assert sent({"content-length": length} if length else {}, [b""])[:2] == (200, "taken")


def test_what_is_too_large_is_refused_with_both_sizes_and_thrown_away() -> None:
    status, text, taken = sent({"Content-Length": str(3 * 1024 * 1024)}, [b"x" * 500] * 4)
    assert status == 413
    assert "This is 3 MB" in text
    assert taken == 4


def test_what_is_far_too_large_is_not_even_read_to_its_end() -> None:
    _, _, taken = sent({"content-length": "1000000000"}, [b"x" * MOST] * 50)
    assert taken == 8


def test_a_body_of_unknown_length_is_refused() -> None:
    assert sent({"Transfer-Encoding": "chunked"}, [b""])[0] == 411
