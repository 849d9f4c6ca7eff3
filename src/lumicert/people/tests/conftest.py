"""People in tests: the simulated CERN as the provider, and a browser that goes there and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client

from lumicert.accounts.testing import urlconf_of
from lumicert.people import cern
from lumicert.people.tests.travel import Traveller, configured
from lumicert.sandbox.server import Sandbox
from lumicert.sandbox.testing import running_sandbox, sandbox

__all__ = ["running_sandbox", "sandbox"]


@pytest.fixture(autouse=True)
def doors(settings: Any) -> None:
    """The addresses of this room alone: its tests say nothing about other rooms."""
    settings.ROOT_URLCONF = urlconf_of()


@pytest.fixture
def provider(sandbox: Sandbox, settings: Any) -> Iterator[Sandbox]:
    """The simulated CERN, as what people sign in with."""
    settings.CONFIG = configured(settings.CONFIG, sandbox)
    cern.forget_keys()
    yield sandbox
    # what hangs is let go before the next test
    sandbox.start()
    sandbox.clear()
    cern.forget_keys()


@pytest.fixture
def traveller(provider: Sandbox, db: None) -> Iterator[Traveller]:
    """Somebody with a browser, signed in nowhere."""
    with httpx.Client(trust_env=False, base_url=origin(provider.url), timeout=30) as browser:
        yield Traveller(Client(raise_request_exception=False, SERVER_NAME="localhost"), browser)


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
