"""Review by keyboard, withdrawing and undoing, what is told in the menu; in a real browser, on a small screen too."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from lumicert.certification.models import Review
from lumicert.decisions.selectors import standing
from lumicert.review.tests.world import PAGE, RUN, bad_pixel, certify, promote, register

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def outcome(run: int) -> tuple[str, str]:
    found = Review.objects.get(run=run)
    return found.outcome, found.comment


@pytest.fixture
def desk(live, shifter, leader) -> Page:
    """The leader's desk with three certifications that wait."""
    for run in (RUN, RUN + 1, RUN + 2):
        register(run)
        certify(shifter, run)
    live.sign_in(leader)
    live.open("/review/")
    return live.page


def test_a_leader_reviews_with_the_keyboard_alone(desk):
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name=f"Review: run {RUN} express")).to_be_visible()
    desk.wait_for_load_state()
    desk.keyboard.press("a")
    # the next one is open
    expect(desk.locator("#messages")).to_contain_text(f"Approved run {RUN} express")
    expect(desk.get_by_role("heading", name=f"Review: run {RUN + 1} express")).to_be_visible()
    desk.wait_for_load_state()
    desk.keyboard.press("c")
    desk.keyboard.type("look at layer 2, please; a, s and n are only letters here")
    desk.keyboard.press("Escape")
    desk.keyboard.press("s")
    expect(desk.locator("#messages")).to_contain_text(f"Sent back run {RUN + 1} express")
    assert outcome(RUN) == ("approved", "")
    assert outcome(RUN + 1) == ("sent back", "look at layer 2, please; a, s and n are only letters here")
    expect(desk.get_by_role("heading", name=f"Review: run {RUN + 2} express")).to_be_visible()
    desk.wait_for_load_state()
    desk.keyboard.press("l")
    expect(desk.get_by_role("heading", name="Review", exact=True)).to_be_visible()


def test_next_goes_on_without_a_word(desk, live):
    live.open(f"/review/{RUN}/express/")
    desk.keyboard.press("n")
    expect(desk.get_by_role("heading", name=f"Review: run {RUN + 1} express")).to_be_visible()
    assert not Review.objects.exists()


def test_rows_are_chosen_by_keyboard_and_approved_in_one_act(desk):
    for key in ("j", "x", "j", "x", "j"):
        desk.keyboard.press(key)
    desk.get_by_role("button", name="Approve the chosen ones").click()
    expect(desk.locator("#messages")).to_contain_text("Approved 2 certifications")
    expect(desk.locator("tbody tr")).to_have_count(1)
    desk.locator("#messages").get_by_role("button", name="Undo").click()
    expect(desk.locator("tbody tr")).to_have_count(3)


def test_withdrawing_and_undoing(live, shifter):
    register()
    certify(shifter)
    live.sign_in(shifter)
    live.open(PAGE)
    page = live.page
    page.get_by_text("Withdraw", exact=True).click()
    page.get_by_label("Why").first.fill("the wrong run")
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_text("It does not count any more")).to_be_visible()
    assert standing(run=RUN) == []
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("not reviewed")).to_be_visible()
    assert len(standing(run=RUN)) == 3


def test_the_menu_counts_what_others_did_until_it_was_seen(live, shifter, leader):
    register()
    certify(shifter)
    certify(leader, said=bad_pixel(), reason="layer 2 was off")
    live.sign_in(shifter)
    live.open("/runs/")
    count = live.page.locator(".menu-count")
    expect(count).to_have_text("1")
    live.open("/certifications/?shifter=me")
    expect(live.page.get_by_text("layer 2 was off")).to_be_visible()
    live.page.get_by_role("button", name="I have seen these").click()
    expect(live.page.get_by_text("Nothing since you last looked")).to_be_visible()
    expect(count).to_be_hidden()


def test_a_filter_makes_a_short_address_and_more_filters_fold(live, shifter):
    register()
    certify(shifter)
    live.sign_in(shifter)
    live.open("/certifications/")
    page = live.page
    expect(page.get_by_label("Fill", exact=True)).to_be_hidden()
    page.get_by_text("More filters").click()
    page.get_by_label("Fill", exact=True).fill("7123")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page).to_have_url(re.compile(r"/certifications/\?fill=7123$"))
    # one that is in use is not folded away
    expect(page.get_by_label("Fill", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    "address",
    ["/certifications/", PAGE, "/certifications/withdrawn/", "/review/", f"/review/{RUN}/express/", "/references/",
     f"/references/{RUN}/express/", "/coverage/", "/coverage/check"],
)  # fmt: skip
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_fits_the_screen_and_logs_no_error(address, width, live, shifter, leader):
    register()
    certify(shifter)
    promote(leader)
    live.sign_in(leader)
    live.page.set_viewport_size({"width": width, "height": 780})
    live.open(address)
    assert live.page.evaluate("document.documentElement.scrollWidth") <= width
