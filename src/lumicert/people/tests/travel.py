"""The way to CERN and back, step by step: the product's side through Django's client, CERN's side over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from django.contrib.auth import get_user
from django.http.response import HttpResponseBase
from django.test import Client
from pydantic import SecretStr

from lumicert.accounts.models import User
from lumicert.sandbox.server import Sandbox

# CERN in tests sends people back to this machine alone
HERE = "http://localhost"


def configured(config: Any, sandbox: Sandbox, **more: Any) -> Any:
    """The settings of an installation that is registered at that CERN."""
    told = sandbox.addresses()
    return config.model_copy(
        update={
            "sso_url": told["SSO_ISSUER"],
            "oidc_client_id": told["SSO_CLIENT_ID"],
            "oidc_client_secret": SecretStr(told["SSO_CLIENT_SECRET"]),
            **more,
        }
    )


@dataclass
class Traveller:
    """A person's browser: `here` for the product, `there` for CERN."""

    here: Client
    there: httpx.Client

    def set_out(self, next_page: str = "/account") -> str:
        """Press the button; returns where the browser is sent."""
        answer = self.here.post("/sign-in/cern", {"next": next_page})
        assert answer.status_code == 302, answer.content.decode()
        return str(answer["Location"])

    def choose(self, address: str, who: str) -> str:
        """Say at CERN who one is; returns where the browser is sent back to."""
        answer = self.there.post(address, data={"who": who})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def come_back(self, address: str) -> HttpResponseBase:
        """Arrive at the product again."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}" == HERE
        return self.here.get(f"{parts.path}?{parts.query}")

    def sign_in(self, who: str, next_page: str = "/account") -> HttpResponseBase:
        """All the way."""
        return self.come_back(self.choose(self.set_out(next_page), who))

    @property
    def account(self) -> Any:
        """Who the product takes this browser for."""
        return get_user(self.here)


def asked(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def account_named(username: str) -> User:
    return User.objects.get(username=username)
