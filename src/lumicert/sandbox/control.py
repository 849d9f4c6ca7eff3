"""The control door, ``/control``: faults, clock, requests and tokens of a running sandbox, for who has its key.

| address | GET | POST | DELETE |
|---|---|---|---|
| `/control/faults`, `/control/faults/{id}` | what is placed | place one (`faults.Fault`) | clear all, or one |
| `/control/clock` | `at`, `speed` | set `at`, `advance` (seconds), `speed`: any of them | |
| `/control/requests` | what was asked (`ledger`) | | count anew |
| `/control/sso` | `lifetime` | `lifetime` (s); `rotate`, `forget`, `expire`: true | |
| `/control/registry` | | know runs of the past (`past`) in Run Registry, too | |
| `/control/reset` | | faults, counts, edits, the past, token lifetime, and the clock as at the start | |

The key stands in the Authorization header, as a bearer token; only this machine is answered.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from lumicert.sandbox import past
from lumicert.sandbox.clock import Clock
from lumicert.sandbox.faults import Fault, FaultError, Faults
from lumicert.sandbox.ledger import Ledger
from lumicert.sandbox.realm import Realm
from lumicert.sandbox.registry import Registry
from lumicert.sandbox.sso import bearer

PATH = "/control"
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
Handler = Callable[[Request], Awaitable[Any]]


class ControlDoor:
    """What drives a running sandbox."""

    def __init__(
        self, key: str, clock: Clock, faults: Faults, ledger: Ledger, realm: Realm, registry: Registry
    ) -> None:
        self.key, self.clock, self.faults, self.ledger = key, clock, faults, ledger
        self.realm, self.registry = realm, registry
        self._start = clock.now(), clock.speed, realm.lifetime

    def routes(self) -> list[BaseRoute]:
        """What the door answers."""
        handlers: list[tuple[str, str, Handler]] = [
            ("faults", "GET", self.placed),
            ("faults", "POST", self.place),
            ("faults", "DELETE", self.clear),
            ("faults/{number:int}", "DELETE", self.clear),
            ("clock", "GET", self.time),
            ("clock", "POST", self.set_time),
            ("requests", "GET", self.requests),
            ("requests", "DELETE", self.count_anew),
            ("sso", "GET", self.tokens),
            ("sso", "POST", self.set_tokens),
            ("registry", "POST", self.bring),
            ("reset", "POST", self.reset),
        ]
        return [Route(f"{PATH}/{name}", self._guarded(handler), methods=[verb]) for name, verb, handler in handlers]

    def _guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            # the server listens on loopback only; this holds even if somebody puts a proxy before it
            if request.client is None or request.client.host not in _LOOPBACK:
                return JSONResponse({"error": "the control door answers this machine only"}, 403)
            if not hmac.compare_digest((bearer(request) or "").encode(), self.key.encode()):
                return JSONResponse({"error": "the control key is missing or wrong"}, 401)
            try:
                return JSONResponse(await handler(request))
            except (FaultError, ValueError, TypeError) as error:
                return JSONResponse({"error": str(error)}, 400)

        return guarded

    async def placed(self, request: Request) -> list[dict[str, Any]]:
        """The faults that are placed."""
        return [one.to_json() for one in self.faults.all()]

    async def place(self, request: Request) -> dict[str, Any]:
        """Place a fault."""
        return self.faults.place(Fault.from_json(await _json(request)), self.clock.now()).to_json()

    async def clear(self, request: Request) -> dict[str, int]:
        """Clear one fault, or all."""
        return {"cleared": self.faults.clear(request.path_params.get("number"))}

    async def time(self, request: Request) -> dict[str, Any]:
        """Sandbox time and its speed."""
        return {"at": self.clock.now().isoformat(), "speed": self.clock.speed}

    async def set_time(self, request: Request) -> dict[str, Any]:
        """Set, advance, or run at another speed."""
        asked = await _json(request)
        unknown = set(asked) - {"at", "advance", "speed"}
        if unknown:
            raise ValueError(f"a clock has no {', '.join(sorted(unknown))}; there are at, advance and speed")
        # speed first: a clock that is frozen and set stands exactly where it was set
        if "speed" in asked:
            self.clock.run(asked["speed"])
        if "at" in asked:
            self.clock.set(datetime.fromisoformat(asked["at"]))
        if "advance" in asked:
            self.clock.advance(asked["advance"])
        return await self.time(request)

    async def requests(self, request: Request) -> dict[str, Any]:
        """What was asked of the other doors."""
        return self.ledger.to_json()

    async def count_anew(self, request: Request) -> dict[str, Any]:
        """Forget what was asked."""
        self.ledger.clear()
        return {}

    async def tokens(self, request: Request) -> dict[str, Any]:
        """How long tokens live."""
        return {"lifetime": self.realm.lifetime}

    async def set_tokens(self, request: Request) -> dict[str, Any]:
        """Change the life of tokens; rotate the keys, or end what was issued."""
        asked = await _json(request)
        if "lifetime" in asked:
            self.realm.lifetime = float(asked["lifetime"])
        if asked.get("rotate"):
            self.realm.keys.rotate()
        if asked.get("forget"):
            self.realm.keys.forget_retired()
        if asked.get("expire"):
            self.realm.expire_all()
        return await self.tokens(request)

    async def bring(self, request: Request) -> dict[str, int]:
        """Have Run Registry know runs of the past."""
        return {"datasets": self.registry.bring(past.read(await _json(request)))}

    async def reset(self, request: Request) -> dict[str, Any]:
        """As at the start."""
        at, speed, self.realm.lifetime = self._start
        self.faults.clear()
        # in this order, or a fast clock has run on by the time it is frozen
        self.clock.run(speed)
        self.clock.set(at)
        self.ledger.clear()
        self.registry.forget()
        return {}


async def _json(request: Request) -> dict[str, Any]:
    asked = orjson.loads(await request.body() or b"{}")
    if not isinstance(asked, dict):
        raise ValueError("a JSON object is needed")
    return asked
