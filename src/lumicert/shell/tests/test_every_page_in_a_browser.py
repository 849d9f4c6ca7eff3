"""What every page does in a browser: theme, search, rows, waiting, errors, the menu on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lumicert.shell.tests.stage import Stage

pytestmark = pytest.mark.browser


def test_nothing_breaks_the_content_policy_or_the_width_of_the_window(gallery):
    page = gallery()
    assert page.evaluate("window.violations") == []
    for width in (1280, 761, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_content_policy_is_in_force_on_this_page(gallery, page_errors):
    page_errors.expect("Content Security Policy")
    page = gallery()
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    assert page.evaluate("window.violations") == ["style-src-attr"]


def test_the_theme_changes_at_once_and_is_remembered(gallery):
    page = gallery("light")
    background = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(background)
    page.click(".account-button")
    page.get_by_role("radio", name="dark").check(force=True)
    assert page.evaluate(background) != before
    assert "lumicert_theme=dark" in page.evaluate("document.cookie")


def test_auto_follows_the_device(gallery):
    page = gallery("auto")
    background = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) != light


def test_a_slash_leads_to_the_search_but_stays_a_slash_in_a_field(gallery):
    page = gallery()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.fill("#comment", "")
    page.focus("#comment")
    page.keyboard.type("a/b")
    assert page.input_value("#comment") == "a/b"


def test_rows_are_walked_with_j_and_k(gallery):
    page = gallery()
    first = "document.activeElement.cells?.[0].textContent"
    seen = []
    for key in "jjk":
        page.keyboard.press(key)
        seen.append(page.evaluate(first))
    assert seen == ["condition 1", "condition 2", "condition 1"]


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(gallery):
    page = gallery()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_on_a_phone_the_menu_opens_by_its_button_and_has_every_task(gallery):
    page = gallery(width=390)
    task = page.get_by_role("link", name="Import")
    assert not task.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert task.is_visible()
    page.keyboard.press("Escape")
    assert not task.is_visible()


def test_on_a_wide_window_the_menu_is_simply_there(gallery):
    page = gallery()
    assert page.get_by_role("link", name="Import").is_visible()
    assert not page.get_by_role("button", name="Menu").is_visible()


def test_a_long_wait_is_counted_and_the_form_is_sent_once(gallery):
    Stage.posts.clear()
    page = gallery()
    page.evaluate("""(() => {
      const form = document.querySelector('form[action="/slow"]');
      form.target = "elsewhere";
      form.requestSubmit();
      form.requestSubmit();
    })()""")
    expect(page.locator(".elapsed")).to_have_text("Importing, 1 s")
    assert page.get_by_role("button", name="Import").is_disabled()
    page.wait_for_timeout(300)
    assert Stage.posts == ["/slow"]


def test_a_request_of_htmx_is_counted_too_and_ends(gallery):
    Stage.posts.clear()
    page = gallery()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".elapsed")).to_have_text("Saving, 1 s")
    expect(page.locator(".elapsed")).to_have_count(0)
    assert page.get_by_role("button", name="Save").is_enabled()
    assert Stage.posts == ["/slow"]


def test_an_error_of_a_fragment_is_seen_and_the_page_stays(gallery, page_errors):
    page_errors.expect("Failed to load resource|Response Status Error")
    page = gallery()
    page.fill("#comment", "half a sentence")
    for button, said in (
        ("#fails", "The server answered 500 and nothing was changed here."),
        ("#refused", "You may not do this. Ask a leader."),
        ("#signed-out", "You are not signed in. Sign in"),
    ):
        page.click(button)
        expect(page.locator(".notice.error")).to_contain_text(said)
        assert page.input_value("#comment") == "half a sentence"


def test_who_was_signed_out_gets_a_link_that_leads_back(gallery, page_errors):
    page_errors.expect("Failed to load resource|Response Status Error")
    page = gallery()
    page.click("#signed-out")
    assert page.locator(".notice.error a").get_attribute("href") == "/sign-in?next=%2F%3Flight"


def test_a_form_that_comes_back_with_its_mistakes_is_shown_in_place(gallery, page_errors):
    page_errors.expect("Failed to load resource")
    page = gallery()
    page.click("#invalid")
    expect(page.locator("#target")).to_have_text("LS 9999 is beyond the run")
    assert page.locator(".notice.error").count() == 0


def test_a_server_that_is_away_is_said(gallery, page_errors):
    page_errors.expect("Failed to load resource|htmx:afterRequest|htmx:sendError")
    page = gallery()
    page.route("**/fails", lambda route: route.abort())
    page.click("#fails")
    page.locator(".notice.error").wait_for()
    assert "The server does not answer" in page.locator(".notice.error").inner_text()


def test_a_message_can_be_dismissed(gallery):
    page = gallery()
    page.get_by_role("button", name="Dismiss this message").click()
    assert page.locator(".notice").count() == 0


def test_the_header_of_a_long_table_stays_in_sight(gallery):
    page = gallery(height=240)
    tops = page.evaluate("""(() => {
      const box = document.querySelector(".table-scroll");
      box.scrollTop = 100;
      return [box.getBoundingClientRect().top, box.querySelector("th").getBoundingClientRect().top];
    })()""")
    assert tops[1] == pytest.approx(tops[0], abs=2)
