"""The clients of `lumicert.sources`, led to the simulated CERN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lumicert.sandbox.server import Sandbox
from lumicert.sandbox.testing import running_sandbox, sandbox
from lumicert.sources.dqmgui.client import DqmGuiClient
from lumicert.sources.http import Call, Door, Settings
from lumicert.sources.oms.client import AUDIENCE, OmsClient
from lumicert.sources.run_registry.client import AUDIENCE as RUN_REGISTRY_AUDIENCE
from lumicert.sources.run_registry.client import RunRegistry
from lumicert.sources.sso.client import Client, TokenCache, Way

__all__ = ["cern", "running_sandbox", "sandbox"]


class Cern:
    """The clients, with patience for a busy machine; `calls` are what the observer was told."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.addresses = sandbox.addresses()
        self.calls: list[Call] = []
        self.doors: list[Door] = []
        self.patience: dict[str, Any] = {"connect": 10.0, "read": 10.0, "total": 20.0, "attempts": 1}

    @property
    def collisions_run(self) -> int:
        """The number of a run with collisions."""
        return next(run.run_number for run in self.sandbox.world.runs if run.kind == "collisions")

    def told(self, call: Call) -> None:
        self.calls.append(call)

    def door(self, name: str, address: str, **limits: Any) -> Door:
        self.doors.append(Door(Settings(name=name, base_url=address, **{**self.patience, **limits}), self))
        return self.doors[-1]

    def tokens(self, way: Way = "api-access", secret: str | None = None, *, reader: bool = False) -> TokenCache:
        door = self.door("CERN SSO", self.addresses["SSO_ISSUER"])
        client = self.addresses["READER_CLIENT_ID" if reader else "SSO_CLIENT_ID"]
        return TokenCache(door, Client(client, secret or self.addresses["SSO_CLIENT_SECRET"]), way)

    def oms(self, tokens: TokenCache | None = None, *, page: int = 500, **limits: Any) -> OmsClient:
        door = self.door("OMS", self.addresses["OMS_URL"], **limits)
        of_oms = (tokens or self.tokens()).audience(AUDIENCE)
        return OmsClient(door, of_oms, rows_a_page=page, lumisections_a_page=max(page, 50))

    def dqmgui(self, **limits: Any) -> DqmGuiClient:
        return DqmGuiClient(self.door("DQM GUI", f"{self.sandbox.url}/dqm/offline", **limits))

    def run_registry(self, tokens: TokenCache | None = None, *, page: int = 100, **limits: Any) -> RunRegistry:
        door = self.door("Run Registry", self.addresses["RUN_REGISTRY_URL"], **limits)
        return RunRegistry(door, (tokens or self.tokens()).audience(RUN_REGISTRY_AUDIENCE), rows_a_page=page)

    def asked(self, door: str) -> int:
        """How many requests came to a door."""
        return int(self.sandbox.requests()["doors"].get(door, 0))


@pytest.fixture
def cern(sandbox: Sandbox) -> Iterator[Cern]:
    """The clients, led to the sandbox when its shift is over."""
    sandbox.advance(12 * 3600)
    sandbox.forget_requests()
    clients = Cern(sandbox)
    yield clients
    # what hangs is let go before the connections are closed
    sandbox.start()
    sandbox.clear()
    for door in clients.doors:
        door.close()
