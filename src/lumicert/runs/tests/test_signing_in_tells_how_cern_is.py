"""What signing in meets at CERN is kept like what jobs meet at OMS: up, or down since when and why."""

from __future__ import annotations

import pytest

from lumicert.people.tests.conftest import provider, running_sandbox, sandbox, traveller
from lumicert.runs import outside
from lumicert.runs.models import Source

__all__ = ["provider", "running_sandbox", "sandbox", "traveller"]
pytestmark = pytest.mark.django_db


def cern() -> outside.SourceHealth:
    return next(each for each in outside.health() if each.name == outside.SSO)


def test_a_sign_in_that_works_says_that_cern_is_up(traveller):
    assert cern().health == "not asked yet"
    traveller.sign_in("shifter")
    told = Source.objects.get(name=outside.SSO)
    assert cern().health == "up"
    # what it publishes, twice; the token; its keys
    assert (told.calls, told.failures) == (4, 0)
    assert told.latency > 0


@pytest.mark.parametrize("kind", ["down", "error-500", "html", "redirect"])
def test_one_that_fails_says_since_when_it_is_down_and_why(traveller, provider, kind):
    traveller.sign_in("shifter")
    provider.fault(door="sso", kind=kind)
    for _ in range(3):
        traveller.here.post("/sign-in/cern")
    found = cern()
    assert found.health == "down"
    assert found.since is not None
    assert "CERN SSO is down (asked for what it publishes of itself)" in found.why
    provider.clear()
    traveller.here.post("/sign-in/cern")
    assert (cern().health, cern().since) == ("up", None)


@pytest.mark.parametrize(
    ("path", "asked"), [("token", "the token of a sign-in"), ("certs", "the keys that it signs with")]
)
def test_a_part_of_it_that_fails_is_named(traveller, provider, path, asked):
    back = traveller.choose(traveller.set_out(), "shifter")
    provider.fault("html", door="sso", path=path)
    traveller.come_back(back)
    told = Source.objects.get(name=outside.SSO)
    assert (told.failing, told.asked) == (1, asked)


def test_a_code_that_it_does_not_take_is_no_outage(traveller, provider, settings):
    from pydantic import SecretStr

    back = traveller.choose(traveller.set_out(), "shifter")
    settings.CONFIG = settings.CONFIG.model_copy(update={"oidc_client_secret": SecretStr("wrong")})
    assert traveller.come_back(back).status_code == 503
    assert Source.objects.get(name=outside.SSO).failures == 0


def test_systems_that_need_no_token_do_not_wait_for_it(traveller, provider, settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"oms_url": "http://127.0.0.1:1", "sso_client_id": None})
    provider.fault(door="sso", kind="down")
    traveller.here.post("/sign-in/cern")
    found = {each.name: each.health for each in outside.health()}
    assert (found[outside.SSO], found[outside.OMS]) == ("down", "not asked yet")
