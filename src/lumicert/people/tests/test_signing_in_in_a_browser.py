"""In Chromium, with the content policy in force: to CERN, in as a shifter, out, and signed out at CERN as well."""

from __future__ import annotations

import copy

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def policy(settings, provider):
    """What the product's settings derive from the same configuration, and all its pages."""
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"] += settings.CONFIG.sign_in_origins
    settings.CONTENT_SECURITY_POLICY = policy
    settings.ROOT_URLCONF = "lumicert.site.urls"


def sign_in(page, who: str) -> None:
    page.get_by_role("button", name="Sign in with CERN").click()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    page.get_by_role("button", name=who, exact=True).click()


def sign_out(page) -> None:
    page.locator(".account-button").click()
    page.get_by_role("button", name="Sign out").click()


def test_a_shifter_signs_in_with_cern_and_out_of_both(live, provider):
    page = live.page
    live.open("/runs/?sort=-run")
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    sign_in(page, "shifter")
    page.wait_for_url(f"{live.url}/runs/?sort=-run")
    expect(page.locator(".account-button")).to_contain_text("Sam Shifter")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    sign_out(page)
    page.wait_for_url(f"{live.url}/sign-in")
    expect(page.locator(".account-button")).to_contain_text("Not signed in")
    # who were still signed in at CERN would be let in here without a question
    page.get_by_role("button", name="Sign in with CERN").click()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()


def test_a_guest_arrives_at_the_page_that_explains(live, provider):
    live.open("/sign-in")
    sign_in(live.page, "guest")
    expect(live.page.get_by_role("heading", name="You have no role here yet")).to_be_visible()
    expect(live.page.locator(".why code")).to_have_text("default-role")


def test_while_cern_is_away_the_page_says_so_and_offers_the_password(live, provider, page_errors):
    page_errors.expect("503")
    provider.stop()
    live.open("/sign-in")
    live.page.get_by_role("button", name="Sign in with CERN").click()
    expect(live.page.get_by_role("alert")).to_contain_text("cannot be used now")
    expect(live.page.get_by_role("textbox", name="Password")).to_be_visible()


def test_a_token_is_copied_from_the_page_that_shows_it_once(live, provider, shifter):
    live.sign_in(shifter)
    live.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    live.open("/account/tokens")
    live.page.get_by_label("What it is for").fill("nightly")
    live.page.get_by_role("button", name="Make the token").click()
    secret = live.page.locator("#secret").text_content()
    live.page.get_by_role("button", name="Copy").click()
    expect(live.page.get_by_role("button", name="Copied")).to_be_visible()
    assert live.page.evaluate("navigator.clipboard.readText()") == secret
