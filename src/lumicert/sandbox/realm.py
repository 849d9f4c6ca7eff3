"""The realm `cern` of the simulated SSO: who may have which token. `sso` speaks HTTP for it.

Concepts (RFC 6749, RFC 7636, RFC 8693, OpenID Connect Core 1.0):

- a *client* is an application with an id and a secret, which may ask for tokens;
- a *code* is what a client gets when a person signs in for it: good once, for a minute, and only for who holds the
  verifier of its challenge (PKCE);
- an *audience* is whom a token is meant for. At CERN a client's own token (`client_credentials`) is for itself; it is
  exchanged for one with the audience of another application, or asked for at `api-access/token`, which does both.

Tokens live in real time, not in sandbox time, for that is what their clients compare them with. A skewed SSO
writes its wrong time into them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import jwt

from lumicert.sandbox.keys import SigningKeys
from lumicert.sandbox.people import PEOPLE, Person

OMS_AUDIENCE, RUN_REGISTRY_AUDIENCE = "cmsoms-prod", "cmsrunregistry-sso-proxy"
AUDIENCES = frozenset({OMS_AUDIENCE, RUN_REGISTRY_AUDIENCE, "dev-cmsrunregistry-sso-proxy"})
DEMO_CLIENT, DEMO_SECRET = "lumicert", "sandbox-secret"
READER_CLIENT = "lumicert-reader"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  a name out of RFC 8693
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CODE_SECONDS = 60.0
_SESSION_SECONDS = 12 * 3600.0

Form = Mapping[str, str]


class Refused(Exception):
    """A request that the realm refuses, in the words of OAuth 2.0 (RFC 6749, 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


@dataclass(frozen=True, slots=True)
class Client:
    """An application. Without `redirect_uris` of its own it may be sent back to any port of this machine."""

    client_id: str
    secret: str = field(repr=False)
    redirect_uris: tuple[str, ...] = ()

    def may_return_to(self, uri: str) -> bool:
        """Whether people may be sent to this address: literally a registered one, or (RFC 8252, 7.3) loopback."""
        if self.redirect_uris:
            return uri in self.redirect_uris
        try:
            parts = urlsplit(uri)
            plain = parts.username is None and not parts.fragment
            return plain and parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK
        except ValueError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a client asked of a person who signs in: the parameters of its authorisation request."""

    client: Client
    redirect_uri: str
    challenge: str
    scope: str
    nonce: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is signed in at the SSO since `since` (seconds since 1970)."""

    sid: str
    person: Person
    since: float


@dataclass(frozen=True, slots=True)
class _Code:
    asked: Asked
    session: Session
    until: float


@dataclass(frozen=True, slots=True)
class _Refresh:
    client_id: str
    sid: str
    scope: str
    until: float


class Realm:
    """Issues and verifies tokens. Safe to use from several threads.

    Attributes:
        issuer: the address that stands in every token.
        keys: what signs them.
        lifetime: how long an access token is good, in seconds; CERN's are good for 20 minutes.
    """

    def __init__(
        self,
        issuer: str,
        clients: Iterable[Client],
        *,
        lifetime: float = 1200.0,
        skew: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self.keys = SigningKeys(clock=clock)
        self.lifetime = lifetime
        self._clients = {client.client_id: client for client in clients}
        self._skew, self._clock = skew, clock
        self._lock = threading.RLock()
        self._codes: dict[str, _Code] = {}
        self._used: dict[str, str] = {}
        self._refresh: dict[str, _Refresh] = {}
        self._sessions: dict[str, Session] = {}
        self._numbers = itertools.count(1)
        self._ended_up_to = 0

    # -- people who sign in ---------------------------------------------------------------------------------------

    def client(self, client_id: str) -> Client | None:
        """The client of this id, or None."""
        return self._clients.get(client_id)

    def sign_in(self, person: Person) -> Session:
        """Begin a session."""
        session = Session(secrets.token_urlsafe(24), person, self._clock())
        with self._lock:
            self._sessions[session.sid] = session
        return session

    def session(self, sid: str | None) -> Session | None:
        """The session of this id, if it is still on."""
        session = self._sessions.get(sid or "")
        return session if session and self._clock() < session.since + _SESSION_SECONDS else None

    def end(self, sid: str | None) -> None:
        """End a session: its refresh tokens are good no more."""
        with self._lock:
            self._sessions.pop(sid or "", None)

    def code(self, asked: Asked, session: Session) -> str:
        """A code for what was asked, good once."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = _Code(asked, session, self._clock() + _CODE_SECONDS)
        return code

    # -- tokens ---------------------------------------------------------------------------------------------------

    def token(self, client_id: str, secret: str, form: Form) -> dict[str, Any]:
        """Answer of the token endpoint. Raises Refused."""
        client = self.authenticated(client_id, secret)
        grant = form.get("grant_type", "")
        grants: dict[str, Callable[[Client, Form], dict[str, Any]]] = {
            "authorization_code": self._from_code,
            "refresh_token": self._from_refresh,
            "client_credentials": lambda client, form: self._of_client(client, client.client_id),
            EXCHANGE: self._exchanged,
        }
        if grant not in grants:
            raise Refused("unsupported_grant_type", f"{grant!r} is no grant type; there are {', '.join(grants)}")
        return grants[grant](client, form)

    def api_access_token(self, client_id: str, secret: str, form: Form) -> dict[str, Any]:
        """Answer of CERN's `api-access/token`: a client's token for another application. Raises Refused."""
        client = self.authenticated(client_id, secret)
        if form.get("grant_type") != "client_credentials":
            raise Refused("unsupported_grant_type", "api-access/token knows only client_credentials")
        return self._of_client(client, _audience(form))

    def authenticated(self, client_id: str, secret: str) -> Client:
        """The client of this id and secret. Raises Refused (401)."""
        client = self._clients.get(client_id)
        expected = client.secret if client else ""
        # one answer for an unknown client and a wrong secret, so that ids cannot be found out by trying
        if client is None or not hmac.compare_digest(expected.encode(), secret.encode()):
            raise Refused("invalid_client", "Invalid client or Invalid client credentials", 401)
        return client

    def verify(self, token: str, audience: str | None = None) -> dict[str, Any]:
        """The claims of an access token that is good now. Raises jwt.InvalidTokenError."""
        claims = self.keys.verify(token, issuer=self.issuer, audience=audience)
        # an id token has the same signature and, for our own client, the same audience
        if claims.get("typ") != "Bearer":
            raise jwt.InvalidTokenError(f"a token of type {claims.get('typ')!r} opens nothing")
        if int(claims["jti"].partition("-")[0]) <= self._ended_up_to:
            raise jwt.ExpiredSignatureError("ended on command")
        return claims

    def expire_all(self) -> None:
        """Let every access token that was issued until now be expired."""
        # by number, not by time: a token's time has whole seconds, and the next token may come within this one
        self._ended_up_to = next(self._numbers)

    def told_by(self, id_token: str) -> dict[str, Any]:
        """The claims of an id token of ours, expired or not, as a hint who signs out. Raises jwt.InvalidTokenError."""
        return self.keys.verify(id_token, issuer=self.issuer, audience=None, expired_too=True)

    def _from_code(self, client: Client, form: Form) -> dict[str, Any]:
        code = form.get("code", "")
        with self._lock:
            known = self._codes.pop(code, None)
            if known is None:
                # a code that comes twice has been stolen: what it brought ends too (RFC 6749, 4.1.2)
                self.end(self._used.get(code))
                raise Refused("invalid_grant", "Code not valid")
            self._used[code] = known.session.sid
        asked = known.asked
        if self._clock() > known.until:
            raise Refused("invalid_grant", "Code is expired")
        if asked.client.client_id != client.client_id:
            raise Refused("invalid_grant", "Auth error: the code is another client's")
        if form.get("redirect_uri") != asked.redirect_uri:
            raise Refused("invalid_grant", "Incorrect redirect_uri")
        if not hmac.compare_digest(s256(form.get("code_verifier", "")), asked.challenge):
            raise Refused("invalid_grant", "PKCE verification failed")
        return self._of_person(client, known.session, asked.scope, asked.nonce)

    def _from_refresh(self, client: Client, form: Form) -> dict[str, Any]:
        # as in Keycloak by default, a refresh token may be used again until its session ends
        known = self._refresh.get(form.get("refresh_token", ""))
        if known is None or known.client_id != client.client_id or self._clock() > known.until:
            raise Refused("invalid_grant", "Invalid refresh token")
        session = self.session(known.sid)
        if session is None:
            raise Refused("invalid_grant", "Session not active")
        return self._of_person(client, session, known.scope, None)

    def _exchanged(self, client: Client, form: Form) -> dict[str, Any]:
        audience = _audience(form, client.client_id)
        try:
            subject = self.verify(form.get("subject_token", ""))
        except jwt.InvalidTokenError as error:
            raise Refused("invalid_token", f"the subject_token is not good: {error}") from None
        if client.client_id not in (subject["azp"], *_listed(subject["aud"])):
            raise Refused("access_denied", "Client is not within the token audience", 403)
        # who it is about stays; for whom, until when and under which number are new
        kept = {name: value for name, value in subject.items() if name not in ("iat", "exp", "jti", "aud", "azp")}
        return self._answer(self._signed(client, audience, kept)) | {"issued_token_type": ACCESS_TOKEN_TYPE}

    def _of_client(self, client: Client, audience: str) -> dict[str, Any]:
        claims = {"sub": f"service-account-{client.client_id}", "clientId": client.client_id, "typ": "Bearer"}
        claims |= {"preferred_username": f"service-account-{client.client_id}"}
        return self._answer(self._signed(client, audience, claims))

    def _of_person(self, client: Client, session: Session, scope: str, nonce: str | None) -> dict[str, Any]:
        claims = session.person.claims() | {"sid": session.sid, "session_state": session.sid, "scope": scope}
        claims["auth_time"] = int(session.since + self._skew())
        access = self._signed(client, client.client_id, claims | {"typ": "Bearer"})
        answer = self._answer(access) | {"scope": scope, "session_state": session.sid}
        answer |= self._new_refresh(client, session, scope)
        if "openid" in scope.split():
            identity = claims | {"typ": "ID", "at_hash": _half_hash(access)} | ({"nonce": nonce} if nonce else {})
            answer["id_token"] = self._signed(client, client.client_id, identity)
        return answer

    def _new_refresh(self, client: Client, session: Session, scope: str) -> dict[str, Any]:
        token = secrets.token_urlsafe(32)
        with self._lock:
            until = self._clock() + _SESSION_SECONDS
            self._refresh[token] = _Refresh(client.client_id, session.sid, scope, until)
        return {"refresh_token": token, "refresh_expires_in": int(_SESSION_SECONDS)}

    def _signed(self, client: Client, audience: str, claims: Mapping[str, Any]) -> str:
        now = int(self._clock() + self._skew())
        times = {"iat": now, "exp": now + int(self.lifetime), "jti": f"{next(self._numbers)}-{secrets.token_hex(8)}"}
        return self.keys.sign({"iss": self.issuer, "aud": audience, "azp": client.client_id, **times, **claims})

    def _answer(self, access_token: str) -> dict[str, Any]:
        return {
            "access_token": access_token,
            "expires_in": int(self.lifetime),
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": "openid",
        }


def person(upn: str) -> Person | None:
    """The person of this account, or None."""
    return PEOPLE.get(upn)


def s256(verifier: str) -> str:
    """The challenge of a verifier (RFC 7636, 4.2)."""
    return _base64url(hashlib.sha256(verifier.encode()).digest())


def _audience(form: Form, *known_too: str) -> str:
    audience = form.get("audience", "")
    if audience not in AUDIENCES.union(known_too):
        raise Refused("invalid_client", f"Audience not found: {audience!r}; there are {', '.join(sorted(AUDIENCES))}")
    return audience


def _listed(audience: str | list[str]) -> list[str]:
    return [audience] if isinstance(audience, str) else audience


def _half_hash(token: str) -> str:
    return _base64url(hashlib.sha256(token.encode()).digest()[:16])


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
