"""The simulated CERN as one server on this machine: all doors under one port.

`Sandbox` runs it in a thread. It is also its own `Remote`: what it can be told to do goes through the control door,
so that a sandbox in a thread and one in another process behave alike.
"""

from __future__ import annotations

import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from lumicert.sandbox.brilcalc import PATH as BRILCALC_PATH
from lumicert.sandbox.brilcalc import BrilcalcDoor
from lumicert.sandbox.clock import Clock
from lumicert.sandbox.control import ControlDoor
from lumicert.sandbox.doorway import Doorway
from lumicert.sandbox.dqmgui import PATH as DQMGUI_PATH
from lumicert.sandbox.dqmgui import DqmGuiDoor
from lumicert.sandbox.faults import Faults
from lumicert.sandbox.ledger import Ledger
from lumicert.sandbox.model import World
from lumicert.sandbox.oms import PAGE_LIMIT, OmsDoor
from lumicert.sandbox.oms import PATH as OMS_PATH
from lumicert.sandbox.oms import SIGNED_IN as OMS_SIGNED_IN
from lumicert.sandbox.realm import (
    DEMO_CLIENT,
    DEMO_SECRET,
    OMS_AUDIENCE,
    READER_CLIENT,
    RUN_REGISTRY_AUDIENCE,
    Client,
    Realm,
)
from lumicert.sandbox.registry import Registry
from lumicert.sandbox.remote import Remote
from lumicert.sandbox.run_registry import CERTIFIERS, RunRegistryDoor
from lumicert.sandbox.run_registry import PATH as RUN_REGISTRY_PATH
from lumicert.sandbox.run_registry import SIGNED_IN as RUN_REGISTRY_SIGNED_IN
from lumicert.sandbox.sso import PATH as SSO_PATH
from lumicert.sandbox.sso import SsoDoor
from lumicert.sandbox.transport import BreakableHttp

