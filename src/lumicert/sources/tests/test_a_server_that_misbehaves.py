"""A server on a real socket that hangs, drips, resets or vanishes costs a bounded time."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable

import httpx
import pytest

from lumicert.sources.deadline import DeadlineTransport, deadline
from lumicert.sources.errors import SourceDown
from lumicert.sources.http import Door, Settings
from lumicert.sources.tests.servers import socket_server

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


def hangs(connection: socket.socket) -> None:
    connection.recv(1)


def drips_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for place in range(400):
        connection.sendall(b"X-%d: 1\r\n" % place)
        time.sleep(0.05)


def drips_the_body(connection: socket.socket) -> None:
    connection.sendall(HEADERS)
    for _ in range(400):
        connection.sendall(b"1")
        time.sleep(0.05)


def breaks_off(connection: socket.socket) -> None:
    connection.sendall(HEADERS + b'{"data": [')


def resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def answers_at_once(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n[1]")


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
        # little patience with what takes time alone: a busy machine takes some too
        patience = {"read": 0.3, "total": 0.6} if why == "no complete answer" else {}
        door = Door(Settings(name="OMS", base_url=address, attempts=2, **patience))
        begun = time.monotonic()
        with pytest.raises(SourceDown, match=why):
            door.get("/runs", {}, what="runs", read=lambda document: document)
        assert time.monotonic() - begun < 8
        door.close()


def test_a_deadline_that_is_over_lets_nothing_out_and_ends_with_its_block() -> None:
    context = ssl.create_default_context()
    with socket_server(answers_at_once) as address, httpx.Client(transport=DeadlineTransport(context, 1)) as client:
        with deadline(time.monotonic() - 1), pytest.raises(httpx.ConnectTimeout):
            client.get(address)
        assert client.get(address).content == b"[1]"


def test_a_server_that_is_not_there_is_down_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    door = Door(Settings(name="OMS", base_url=address, attempts=1))
    begun = time.monotonic()
    with pytest.raises(SourceDown, match=r"cannot be reached"):
        door.get("/runs", {}, what="runs", read=lambda document: document)
    assert time.monotonic() - begun < 8
    door.close()
