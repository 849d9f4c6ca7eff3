"""What the tests of the simulated CERN share: it itself, a way to ask it, and a token for OMS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from lumicert.sandbox.server import Sandbox
from lumicert.sandbox.testing import running_sandbox, sandbox

__all__ = ["running_sandbox", "sandbox"]

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A client that follows nothing and waits at most 5 s."""
    with httpx.Client(trust_env=False, timeout=5, verify=False) as client:  # noqa: S501  there is no TLS here
        yield client


@pytest.fixture
def token(sandbox: Sandbox, http: httpx.Client) -> str:
    """An access token of the audience cmsoms-prod."""
    return str(new_token(sandbox, http).json()["access_token"])


@pytest.fixture
def oms(sandbox: Sandbox, http: httpx.Client, token: str) -> Ask:
    """Asks OMS, as who may: `oms("runs", {"sort": "-run_number"})`."""

    def ask(path: str, parameters: dict[str, Any] | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return http.get(f"{sandbox.addresses()['OMS_URL']}/{path}", params=parameters, headers=headers)

    return ask


def new_token(sandbox: Sandbox, http: httpx.Client, **changed: str) -> httpx.Response:
    """The answer of `api-access/token`."""
    told = sandbox.addresses()
    form = {"grant_type": "client_credentials", "audience": told["OMS_AUDIENCE"]}
    form |= {"client_id": told["SSO_CLIENT_ID"], "client_secret": told["SSO_CLIENT_SECRET"]}
    return http.post(told["SSO_API_TOKEN_URL"], data=form | changed)
