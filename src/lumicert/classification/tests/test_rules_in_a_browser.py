"""Rules in a real browser: a draft is mended, tried, saved and applied; two people; every width."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lumicert.accounts.models import User
from lumicert.classification import jobs
from lumicert.classification.models import Reclassification
from lumicert.classification.tests.world import collisions, renamed
from lumicert.rules.selectors import current
from lumicert.rules.services import save_rules
from lumicert.runs.models import Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RUNS = tuple(range(360_001, 360_007))


@pytest.fixture
def editor(live: Any, leader: User) -> Page:
    for run in RUNS:
        collisions(run)
    live.sign_in(leader)
    live.open("/rules/class/")
    page: Page = live.page
    page.get_by_role("link", name="Edit and try").click()
    return page


def draft(page: Page) -> Any:
    return page.get_by_label("Rules as JSON")


def attempt(page: Page) -> None:
    page.get_by_role("button", name="Try on the last 1,000 runs").click()


def test_a_draft_is_mended_tried_saved_and_applied(editor: Page, page_errors: Any) -> None:
    page_errors.expect("422")
    draft(editor).fill(renamed().replace("beam1_present", "beam1_presnt", 1))
    attempt(editor)
    expect(editor.locator("#outcome")).to_contain_text("beam1_presnt")
    expect(editor.locator("#outcome")).to_contain_text("collisions Collisions23")
    draft(editor).fill(renamed())
    attempt(editor)
    expect(editor.locator("#outcome")).to_contain_text("6 of 6 runs would change")
    expect(editor.locator("#outcome")).not_to_contain_text("beam1_presnt")
    row = editor.locator("#outcome tr", has_text="Collisions22").first
    expect(row).to_contain_text("Collisions23")
    row.get_by_text("360006 and 5 more").click()
    expect(row.get_by_role("link", name="360001")).to_be_visible()
    # what was typed is still there, as it was left
    expect(draft(editor)).to_have_value(renamed())
    editor.get_by_label("What is new in it, and why").fill("the class of 2023")
    editor.get_by_role("button", name="Save as the next version").click()
    expect(editor.locator("#messages")).to_contain_text("Saved class v2")
    expect(editor.locator("h1")).to_contain_text("Class v2")
    editor.get_by_role("link", name="Apply to runs that are here").click()
    expect(editor.get_by_label("Runs", exact=True)).to_have_value(f"{RUNS[0]}-{RUNS[-1]}")
    editor.get_by_role("button", name="Apply the rules of now").click()
    expect(editor.locator("#applied")).to_contain_text("0 of 6 runs")
    jobs.classify_again(asked=str(Reclassification.objects.get().id))
    expect(editor.locator("#applied")).to_contain_text("6 of 6 runs, 6 changed")
    assert set(Run.objects.values_list("klass", flat=True)) == {"Collisions23"}


def test_somebody_who_was_faster_is_shown_and_nothing_typed_is_lost(
    editor: Page, admin_account: User, page_errors: Any
) -> None:
    page_errors.expect("409")
    theirs = json.loads(renamed("CollisionsTheirs"))
    save_rules(name="class", document=theirs, comment="theirs first", actor=admin_account, expected=1)
    mine = renamed("CollisionsMine")
    draft(editor).fill(mine)
    editor.get_by_label("What is new in it, and why").fill("mine")
    editor.get_by_role("button", name="Save as the next version").click()
    expect(editor.locator("#outcome")).to_contain_text("Nothing of yours is written yet")
    expect(editor.locator("#outcome")).to_contain_text("CollisionsTheirs")
    expect(draft(editor)).to_have_value(mine)
    editor.get_by_role("button", name="Save mine after v2 all the same").click()
    expect(editor.locator("#messages")).to_contain_text("Saved class v3")
    assert current("class").comment == "mine"


def test_a_long_list_of_rules_is_no_wider_than_any_screen(editor: Page, live: Any) -> None:
    for width in (1280, 761, 390, 320):
        editor.set_viewport_size({"width": width, "height": 800})
        for address in ("/rules/", "/rules/class/", "/rules/datasets/", "/rules/components/", "/rules/class/edit",
                        "/rules/apply", f"/rules/explain?run={RUNS[0]}"):  # fmt: skip
            live.open(address)
            assert editor.evaluate("document.documentElement.scrollWidth") == width, (address, width)


def test_why_a_run_is_what_it_is_can_be_opened_rule_by_rule(editor: Page, live: Any) -> None:
    live.open("/rules/")
    editor.get_by_label("Run", exact=True).fill(str(RUNS[0]))
    editor.get_by_role("button", name="Explain").click()
    klass = editor.locator(".conclusion", has_text="Class")
    expect(klass.locator("details[open]").first).to_contain_text("hlt_key")
    editor.get_by_label("Component").fill("tracker-pixel")
    editor.get_by_label("LS").fill("5")
    editor.get_by_role("button", name="Explain").click()
    expect(editor.locator(".conclusion").first).to_contain_text("tracker-pixel in LS 5")
    expect(editor.locator(".conclusion").first).to_contain_text("GOOD")
