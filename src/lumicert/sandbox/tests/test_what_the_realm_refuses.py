"""Codes, tokens and ways back that the realm of the SSO refuses, with a clock in the test's hand."""

import time

import jwt
import pytest

from lumicert.sandbox.people import PEOPLE
from lumicert.sandbox.realm import Asked, Client, Realm, Refused, s256

BACK = "https://lumicert.example/back"
VERIFIER = "v" * 43
OURS = Client("lumicert", "secret", (BACK,))
THEIRS = Client("other", "another secret", (BACK,))


class Watch:
    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def watch():
    return Watch()


@pytest.fixture(scope="module")
def realm(watch):
    return Realm("https://sso.example/realm", (OURS, THEIRS), clock=watch)


@pytest.fixture
def signed_in(realm):
    return realm.sign_in(PEOPLE["shifter"])


@pytest.fixture
def redeemed(realm, signed_in):
    asked = Asked(client=OURS, redirect_uri=BACK, challenge=s256(VERIFIER), scope="openid", nonce=None)
    code = realm.code(asked, signed_in)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}

    def redeem(client=OURS):
        return realm.token(client.client_id, client.secret, form)

    return redeem


def test_a_code_is_good_for_a_minute(redeemed, watch):
    watch.now += 61
    with pytest.raises(Refused, match="Code is expired"):
        redeemed()


def test_a_code_is_good_for_its_own_client(redeemed):
    with pytest.raises(Refused, match="another client"):
        redeemed(THEIRS)


def test_a_session_ends_after_twelve_hours(redeemed, realm, signed_in, watch):
    refresh = {"grant_type": "refresh_token", "refresh_token": redeemed()["refresh_token"]}
    watch.now += 12 * 3600 - 1
    assert realm.token("lumicert", "secret", refresh)["access_token"]
    watch.now += 2
    assert realm.session(signed_in.sid) is None
    with pytest.raises(Refused, match="invalid_grant"):
        realm.token("lumicert", "secret", refresh)


def test_a_refresh_token_is_good_for_its_own_client(redeemed, realm):
    refresh = {"grant_type": "refresh_token", "refresh_token": redeemed()["refresh_token"]}
    with pytest.raises(Refused, match="Invalid refresh token"):
        realm.token("other", "another secret", refresh)


def test_a_token_of_somebody_else_is_not_exchanged(realm):
    now = int(time.time())
    claims = {"iss": realm.issuer, "aud": "lumicert", "azp": "lumicert", "typ": "Bearer", "jti": "9999-x"}
    subject = realm.keys.sign(claims | {"iat": now, "exp": now + 60})
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "audience": "cmsoms-prod"}
    with pytest.raises(Refused, match="access_denied"):
        realm.token("other", "another secret", form | {"subject_token": subject})
    exchanged = realm.token("lumicert", "secret", form | {"subject_token": subject})["access_token"]
    assert jwt.decode(exchanged, options={"verify_signature": False})["aud"] == "cmsoms-prod"


def test_the_short_cut_knows_one_grant_only(realm):
    form = {"grant_type": "authorization_code", "audience": "cmsoms-prod"}
    with pytest.raises(Refused, match="unsupported_grant_type"):
        realm.api_access_token("lumicert", "secret", form)


@pytest.mark.parametrize("address", [BACK + "/", BACK + "?x=1", "http://localhost/", "http://127.0.0.1:8000/back"])
def test_a_client_with_registered_addresses_returns_to_these_literally(address):
    assert OURS.may_return_to(BACK)
    assert not OURS.may_return_to(address)


@pytest.mark.parametrize("address", ["http://[::1/", "http://me@localhost/", "http://localhost/#x", "ftp://localhost/"])
def test_loopback_is_taken_exactly(address):
    anywhere_here = Client("demo", "secret")
    assert anywhere_here.may_return_to("http://[::1]:8000/back?x=1")
    assert not anywhere_here.may_return_to(address)
