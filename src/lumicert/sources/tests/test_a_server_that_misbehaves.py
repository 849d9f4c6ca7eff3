"""A server on a real socket that hangs, drips, resets or vanishes costs a bounded time."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

import pytest

from lumicert.sources.errors import SourceDown
from lumicert.sources.http import Door, Settings
from lumicert.sources.tests.servers import socket_server

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


def hangs(connection: socket.socket) -> None:
    connection.recv(1)


def drips_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for place in range(100):
        connection.sendall(b"X-%d: 1\r\n" % place)
        time.sleep(0.05)


def drips_the_body(connection: socket.socket) -> None:
    connection.sendall(HEADERS)
    for _ in range(100):
        connection.sendall(b"1")
        time.sleep(0.05)


def breaks_off(connection: socket.socket) -> None:
    connection.sendall(HEADERS + b'{"data": [')


def resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def talks_nonsense(connection: socket.socket) -> None:
    connection.sendall(b"220 smtp.cern.ch ready\r\n")


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (hangs, "no complete answer"),
        (drips_headers, "no complete answer"),
        (drips_the_body, "no complete answer"),
        (breaks_off, "the connection broke off"),
        (resets, "the connection broke off"),
        (talks_nonsense, "the connection broke off"),
    ],
)
def test_the_call_ends_in_time_and_says_what_happened(behave: Callable[[socket.socket], None], why: str) -> None:
    with socket_server(behave) as address:
        door = Door(Settings(name="OMS", base_url=address, read=0.3, total=0.6, attempts=2))
        begun = time.monotonic()
        with pytest.raises(SourceDown, match=why):
            door.get("/runs", {}, what="runs", read=lambda document: document)
        assert time.monotonic() - begun < 1.2
        door.close()


def test_a_server_that_is_not_there_is_down_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    door = Door(Settings(name="OMS", base_url=address, attempts=1))
    begun = time.monotonic()
    with pytest.raises(SourceDown, match=r"cannot be reached"):
        door.get("/runs", {}, what="runs", read=lambda document: document)
    assert time.monotonic() - begun < 1
    door.close()