HOST = "127.0.0.1"
_START_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a sandbox is set up.

    Attributes:
        port: 0 for any that is free.
        at: sandbox time at the start; None for the world's `opening`.
        speed: seconds of the sandbox a real second; 0 is frozen.
        client_id, client_secret: of the client of the SSO, which may edit in Run Registry. Another one,
            `READER_CLIENT`, has the same secret, and may only read there.
        egroups: of that client, by which Run Registry knows what it may do.
        redirect_uris: where that client may have people sent back to; none for any port of this machine.
        page_limit: the most rows of a page of OMS.
        certificate: PEM files of a TLS certificate and its key, to be served over https.
        control_key: of the control door; None for a new one.
    """

    port: int = 0
    at: datetime | None = None
    speed: float = 1.0
    client_id: str = DEMO_CLIENT
    client_secret: str = field(default=DEMO_SECRET, repr=False)
    egroups: tuple[str, ...] = (CERTIFIERS,)
    redirect_uris: tuple[str, ...] = ()
    page_limit: int = PAGE_LIMIT
    certificate: tuple[Path, Path] | None = None
    control_key: str | None = field(default=None, repr=False)


class Sandbox(Remote):
    """A simulated CERN in a thread of this process. A context manager: it runs inside `with`.

    Attributes:
        world: what happens in it.
        setup: how it was set up.
        url: where it is, without a slash at the end; it stays the same when the sandbox is stopped and started again.
    """

    def __init__(self, world: World, setup: Setup | None = None, *, verify: Any = True) -> None:
        """Take a port, but do not listen yet. Raises OSError when the port is taken."""
        self.world, self.setup = world, setup or Setup()
        self._listener = _bound(self.setup.port)
        self._port = int(self._listener.getsockname()[1])
        scheme = "https" if self.setup.certificate else "http"
        url = f"{scheme}://{HOST}:{self._port}"
        super().__init__(url, self.setup.control_key or secrets.token_urlsafe(24), verify=verify)
        self._app = self._assembled()
        self._running: tuple[uvicorn.Server, threading.Thread] | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop, and give the port back."""
        self.stop()
        self._listener.close()

    def start(self) -> None:
        """Listen, and return once it answers; nothing happens if it runs already."""
        if self._running is not None:
            return
        server = uvicorn.Server(_configured(self._app, self.setup.certificate))
        # a daemon, so that a test run that was interrupted ends all the same
        thread = threading.Thread(target=server.run, args=([self._listener],), name="sandbox", daemon=True)
        thread.start()
        self._running = server, thread
        until = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """Listen no more, so that connections are refused; what hangs is cut off. Faults and clock are kept."""
        if self._running is not None:
            server, thread = self._running
            server.should_exit = True
            thread.join()
            self._running = None
            # bound but not listening: connections are refused, and nobody else can take the port
            self._listener = _bound(self._port)

    def addresses(self) -> dict[str, str]:
        """What a client needs to know, by the names that `lumicert sandbox serve` prints."""
        realm = self.url + SSO_PATH
        return {
            "SANDBOX_URL": self.url,
            "SANDBOX_KEY": self.key,
            "OMS_URL": self.url + OMS_PATH,
            "OMS_AUDIENCE": OMS_AUDIENCE,
            "SSO_ISSUER": realm,
            "SSO_API_TOKEN_URL": f"{realm}/api-access/token",
            "SSO_CLIENT_ID": self.setup.client_id,
            "SSO_CLIENT_SECRET": self.setup.client_secret,
            "DQMGUI_URL": f"{self.url}{DQMGUI_PATH}?match=",
            "BRILCALC_URL": self.url + BRILCALC_PATH,
            "RUN_REGISTRY_URL": self.url + RUN_REGISTRY_PATH,
            "RUN_REGISTRY_AUDIENCE": RUN_REGISTRY_AUDIENCE,
            "READER_CLIENT_ID": READER_CLIENT,
        }

    def _assembled(self) -> ASGIApp:
        setup, faults, ledger = self.setup, Faults(), Ledger()
        # clock, faults and tokens are made once: a source that was down comes back as it was
        clock = Clock(setup.at or self.world.opening, setup.speed)
        clients = (
            Client(setup.client_id, setup.client_secret, setup.redirect_uris),
            Client(READER_CLIENT, setup.client_secret),
            Client(OMS_AUDIENCE, secrets.token_urlsafe(24), (f"{self.url}{OMS_SIGNED_IN}",)),
            Client(RUN_REGISTRY_AUDIENCE, secrets.token_urlsafe(24), (f"{self.url}{RUN_REGISTRY_SIGNED_IN}",)),
        )
        realm = Realm(self.url + SSO_PATH, clients, skew=lambda: faults.skew("sso"))
        sso = SsoDoor(realm, self.url)
        registry = Registry(self.world, clock, faults)
        doors = (
            OmsDoor(self.world, clock, faults, realm, sso, page_limit=setup.page_limit),
            sso,
            DqmGuiDoor(self.world, clock),
            BrilcalcDoor(self.world, clock),
            RunRegistryDoor(registry, realm, sso, {setup.client_id: setup.egroups}),
            ControlDoor(self.key, clock, faults, ledger, realm, registry),
        )
        return Doorway(Starlette(routes=[route for door in doors for route in door.routes()]), faults, ledger, sso)


def _configured(app: ASGIApp, certificate: tuple[Path, Path] | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BreakableHttp,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        # the doorway sets the date, which may be skewed
        date_header=False,
        server_header=False,
        # 0: whoever still waits for an answer when the sandbox stops is cut off
        timeout_graceful_shutdown=0,
        ssl_certfile=certificate[0] if certificate else None,
        ssl_keyfile=certificate[1] if certificate else None,
    )


def _bound(port: int) -> socket.socket:
    # named as TCP, or asyncio leaves Nagle's algorithm on, and each small answer takes 40 ms
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # connections of the server before, which linger for a minute, must not keep the port from the next one
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError as error:
        sock.close()
        raise OSError(f"port {port} of {HOST} cannot be had: {error.strerror}; choose another with --port") from None
    return sock
