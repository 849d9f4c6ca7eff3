"""<golden-map>: hover reads out, a click or Enter asks why, dragging zooms, and a whole year stays quick."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lumicert.shell.tests.stage import map_of

pytestmark = pytest.mark.browser

TINY = {
    "runs": [
        {"run": 1, "last": 100, "segments": [[1, 100, "in"]]},
        {"run": 2, "last": 100, "segments": [[1, 50, "in"], [51, 100, "out"]]},
        {"run": 3, "last": 40, "segments": [[1, 20, "unknown"]]},
        {"run": 4, "last": 100, "segments": [[1, 50, "only_ours"], [51, 100, "only_theirs"]]},
    ]
}
LEFT, BOTTOM = 40, 18


def show(page, data=TINY) -> None:
    page.evaluate("data => { document.querySelector('#map').data = data; }", data)
    page.locator("#map").scroll_into_view_if_needed()


def point(page, run: int, ls: int, runs: int = 4, tallest: int = 100) -> tuple[float, float]:
    box = page.locator("#map canvas").bounding_box()
    x = box["x"] + LEFT + (run - 0.5) / runs * (box["width"] - LEFT)
    return x, box["y"] + (box["height"] - BOTTOM) * (1 - (ls - 0.5) / tallest)


def readout(page) -> str:
    return page.locator("#map .map-readout").inner_text()


def test_hover_reads_out_run_lumisection_and_verdict(gallery):
    page = gallery()
    show(page)
    for run, ls, text in (
        (1, 50, "Run 1, LS 50 · in · run has 100 LS"),
        (2, 50, "Run 2, LS 50 · in · run has 100 LS"),
        (2, 51, "Run 2, LS 51 · out · run has 100 LS"),
        (3, 30, "Run 3, LS 30 · not listed · run has 40 LS"),
        (3, 90, "Run 3, LS 40 · not listed · run has 40 LS"),
        (4, 99, "Run 4, LS 99 · only in theirs · run has 100 LS"),
    ):
        page.mouse.move(*point(page, run, ls))
        assert readout(page) == text


def test_a_click_asks_why(gallery, heard):
    page = gallery()
    show(page)
    page.mouse.click(*point(page, 2, 51))
    assert heard("map-open") == [{"run": 2, "ls": 51}]


def test_the_keyboard_walks_and_asks_why(gallery, heard):
    page = gallery()
    show(page)
    page.focus("#map canvas")
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowUp", "PageUp", "Enter", "End", "Enter"):
        page.keyboard.press(key)
    assert heard("map-open") == [{"run": 2, "ls": 100}, {"run": 4, "ls": 100}]
    assert page.locator("#map [aria-live]").inner_text().startswith("Run 4, LS 100 · only in theirs")


def test_the_legend_counts_what_is_there(gallery):
    page = gallery()
    show(page)
    words = page.locator("#map .map-legend li").all_inner_texts()
    assert words == ["in 150 LS", "out 50 LS", "unknown 20 LS", "only in ours 50 LS", "only in theirs 50 LS"]


def test_dragging_zooms_to_the_runs_and_all_runs_leads_back(gallery):
    page = gallery()
    show(page, map_of(40))
    box = page.locator("#map canvas").bounding_box()
    column = (box["width"] - LEFT) / 40
    page.mouse.move(box["x"] + LEFT + 10.5 * column, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + LEFT + 19.5 * column, box["y"] + 100, steps=3)
    page.mouse.up()
    page.mouse.move(box["x"] + LEFT + 1, box["y"] + 100)
    assert readout(page).startswith(f"Run {315257 + 9 * 10},")
    page.get_by_role("button", name="Show all runs").click()
    page.mouse.move(box["x"] + LEFT + 1, box["y"] + 100)
    assert readout(page).startswith("Run 315257,")


def test_the_keyboard_zooms_around_the_cursor(gallery):
    page = gallery()
    show(page, map_of(40))
    page.focus("#map canvas")
    page.keyboard.press("End")
    for _ in range(6):
        page.keyboard.press("+")
    assert page.get_by_role("button", name="Zoom in").is_disabled()
    box = page.locator("#map canvas").bounding_box()
    page.mouse.move(box["x"] + LEFT + 1, box["y"] + 100)
    assert readout(page).startswith(f"Run {315257 + 9 * 36},")


def test_an_empty_map_says_so(gallery, heard):
    page = gallery()
    show(page, {"runs": []})
    page.mouse.move(*point(page, 1, 1))
    page.mouse.click(*point(page, 1, 1))
    assert readout(page) == "No runs to show."
    assert heard("map-open") == []


def test_data_that_do_not_come_are_said_and_can_be_asked_for_again(gallery, page_errors):
    page_errors.expect("500")
    page = gallery()
    page.evaluate("document.querySelector('#map').dataset.src = '/fails'")
    expect(page.locator("#map .map-readout")).to_contain_text("answered 500")
    page.evaluate("document.querySelector('#map').dataset.src = '/map.json'")
    expect(page.locator("#map .map-readout")).to_contain_text("Run 315257")


def test_the_same_runs_with_new_verdicts_keep_the_zoom(gallery):
    page = gallery()
    show(page, map_of(40))
    page.focus("#map canvas")
    page.keyboard.press("+")
    show(page, {"runs": [run | {"segments": [[1, run["last"], "out"]]} for run in map_of(40)["runs"]]})
    assert page.get_by_role("button", name="Show all runs").is_enabled()
    assert page.locator("#map .map-legend li").first.inner_text() == "in 0 LS"


def test_a_year_is_drawn_without_a_noticeable_wait(gallery):
    page = gallery()
    milliseconds = page.evaluate(
        "async data => { const map = document.querySelector('#map'); const began = performance.now();"
        " map.data = data; map.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1);"
        " return performance.now() - began; }",
        map_of(1100),
    )
    # some 10 ms on an idle machine; half a second is where a wait would have to be shown
    assert milliseconds < 500


def test_a_loss_is_drawn_over_the_good_that_shares_its_pixel(gallery):
    page = gallery(width=390)
    runs = [{"run": i, "last": 10, "segments": [[1, 10, "out" if i % 10 == 5 else "in"]]} for i in range(1, 4001)]
    show(page, {"runs": runs})
    colours = page.evaluate(
        "(() => { const c = document.querySelector('#map canvas');"
        " const d = c.getContext('2d').getImageData(41, 50, c.width - 42, 1).data; const seen = new Set();"
        " for (let i = 0; i < d.length; i += 4) seen.add(d.slice(i, i + 3).join()); return [...seen]; })()"
    )
    assert len(colours) == 1
