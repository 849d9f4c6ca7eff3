"""The variables for signing in with CERN: a half, or a way that others can read along, stops the start."""

from __future__ import annotations

import pytest

from lumicert.site.config import load
from lumicert.site.errors import ConfigError

SECRET = "a-secret-that-nobody-sees"


@pytest.fixture
def configured(monkeypatch):
    def read(**variables: str):
        for name, value in variables.items():
            monkeypatch.setenv(f"LUMICERT_{name}", value)
        load.cache_clear()
        return load()

    yield read
    load.cache_clear()


@pytest.mark.parametrize("given", [{"OIDC_CLIENT_ID": "lumicert"}, {"OIDC_CLIENT_SECRET": SECRET}])
def test_an_id_without_a_secret_or_the_reverse_is_refused(configured, given):
    with pytest.raises(ConfigError, match="set both or neither") as error:
        configured(**given)
    assert SECRET not in str(error.value)


def test_people_are_not_sent_to_a_plain_address_of_another_machine(configured):
    with pytest.raises(ConfigError, match="over https only"):
        configured(OIDC_CLIENT_ID="x", OIDC_CLIENT_SECRET=SECRET, SSO_URL="http://sso.example.org/realms/cern")


def test_forms_may_lead_to_the_one_origin_that_is_configured(configured):
    assert configured().sign_in_origins == []
    config = configured(OIDC_CLIENT_ID="x", OIDC_CLIENT_SECRET=SECRET)
    assert config.sign_in_origins == ["https://auth.cern.ch"]


@pytest.mark.parametrize("hours", ["0", "-1", "169", "long"])
def test_a_session_that_cannot_be_is_refused(configured, hours):
    with pytest.raises(ConfigError, match="LUMICERT_SESSION_HOURS"):
        configured(SESSION_HOURS=hours)


def test_s10_cookies_and_hsts_follow_from_the_public_address(configured):
    assert configured(PUBLIC_URL="https://certify.example.org").secure
    assert not configured(PUBLIC_URL="http://127.0.0.1:8000").secure
