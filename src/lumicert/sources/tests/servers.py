"""Systems outside for these tests: one in memory, and one on a real socket that can misbehave."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import orjson

from lumicert.sources.http import Call, Door, Settings

HERE = "http://127.0.0.1:9/api"


class Notes:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def told(self, call: Call) -> None:
        self.calls.append(call)


def door(answer: Callable[[httpx.Request], httpx.Response], notes: Notes | None = None, **limits: Any) -> Door:
    """A door to a system in memory. It asks once only, unless told otherwise."""
    settings = Settings(**{"name": "OMS", "base_url": HERE, "attempts": 1, **limits})
    return Door(settings, notes, httpx.MockTransport(answer))


def answers(*responses: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    """Gives one after the other, the last one for ever."""
    waiting = list(responses)

    def answer(request: httpx.Request) -> httpx.Response:
        response = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(response, Exception):
            raise response
        return httpx.Response(response.status_code, headers=response.headers, content=response.content)

    return answer


def json(value: Any, **headers: str) -> httpx.Response:
    return httpx.Response(200, content=orjson.dumps(value), headers={"Content-Type": "application/json", **headers})


@contextlib.contextmanager
def socket_server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that does `behave` with every connection, in a thread each."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listening.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            behave(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listening.close()
