"""The shifter's desk in a real browser: by keyboard, by two people, after a killed browser, on a small screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import Live, new_context

from lumicert.certification import selectors, services
from lumicert.certification.models import Certification, Draft
from lumicert.decisions.selectors import current_seq, standing
from lumicert.shift.tests.world import FORM, PROMPT, RUN, certified, collisions, cosmics

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(live, shifter, leader) -> Iterator[Page]:
    """The form of a run, with a reference run that was used last, ready for the first key."""
    collisions(RUN - 20)
    collisions(RUN - 10)
    certified(shifter, RUN - 20)
    services.promote(live=selectors.live_of(RUN - 20, "tracker", "prompt"), actor=leader, expected=current_seq())
    certified(shifter, RUN - 10, reference=f"{RUN - 20} prompt")
    collisions(recorded_lumi=1.5)
    live.sign_in(shifter)
    yield opened(live)
    left(live.page)


def left(page: Page) -> None:
    """Leave the page and let what it sends as it goes arrive: the tables are emptied after the test."""
    if not page.is_closed():
        page.goto("about:blank")
        page.wait_for_timeout(600)


def opened(live: Live, address: str = FORM) -> Page:
    live.open(address)
    expect(live.page.locator("#presence")).to_contain_text("on it")
    return live.page


@contextmanager
def another(browser: Browser, live: Live, who: object) -> Iterator[Live]:
    """A browser of its own, with somebody else, or the same person, signed in."""
    context = new_context(browser)
    second = Live(url=live.url, page=context.new_page())
    second.sign_in(who)
    yield second
    left(second.page)
    context.close()


def press(page: Page, *keys: str) -> int:
    """Press the keys, and tell how many they were."""
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def tick_all(page: Page) -> int:
    """Walk through the checklists, each item looked at and ticked."""
    items = page.locator("[name=tick]:not(:checked)").count()
    return press(page, "c", *["Space"] * items)


def test_a_whole_good_run_takes_fewer_than_ten_keys_beside_its_checklists(desk):
    of_checklists = tick_all(desk)
    assert of_checklists == desk.locator("[name=tick]").count() + 1
    keys = press(desk, "g", "m", "Control+Enter")
    expect(desk.locator("#messages")).to_contain_text(f"Certified run {RUN} prompt GOOD")
    assert keys == 3
    live = selectors.live_of(RUN, "tracker", "prompt")
    assert (live.verdict, live.reference_run) == ("good", RUN - 20)
    # each item says when it was ticked
    times = [at for each in live.rest["checklists"] for at in each["items"].values()]
    assert len(times) == of_checklists - 1
    assert all(times)


def test_a_bad_range_is_certified_by_keyboard_and_undone(desk):
    press(desk, "g", "m", "2", "s")
    desk.keyboard.type("120-340")
    press(desk, "Escape", "3", "s")
    desk.keyboard.type("120-340")
    press(desk, "Escape", "w")
    desk.keyboard.type("HV off")
    press(desk, "Escape")
    expect(desk.locator("[data-loss]")).to_contain_text("bad: 221 LS")
    tick_all(desk)
    press(desk, "Control+Enter")
    expect(desk.locator("#messages")).to_contain_text("Strip GOOD but BAD in LS 120–340")
    found = {(each.component, each.status): each.lumis for each in standing(run=RUN, dataset=PROMPT)}
    assert found["tracker-strip", "BAD"] == ((120, 340),)
    desk.locator("#messages").get_by_role("button", name="Undo").click()
    expect(desk.locator("#messages")).to_contain_text("Undone")
    assert selectors.live_of(RUN, "tracker", "prompt") is None


def test_dragging_on_the_bar_of_a_component_fills_its_ranges(desk):
    bar = desk.locator("#part-strip ls-bar.component canvas")
    for first, last in ((0.2001, 0.2999), (0.5001, 0.5999)):
        bar.scroll_into_view_if_needed()
        # the ranges that unfold below the bar move it
        box = bar.bounding_box()
        desk.mouse.move(box["x"] + first * box["width"], box["y"] + 5)
        desk.mouse.down()
        desk.mouse.move(box["x"] + last * box["width"], box["y"] + 5, steps=4)
        desk.mouse.up()
        lumis = desk.get_by_label("Strip: bad lumisections", exact=True)
        if first < 0.4:
            expect(lumis).to_have_value("101-150")
            lumis.fill("101-150,")
    expect(lumis).to_have_value("101-150, 251-300")
    expect(desk.locator("#part-strip [value=GOOD]")).to_be_checked()


def test_letters_are_letters_while_text_is_typed(desk):
    press(desk, "o")
    desk.keyboard.type("big muon xmg 123")
    expect(desk.get_by_label("Comment for the report")).to_have_value("big muon xmg 123")
    assert desk.locator(".part :checked").count() == 0


def test_the_key_behind_one_that_closes_the_references_is_not_typed_into_their_search(desk):
    press(desk, "r", "Escape", "g")
    expect(desk.locator("#references")).to_be_hidden()
    expect(desk.locator(".part :checked")).to_have_count(3)
    assert desk.locator("[data-filter]").input_value() == ""


def test_the_reference_is_found_by_typing(desk):
    press(desk, "r")
    desk.keyboard.type(str(RUN - 20))
    press(desk, "Enter", "Enter")
    expect(desk.locator("#references")).to_be_hidden()
    expect(desk.locator("#chosen-reference")).to_contain_text(f"{RUN - 20} prompt")


def test_mistakes_come_back_in_place_with_what_was_typed(desk, page_errors):
    page_errors.expect("422")
    press(desk, "g", "2", "b", "o")
    desk.keyboard.type("a long story")
    press(desk, "Control+Enter")
    expect(desk.locator("#wrong")).to_contain_text("Nothing is written yet")
    expect(desk.locator("#part-tracking")).to_contain_text("cannot be GOOD while Strip is BAD")
    expect(desk.get_by_label("Comment for the report")).to_have_value("a long story")
    # the keys work in the form that came back
    press(desk, "3", "b")
    expect(desk.locator("[data-verdict]")).to_have_text("BAD")


def test_a_draft_survives_a_killed_browser_and_a_new_login(desk, live, browser, shifter):
    press(desk, "g", "2", "s")
    desk.keyboard.type("120-")
    press(desk, "Escape", "c", "Space", "o")
    desk.keyboard.type("half a story")
    expect(desk.locator("[data-draft]")).to_contain_text("draft kept")
    desk.context.close()
    with another(browser, live, shifter) as again:
        page = opened(again)
        expect(page.locator(".restored")).to_contain_text("Restored from")
        expect(page.get_by_label("Comment for the report")).to_have_value("half a story")
        expect(page.get_by_label("Strip: bad lumisections", exact=True)).to_have_value("120-")
        expect(page.locator("#part-pixel [value=GOOD]")).to_be_checked()
        assert page.locator("[name=tick]:checked").count() == 1
        page.get_by_role("button", name="Discard it").click()
        expect(page.locator(".restored")).to_have_count(0)
        expect(page.get_by_label("Comment for the report")).to_have_value("")


def test_what_was_typed_a_moment_before_the_page_was_left_is_kept(desk, live):
    press(desk, "o")
    desk.keyboard.type("just now")
    live.open("/runs/")
    opened(live)
    expect(desk.get_by_label("Comment for the report")).to_have_value("just now")


def test_two_on_one_run_see_each_other_and_the_second_loses_nothing(desk, live, browser, shifter2, shifter):
    with another(browser, live, shifter2) as second:
        other = opened(second)
        expect(other.locator("#presence")).to_contain_text("shifter is on it")
        press(other, "g", "m", "1", "b", "o")
        other.keyboard.type("theirs is wrong")
        tick = press(desk, "g", "m") and tick_all(desk)
        assert tick
        press(desk, "Control+Enter")
        expect(desk.locator("#messages")).to_contain_text("Certified run")
        press(other, "Control+Enter")
        conflict = other.locator("#conflict")
        expect(conflict).to_contain_text("shifter certified this run GOOD since you opened the form")
        expect(conflict.get_by_role("row", name="Pixel GOOD BAD")).to_be_visible()
        expect(other.get_by_label("Comment for the report")).to_have_value("theirs is wrong")
    assert Certification.objects.get(run=RUN).shifter == "shifter"
    assert Draft.objects.get().typed["comment"] == ["theirs is wrong"]


def test_cosmics_are_picked_and_certified_together(live, shifter, page_errors):
    page_errors.expect("422")
    for run in (321201, 321202, 321203):
        cosmics(run)
    live.sign_in(shifter)
    live.open("/queue/")
    page = live.page
    page.get_by_label("Pick run 321201 express").check()
    page.get_by_label("Pick run 321203 express").check()
    expect(page.locator("[data-picked]")).to_have_text("2 picked")
    page.get_by_role("button", name="Certify the picked cosmics together").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 runs of cosmics")
    # the keys are there once the script is
    page.locator("certify-form:defined").wait_for(state="attached")
    press(page, "g", "m")
    tick_all(page)
    press(page, "r")
    page.get_by_role("radio", name="none, and you will be asked").check()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Certify 2 runs").click()
    page.get_by_text("Yes, I mean it.").click()
    page.get_by_role("button", name="Certify 2 runs").click()
    expect(page.locator("#messages")).to_contain_text("Certified 2 runs of cosmics express: 321201, 321203 GOOD")
    assert set(Certification.objects.values_list("run", flat=True)) == {321201, 321203}


def test_picked_runs_stay_picked_while_the_queue_follows(live, shifter, shifter2):
    cosmics(321201)
    live.sign_in(shifter)
    live.open("/queue/")
    live.page.get_by_label("Pick run 321201 express").check()
    cosmics(321202)
    expect(live.page.locator("#waits-321202-express")).to_be_visible()
    expect(live.page.get_by_label("Pick run 321201 express")).to_be_checked()


@pytest.mark.parametrize("address", ["/queue/", FORM])
def test_every_page_fits_a_small_screen(address, desk, live):
    desk.set_viewport_size({"width": 390, "height": 780})
    live.open(address)
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_the_script_a_run_can_be_certified(live, browser, shifter):
    collisions()
    context = browser.new_context(java_script_enabled=False)
    plain = Live(url=live.url, page=context.new_page())
    plain.sign_in(shifter)
    plain.open(FORM)
    page = plain.page
    for part in ("pixel", "strip", "tracking"):
        page.locator(f"#part-{part} label.good").click()
    page.get_by_text("exists", exact=True).click()
    folded = page.locator("details.checklist:not([open]) > summary")
    while folded.count():
        folded.first.click()
    for box in page.locator("[name=tick]").all():
        box.check()
    page.get_by_role("button", name="Certify", exact=True).click()
    page.get_by_text("Yes, I mean it.").click()
    page.get_by_role("button", name="Certify", exact=True).click()
    expect(page.locator("#messages")).to_contain_text(f"Certified run {RUN} prompt GOOD")
    context.close()
