"""The comparison and the outbox in a real browser, on a small screen too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from lumicert.crosscheck import deliveries, sending
from lumicert.crosscheck.tests.world import N_LS, RUN, Registry, a_run, bad_pixel, certify, look, writing_begins

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def leaders(live, shifter, leader, set_up, told) -> Page:
    """The leader's browser: a certification that was refused, and many ranges that differ."""
    told()
    writing_begins()
    a_run(RUN, by=shifter, n_ls=N_LS)
    certify(RUN, said=bad_pixel(*((first, first + 3) for first in range(10, 300, 10))), by=shifter)
    registry = Registry()
    registry.has(status="STANDBY")
    registry.refuses = "Dataset must be in state OPEN to be edited"
    deliveries.take_from_log()
    sending.send_due(registry)
    look(registry)
    live.sign_in(leader)
    return live.page


@pytest.mark.parametrize("width", [390, 760, 1280])
@pytest.mark.parametrize("address", ["/crosscheck/", "/crosscheck/outbox"])
def test_nothing_is_wider_than_the_window(width, address, leaders, live):
    leaders.set_viewport_size({"width": width, "height": 800})
    live.open(address)
    expect(leaders.get_by_role("link", name=str(RUN), exact=True)).to_be_visible()
    assert leaders.evaluate("document.documentElement.scrollWidth") <= width
    if width == 390:
        region = leaders.locator(".table-scroll")
        assert region.evaluate("box => box.scrollWidth - box.clientWidth") <= 0


def test_a_filter_leaves_only_what_was_asked_for_in_the_address(leaders, live):
    live.open("/crosscheck/")
    leaders.get_by_label("Show").select_option("all")
    leaders.get_by_role("button", name="Filter").click()
    leaders.wait_for_url("**/crosscheck/?registry=outside&show=all")


def test_a_leader_gives_up_by_keyboard_and_the_reason_is_shown(leaders, live):
    live.open("/crosscheck/outbox")
    leaders.locator("summary", has_text="Give up").focus()
    leaders.keyboard.press("Enter")
    leaders.keyboard.press("Tab")
    leaders.keyboard.type("signed off last year")
    leaders.keyboard.press("Enter")
    expect(leaders.locator("#messages")).to_contain_text("is given up: enter it in Run Registry by hand")
    expect(leaders.locator(".fate")).to_contain_text("given up by leader")
    expect(leaders.locator(".fate")).to_contain_text("signed off last year")
