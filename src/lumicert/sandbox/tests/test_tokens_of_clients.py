"""Clients get tokens for other applications, by CERN's short cut and in two steps, and by no other way."""

import jwt
import pytest

from .conftest import new_token

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def token_url(sandbox):
    return sandbox.addresses()["SSO_ISSUER"] + "/protocol/openid-connect/token"


def claims_of(sandbox, token, audience):
    told = sandbox.addresses()
    key = jwt.PyJWKClient(told["SSO_ISSUER"] + "/protocol/openid-connect/certs").get_signing_key_from_jwt(token)
    return jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=told["SSO_ISSUER"])


def own_token(sandbox, http):
    told = sandbox.addresses()
    basic = (told["SSO_CLIENT_ID"], told["SSO_CLIENT_SECRET"])
    answer = http.post(token_url(sandbox), data={"grant_type": "client_credentials"}, auth=basic)
    return answer.json()["access_token"]


def exchanged(sandbox, http, subject, audience="cmsoms-prod"):
    told = sandbox.addresses()
    form = {"grant_type": EXCHANGE, "subject_token": subject, "audience": audience}
    form |= {"client_id": told["SSO_CLIENT_ID"], "client_secret": told["SSO_CLIENT_SECRET"]}
    return http.post(token_url(sandbox), data=form)


def test_the_short_cut_gives_a_token_of_the_audience(sandbox, http):
    answer = new_token(sandbox, http).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 1200
    assert claims_of(sandbox, answer["access_token"], "cmsoms-prod")["azp"] == "lumicert"


def test_a_clients_own_token_is_for_itself(sandbox, http):
    assert claims_of(sandbox, own_token(sandbox, http), "lumicert")["sub"] == "service-account-lumicert"


def test_a_clients_own_token_opens_oms_only_after_the_exchange(sandbox, http):
    meta = sandbox.addresses()["OMS_URL"] + "/runs/meta"
    own = own_token(sandbox, http)
    assert http.get(meta, headers={"Authorization": f"Bearer {own}"}).status_code == 302
    for_oms = exchanged(sandbox, http, own).json()["access_token"]
    assert http.get(meta, headers={"Authorization": f"Bearer {for_oms}"}).status_code == 200


@pytest.mark.parametrize("audience", ["", "nobody"])
def test_an_unknown_audience_is_refused(sandbox, http, audience):
    answer = new_token(sandbox, http, audience=audience)
    assert answer.status_code == 400
    assert "Audience not found" in answer.json()["error_description"]
    assert exchanged(sandbox, http, own_token(sandbox, http), audience).status_code == 400


def test_a_wrong_secret_is_refused(sandbox, http):
    answer = new_token(sandbox, http, client_secret="guessed")
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_an_unknown_client_is_refused_like_a_wrong_secret(sandbox, http):
    answer = new_token(sandbox, http, client_id="nobody", client_secret="")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_basic_credentials_that_are_no_base64_are_refused(sandbox, http):
    answer = http.post(token_url(sandbox), headers={"Authorization": "Basic %%%"}, data={})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_an_unknown_grant_is_refused(sandbox, http):
    told = sandbox.addresses()
    basic = (told["SSO_CLIENT_ID"], told["SSO_CLIENT_SECRET"])
    answer = http.post(token_url(sandbox), data={"grant_type": "password"}, auth=basic)
    assert answer.json()["error"] == "unsupported_grant_type"


def test_a_token_that_is_none_cannot_be_exchanged(sandbox, http):
    answer = exchanged(sandbox, http, "x.y.z")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")


def test_an_expired_token_gives_401_and_a_new_one_opens_again(sandbox, http):
    meta = sandbox.addresses()["OMS_URL"] + "/runs/meta"
    old = new_token(sandbox, http).json()["access_token"]
    sandbox.tokens(expire=True)
    assert http.get(meta, headers={"Authorization": f"Bearer {old}"}).status_code == 401
    new = new_token(sandbox, http).json()["access_token"]
    assert http.get(meta, headers={"Authorization": f"Bearer {new}"}).status_code == 200


def test_tokens_can_be_made_to_live_shortly(sandbox, http):
    sandbox.tokens(lifetime=-1)
    answer = new_token(sandbox, http).json()
    meta = sandbox.addresses()["OMS_URL"] + "/runs/meta"
    assert http.get(meta, headers={"Authorization": f"Bearer {answer['access_token']}"}).status_code == 401


def test_a_token_signed_by_somebody_else_is_sent_to_sign_in(sandbox, http):
    forged = jwt.encode({"aud": "cmsoms-prod", "typ": "Bearer"}, "x" * 32, algorithm="HS256")
    meta = sandbox.addresses()["OMS_URL"] + "/runs/meta"
    assert http.get(meta, headers={"Authorization": f"Bearer {forged}"}).status_code == 302


def test_no_token_is_sent_to_a_page_that_asks_who_one_is(sandbox, http):
    answer = http.get(sandbox.addresses()["OMS_URL"] + "/runs")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(sandbox.addresses()["SSO_ISSUER"])
    page = http.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Who are you?" in page.text
