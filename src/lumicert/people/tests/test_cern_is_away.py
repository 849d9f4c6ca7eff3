"""CERN's sign-in service down, slow, or answering nonsense: said in words, nobody let in, the password still works."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from lumicert.accounts.models import User
from lumicert.people import cern
from lumicert.people.tests.travel import account_named
from lumicert.sandbox.server import Sandbox

# a fault, and what the page says of it
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "down"}, "is not reached"),
    ({"kind": "reset"}, "is not reached"),
    ({"kind": "hang"}, "did not answer in time"),
    ({"kind": "slow", "seconds": 3}, "did not answer in time"),
    ({"kind": "redirect"}, "leads elsewhere"),
    ({"kind": "error-500"}, "answered with status 500"),
    ({"kind": "html"}, "is not JSON"),
    ({"kind": "truncated"}, "cannot be used now"),
]

# of a person who waits for a page; what hangs here hangs for good
PATIENCE_S = 10


@pytest.fixture
def fails(provider: Sandbox, settings: Any) -> Callable[..., None]:
    """Have CERN's sign-in service fail from now on, and wait a second for what takes time: `fails("hang")`."""

    def fail(kind: str, **details: Any) -> None:
        if kind in {"hang", "slow"}:
            settings.CONFIG = settings.CONFIG.model_copy(update={"source_timeout": 1.0})
        provider.fault(kind, door="sso", **details)

    return fail


def is_said_in_words(answer) -> None:
    page = answer.content.decode()
    assert answer.status_code == 503, page
    for words in ("cannot be used now", "Nobody is signed in", "local account", 'name="password"'):
        assert words in page


@pytest.mark.parametrize(("fault", "words"), FAULTS, ids=[fault["kind"] for fault, _ in FAULTS])
def test_setting_out_while_cern_is_away_says_so(traveller, fails, fault, words):
    fails(**fault)
    before = time.monotonic()
    answer = traveller.here.post("/sign-in/cern")
    is_said_in_words(answer)
    assert words in answer.content.decode()
    assert time.monotonic() - before < PATIENCE_S


@pytest.mark.parametrize("fault", [fault for fault, _ in FAULTS], ids=lambda fault: fault["kind"])
def test_coming_back_while_cern_is_away_says_so(traveller, fails, fault):
    back = traveller.choose(traveller.set_out(), "shifter")
    fails(**fault)
    is_said_in_words(traveller.come_back(back))
    assert traveller.account.is_anonymous
    assert User.objects.count() == 0


@pytest.mark.parametrize("path", ["token", "certs"])
def test_a_web_page_in_place_of_tokens_or_keys_lets_nobody_in(traveller, fails, path):
    back = traveller.choose(traveller.set_out(), "shifter")
    fails("html", path=path)
    is_said_in_words(traveller.come_back(back))
    assert traveller.account.is_anonymous


def test_a_clock_that_is_an_hour_off_lets_nobody_in(traveller, fails):
    back = traveller.choose(traveller.set_out(), "shifter")
    fails("clock-skew", seconds=3600)
    answer = traveller.come_back(back)
    assert answer.status_code == 400
    assert "cannot be trusted" in answer.content.decode()
    assert traveller.account.is_anonymous


def test_while_cern_is_stopped_the_local_password_lets_in(traveller, provider):
    User.objects.create_superuser("chief", password="correct horse battery")
    provider.stop()
    is_said_in_words(traveller.here.post("/sign-in/cern"))
    traveller.here.post("/sign-in", {"username": "chief", "password": "correct horse battery"})
    assert traveller.account.username == "chief"


def test_pages_and_signing_out_need_no_cern(traveller, provider):
    traveller.sign_in("shifter")
    provider.stop()
    assert traveller.here.get("/account").status_code == 200
    assert traveller.here.post("/sign-out").status_code == 302
    assert traveller.account.is_anonymous


@pytest.mark.parametrize("kind", ["down", "hang", "error-500"])
def test_signing_out_while_cern_is_away_ends_here_on_a_page_that_says_so(traveller, fails, kind):
    traveller.sign_in("shifter")
    fails(kind)
    before = time.monotonic()
    answer = traveller.here.post("/sign-out", follow=True)
    assert time.monotonic() - before < PATIENCE_S
    assert answer.redirect_chain == [("/sign-in", 302)]
    assert "You are signed out here. CERN&#x27;s sign-in service does not answer" in answer.content.decode()
    assert traveller.account.is_anonymous


def test_signing_out_while_cern_is_there_leads_to_cern(traveller, provider):
    traveller.sign_in("shifter")
    assert traveller.here.post("/sign-out")["Location"].startswith(provider.url)


def test_keys_that_rotate_between_two_sign_ins_are_no_hindrance(traveller, provider):
    traveller.sign_in("shifter")
    provider.tokens(rotate=True, forget=True)
    traveller.here.post("/sign-out")
    assert traveller.sign_in("shifter")["Location"] == "/account"
    assert traveller.account == account_named("shifter")


def test_the_nonce_of_another_sign_in_lets_nobody_in(traveller):
    back = traveller.choose(traveller.set_out(), "admin")
    session = traveller.here.session
    for stashed in session["socialaccount_states"].values():
        stashed[0]["nonce"] = "of-somebody-else"
    session["socialaccount_states"] = dict(session["socialaccount_states"])
    session.save()
    answer = traveller.come_back(back)
    assert answer.status_code == 400
    assert "another sign-in" in answer.content.decode()
    assert traveller.account.is_anonymous


def test_a_service_that_says_it_is_another_one_is_not_used(traveller, settings):
    # the same service under another address: what it publishes names the first one
    settings.CONFIG = settings.CONFIG.model_copy(
        update={"sso_url": settings.CONFIG.sso_url.replace("127.0.0.1", "localhost")}
    )
    is_said_in_words(traveller.here.post("/sign-in/cern"))


def test_a_wrong_secret_lets_nobody_in(traveller, settings):
    from pydantic import SecretStr

    back = traveller.choose(traveller.set_out(), "shifter")
    settings.CONFIG = settings.CONFIG.model_copy(update={"oidc_client_secret": SecretStr("wrong")})
    is_said_in_words(traveller.come_back(back))
    assert traveller.account.is_anonymous


def test_an_authority_of_the_house_is_trusted_beside_the_public_ones(settings, tmp_path):
    import trustme

    from lumicert.sandbox.generator import generate
    from lumicert.sandbox.server import Sandbox, Setup

    authority, chain, key = trustme.CA(), tmp_path / "chain.pem", tmp_path / "key.pem"
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(key)
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with Sandbox(generate("shift", 1), Setup(speed=0, certificate=(chain, key)), verify=False) as there:
        address = f"{there.url}/auth/realms/cern/.well-known/openid-configuration"
        with pytest.raises(cern.NoAnswer, match="certificate"):
            cern._asked(address)
        settings.CONFIG = settings.CONFIG.model_copy(update={"ca_file": tmp_path / "ca.pem"})
        assert cern._asked(address)["issuer"].startswith(there.url)
