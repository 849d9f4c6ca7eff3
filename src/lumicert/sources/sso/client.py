"""Tokens of CERN SSO for programs.

A program shows its client id and secret and gets a *token* for an *audience*, the system that it wants to ask (OMS is
`cmsoms-prod`). There are two ways: `api-access`, one request to the realm's `/api-access/token`; and `exchange`, a
token for ourselves from the OpenID Connect token endpoint, which is then exchanged for one of the audience (RFC 8693).

A token is asked for once per validity, however many threads need it. After a refusal nothing is asked for 30 s, so
that a wrong secret does not lock the account.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from lumicert.sources.errors import SourceRefused, Unexpected
from lumicert.sources.flight import SingleFlight
from lumicert.sources.http import Door

Way = Literal["api-access", "exchange"]

QUIET = 30.0
"""Seconds without a request after a refusal."""

# a token that runs out while a slow answer is on its way would be refused
_MARGIN = 20.0
_OIDC = "/protocol/openid-connect/token"
_API_ACCESS = "/api-access/token"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 (a name, no secret)
# RFC 6750: what may stand behind "Bearer"
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
# Keycloak answers 400 for an unknown audience or a client without the right to exchange
_REFUSALS = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are for CERN SSO. The secret is not part of its text."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    until: float


class TokenCache:
    """The tokens of one client, by audience.

    Args:
        door: to the realm, `https://auth.cern.ch/auth/realms/cern`.
        client: who we are.
        way: how a token for an audience is got.
        clock: seconds that only go forward; the source's clock plays no part.
    """

    def __init__(
        self, door: Door, client: Client, way: Way = "api-access", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._door = door
        self._client = client
        self._way = way
        self._clock = clock
        self._lock = threading.Lock()
        # who waits for a token shares its failure as well: a hanging SSO costs its deadline once, not once a thread
        self._flights = SingleFlight()
        self._tokens: dict[str, _Token] = {}
        self._renewed: dict[str, float] = {}
        self._refused: dict[str, tuple[float, SourceRefused]] = {}

    def audience(self, audience: str) -> AudienceTokens:
        """The tokens for one audience, as a `Door` takes them for credentials."""
        return AudienceTokens(self, audience)

    def token(self, audience: str) -> str:
        """A token for the audience, valid for some seconds at least.

        Raises:
            SourceError: of CERN SSO; within 30 s after a refusal the same refusal, without asking.
        """
        held = self._tokens.get(audience)
        if held and self._clock() < held.until:
            return held.text
        return self._flights.do(audience, lambda: self._fresh(audience))

    def renew(self, audience: str, refused: str) -> str | None:
        """A new token for the audience, which refused this one; None if a new one was got for that within 30 s."""
        with self._lock:
            held = self._tokens.get(audience)
            # the others whose token was refused, too, take the one that the first of them gets
            if held and held.text == refused:
                if self._clock() - self._renewed.get(audience, -QUIET) < QUIET:
                    return None
                self._renewed[audience] = self._clock()
                del self._tokens[audience]
        return self.token(audience)

    def _fresh(self, audience: str) -> str:
        held = self._tokens.get(audience)
        # the flight before this one may have landed just now
        if held and self._clock() < held.until:
            return held.text
        self._be_quiet(audience)
        try:
            token = self._fetch(audience)
        except SourceRefused as refused:
            self._refused[audience] = (self._clock() + QUIET, refused)
            raise
        self._tokens[audience] = token
        return token.text

    def _be_quiet(self, audience: str) -> None:
        until, last = self._refused.get(audience, (0.0, None))
        left = until - self._clock()
        if last is None or left <= 0:
            return
        why = f"{last.why}; it is not asked again for {left:.0f} s"
        raise SourceRefused(source=last.source, what=last.what, why=why, advice=last.advice, retry_after=left)

    def _fetch(self, audience: str) -> _Token:
        grant = {"grant_type": "client_credentials", "client_id": self._client.id, "client_secret": self._client.secret}
        if self._way == "api-access":
            return self._post(_API_ACCESS, grant | {"audience": audience}, f"a token for {audience}")
        own = self._post(_OIDC, grant, "a token for ourselves")
        exchange = {"subject_token": own.text, "subject_token_type": _ACCESS_TOKEN, "audience": audience}
        return self._post(
            _OIDC, grant | {"grant_type": _EXCHANGE} | exchange, f"the exchange of our token for {audience}"
        )

    def _post(self, path: str, form: dict[str, str], what: str) -> _Token:
        # counted from before the request: a slow answer must not make a token look valid for longer
        asked = self._clock()
        return self._door.post_form(
            path, form, what=what, read=lambda answer: _token(answer, asked), refusals=_REFUSALS
        )


@dataclass(frozen=True, slots=True)
class AudienceTokens:
    """The tokens of a `TokenCache` for one audience."""

    cache: TokenCache
    name: str

    def token(self) -> str:
        """See `TokenCache.token`."""
        return self.cache.token(self.name)

    def renew(self, refused: str) -> str | None:
        """See `TokenCache.renew`."""
        return self.cache.renew(self.name, refused)


def _token(answer: Any, asked: float) -> _Token:
    if not isinstance(answer, dict):
        raise Unexpected("the answer is no object with a token")
    text, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(text, str) or not _BEARER.fullmatch(text):
        raise Unexpected("there is no access_token in the answer")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        raise Unexpected(f"expires_in is {seconds!r}, not a number of seconds")
    return _Token(text, asked + seconds - min(_MARGIN, seconds / 5))
