"""The run page in a real browser: by mouse, by keyboard, by two people, in the past, and on a small screen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from lumicert.decisions.models import Event
from lumicert.registry.tests.world import DATASET, PIXEL, RUN, register, report, say, stands

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def run_page(live, shifter) -> Page:
    register()
    report(cms_active={"true": ((1, 2),), "false": ((3, 3),)})
    say("GOOD", ((1, 92),))
    live.sign_in(shifter)
    live.open(f"/runs/{RUN}")
    return live.page


def bar(page: Page) -> Locator:
    return page.locator(f'ls-bar.component[data-component="{PIXEL}"]')


def drag(page: Page, first: float, last: float) -> None:
    """Drag over the pixel's bar from one share of its width to another."""
    bar(page).scroll_into_view_if_needed()
    box = bar(page).locator("canvas").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + first * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + last * box["width"], middle, steps=4)
    page.mouse.up()


def mark(page: Page, status: str, comment: str = "PS trip") -> None:
    page.get_by_text(status, exact=True).and_(page.locator("#mark-form label")).click()
    page.get_by_label("Comment").fill(comment)
    page.get_by_role("button", name="Mark", exact=True).click()


def test_dragging_fills_the_form_and_the_mark_appears_with_an_undo(run_page):
    drag(run_page, 0.051, 0.095)
    expect(run_page.get_by_label("Lumisections", exact=True)).to_have_value("5-9")
    expect(run_page.get_by_label("Component", exact=True)).to_have_value(PIXEL)
    mark(run_page, "BAD")
    expect(run_page.locator("#messages")).to_contain_text("Marked tracker-pixel in LS 5–9")
    assert stands()["person"] == [("BAD", ((5, 9),))]
    run_page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(run_page.locator("#messages")).to_contain_text("Undone")
    assert "person" not in stands()


def test_everything_can_be_done_with_the_keyboard_alone(run_page):
    bar(run_page).focus()
    for key in ("Home", *["ArrowRight"] * 4, *["Shift+ArrowRight"] * 4, "Enter"):
        run_page.keyboard.press(key)
    expect(run_page.get_by_label("Lumisections", exact=True)).to_have_value("5-9")
    # Enter went to the statuses; the arrow chooses BAD after GOOD
    run_page.keyboard.press("Space")
    run_page.keyboard.press("ArrowRight")
    run_page.keyboard.press("Tab")
    run_page.keyboard.type("readout")
    run_page.keyboard.press("Tab")
    run_page.keyboard.type("FED in error")
    run_page.keyboard.press("Tab")
    run_page.keyboard.press("Enter")
    expect(run_page.locator("#messages")).to_contain_text("Marked tracker-pixel in LS 5–9")
    event = Event.objects.latest("seq")
    assert (event.payload["status"], event.payload["cause"]) == ("BAD", "readout")


def test_a_comma_lets_the_next_drag_add_a_range(run_page):
    drag(run_page, 0.051, 0.095)
    lumis = run_page.get_by_label("Lumisections", exact=True)
    lumis.fill("5-9,")
    drag(run_page, 0.5001, 0.56)
    expect(lumis).to_have_value(re.compile(r"^5-9, 47-5[12]$"))


def test_a_mistake_comes_back_in_place_with_what_was_typed(run_page, page_errors):
    page_errors.expect("422")
    run_page.get_by_label("Component", exact=True).select_option(PIXEL)
    run_page.get_by_label("Lumisections", exact=True).fill("90-99")
    mark(run_page, "BAD", "a long story")
    expect(run_page.locator(".invalid-feedback")).to_contain_text("LS 93–99 are not in this dataset")
    expect(run_page.get_by_label("Comment")).to_have_value("a long story")
    assert "person" not in stands()


def test_two_people_on_the_same_lumisections(run_page, shifter2, page_errors):
    page_errors.expect("409")
    say("STANDBY", ((8, 20),), by=shifter2, comment="HV ramp")
    drag(run_page, 0.051, 0.095)
    mark(run_page, "BAD")
    conflict = run_page.locator("#conflict")
    expect(conflict).to_contain_text("Nothing of yours is written yet")
    expect(conflict).to_contain_text("HV ramp")
    expect(conflict).to_contain_text("PS trip")
    assert stands()["person"] == [("STANDBY", ((8, 20),))]
    conflict.get_by_role("button", name="Apply mine anyway").click()
    expect(run_page.locator("#messages")).to_contain_text("Marked tracker-pixel")
    assert sorted(stands()["person"]) == [("BAD", ((5, 9),)), ("STANDBY", ((10, 20),))]


def test_the_slider_goes_to_the_past_and_back(run_page, live, shifter):
    mine = say("BAD", ((5, 9),), by=shifter)
    live.open(f"/runs/{RUN}")
    slider = run_page.get_by_label("As of")
    expect(run_page.locator(".as-of output")).to_have_text("now")
    slider.focus()
    run_page.keyboard.press("ArrowLeft")
    run_page.wait_for_url(f"**at={mine.last}")
    run_page.get_by_label("As of").focus()
    run_page.keyboard.press("ArrowLeft")
    run_page.wait_for_url(f"**at={mine.first - 1}")
    expect(run_page.get_by_text("The past, read only")).to_be_visible()
    expect(run_page.locator("#mark-form")).to_have_count(0)
    run_page.get_by_role("link", name="Back to now").click()
    expect(run_page.locator("#mark-form")).to_be_visible()


def test_on_a_small_screen_nothing_is_cut_off_and_a_mark_can_be_made(run_page, live):
    run_page.set_viewport_size({"width": 390, "height": 780})
    live.open(f"/runs/{RUN}?dataset={DATASET}")
    assert run_page.evaluate("document.documentElement.scrollWidth") <= 390
    bar(run_page).scroll_into_view_if_needed()
    drag(run_page, 0.051, 0.095)
    expect(run_page.get_by_label("Lumisections", exact=True)).to_have_value("5-9")
    mark(run_page, "BAD")
    expect(run_page.locator("#messages")).to_be_in_viewport()
    assert stands()["person"] == [("BAD", ((5, 9),))]


@pytest.mark.parametrize("address", ["/runs/", "/events/", "/lists/", "/import/", "/search?q=18"])
def test_every_page_fits_a_small_screen_and_logs_no_error(address, run_page, live):
    run_page.set_viewport_size({"width": 390, "height": 780})
    live.open(address)
    assert run_page.evaluate("document.documentElement.scrollWidth") <= 390
