"""The menu: the tasks of the role, in order, with the open page marked; an address that does not exist is left out."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import include, path

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission
from lumicert.accounts.testing import urlconf_of
from lumicert.shell.menu import MENU, Entry, menu_of


def nothing(request):
    """Never called: the menu only needs the address."""


@pytest.fixture(autouse=True)
def addresses(settings):
    registry = [
        path("runs", nothing, name="runs"),
        path("runs/lists", nothing, name="lists"),
        path("import", nothing, name="import"),
        path("events", nothing, name="events"),
    ]
    golden = [path("", nothing, name="portal")]
    settings.ROOT_URLCONF = urlconf_of(
        path("", include((registry, "registry"))), path("golden/", include((golden, "golden")))
    )


def request_of(role: str, address: str = "/"):
    request = RequestFactory().get(address)
    request.user = User(username=role, role=role)
    return request


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        ("guest", []),
        ("shifter", ["Runs", "Golden JSON", "Lists", "Import", "Events"]),
        ("leader", ["Runs", "Golden JSON", "Lists", "Import", "Events"]),
        ("admin", ["Runs", "Golden JSON", "Lists", "Import", "Events", "People"]),
    ],
)
def test_a_role_sees_its_tasks_in_order(role, labels):
    assert [link.label for link in menu_of(request_of(role))] == labels


def test_nobody_sees_nothing():
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert menu_of(request) == []


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("/runs", "Runs"),
        ("/runs/315257", "Runs"),
        ("/runs/lists", "Lists"),
        ("/golden/", "Golden JSON"),
        ("/runsheet", None),
    ],
)
def test_the_open_page_is_marked_once_by_the_longest_address_that_fits(address, label):
    marked = [link.label for link in menu_of(request_of("admin", address)) if link.current]
    assert marked == ([label] if label else [])


def test_a_task_whose_page_does_not_exist_is_left_out():
    entries = [*MENU, Entry("Moon", "moon:landing", Permission.PUBLIC)]
    assert "Moon" not in [link.label for link in menu_of(request_of("admin"), entries)]
