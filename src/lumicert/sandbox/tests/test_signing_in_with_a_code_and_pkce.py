"""A person signs in for an application: authorisation code, PKCE, id token, refresh, user info, signing out."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

BACK = "http://localhost:8000/accounts/back"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-in-all"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Application:
    """What an application does to let people sign in."""

    def __init__(self, sandbox):
        self.told = sandbox.addresses()
        self.browser = httpx.Client(trust_env=False, verify=False)  # noqa: S501  there is no TLS here
        self.known = self.browser.get(self.told["SSO_ISSUER"] + "/.well-known/openid-configuration").json()
        self.keys = jwt.PyJWKClient(self.known["jwks_uri"])

    def asked(self, **changed):
        asked = {"client_id": self.told["SSO_CLIENT_ID"], "redirect_uri": BACK, "response_type": "code"}
        asked |= {"scope": "openid profile email", "state": "s&1", "nonce": "n1"}
        asked |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        return {name: value for name, value in (asked | changed).items() if value is not None}

    def page(self, **changed):
        return self.browser.get(self.known["authorization_endpoint"], params=self.asked(**changed))

    def chosen(self, who, **changed):
        answer = self.browser.post(
            self.known["authorization_endpoint"], params=self.asked(**changed), data={"who": who}
        )
        return said(answer)

    def token(self, **form):
        secret = {"client_id": self.told["SSO_CLIENT_ID"], "client_secret": self.told["SSO_CLIENT_SECRET"]}
        return self.browser.post(self.known["token_endpoint"], data=secret | form)

    def redeemed(self, good_code, **changed):
        form = {"grant_type": "authorization_code", "code": good_code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return self.token(**(form | changed))

    def verified(self, id_token):
        key = self.keys.get_signing_key_from_jwt(id_token)
        return jwt.decode(
            id_token, key, algorithms=["RS256"], audience=self.told["SSO_CLIENT_ID"], issuer=self.known["issuer"]
        )


def said(answer):
    """What the SSO tells the application on the way back."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


@pytest.fixture
def application(sandbox):
    app = Application(sandbox)
    yield app
    app.browser.close()


def test_the_page_offers_the_whole_cast(application):
    offered = re.findall(r'value="(\w+)"', application.page().text)
    assert offered == ["shifter", "shifter2", "leader", "admin", "guest"]


def test_who_is_chosen_is_who_the_id_token_names(application):
    back = application.chosen("leader")
    assert back["state"] == "s&1"
    assert back["iss"] == application.known["issuer"]
    claims = application.verified(application.redeemed(back["code"]).json()["id_token"])
    assert claims["nonce"] == "n1"
    assert claims["sub"] == claims["cern_upn"] == "leader"
    assert claims["name"] == "Lee Leader"
    assert claims["email"] == "leader@sandbox.invalid"
    assert "shiftleader" in claims["cern_roles"]


def test_the_form_of_the_page_carries_what_the_application_asked(application):
    action = re.search(r'action="([^"]+)"', application.page().text)[1].replace("&amp;", "&")
    answer = application.browser.post(application.told["SANDBOX_URL"] + action, data={"who": "guest"})
    assert said(answer)["state"] == "s&1"


def test_tokens_of_before_and_after_a_rotation_of_keys_are_verified(application, sandbox):
    before = application.redeemed(application.chosen("shifter")["code"]).json()["id_token"]
    sandbox.tokens(rotate=True)
    after = application.redeemed(application.chosen("shifter")["code"]).json()["id_token"]
    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    assert application.verified(before)["sub"] == "shifter"
    assert application.verified(after)["sub"] == "shifter"


def test_a_key_that_is_served_no_more_verifies_nothing(application, sandbox):
    before = application.redeemed(application.chosen("shifter")["code"]).json()["id_token"]
    sandbox.tokens(rotate=True, forget=True)
    with pytest.raises(jwt.PyJWKClientError):
        application.verified(before)


