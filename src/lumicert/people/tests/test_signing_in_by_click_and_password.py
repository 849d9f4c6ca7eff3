"""Signing in and out: by click in a demo, by password elsewhere, and never to another site."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user
from django.test import Client

from lumicert.accounts.models import User
from lumicert.accounts.services import DEMO_ACCOUNTS, AccountTakenError, demo_account, ensure_demo_accounts

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_demo(settings):
    settings.DEMO = True


@pytest.fixture
def not_in_demo(settings):
    settings.DEMO = False


@pytest.fixture
def person():
    return User.objects.create_user("jdoe", password="correct horse battery")


@pytest.mark.parametrize("username", DEMO_ACCOUNTS)
def test_a_click_signs_in_a_demo_account(client, in_demo, username):
    response = client.post("/sign-in/demo", {"account": username})
    assert response.status_code == 302
    assert get_user(client).username == username


@pytest.mark.parametrize("username", DEMO_ACCOUNTS)
def test_outside_a_demo_the_click_does_not_exist(client, not_in_demo, username):
    ensure_demo_accounts()
    assert client.post("/sign-in/demo", {"account": username}).status_code == 404
    assert get_user(client).is_anonymous


def test_outside_a_demo_the_page_offers_no_demo_account(client, not_in_demo):
    page = client.get("/sign-in").content.decode()
    assert "/sign-in/demo" not in page
    assert "single sign-on" in page


def test_the_page_of_a_demo_offers_all_five(client, in_demo):
    page = client.get("/sign-in").content.decode()
    assert all(f'value="{name}"' in page for name in DEMO_ACCOUNTS)


def test_a_demo_account_that_does_not_exist_cannot_be_clicked(client, in_demo):
    assert client.post("/sign-in/demo", {"account": "emperor"}).status_code == 404


def test_a_demo_sign_in_needs_the_token_of_the_form(in_demo):
    response = Client(enforce_csrf_checks=True).post("/sign-in/demo", {"account": "admin"})
    assert response.status_code == 403


def test_a_link_cannot_sign_anybody_in_or_out(client, in_demo, shifter):
    assert client.get("/sign-in/demo?account=admin").status_code == 405
    client.force_login(shifter)
    assert client.get("/sign-out").status_code == 405
    assert get_user(client) == shifter


def test_demo_accounts_are_made_once():
    first = ensure_demo_accounts()
    assert ensure_demo_accounts() == first
    assert User.objects.count() == len(DEMO_ACCOUNTS)
    assert not any(user.has_usable_password() for user in first)


def test_an_account_with_a_password_is_not_given_away_as_a_demo_account(client, in_demo):
    User.objects.create_superuser("admin", password="correct horse battery")
    with pytest.raises(AccountTakenError, match="admin is an account with a password"):
        demo_account(username="admin")
    response = client.post("/sign-in/demo", {"account": "admin"}, follow=True)
    assert get_user(client).is_anonymous
    assert "sign in with it" in response.content.decode()
    assert "admin" not in [user.username for user in ensure_demo_accounts()]


def test_the_right_password_signs_in(client, not_in_demo, person):
    response = client.post("/sign-in", {"username": "jdoe", "password": "correct horse battery", "next": "/runs"})
    assert response["Location"] == "/runs"
    assert get_user(client) == person


def test_a_wrong_password_keeps_the_name_and_not_the_password(client, not_in_demo, person):
    response = client.post("/sign-in", {"username": "jdoe", "password": "wrong staple"})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="jdoe"' in page
    assert "wrong staple" not in page
    assert get_user(client).is_anonymous


def test_a_demo_account_has_no_password_that_works(client, not_in_demo):
    ensure_demo_accounts()
    client.post("/sign-in", {"username": "admin", "password": ""})
    client.post("/sign-in", {"username": "admin", "password": "!"})
    assert get_user(client).is_anonymous


def test_whoever_is_signed_in_goes_on_at_once(client, shifter):
    client.force_login(shifter)
    assert client.get("/sign-in?next=/runs")["Location"] == "/runs"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil"]
)
def test_signing_in_never_leads_to_another_site(client, in_demo, elsewhere):
    response = client.post("/sign-in/demo", {"account": "shifter", "next": elsewhere})
    assert response["Location"] == "/"


def test_signing_out_leads_to_the_sign_in_page(client, shifter):
    client.force_login(shifter)
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert get_user(client).is_anonymous
