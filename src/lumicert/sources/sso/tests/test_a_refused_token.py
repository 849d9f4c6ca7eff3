"""A system that refuses a token is asked once more, with a new one."""

from __future__ import annotations

import httpx
import pytest

from lumicert.sources.errors import SourceDown, SourceRefused
from lumicert.sources.sso.client import Client, TokenCache
from lumicert.sources.sso.tests.test_tokens import Clock, Realm
from lumicert.sources.tests.servers import Notes, door, json


class Resource:
    """Refuses the tokens it is told to; remembers what it was shown."""

    def __init__(self, *refused: str) -> None:
        self.refused = {f"Bearer {token}" for token in refused}
        self.shown: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.shown.append(request.headers["Authorization"].removeprefix("Bearer "))
        return httpx.Response(401) if request.headers["Authorization"] in self.refused else json([7])


def ask(resource: Resource, realm: Realm, times: int = 1, notes: Notes | None = None) -> list[object]:
    tokens = TokenCache(door(realm, name="CERN SSO"), Client("lumicert", "x"), clock=Clock()).audience("cmsoms-prod")
    way = door(resource, notes)
    return [way.get("/runs", {}, what="runs", read=lambda document: document, credentials=tokens) for _ in range(times)]


def test_a_valid_token_is_asked_for_once_for_all_calls() -> None:
    resource, realm = Resource(), Realm()
    assert ask(resource, realm, times=20) == [[7]] * 20
    assert len(realm.forms) == 1
    assert set(resource.shown) == {"token1"}


def test_a_401_gets_a_new_token_and_one_more_try() -> None:
    resource, realm, notes = Resource("token1"), Realm(), Notes()
    assert ask(resource, realm, notes=notes) == [[7]]
    assert resource.shown == ["token1", "token2"]
    assert [call.outcome for call in notes.calls] == ["refused", "ok"]


def test_a_401_for_the_new_token_too_is_a_refusal_and_not_a_storm() -> None:
    resource, realm = Resource("token1", "token2", "token3"), Realm()
    tokens = TokenCache(door(realm), Client("lumicert", "x"), clock=Clock()).audience("cmsoms-prod")
    way = door(resource)
    for _ in range(5):
        with pytest.raises(SourceRefused, match=r"OMS refused .* HTTP 401"):
            way.get("/runs", {}, what="runs", read=lambda document: document, credentials=tokens)
    assert len(realm.forms) == 2
    assert resource.shown == ["token1", *["token2"] * 5]


def test_when_the_sso_is_down_the_error_names_the_sso_and_the_source_is_not_asked() -> None:
    resource, realm, notes = Resource(), Realm(), Notes()
    realm.instead = httpx.ConnectError("refused")
    with pytest.raises(SourceDown, match="CERN SSO is down"):
        ask(resource, realm, notes=notes)
    assert resource.shown == []
    assert notes.calls == []
