"""HTTP over connections that can be broken on purpose, which ASGI has no word for."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_STATE = "sandbox.transport"
# (on, 0 seconds): closing throws away what is unsent and says so with an RST
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class BreakableHttp(H11Protocol):
    """uvicorn's HTTP/1.1, which lets the application reach the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the connection where each request of it carries it along."""
        self.app_state = {**self.app_state, _STATE: transport}
        super().connection_made(transport)


def break_off(scope: Scope, *, reset: bool) -> None:
    """End the connection of a request without an answer: closed, or with `reset` torn down by a TCP RST."""
    transport: Any = scope["state"][_STATE]
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
