"""Managing in a real browser: a checklist is edited with and without the script, a problem is retired; every width."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lumicert.accounts.models import User
from lumicert.administration.tests.world import newest
from lumicert.catalogue.services import save_checklist

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editor(live: Any, admin_account: User) -> Page:
    live.sign_in(admin_account)
    live.open("/manage/checklists/pixel/")
    page: Page = live.page
    page.get_by_role("link", name="Edit").click()
    # a click before the script has come goes to the server, which answers without it
    page.wait_for_url("**/edit", wait_until="load")
    return page


def last_group(page: Page) -> Locator:
    return page.locator(".group").last


def preview(page: Page) -> Locator:
    return page.locator("#preview")


def save(page: Page, note: str) -> None:
    page.get_by_label("What is new, and why").fill(note)
    page.get_by_role("button", name="Save as the next version").click()


def test_a_group_and_an_item_are_added_moved_previewed_saved_and_undone(editor: Page) -> None:
    editor.get_by_role("button", name="Add a group").click()
    expect(last_group(editor).get_by_label("Group", exact=True)).to_be_focused()
    last_group(editor).get_by_label("Group", exact=True).fill("Timing")
    last_group(editor).get_by_label("Item", exact=True).fill("The **first** thing")
    last_group(editor).get_by_role("button", name="Add an item").click()
    expect(last_group(editor).get_by_label("Item", exact=True).last).to_be_focused()
    last_group(editor).get_by_label("Item", exact=True).last.fill("The second thing")
    # what shifters will see follows while one types
    expect(preview(editor).locator("strong", has_text="first")).to_be_visible()
    expect(preview(editor).locator("h3").last).to_have_text("Timing")
    last_group(editor).get_by_role("button", name="Move this item up").last.click()
    expect(preview(editor).locator("li").last).to_have_text("The first thing")
    # over the edge of its group, into the one before
    last_group(editor).get_by_role("button", name="Move this item up").first.click()
    expect(last_group(editor).get_by_label("Item", exact=True)).to_have_count(1)
    last_group(editor).get_by_role("button", name="Move this group up").click()
    expect(preview(editor).locator("h3").nth(2)).to_have_text("Timing")
    save(editor, "timing matters")
    expect(editor.locator("#messages")).to_contain_text("Saved pixel v2 (event 1)")
    expect(editor.locator("h1")).to_contain_text("Pixel v2")
    saved = newest("pixel")
    assert [group.name for group in saved.groups] == ["Clusters and charge", "Maps", "Timing", "Health"]
    assert saved.groups[2].items[0].key == "the-first-thing"
    assert saved.groups[3].items[-1].key == "the-second-thing"
    editor.get_by_role("button", name="Undo").click()
    expect(editor.locator("#messages")).to_contain_text("Undone")
    assert newest("pixel").version == 1


def test_what_was_removed_by_a_slip_is_put_back(editor: Page) -> None:
    group = editor.locator(".group").first
    group.get_by_role("button", name="Remove this item").first.click()
    expect(preview(editor)).not_to_contain_text("The number of clusters")
    editor.get_by_role("button", name="Put back").click()
    expect(preview(editor)).to_contain_text("The number of clusters")
    group.get_by_role("button", name="Remove this group").click()
    editor.get_by_role("button", name="Put back").click()
    expect(editor.locator(".group")).to_have_count(3)


def test_a_mistake_is_shown_at_its_field_and_nothing_typed_is_lost(editor: Page, page_errors: Any) -> None:
    page_errors.expect("422")
    editor.get_by_label("Title").fill("")
    editor.get_by_label("Item", exact=True).first.fill("typed")
    # Enter in a line of text presses no button
    editor.get_by_label("Title").press("Enter")
    save(editor, "new")
    expect(editor.get_by_role("alert")).to_contain_text("Title: this is empty")
    expect(editor.get_by_label("Item", exact=True).first).to_have_value("typed")
    editor.get_by_role("alert").get_by_role("link", name="Title").click()
    editor.get_by_label("Title").fill("Pixels")
    save(editor, "new")
    expect(editor.locator("h1")).to_contain_text("Pixels v2")


def test_somebody_who_was_faster_is_shown_and_nothing_typed_is_lost(
    editor: Page, leader: User, page_errors: Any
) -> None:
    page_errors.expect("409")
    theirs = newest("pixel").document.model_dump(mode="json") | {"title": "Theirs"}
    save_checklist(identifier="pixel", document=theirs, note="theirs first", actor=leader, expected=1)
    editor.get_by_label("Item", exact=True).first.fill("mine")
    save(editor, "mine")
    expect(editor.get_by_role("alert")).to_contain_text("theirs first")
    expect(editor.locator(".diff ins")).to_contain_text("Title: Theirs")
    expect(editor.get_by_label("Item", exact=True).first).to_have_value("mine")
    editor.get_by_role("button", name="Save mine after v2 all the same").click()
    expect(editor.locator("#messages")).to_contain_text("Saved pixel v3")


def test_the_editor_works_without_its_script(browser: Browser, live: Any, admin_account: User) -> None:
    live.sign_in(admin_account)
    context = browser.new_context(java_script_enabled=False, storage_state=live.page.context.storage_state())
    page = context.new_page()
    page.goto(f"{live.url}/manage/checklists/pixel/edit")
    page.get_by_role("button", name="Add a group").click()
    last_group(page).get_by_label("Group", exact=True).fill("Timing")
    last_group(page).get_by_label("Item", exact=True).fill("The **first** thing")
    last_group(page).get_by_role("button", name="Move this group up").click()
    expect(page.get_by_label("Group", exact=True).nth(2)).to_have_value("Timing")
    page.get_by_role("button", name="Preview").last.click()
    expect(preview(page).locator("strong", has_text="first")).to_be_visible()
    save(page, "timing matters")
    expect(page.locator("h1")).to_contain_text("Pixel v2")
    context.close()


def test_a_problem_is_added_edited_and_retired(live: Any, admin_account: User) -> None:
    live.sign_in(admin_account)
    live.open("/manage/problems/")
    page: Page = live.page
    page.get_by_label("Component").fill("tracker-pixel")
    page.get_by_label("Name", exact=True).first.fill("Smoke")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#messages")).to_contain_text("“Smoke” is offered for tracker-pixel from now on (event 1)")
    row = page.locator("tr", has=page.get_by_role("rowheader", name="Smoke"))
    row.locator("summary").click()
    row.get_by_label("What it means").fill("it burns")
    row.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("it burns")
    row.get_by_role("button", name="Retire Smoke").click()
    expect(row).to_contain_text("retired")
    expect(row.get_by_role("button", name="Bring Smoke back")).to_be_visible()


def test_no_page_is_wider_than_any_screen(live: Any, admin_account: User) -> None:
    live.sign_in(admin_account)
    for width in (1280, 761, 390, 320):
        live.page.set_viewport_size({"width": width, "height": 800})
        for address in ("", "problems/", "reasons/", "checklists/", "checklists/general/", "checklists/general/edit",
                        "checklists/new"):  # fmt: skip
            live.open(f"/manage/{address}")
            assert live.page.evaluate("document.documentElement.scrollWidth") == width, (address, width)
