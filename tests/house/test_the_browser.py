"""The browser fixtures: the product opens without an error, and an error would not go unnoticed."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Route

EARLY = """<!doctype html><title>early</title><script src="late.js" type="module"></script>
<button onclick="this.textContent = document.title">press</button>"""

pytestmark = pytest.mark.browser


@pytest.mark.django_db(transaction=True)
def test_a_click_signs_in_and_the_first_page_logs_no_error(live) -> None:
    live.open("/")
    live.page.get_by_role("button", name="shifter ").first.click()
    live.page.wait_for_load_state()
    assert "/sign-in" not in live.page.url
    assert live.page.locator("main").is_visible()


def test_a_page_takes_no_click_before_its_scripts_have_run(live) -> None:
    def late(route: Route) -> None:
        time.sleep(0.4)
        route.fulfill(content_type="text/javascript", body="document.title = 'ready'")

    live.page.route("**/late.js", late)
    live.page.route("**/early", lambda route: route.fulfill(content_type="text/html", body=EARLY))
    live.page.goto(f"{live.url}/early", wait_until="commit")
    live.page.get_by_role("button").click()
    assert live.page.locator("button").text_content() == "ready"


def test_an_error_in_the_page_is_noticed_unless_expected(live, page_errors) -> None:
    live.open("/sign-in")
    live.page.evaluate("console.error('lost the thread')")
    with live.page.expect_event("pageerror"):
        live.page.evaluate("setTimeout(() => { throw new Error('thrown away') })")
    assert len(page_errors.unexpected()) == 2
    page_errors.expect("lost the thread")
    page_errors.expect("thrown away")
    assert page_errors.unexpected() == []


def test_a_break_of_the_content_security_policy_is_noticed(live, page_errors) -> None:
    live.open("/sign-in")
    with live.page.expect_console_message():
        live.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">loud</p>')")
    assert any("Content Security Policy" in text for text in page_errors.unexpected())
    page_errors.expect("Content Security Policy")
