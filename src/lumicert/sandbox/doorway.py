"""What every request of the simulated CERN goes through: counting, then the faults that are placed, then its door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote_plus

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lumicert.sandbox.faults import Faults, Kind, Placed
from lumicert.sandbox.ledger import Ledger
from lumicert.sandbox.oms import to_sign_in
from lumicert.sandbox.spoil import spoiled
from lumicert.sandbox.sso import SsoDoor
from lumicert.sandbox.transport import break_off

_DOORS = (
    ("/agg/", "oms"),
    ("/auth/", "sso"),
    ("/dqm/", "dqmgui"),
    ("/brilcalc/", "brilcalc"),
    ("/runregistry/", "runregistry"),
)
_OF_CONNECTION = frozenset({Kind.DOWN, Kind.RESET, Kind.HANG})
_LOOK_EVERY = 0.02  # seconds, at whether a fault that holds an answer back has been cleared
_MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>CERN - Service unavailable</title></head><body><h1>Service unavailable</h1>"
    "<p>The service is under maintenance. Please try again later.</p></body></html>"
)


def door_of(path: str) -> str:
    """The door of a path; "control" for the control door and for what is behind none."""
    return next((door for prefix, door in _DOORS if path.startswith(prefix)), "control")


class Doorway:
    """ASGI application around the doors (`inner`)."""

    def __init__(self, inner: ASGIApp, faults: Faults, ledger: Ledger, sso: SsoDoor) -> None:
        self.inner, self.faults, self.ledger, self.sso = inner, faults, ledger, sso

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or spoil the answer."""
        if scope["type"] != "http":
            return
        path, query = scope["path"], unquote_plus(scope["query_string"].decode("latin-1"))
        door = door_of(path)
        # neither counted nor spoiled: it must work when nothing else does
        if door == "control":
            await self.inner(scope, receive, send)
            return
        if door == "runregistry":
            # its questions stand in the body, which is read here and given to the door again
            body = await _whole(receive)
            receive = _again(body, receive)
            query = body.decode(errors="replace")
        with self.ledger.entry(door, scope["method"], path, query) as entry:
            sending = _dated(send, self.faults, door, entry)
            met = list(self.faults.concerning(door, path, query))
            try:
                if not await self._held_up(met, scope, receive, sending):
                    await self._answered(met, scope, receive, sending)
            except asyncio.CancelledError:
                # the sandbox stops: silence, for uvicorn would answer 500
                break_off(scope, reset=False)
                raise

    async def _held_up(self, met: Sequence[Placed], scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether a fault of the connection or of the whole answer has taken the door's place."""
        for placed in met:
            kind = placed.fault.kind
            if kind is Kind.SLOW and self.faults.use(placed):
                await self._wait(placed, placed.fault.for_seconds)
            elif kind in _OF_CONNECTION and self.faults.use(placed):
                await self._broken(placed, scope, receive)
                return True
            elif (instead := self._instead(kind)) is not None and self.faults.use(placed):
                await instead(scope, receive, send)
                return True
        return False

    async def _broken(self, placed: Placed, scope: Scope, receive: Receive) -> None:
        if placed.fault.kind is Kind.HANG:
            gone = asyncio.ensure_future(_disconnected(receive))
            waiting = asyncio.ensure_future(self._wait(placed, float("inf")))
            await asyncio.wait({gone, waiting}, return_when=asyncio.FIRST_COMPLETED)
            # whichever is left would wait for ever
            for one in (gone, waiting):
                one.cancel()
        break_off(scope, reset=placed.fault.kind is Kind.RESET)
        # uvicorn must learn that the connection has gone before this returns, or it takes silence for an error of ours
        await _disconnected(receive)

    async def _wait(self, placed: Placed, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.faults.holds(placed) and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _LOOK_EVERY))

    def _instead(self, kind: Kind) -> Response | None:
        if kind is Kind.REDIRECT:
            return to_sign_in(self.sso)
        if kind is Kind.UNAUTHORIZED:
            return JSONResponse({"error": "invalid_token", "error_description": "Unauthorized"}, 401)
        if kind is Kind.ERROR:
            return HTMLResponse("<html><body><h1>500 Internal Server Error</h1></body></html>", 500)
        return HTMLResponse(_MAINTENANCE) if kind is Kind.HTML else None

    async def _answered(self, met: Sequence[Placed], scope: Scope, receive: Receive, send: Send) -> None:
        spoiling = [placed for placed in met if placed.fault.kind is not Kind.SLOW]
        if not spoiling:
            await self.inner(scope, receive, send)
            return
        messages: list[Message] = []
        await self.inner(scope, receive, _collector(messages))
        # errors are left as they are: a fault of values needs values
        start, body = messages[0], b"".join(one.get("body", b"") for one in messages[1:])
        if start["status"] == 200:
            body = self._spoiled(spoiling, scope["path"], body)
        headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    def _spoiled(self, spoiling: Sequence[Placed], path: str, body: bytes) -> bytes:
        # truncation last: what is cut is no JSON any more
        for placed in sorted(spoiling, key=lambda one: one.fault.kind is Kind.TRUNCATED):
            worse = spoiled(placed.fault, door_of(path), path, body)
            if worse is not None and self.faults.use(placed):
                body = worse
        return body


def _dated(send: Send, faults: Faults, door: str, entry: dict[str, Any]) -> Send:
    """Sends with the date of the door's own clock, and notes the status."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry["status"] = message["status"]
            date = formatdate(time.time() + faults.skew(door), usegmt=True).encode()
            message = {**message, "headers": [*message["headers"], (b"date", date)]}
        await send(message)

    return sending


def _collector(messages: list[Message]) -> Send:
    async def collect(message: Message) -> None:
        messages.append(message)

    return collect


async def _whole(receive: Receive) -> bytes:
    """The body of a request; what came of it, if its sender goes away."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read once more, and then what comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return messages.pop() if messages else await receive()

    return receiving


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
