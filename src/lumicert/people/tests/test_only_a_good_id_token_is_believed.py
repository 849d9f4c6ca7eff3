"""S9, and the rest of OpenID Connect Core 3.1.3.7: each check of an ID token has a token that fails it alone."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from lumicert.people import calls, cern
from lumicert.sandbox.keys import SigningKeys

ISSUER, CLIENT, NONCE = "https://sso.example/realms/cern", "lumicert", "the-nonce-of-this-sign-in"


class Cern:
    """CERN's keys, and how often they were asked for."""

    def __init__(self) -> None:
        self.keys = SigningKeys()
        self.asked = 0

    def answer(self, address: str) -> Any:
        self.asked += 1
        return self.keys.public()

    def signed(self, **changed: Any) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": CLIENT, "azp": CLIENT, "sub": "jdoe", "nonce": NONCE, "iat": now}
        claims |= {"exp": now + 60, "cern_roles": ["shifter"], **changed}
        return self.keys.sign({name: value for name, value in claims.items() if value is not None})


@pytest.fixture
def at_cern(monkeypatch):
    there = Cern()
    # how CERN answers is kept in the database, of which a token knows nothing
    monkeypatch.setattr(calls, "_observers", [])
    monkeypatch.setattr(cern, "_asked", there.answer)
    cern.forget_keys()
    yield there
    cern.forget_keys()


def believed(token: str) -> dict[str, Any]:
    return cern.claims_of(token, keys_at="https://sso.example/certs", issuer=ISSUER, audience=CLIENT, nonce=NONCE)


def test_a_good_token_is_believed(at_cern):
    assert believed(at_cern.signed())["cern_roles"] == ["shifter"]


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": "another-application"},
        {"aud": None},
        {"iss": "https://evil.example/realms/cern"},
        {"iss": ISSUER + "/"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"azp": "another-application"},
        {"aud": [CLIENT, "another"], "azp": None},
        {"sub": None},
        {"sub": ""},
    ],
    # not by their values: those that are times are others in each process
    ids=" ".join,
)
def test_a_token_with_one_thing_wrong_is_not_believed(at_cern, changed):
    with pytest.raises(cern.NotTrusted):
        believed(at_cern.signed(**changed))


def test_a_token_for_several_that_says_who_asked_is_believed(at_cern):
    assert believed(at_cern.signed(aud=[CLIENT, "another"]))["sub"] == "jdoe"


def test_s9_the_key_is_found_by_its_id_and_not_by_its_place(at_cern):
    old = at_cern.signed()
    at_cern.keys.rotate()
    new = at_cern.signed()
    first, second = at_cern.keys.public()["keys"]
    assert first["kid"] != second["kid"]
    assert believed(old)["sub"] == believed(new)["sub"] == "jdoe"


def test_s9_an_unknown_key_has_the_keys_fetched_again_once(at_cern):
    believed(at_cern.signed())
    believed(at_cern.signed())
    assert at_cern.asked == 1
    at_cern.keys.rotate()
    believed(at_cern.signed())
    assert at_cern.asked == 2


def test_s9_a_key_that_cern_does_not_serve_is_not_believed(at_cern):
    stranger = Cern()
    with pytest.raises(cern.NotTrusted, match="signing key"):
        believed(stranger.signed())
    assert at_cern.asked == 2


def test_another_key_under_a_known_id_is_not_believed(at_cern):
    good = at_cern.signed()
    kid = jwt.get_unverified_header(good)["kid"]
    claims = jwt.decode(good, options={"verify_signature": False})
    forged = jwt.encode(claims, SigningKeys()._current.private, algorithm="RS256", headers={"kid": kid})
    with pytest.raises(cern.NotTrusted, match="Signature"):
        believed(forged)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_cannot_choose_a_weak_algorithm(at_cern, algorithm):
    good = at_cern.signed()
    claims = jwt.decode(good, options={"verify_signature": False})
    kid = jwt.get_unverified_header(good)["kid"]
    key = None if algorithm == "none" else "x" * 64
    with pytest.raises(cern.NotTrusted):
        believed(jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid}))


def test_a_token_without_a_key_id_is_not_believed(at_cern):
    claims = jwt.decode(at_cern.signed(), options={"verify_signature": False})
    token = jwt.encode(claims, at_cern.keys._current.private, algorithm="RS256")
    with pytest.raises(cern.NotTrusted, match="names no key"):
        believed(token)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é.é.é"])
def test_what_is_no_token_is_not_believed(at_cern, text):
    with pytest.raises(cern.NotTrusted):
        believed(text)


@pytest.mark.parametrize("answer", [{}, {"keys": 3}, {"keys": ["x"]}, {"keys": []}, {"keys": [{"kty": "?"}]}])
def test_keys_that_are_none_open_nothing(at_cern, answer, monkeypatch):
    monkeypatch.setattr(cern, "_asked", lambda address: answer)
    with pytest.raises((cern.NoAnswer, cern.NotTrusted)):
        believed(at_cern.signed())
