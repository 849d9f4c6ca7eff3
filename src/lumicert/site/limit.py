"""A bound on what one request may send, before any of it is written to disk.

Django spools the whole body of a request to a file before a view can look at it, so that the bound stands in front.
"""

from __future__ import annotations

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

MEGABYTE = 1024 * 1024
# so much more than the limit is read and thrown away, for a browser shows an answer only when it has sent everything
PATIENCE = 8


class BodyLimit:
    """ASGI: a body of more than `most` bytes is answered with 413, one that does not tell its length with 411."""

    def __init__(self, application: ASGI3Application, *, most: int) -> None:
        self.application = application
        self.most = most

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
        elif _header(scope, b"transfer-encoding"):
            await _refuse(send, 411, "This request does not tell how long it is. Send it with a Content-Length.")
        elif (length := _length(scope)) > self.most:
            await _throw_away(receive, min(length, PATIENCE * self.most))
            size, most = length / MEGABYTE, self.most / MEGABYTE
            await _refuse(send, 413, f"This is {size:.0f} MB; at most {most:.0f} MB are taken. Nothing was changed.")
        else:
            await self.application(scope, receive, send)


def _header(scope: HTTPScope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key.lower() == name), b"")


def _length(scope: HTTPScope) -> int:
    text = _header(scope, b"content-length")
    return int(text) if text.isdigit() else 0


async def _throw_away(receive: ASGIReceiveCallable, most: int) -> None:
    seen = 0
    while seen < most:
        event = await receive()
        if event["type"] != "http.request":
            return
        seen += len(event["body"])
        if not event["more_body"]:
            return


async def _refuse(send: ASGISendCallable, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})
