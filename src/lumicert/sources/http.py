"""Asking a system outside over HTTP for JSON, so that no fault of it can hurt us.

A `Door` leads to one system. Each call through it has a deadline, a bound on the size of the answer, verified TLS and
no redirects; asking (not telling) is repeated a few times after a random pause; two threads that ask the same at once
share one call; and a system that keeps failing is left alone for a while (`lumicert.sources.breaker`). What goes wrong
is always one of the errors in `lumicert.sources.errors`.

An `Observer` is told of every call that went out, so that whoever is above can show how the system is.
"""

from __future__ import annotations

import ipaddress
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import certifi
import httpx
import orjson
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay, wait_random_exponential

from lumicert.sources.breaker import Breaker
from lumicert.sources.deadline import DeadlineTransport, deadline
from lumicert.sources.errors import (
    Outcome,
    SourceChanged,
    SourceDown,
    SourceError,
    SourceFormatError,
    SourceRefused,
    Unexpected,
)
from lumicert.sources.flight import SingleFlight

T = TypeVar("T")
Query = Mapping[str, str | int]

_WAIT = "Work can go on without it; what is missing comes when it is back."
_ASK_KEEPER = "Ask whoever runs this service to check its client id, its secret and its rights there."
_REPORT = "Nothing of this answer was used. Tell the developers of Lumicert, with this message."
_CHECK_CA = "Nothing was sent. If its certificate comes from a house authority, name that authority's file as CA file."

_RETRY_AFTER = 30.0
_SAID = 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where a system is and how patient we are with it.

    Attributes:
        name: as people call it.
        base_url: https, or plain http on this machine only.
        connect, read, total: seconds; `total` holds for a call with all its repetitions.
        connections: how many at once.
        ca_file: authorities (PEM) that are trusted beside the public ones.
        client_certificate: certificate and key (PEM) that we show.
        attempts: how often the same is asked before it counts as failed.
        most_bytes: of an answer, unpacked.
        failures, pause: after so many failed calls in a row nothing is asked for `pause` seconds.
    """

    name: str
    base_url: str
    connect: float = 5.0
    read: float = 20.0
    total: float = 60.0
    connections: int = 8
    ca_file: Path | None = None
    client_certificate: tuple[Path, Path] | None = None
    attempts: int = 3
    most_bytes: int = 64 * 2**20
    failures: int = 5
    pause: float = 30.0


@dataclass(frozen=True, slots=True)
class Call:
    """A call that went out.

    Attributes:
        source: the system.
        what: what was asked, in words.
        started: when, by our clock.
        seconds: how long it took, with its repetitions.
        outcome: how it ended; `error` is None for "ok".
        skew: seconds by which the system's clock is ahead of ours, to about a second; None if it did not tell.
    """

    source: str
    what: str
    started: datetime
    seconds: float
    outcome: Outcome
    error: SourceError | None
    skew: float | None


class Observer(Protocol):
    """Told of every call that went out; not of those that a source left alone did not get.

    What it raises is logged and does not reach the caller.
    """

    def told(self, call: Call) -> None:
        """A call has ended."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer that is no success means in the words of one system: the error, why, and what to do."""

    kind: type[SourceError]
    why: str
    advice: str


Judge = Callable[[int, Any], Verdict | None]
"""Says from HTTP status and JSON (None where there is none) what an answer means; None for what it means anywhere."""


class Credentials(Protocol):
    """Bearer tokens for one system, such as `lumicert.sources.sso.client.TokenCache.audience` gives."""

    def token(self) -> str:
        """A token that should be valid."""

    def renew(self, refused: str) -> str | None:
        """Another token in place of the one that was refused; None if that was tried just now."""


class _Transient(SourceDown):
    """A failure that asking again may cure."""


class _TokenRefused(SourceRefused):
    """A refusal that a new token may cure."""


