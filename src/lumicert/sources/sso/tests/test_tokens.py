"""Tokens of CERN SSO: one request per validity, one new one after a 401, and quiet after a refusal."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import httpx
import pytest

from lumicert.sources.errors import SourceChanged, SourceDown, SourceRefused
from lumicert.sources.sso.client import Client, TokenCache, Way
from lumicert.sources.tests.servers import Notes, door, json

SECRET = "do-not-tell"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


class Realm:
    """Gives `token1`, `token2`, ..., or what it is told to; remembers the forms."""

    def __init__(self, expires_in: object = 1200) -> None:
        self.expires_in = expires_in
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.instead: httpx.Response | Exception | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.forms.append((request.url.path, form))
        if isinstance(self.instead, Exception):
            raise self.instead
        return self.instead or json({"access_token": f"token{len(self.forms)}", "expires_in": self.expires_in})


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def cache(realm: Realm, clock: Clock | None = None, way: Way = "api-access", notes: Notes | None = None) -> TokenCache:
    return TokenCache(door(realm, notes, name="CERN SSO"), Client("lumicert", SECRET), way, clock or Clock())


def test_one_token_serves_until_shortly_before_it_runs_out() -> None:
    realm, clock = Realm(expires_in=1200), Clock()
    tokens = cache(realm, clock)
    assert [tokens.token("cmsoms-prod") for _ in range(100)] == ["token1"] * 100
    clock.now += 1179
    assert tokens.token("cmsoms-prod") == "token1"
    clock.now += 2
    assert tokens.token("cmsoms-prod") == "token2"
    assert len(realm.forms) == 2


def test_a_token_of_a_minute_is_used_for_most_of_it() -> None:
    realm, clock = Realm(expires_in=60), Clock()
    tokens = cache(realm, clock)
    tokens.token("a")
    clock.now += 45
    assert tokens.token("a") == "token1"
    clock.now += 5
    assert tokens.token("a") == "token2"


def test_each_audience_has_its_own() -> None:
    tokens = cache(Realm())
    assert tokens.audience("cmsoms-prod").token() == "token1"
    assert tokens.audience("cmsrunregistry").token() == "token2"
    assert tokens.audience("cmsoms-prod").token() == "token1"


def test_many_threads_ask_once() -> None:
    realm = Realm()
    tokens, together = cache(realm), threading.Barrier(8)

    def ask(_: int) -> str:
        together.wait(5)
        return tokens.token("cmsoms-prod")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"token1"}
    assert len(realm.forms) == 1


def test_threads_that_wait_for_a_token_share_the_failure() -> None:
    realm, held = Realm(), threading.Event()
    realm.instead = httpx.ReadTimeout("late")

    def slow(request: httpx.Request) -> httpx.Response:
        held.wait(5)
        return realm(request)

    tokens = TokenCache(door(slow, name="CERN SSO"), Client("lumicert", SECRET), clock=Clock())
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(tokens.token, "cmsoms-prod") for _ in range(4)]
        threading.Event().wait(0.2)
        held.set()
        for future in futures:
            with pytest.raises(SourceDown):
                future.result()
    assert len(realm.forms) == 1


def test_api_access_is_one_request_with_the_audience() -> None:
    realm = Realm()
    cache(realm).token("cmsoms-prod")
    form = {"grant_type": "client_credentials", "client_id": "lumicert", "client_secret": SECRET}
    assert realm.forms == [("/api/api-access/token", form | {"audience": "cmsoms-prod"})]


def test_exchange_is_a_token_for_ourselves_and_then_one_for_the_audience() -> None:
    realm = Realm()
    assert cache(realm, way="exchange").token("cmsoms-prod") == "token2"
    (own_path, own), (path, form) = realm.forms
    assert own_path == path == "/api/protocol/openid-connect/token"
    assert own["grant_type"] == "client_credentials"
    assert (form["grant_type"], form["subject_token"], form["audience"]) == (EXCHANGE, "token1", "cmsoms-prod")


def test_a_refused_token_is_replaced_once() -> None:
    realm, clock = Realm(), Clock()
    tokens = cache(realm, clock)
    first = tokens.token("cmsoms-prod")
    second = tokens.renew("cmsoms-prod", first)
    assert second == "token2"
    assert tokens.renew("cmsoms-prod", second) is None
    assert len(realm.forms) == 2
    clock.now += 31
    assert tokens.renew("cmsoms-prod", second) == "token3"


def test_threads_whose_token_was_refused_together_share_the_new_one() -> None:
    realm = Realm()
    tokens = cache(realm)
    first = tokens.token("cmsoms-prod")
    assert [tokens.renew("cmsoms-prod", first) for _ in range(5)] == ["token2"] * 5


@pytest.mark.parametrize("status", [400, 401, 403])
def test_after_a_refusal_nothing_is_asked_for_30_s(status: int) -> None:
    realm, clock = Realm(), Clock()
    realm.instead = httpx.Response(
        status, json={"error": "invalid_client", "error_description": "Invalid client secret"}
    )
    tokens = cache(realm, clock)
    with pytest.raises(SourceRefused, match=rf"CERN SSO refused \(asked for a token for cmsoms-prod\): HTTP {status} "):
        tokens.token("cmsoms-prod")
    clock.now += 20
    with pytest.raises(SourceRefused, match=r"Invalid client secret\); it is not asked again for 10 s") as caught:
        tokens.token("cmsoms-prod")
    assert caught.value.retry_after == 10
    assert len(realm.forms) == 1
    clock.now += 10
    realm.instead = None
    assert tokens.token("cmsoms-prod") == "token2"


def test_a_realm_that_is_down_is_down_and_the_token_that_is_held_still_serves() -> None:
    realm, clock = Realm(), Clock()
    tokens = cache(realm, clock)
    tokens.token("cmsoms-prod")
    realm.instead = httpx.ReadError("reset")
    assert tokens.token("cmsoms-prod") == "token1"
    with pytest.raises(SourceDown, match="CERN SSO is down"):
        tokens.token("another")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([], "the answer is no object with a token"),
        ({"expires_in": 60}, "there is no access_token in the answer"),
        ({"access_token": "", "expires_in": 60}, "there is no access_token"),
        ({"access_token": "a\r\nX-Evil: 1", "expires_in": 60}, "there is no access_token"),
        ({"access_token": "a"}, "expires_in is None, not a number of seconds"),
        ({"access_token": "a", "expires_in": -5}, "expires_in is -5"),
        ({"access_token": "a", "expires_in": True}, "expires_in is True"),
    ],
)
def test_an_answer_that_is_no_token_is_a_change(answer: object, why: str) -> None:
    realm = Realm()
    realm.instead = json(answer)
    with pytest.raises(SourceChanged, match=why):
        cache(realm).token("cmsoms-prod")


def test_neither_secret_nor_token_is_in_what_is_told() -> None:
    realm, notes = Realm(), Notes()
    tokens = cache(realm, notes=notes)
    token = tokens.token("cmsoms-prod")
    realm.instead = httpx.Response(401, json={"error": "invalid_client"})
    with pytest.raises(SourceRefused) as caught:
        tokens.token("another")
    told = f"{notes.calls!r} {caught.value!r} {caught.value} {tokens.__dict__!r} {tokens.audience('x')!r}"
    assert SECRET not in told
    assert token not in told.replace("token for", "")
