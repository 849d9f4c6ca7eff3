"""The cast of the product's tests, as a pytest plugin: `pytest_plugins = ["lumicert.accounts.testing"]`.

Five accounts, the same in every view test: `shifter`, `shifter2`, `leader`, `admin_account`, and `guest`, who has only
a CERN account. `client_of(account)` is a browser in which that account is signed in.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from types import ModuleType

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, include, path

from lumicert.accounts.models import User
from lumicert.accounts.permissions import DeclaredView
from lumicert.accounts.services import demo_account

ClientOf = Callable[[User | None], Client]

_SAMPLES = ("1", "x", str(uuid.UUID(int=1)), "2018-09-26")


@pytest.fixture
def shifter(db: None) -> User:
    return demo_account(username="shifter")


@pytest.fixture
def shifter2(db: None) -> User:
    return demo_account(username="shifter2")


@pytest.fixture
def leader(db: None) -> User:
    return demo_account(username="leader")


@pytest.fixture
def admin_account(db: None) -> User:
    return demo_account(username="admin")


@pytest.fixture
def guest(db: None) -> User:
    return demo_account(username="guest")


@pytest.fixture
def client_of() -> ClientOf:
    """A browser of that account; of nobody for None. Errors of the server come back as pages, as they do to people."""
    return browser_of


def browser_of(account: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if account is not None:
        client.force_login(account)
    return client


def urlconf_of(*patterns: URLPattern | URLResolver) -> ModuleType:
    """A URLconf for one test, to be set as `settings.ROOT_URLCONF`: these patterns, and those of `people`."""
    module = ModuleType("a_temporary_urlconf")
    vars(module)["urlpatterns"] = [*patterns, path("", include("lumicert.people.urls"))]
    return module


def sample_address(view: DeclaredView) -> str:
    """An address that leads to the view, with a value in each place of its pattern that the place accepts.

    Raises:
        LookupError: no sample fits a converter of the pattern; add one to `_SAMPLES`.
    """
    address = view.route
    for entry in view.patterns:
        for name, converter in entry.pattern.converters.items():
            address = _fill(address, name, converter)
    return address


def _fill(address: str, name: str, converter: object) -> str:
    regex = str(getattr(converter, "regex", ""))
    sample = next((s for s in _SAMPLES if re.fullmatch(regex, s)), None)
    if sample is None:
        raise LookupError(f"no sample value fits <{name}> ({regex}) in {address}: add one to _SAMPLES")
    return re.sub(rf"<([^:<>]+:)?{name}>", sample, address)
