"""Signing in with CERN: the way there and back, whose account it becomes, and the way out at both ends."""

from __future__ import annotations

import pytest
from django.test import Client

from lumicert.accounts.models import User
from lumicert.accounts.roles import Role
from lumicert.decisions.models import Event
from lumicert.people.tests.travel import account_named, asked


def test_the_page_offers_cern_first_and_the_password_below(traveller, settings):
    settings.DEMO = False
    page = traveller.here.get("/sign-in").content.decode()
    assert 0 < page.index("Sign in with CERN") < page.index("Sign in with a local password")


def test_without_configuration_there_is_no_button_and_no_door(client, db):
    assert "Sign in with CERN" not in client.get("/sign-in").content.decode()
    assert client.post("/sign-in/cern").status_code == 404
    assert client.get("/sign-in/cern/callback?code=1&state=1").status_code == 404


def test_cern_is_asked_with_pkce_state_and_nonce(traveller):
    question = asked(traveller.set_out())
    assert question["response_type"] == "code"
    assert question["code_challenge_method"] == "S256"
    assert len(question["code_challenge"]) == 43
    assert len(question["nonce"]) >= 32
    assert len(question["state"]) >= 16
    assert question["redirect_uri"] == "http://localhost/sign-in/cern/callback"
    assert set(question["scope"].split()) == {"openid", "profile", "email"}


def test_no_link_elsewhere_begins_a_sign_in(traveller):
    assert traveller.here.get("/sign-in/cern").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/sign-in/cern").status_code == 403


@pytest.mark.parametrize(
    ("who", "role"),
    [("shifter", Role.SHIFTER), ("leader", Role.LEADER), ("admin", Role.ADMIN), ("guest", Role.GUEST)],
)
def test_whom_cern_knows_gets_the_role_that_follows(traveller, who, role):
    assert traveller.sign_in(who)["Location"] == "/account"
    assert traveller.account.role == role
    assert traveller.account.workspaces == ([] if role is Role.GUEST else ["*"])
    assert not traveller.account.has_usable_password()


def test_the_person_is_called_as_cern_calls_them(traveller):
    traveller.sign_in("shifter")
    assert traveller.account.name == "Sam Shifter"
    assert traveller.account.email == "shifter@sandbox.invalid"


def test_signing_in_twice_is_one_account(traveller):
    traveller.sign_in("shifter")
    traveller.sign_in("shifter")
    assert User.objects.count() == 1
    assert [event.kind for event in Event.objects.order_by("seq")] == ["account.made", "account.role_changed"]


def test_a_local_account_of_the_same_name_is_never_taken_over(traveller):
    local = User.objects.create_superuser("shifter", password="correct horse battery")
    traveller.sign_in("shifter")
    assert traveller.account != local
    assert traveller.account.username == "shifter@cern"
    assert traveller.account.role == Role.SHIFTER
    assert account_named("shifter").role == Role.ADMIN


def test_an_account_that_was_switched_off_is_not_let_in(traveller):
    traveller.sign_in("shifter")
    User.objects.update(is_active=False)
    answer = traveller.sign_in("shifter")
    assert answer.status_code == 403
    assert "was switched off here" in answer.content.decode()
    assert traveller.account.is_anonymous


def test_who_says_no_at_cern_is_told_so(traveller):
    answer = traveller.sign_in("nobody-of-this-name")
    assert "was cancelled there" in answer.content.decode()
    assert traveller.account.is_anonymous


def test_a_sign_in_of_another_browser_is_not_finished_here(traveller):
    back = traveller.choose(traveller.set_out(), "admin")
    traveller.here.cookies.clear()
    answer = traveller.come_back(back)
    assert answer.status_code == 400
    assert "Begin again" in answer.content.decode()
    assert traveller.account.is_anonymous


def test_a_way_back_is_good_once(traveller):
    back = traveller.choose(traveller.set_out(), "shifter")
    traveller.come_back(back)
    traveller.here.post("/sign-out")
    assert traveller.come_back(back).status_code == 400
    assert traveller.account.is_anonymous


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"])
def test_the_way_back_never_leads_to_another_site(traveller, elsewhere):
    assert traveller.sign_in("shifter", next_page=elsewhere)["Location"] == "/"


def test_the_way_back_leads_to_where_one_was(traveller):
    assert traveller.sign_in("shifter", next_page="/account?x=1")["Location"] == "/account?x=1"


def test_a_session_gets_a_new_name_when_somebody_signs_in(traveller):
    traveller.here.get("/sign-in")
    address = traveller.set_out()
    before = traveller.here.session.session_key
    traveller.come_back(traveller.choose(address, "shifter"))
    assert traveller.here.session.session_key != before


def test_signing_out_ends_the_session_at_cern_too(traveller, provider):
    traveller.sign_in("shifter")
    # whoever is signed in there is sent straight back
    assert traveller.there.get(traveller.set_out()).status_code == 302
    answer = traveller.here.post("/sign-out")
    there = answer["Location"]
    assert there.startswith(provider.url)
    assert asked(there)["post_logout_redirect_uri"] == "http://localhost/sign-in"
    assert traveller.account.is_anonymous
    back = traveller.there.get(there)
    assert back.headers["location"] == "http://localhost/sign-in"
    assert "Who are you?" in traveller.there.get(traveller.set_out()).text


def test_who_came_in_by_a_click_is_signed_out_here_alone(client, provider, shifter):
    client.force_login(shifter)
    assert client.post("/sign-out")["Location"] == "/sign-in"
