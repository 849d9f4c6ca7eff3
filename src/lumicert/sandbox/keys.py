"""The SSO's signing keys: RS256, one that signs, and older ones that are still served for a while after a rotation."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm


@dataclass(frozen=True, slots=True)
class _Key:
    kid: str
    private: RSAPrivateKey
    retired_at: float | None = None


class SigningKeys:
    """Signs and verifies tokens. Safe to use from several threads."""

    def __init__(self, *, served_for: float = 600.0, clock: Callable[[], float] = time.time) -> None:
        """`served_for` is how long a key that signs no more is still served, in seconds."""
        self._served_for = served_for
        self._clock = clock
        self._lock = threading.Lock()
        self._current = _new_key()
        self._retired: list[_Key] = []

    def rotate(self) -> str:
        """Sign with a new key from now on; returns its id."""
        # outside the lock: making a key takes a tenth of a second
        fresh = _new_key()
        with self._lock:
            self._retired.append(_Key(self._current.kid, self._current.private, self._clock()))
            self._current = fresh
        return fresh.kid

    def forget_retired(self) -> None:
        """Stop serving the older keys at once."""
        with self._lock:
            self._retired.clear()

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token of these claims."""
        key = self._current
        return jwt.encode(dict(claims), key.private, algorithm="RS256", headers={"kid": key.kid})

    def public(self) -> dict[str, Any]:
        """The JSON Web Key Set (RFC 7517): the key that signs first."""
        jwks = [RSAAlgorithm.to_jwk(key.private.public_key(), as_dict=True) for key in self._served()]
        names = [key.kid for key in self._served()]
        return {
            "keys": [
                {**jwk, "kid": kid, "alg": "RS256", "use": "sig", "key_ops": ["verify"]}
                for jwk, kid in zip(jwks, names, strict=True)
            ]
        }

    def verify(self, token: str, *, issuer: str, audience: str | None, expired_too: bool = False) -> dict[str, Any]:
        """The claims of a token of ours. Raises jwt.InvalidTokenError; jwt.ExpiredSignatureError if it has run out."""
        kid = jwt.get_unverified_header(token).get("kid")
        key = next((key for key in self._served() if key.kid == kid), None)
        if key is None:
            raise jwt.InvalidTokenError(f"signed with the key {kid!r}, which is not served")
        # the time of issue may lie ahead: it is written by a clock that tests put wrong on purpose
        options: Any = {"verify_exp": not expired_too, "verify_aud": audience is not None, "verify_iat": False}
        return jwt.decode(
            token, key.private.public_key(), algorithms=["RS256"], issuer=issuer, audience=audience, options=options
        )

    def _served(self) -> list[_Key]:
        earliest = self._clock() - self._served_for
        with self._lock:
            return [self._current, *(key for key in self._retired if (key.retired_at or 0) > earliest)]


def _new_key() -> _Key:
    return _Key(secrets.token_urlsafe(16), generate_private_key(public_exponent=65537, key_size=2048))
