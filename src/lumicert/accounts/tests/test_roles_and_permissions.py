"""The table of who may do what, written out a second time so that no change of it goes unseen."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import IntegrityError, transaction

from lumicert.accounts.models import User, may
from lumicert.accounts.roles import Permission, Role, roles_in_words

SHIFTER = {"public", "signed_in", "read", "decide", "import", "certify"}
LEADER = SHIFTER | {"undo_others", "edit_policy", "certify_others", "review", "references"}
EXPECTED = {
    "guest": {"public", "signed_in"},
    "shifter": SHIFTER,
    "leader": LEADER,
    "expert": LEADER,
    "admin": LEADER | {"administer"},
}


@pytest.mark.parametrize("role", Role.values)
def test_a_role_may_do_exactly_what_the_table_says(role):
    assert {p.value for p in Permission if may(User(username="x", role=role), p)} == EXPECTED[role]


def test_nobody_signed_in_may_only_what_is_public():
    assert [p for p in Permission if may(AnonymousUser(), p)] == [Permission.PUBLIC]
    assert [p for p in Permission if may(None, p)] == [Permission.PUBLIC]


def test_an_account_that_was_switched_off_may_do_nothing_but_what_is_public():
    switched_off = User(username="x", role=Role.ADMIN, is_active=False)
    assert [p for p in Permission if may(switched_off, p)] == [Permission.PUBLIC]


def test_a_new_account_is_a_guest():
    assert User(username="new").role == Role.GUEST


def test_the_roles_of_a_permission_are_said_in_words():
    assert roles_in_words(Permission.EDIT_POLICY) == "shift leader, expert or administrator"
    assert roles_in_words(Permission.ADMINISTER) == "administrator"


def test_a_role_counts_in_its_workspaces():
    assert User(username="x", workspaces=["dt"]).works_in("dt")
    assert not User(username="x", workspaces=["dt"]).works_in("tracker")
    assert User(username="x", workspaces=["*"]).works_in("tracker")
    assert not User(username="x").works_in("tracker")


def test_every_permission_has_a_deed_for_the_refusal():
    assert all(permission.deed for permission in Permission)


@pytest.mark.django_db
def test_createsuperuser_makes_an_administrator(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long enough secret")
    call_command("createsuperuser", "--noinput", username="chief", email="chief@example.org", verbosity=0)
    chief = User.objects.get(username="chief")
    assert chief.role == Role.ADMIN
    assert chief.check_password("a long enough secret")


@pytest.mark.django_db
def test_the_database_refuses_a_role_that_does_not_exist():
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="x", role="emperor")


def test_a_person_is_called_by_name_where_there_is_one():
    assert User(username="jdoe").name == "jdoe"
    assert User(username="jdoe", first_name="Jane", last_name="Doe").name == "Jane Doe"
