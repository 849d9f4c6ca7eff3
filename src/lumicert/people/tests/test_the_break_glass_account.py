"""S10: no password comes with the product; a local administrator is made by hand, and each use of one is seen."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from lumicert.accounts.models import User
from lumicert.accounts.roles import Role
from lumicert.decisions.models import Event
from lumicert.people.arrivals import arrive

pytestmark = pytest.mark.django_db
GOOD = "a long enough secret"


@pytest.fixture
def admin(monkeypatch):
    def run(*words: str, password: str = GOOD) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        call_command("admin", *words)

    return run


def test_an_administrator_is_made_with_a_password_from_standard_input(admin, client):
    admin("create", "chief")
    chief = User.objects.get()
    assert (chief.role, chief.workspaces) == (Role.ADMIN, ["*"])
    assert client.post("/sign-in", {"username": "chief", "password": GOOD}).status_code == 302
    kinds = [event.kind for event in Event.objects.order_by("seq")]
    assert kinds == ["account.made", "account.role_changed", "account.local_sign_in"]


def test_each_sign_in_with_a_local_password_is_shown_to_administrators(admin, client):
    admin("create", "chief")
    client.post("/sign-in", {"username": "chief", "password": GOOD})
    page = client.get("/people").content.decode()
    assert "chief" in page.split("Sign-ins with a local password")[1]
    assert "signed in with a local password" in client.get(f"/people/{User.objects.get().pk}").content.decode()


def test_a_wrong_password_is_no_sign_in(admin, client):
    admin("create", "chief")
    client.post("/sign-in", {"username": "chief", "password": "something else"})
    assert not Event.objects.filter(kind="account.local_sign_in").exists()


def test_a_password_is_never_an_argument(admin):
    with pytest.raises(CommandError):
        admin("create", "chief", GOOD)


@pytest.mark.parametrize("weak", ["", "admin", "password1234", "short"])
def test_s10_a_weak_password_is_refused(admin, weak):
    with pytest.raises(CommandError, match="password"):
        admin("create", "chief", password=weak)
    assert not User.objects.exists()


def test_a_name_that_is_taken_is_refused(admin):
    admin("create", "chief")
    with pytest.raises(CommandError, match="There is an account chief already"):
        admin("create", "chief")


@pytest.mark.parametrize("name", ["", "two words", "a/b"])
def test_a_name_that_cannot_be_is_refused(admin, name):
    with pytest.raises(CommandError):
        admin("create", name)
    assert not User.objects.exists()


def test_a_new_password_ends_the_sessions_of_the_old_one(admin, client):
    admin("create", "chief")
    client.post("/sign-in", {"username": "chief", "password": GOOD})
    admin("password", "chief", password="another long secret")
    assert client.get("/account").status_code == 302
    assert client.post("/sign-in", {"username": "chief", "password": GOOD}).status_code == 422
    assert Event.objects.filter(kind="account.password_set").count() == 1
    assert "another long secret" not in str(list(Event.objects.values()))


def test_a_cern_account_gets_no_second_door(admin):
    arrive(sub="jdoe", said={"cern_upn": "jdoe", "cern_roles": []})
    with pytest.raises(CommandError, match="second door"):
        admin("password", "jdoe")
    assert not User.objects.get().has_usable_password()


def test_the_password_of_nobody_cannot_be_set(admin):
    with pytest.raises(CommandError, match="There is no account nobody"):
        admin("password", "nobody")