@dataclass(slots=True)
class _Asking:
    """One call on its way: what goes out, and what is noticed on the way."""

    what: str
    method: str
    path: str
    query: Query | None = None
    form: Mapping[str, str] | None = None
    content: bytes | None = None
    judge: Judge | None = None
    refusals: frozenset[int] = frozenset({401, 403})
    token: str | None = None
    attempts: int = 1
    skew: float | None = field(default=None)


class Door:
    """The way to one system. Safe to share between threads; close it in the end.

    Args:
        settings: where it is, and limits.
        observer: told of every call.
        transport: in place of the network, for tests.

    Raises:
        ValueError: the address is plain http to another machine.
        SourceFormatError: the CA file or the client certificate cannot be read.
    """

    def __init__(
        self, settings: Settings, observer: Observer | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        _check_address(settings)
        self.settings = settings
        self._observer = observer
        self._flights = SingleFlight()
        self._breaker = Breaker(settings.failures, settings.pause)
        self._client = httpx.Client(
            # proxies and CA files of the environment are not ours; what is wanted is in the settings
            trust_env=False,
            transport=transport or DeadlineTransport(_tls(settings), settings.connections),
            timeout=httpx.Timeout(settings.read, connect=settings.connect, pool=settings.total),
            follow_redirects=False,
            headers={"User-Agent": "lumicert", "Accept": "application/json"},
        )

    @property
    def name(self) -> str:
        """The system, as people call it."""
        return self.settings.name

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(
        self,
        path: str,
        query: Query,
        *,
        what: str,
        read: Callable[[Any], T],
        credentials: Credentials | None = None,
    ) -> T:
        """What `read` makes of the JSON at `path`. Threads that ask the same at once get the same object.

        Args:
            path: below the base address, from its slash on.
            query: the parameters; never a secret.
            what: what this asks for, in words.
            read: raises Unexpected for an answer that is not as it should be; the same for the same path and query.
            credentials: sign the call; a refused token is replaced once.

        Raises:
            SourceDown, SourceRefused, SourceChanged: also those of the system that gives the tokens.
        """
        asking = _Asking(what, "GET", path, query=query)
        return self._flights.do((path, *sorted(query.items())), lambda: self._signed(asking, read, credentials))

    def ask(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        what: str,
        read: Callable[[Any], T],
        credentials: Credentials | None = None,
        judge: Judge | None = None,
    ) -> T:
        """As `get`, for a question that is put by POST with JSON; `judge` knows the system's own errors."""
        asking = _Asking(what, "POST", path, content=orjson.dumps(body), judge=judge)
        return self._flights.do((path, asking.content), lambda: self._signed(asking, read, credentials))

    def put(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        what: str,
        read: Callable[[Any], T],
        credentials: Credentials | None = None,
        judge: Judge | None = None,
    ) -> T:
        """Tell by PUT with JSON, repeated as `ask`: only for what does the same when told twice (RFC 9110, 9.2.2).

        It is never shared with another thread: each telling arrives.
        """
        return self._signed(_Asking(what, "PUT", path, content=orjson.dumps(body), judge=judge), read, credentials)

    def post_form(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        what: str,
        read: Callable[[Any], T],
        refusals: frozenset[int] = frozenset({401, 403}),
    ) -> T:
        """What `read` makes of the JSON that answers the form; sent once, because telling twice may act twice.

        `refusals` are the HTTP states that mean we are not let in. Raises as `get`.
        """
        return self._observed(_Asking(what, "POST", path, form=form, refusals=refusals), read)

    def changed(self, what: str, why: str) -> SourceChanged:
        """The error for answers that fit no protocol when they are put together; raise it. The observer is told."""
        asking = _Asking(what, "GET", "")
        error = self._changed(asking, why)
        self._tell(asking, datetime.now(UTC), 0.0, error)
        return error

    def _signed(self, asking: _Asking, read: Callable[[Any], T], credentials: Credentials | None) -> T:
        token = asking.token = credentials.token() if credentials else None
        asking.attempts = self.settings.attempts
        try:
            return self._observed(asking, read)
        except _TokenRefused:
            asking.token = credentials.renew(token) if credentials and token else None
            if asking.token is None:
                raise
        return self._observed(asking, read)

    def _observed(self, asking: _Asking, read: Callable[[Any], T]) -> T:
        if wait := self._breaker.closed_in():
            why = f"it failed {self.settings.failures} times in a row and is left alone for another {wait:.0f} s"
            raise SourceDown(source=self.name, what=asking.what, why=why, advice=_WAIT, retry_after=wait)
        started, clock = datetime.now(UTC), time.monotonic()
        try:
            answer = self._repeated(asking, read)
        except SourceError as error:
            # who refuses or has changed is there: only silence opens the circuit
            (self._breaker.failed if error.outcome == "down" else self._breaker.succeeded)()
            self._tell(asking, started, time.monotonic() - clock, error)
            raise
        self._breaker.succeeded()
        self._tell(asking, started, time.monotonic() - clock, None)
        return answer

    def _tell(self, asking: _Asking, started: datetime, seconds: float, error: SourceError | None) -> None:
        if self._observer is None:
            return
        outcome: Outcome = error.outcome if error else "ok"
        try:
            self._observer.told(Call(self.name, asking.what, started, seconds, outcome, error, asking.skew))
        except Exception:
            # health is a convenience: that it could not be recorded must not lose an answer that came
            _log.exception("the observer of %s failed", self.name)

    def _repeated(self, asking: _Asking, read: Callable[[Any], T]) -> T:
        retrying = Retrying(
            stop=stop_after_attempt(asking.attempts) | stop_before_delay(self.settings.total),
            # at random, so that those who failed together do not come back together
            wait=wait_random_exponential(multiplier=0.2, max=5),
            retry=retry_if_exception_type(_Transient),
            reraise=True,
        )
        with deadline(time.monotonic() + self.settings.total):
            answer: T = retrying(self._once, asking, read)
            return answer

    def _once(self, asking: _Asking, read: Callable[[Any], T]) -> T:
        response, body = self._exchange(asking)
        self._check_status(asking, response, body)
        document = self._json(asking, response, body)
        try:
            return read(document)
        except Unexpected as unexpected:
            raise self._changed(asking, str(unexpected)) from unexpected

    def _exchange(self, asking: _Asking) -> tuple[httpx.Response, bytes]:
        headers = {"Authorization": f"Bearer {asking.token}"} if asking.token else {}
        if asking.content is not None:
            headers["Content-Type"] = "application/json"
        url = self.settings.base_url.rstrip("/") + asking.path
        before = time.time()
        try:
            with self._client.stream(
                asking.method, url, params=asking.query, data=asking.form, content=asking.content, headers=headers
            ) as response:
                asking.skew = _skew(response, (before + time.time()) / 2)
                return response, self._body(asking, response)
        except httpx.HTTPError as error:
            raise self._broken(asking, error) from error

    def _body(self, asking: _Asking, response: httpx.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes(65536):
            body += chunk
            if len(body) > self.settings.most_bytes:
                raise self._changed(asking, f"the answer is larger than {self.settings.most_bytes:,} bytes")
        return bytes(body)

    def _broken(self, asking: _Asking, error: httpx.HTTPError) -> SourceDown:
        if isinstance(error, httpx.ConnectTimeout):
            return self._down(asking, f"no connection to {self._host()} within {self.settings.connect:g} s")
        if isinstance(error, httpx.TimeoutException):
            limits = f"{self.settings.read:g} s, or {self.settings.total:g} s for the whole"
            return self._down(asking, f"no complete answer within {limits}")
        if isinstance(error, httpx.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            why = f"the certificate of {self._host()} cannot be verified ({clean(str(error))})"
            return SourceDown(source=self.name, what=asking.what, why=why, advice=_CHECK_CA)
        if isinstance(error, httpx.ConnectError):
            return self._down(asking, f"{self._host()} cannot be reached ({clean(str(error))})")
        return self._down(asking, f"the connection broke off ({clean(str(error)) or type(error).__name__})")

    def _host(self) -> str:
        return urlsplit(self.settings.base_url).netloc

    def _check_status(self, asking: _Asking, response: httpx.Response, body: bytes) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        if asking.judge and (verdict := asking.judge(status, _document(body))):
            raise verdict.kind(source=self.name, what=asking.what, why=verdict.why, advice=verdict.advice)
        if status in asking.refusals:
            why = f"HTTP {status}{_said(body)}"
            raise _TokenRefused(source=self.name, what=asking.what, why=why, advice=_ASK_KEEPER)
        if 300 <= status < 400:
            place = urlsplit(response.headers.get("Location", "")).netloc or "another address"
            why = f"HTTP {status}, it sends us to {place} to sign in"
            raise SourceRefused(source=self.name, what=asking.what, why=why, advice=_ASK_KEEPER)
        if status >= 500 or status in (408, 429):
            raise self._down(asking, f"HTTP {status}", retry_after=_retry_after(response))
        raise self._changed(asking, f"HTTP {status}{_said(body)}")

    def _json(self, asking: _Asking, response: httpx.Response, body: bytes) -> Any:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            if "html" in response.headers.get("Content-Type", "") or body.lstrip()[:1] == b"<":
                raise self._down(asking, "it answers with a web page in place of data") from error
            why = f"its answer of {len(body)} bytes is broken JSON ({clean(str(error))})"
            raise self._down(asking, why) from error

    def _down(self, asking: _Asking, why: str, retry_after: float | None = None) -> SourceDown:
        # who names a time to come back is not asked again before it
        kind = _Transient if retry_after is None else SourceDown
        wait = _RETRY_AFTER if retry_after is None else retry_after
        return kind(source=self.name, what=asking.what, why=why, advice=_WAIT, retry_after=wait)

    def _changed(self, asking: _Asking, why: str) -> SourceChanged:
        return SourceChanged(source=self.name, what=asking.what, why=why, advice=_REPORT)


def _check_address(settings: Settings) -> None:
    parts = urlsplit(settings.base_url)
    if parts.scheme == "https" and parts.netloc:
        return
    host = parts.hostname or ""
    local = host == "localhost"
    with suppress(ValueError):
        local = local or ipaddress.ip_address(host).is_loopback
    if parts.scheme != "http" or not local:
        raise ValueError(
            f"{settings.name}: the address {settings.base_url!r} must begin with https://, because secrets and tokens "
            "go there; plain http:// is for this machine only"
        )


def _tls(settings: Settings) -> ssl.SSLContext:
    # the public authorities of certifi, because a container often has none of its own
    context = ssl.create_default_context(cafile=certifi.where())
    try:
        if settings.ca_file:
            context.load_verify_locations(settings.ca_file)
        if settings.client_certificate:
            context.load_cert_chain(*settings.client_certificate)
    except (OSError, ssl.SSLError) as error:
        why = f"the CA file or client certificate cannot be read: {error}"
        raise SourceFormatError(f"{settings.name}: {why}") from error
    return context


def _skew(response: httpx.Response, ours: float) -> float | None:
    try:
        theirs = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return None
    return theirs.replace(tzinfo=theirs.tzinfo or UTC).timestamp() - ours


def _retry_after(response: httpx.Response) -> float | None:
    # its other form, a date, is not worth trusting a clock that may be skewed
    text = response.headers.get("Retry-After", "")
    return min(float(text), 3600.0) if text.isascii() and text.isdigit() else None


def _document(body: bytes) -> Any:
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(body)
    return None


def _said(body: bytes) -> str:
    """What an error document says of itself, in JSON:API's or OAuth's form; else nothing."""
    document = _document(body)
    if not isinstance(document, dict):
        return ""
    errors = document.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else document
    texts = [first.get(name) for name in ("error", "error_description", "title", "detail")]
    said = ", ".join(clean(text) for text in texts if isinstance(text, str))
    return f" ({said})" if said else ""


def clean(text: str) -> str:
    """A text from outside as one short printable line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:_SAID].strip()
