"""The page of a week in a real browser: weeks by key, ticking with undo, copying, two leaders, a phone, printing."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from lumicert.certification.tests.told import a_run, certified, say
from lumicert.certification.weekly import Week, check_week, state_of
from lumicert.decisions.selectors import current_seq
from lumicert.review.tests.world import RUN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WEEK = Week(2018, 20)
ADDRESS = "/review/week/?week=2018-W20"


@pytest.fixture
def page(page) -> Page:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


@pytest.fixture
def week(live, leader) -> Page:
    """The leader has the page of a week open."""
    say(a_run(RUN, recorded=12.5, n_ls=92, fill=7123))
    say(certified(RUN, verdict="bad"), certified(RUN, reconstruction="prompt", on=date(2018, 5, 20)))
    live.sign_in(leader)
    live.open(ADDRESS)
    live.page.wait_for_load_state()
    return live.page


def ticked() -> set[str]:
    return {key for _, key in state_of(WEEK, workspace="tracker").ticks}


def test_a_leader_ticks_writes_a_note_and_takes_it_back(week):
    week.get_by_label("New certifications were reviewed, bad ones first.").check()
    week.get_by_label("Missing tracker maps are listed or were made.").check()
    week.get_by_label("Note for the report").fill("the maps are made again")
    week.get_by_role("button", name="Save the checklist").click()
    expect(week.locator("#messages")).to_contain_text("Saved the checklist of week 2018-W20 (event")
    expect(week.get_by_label("New certifications were reviewed")).to_be_checked()
    expect(week.locator("#checklist")).to_contain_text("2 of 11 ticked")
    assert ticked() == {"daily-review", "maps-missing"}
    week.locator("#messages").get_by_role("button", name="Undo").click()
    expect(week.get_by_label("New certifications were reviewed")).not_to_be_checked()
    assert ticked() == set()


def test_somebody_was_faster_and_nothing_is_lost(week, admin_account, page_errors):
    page_errors.expect("409")
    week.get_by_label("Missing tracker maps are listed or were made.").check()
    check_week(
        week=WEEK, workspace="tracker", ticked=[("shiftleader", 1, "daily-review")], note="", actor=admin_account,
        expected=current_seq(),
    )  # fmt: skip
    week.get_by_role("button", name="Save the checklist").click()
    expect(week.locator("#conflict")).to_contain_text("What you ticked and wrote is still here")
    for name in ("Missing tracker maps", "New certifications were reviewed"):
        expect(week.get_by_label(name)).to_be_checked()
    week.get_by_role("button", name="Save the checklist").click()
    expect(week.locator("#messages")).to_contain_text("Saved the checklist")
    assert ticked() == {"daily-review", "maps-missing"}


def test_weeks_are_turned_by_key(week):
    week.keyboard.press("p")
    expect(week).to_have_url(re.compile("week=2018-W19"))
    expect(week.get_by_text("Nothing was certified on these days")).to_be_visible()
    week.wait_for_load_state()
    week.keyboard.press("n")
    expect(week).to_have_url(re.compile("week=2018-W20"))


def test_a_block_is_copied_as_text_and_as_csv(week):
    block = week.locator("#runs")
    block.get_by_role("button", name="Copy text").click()
    expect(block.get_by_role("button", name="Copied")).to_be_visible()
    text = week.evaluate("navigator.clipboard.readText()")
    assert "Week 20 of 2018" in text
    assert re.search(rf"express +BAD +1 +{RUN}", text)
    block.get_by_role("button", name="Copy CSV").click()
    expect(block.get_by_role("button", name="Copied")).to_have_count(2)
    assert week.evaluate("navigator.clipboard.readText()").startswith("Type,Reconstruction,Verdict,Number,Runs")


def test_the_runs_go_to_the_central_check(week):
    week.get_by_role("button", name="Check the 1 run of these days").click()
    expect(week.get_by_role("heading", name="Check a list of runs")).to_be_visible()
    expect(week.get_by_text(f"{RUN}", exact=True).first).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_screen(width, week, live):
    week.set_viewport_size({"width": width, "height": 780})
    live.open(ADDRESS)
    assert week.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_there_are_figures_and_no_buttons(week):
    week.emulate_media(media="print")
    expect(week.locator("#overview table")).to_be_visible()
    for hidden in ("Save the checklist", "Copy text", "Filter", "Check the 1 run of these days"):
        assert not week.get_by_role("button", name=hidden, exact=True).first.is_visible()
