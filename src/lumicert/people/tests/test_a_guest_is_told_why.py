"""S2: a guest sees nothing of certification, and is told why, what CERN said, and how to get a role."""

from __future__ import annotations

import pytest
from django.urls import path

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.testing import urlconf_of
from lumicert.people.arrivals import arrive
from lumicert.people.views import Home


def told(client_of, **said):
    user = arrive(sub="jdoe", said={"cern_upn": "jdoe", **said})
    return client_of(user).get("/account").content.decode()


@pytest.mark.django_db
def test_a_guest_reads_which_roles_cern_named_and_which_would_do(client_of):
    page = told(client_of, cern_roles=["default-role", "cms-user"])
    for words in ("You have no role here yet", "<code>default-role</code>", "<code>cms-user</code>"):
        assert words in page
    for words in ("Ask your shift leader", "sign out and in again", "<code>shiftleader</code>", "<code>admin</code>"):
        assert words in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "is missing"),
        ({"cern_roles": None}, "is missing"),
        ({"cern_roles": []}, "CERN named no role of yours"),
        ({"cern_roles": "admin"}, "CERN named no role of yours"),
    ],
)
def test_a_guest_reads_that_cern_named_no_role(client_of, said, words):
    assert words in told(client_of, **said)


def test_a_local_guest_is_sent_to_an_administrator(client_of, guest):
    assert "gets its role from an administrator" in client_of(guest).get("/account").content.decode()


@pytest.mark.django_db
def test_whoever_has_a_role_reads_which_and_why(client_of):
    page = told(client_of, cern_roles=["shifter"])
    assert "You have no role" not in page
    for words in ("certify runs", "CERN: shifter", "Workspaces"):
        assert words in page


def test_the_start_page_of_a_guest_is_the_one_that_explains(client_of, guest, shifter, settings):
    home = requires(Permission.SIGNED_IN)(Home.as_view(url="/somewhere"))
    settings.ROOT_URLCONF = urlconf_of(path("", home))
    assert client_of(guest).get("/")["Location"] == "/account"
    assert client_of(shifter).get("/")["Location"] == "/somewhere"