def test_a_code_is_good_once_and_its_second_use_ends_the_session(application):
    code = application.chosen("shifter")["code"]
    refresh = application.redeemed(code).json()["refresh_token"]
    assert application.redeemed(code).json()["error"] == "invalid_grant"
    again = application.token(grant_type="refresh_token", refresh_token=refresh)
    assert again.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "wrong",
    [{"code_verifier": "another"}, {"code_verifier": ""}, {"redirect_uri": BACK + "/else"}, {"code": "guessed"}],
)
def test_a_code_is_not_redeemed_with(application, wrong):
    answer = application.redeemed(application.chosen("shifter")["code"], **wrong)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("without", [{"code_challenge": None}, {"code_challenge_method": "plain"}])
def test_no_code_without_pkce(application, without):
    assert said(application.page(**without))["error"] == "invalid_request"


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/back",
        "http://localhost@elsewhere.example/",
        "http://127.0.0.1.elsewhere.example/",
        "javascript:alert(1)",
        "",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(application, address):
    answer = application.page(redirect_uri=address)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_an_unknown_client_gets_a_page_and_its_name_is_not_markup(application):
    answer = application.page(client_id="<b>x</b>")
    assert answer.status_code == 400
    assert "<b>" not in answer.text


def test_who_is_signed_in_is_not_asked_again(application):
    application.chosen("admin")
    back = said(application.page())
    assert application.verified(application.redeemed(back["code"]).json()["id_token"])["sub"] == "admin"


def test_prompt_login_asks_again_and_prompt_none_never_does(application):
    assert said(application.page(prompt="none"))["error"] == "login_required"
    application.chosen("admin")
    assert "Who are you?" in application.page(prompt="login").text
    assert "code" in said(application.page(prompt="none"))


def test_a_refresh_token_gives_new_tokens_of_the_same_person(application):
    first = application.redeemed(application.chosen("shifter2")["code"]).json()
    second = application.token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["access_token"] != first["access_token"]
    assert application.verified(second["id_token"])["sub"] == "shifter2"


def test_user_info_is_for_who_has_a_token(application):
    access = application.redeemed(application.chosen("shifter")["code"]).json()["access_token"]
    address = application.known["userinfo_endpoint"]
    told = application.browser.get(address, headers={"Authorization": f"Bearer {access}"})
    assert told.json()["cern_roles"] == ["default-role", "shifter"]
    assert application.browser.get(address).status_code == 401


def test_an_id_token_opens_nothing(application):
    id_token = application.redeemed(application.chosen("shifter")["code"]).json()["id_token"]
    address = application.known["userinfo_endpoint"]
    assert application.browser.get(address, headers={"Authorization": f"Bearer {id_token}"}).status_code == 401


def test_who_signs_out_is_asked_again_and_cannot_be_refreshed(application):
    tokens = application.redeemed(application.chosen("shifter")["code"]).json()
    hint = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BACK, "state": "bye"}
    answer = application.browser.get(application.known["end_session_endpoint"], params=hint)
    assert said(answer) == {"state": "bye"}
    assert "Who are you?" in application.page().text
    again = application.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again.json()["error"] == "invalid_grant"


def test_signing_out_sends_nobody_to_an_address_that_is_not_registered(application):
    id_token = application.redeemed(application.chosen("shifter")["code"]).json()["id_token"]
    hint = {"id_token_hint": id_token, "post_logout_redirect_uri": "https://elsewhere.example/"}
    assert application.browser.get(application.known["end_session_endpoint"], params=hint).status_code == 400


def test_signing_out_without_an_address_ends_at_a_page(application):
    application.chosen("shifter")
    answer = application.browser.get(application.known["end_session_endpoint"])
    assert (answer.status_code, "You are signed out" in answer.text) == (200, True)
    assert "Who are you?" in application.page().text


def test_a_hint_that_is_none_of_ours_is_refused(application):
    hint = {"id_token_hint": "x.y.z"}
    assert application.browser.get(application.known["end_session_endpoint"], params=hint).status_code == 400


def test_somebody_without_an_account_is_sent_back_without_a_code(application):
    assert application.chosen("nobody")["error"] == "access_denied"


def test_only_codes_are_given(application):
    assert said(application.page(response_type="token"))["error"] == "unsupported_response_type"
