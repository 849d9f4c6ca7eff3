"""<ls-bar>: hover reads out, drag chooses a range, keys do both, and every state is seen without colour."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

# the short bar shows LS 1 to 30: 1-12 good, 13 bad, 14-20 good, the rest is covered by nothing
SHORT = "#short"


def point(page, ls: int, bar: str = SHORT, last: int = 30) -> tuple[float, float]:
    box = page.locator(f"{bar} canvas").bounding_box()
    return box["x"] + (ls - 0.5) / last * box["width"], box["y"] + box["height"] / 2


def readout(page, bar: str = SHORT) -> str:
    return page.locator(f"{bar} .ls-readout").inner_text()


def pixel(page, ls: int, bar: str = SHORT, last: int = 30) -> list[int]:
    script = """([bar, ls, last]) => {
      const c = document.querySelector(bar + " canvas");
      return [...c.getContext("2d").getImageData(Math.floor((ls - 0.5) / last * c.width), c.height / 2, 1, 1).data];
    }"""
    return page.evaluate(script, [bar, ls, last])


def distinct_colours(page, first: int, last: int) -> int:
    script = """([first, last]) => {
      const c = document.querySelector("#bar canvas");
      const [x, w] = [first / 2275 * c.width, (last - first) / 2275 * c.width];
      const d = c.getContext("2d").getImageData(x + 2, 2, w - 4, c.height - 4).data;
      const seen = new Set();
      for (let i = 0; i < d.length; i += 4) seen.add(d.slice(i, i + 3).join());
      return seen.size;
    }"""
    return page.evaluate(script, [first, last])


def test_at_rest_it_counts_the_states_and_what_nothing_covers_is_unknown(gallery):
    assert readout(gallery()) == "GOOD 19 · BAD 1 · unknown 10"


def test_hover_reads_out_the_lumisection_its_state_and_its_text(gallery):
    page = gallery()
    for ls, text in ((1, "LS 1 · GOOD"), (13, "LS 13 · BAD · one"), (30, "LS 30 · unknown · not covered")):
        page.mouse.move(*point(page, ls))
        assert readout(page) == text


def test_dragging_either_way_chooses_the_range(gallery, heard):
    page = gallery()
    for start, end in ((5, 9), (9, 5)):
        page.mouse.move(*point(page, start))
        page.mouse.down()
        page.mouse.move(*point(page, end), steps=3)
        page.mouse.up()
    assert heard("ls-select") == [{"first": 5, "last": 9}] * 2
    assert heard("ls-open") == []
    assert "LS 5–9 selected, 5 LS" in readout(page)


def test_dragging_beyond_the_end_chooses_up_to_the_end(gallery, heard):
    page = gallery()
    page.mouse.move(*point(page, 28))
    page.mouse.down()
    page.mouse.move(1270, point(page, 28)[1], steps=3)
    page.mouse.up()
    assert heard("ls-select") == [{"first": 28, "last": 30}]


def test_a_click_chooses_one_and_asks_for_its_reason(gallery, heard):
    page = gallery()
    page.mouse.click(*point(page, 13))
    assert heard("ls-select") == [{"first": 13, "last": 13}]
    assert heard("ls-open") == [{"ls": 13}]


def test_the_keyboard_moves_stretches_opens_and_gives_up(gallery, heard):
    page = gallery()
    page.focus(SHORT)
    for key in ("ArrowRight", "PageUp", "Shift+ArrowRight", "Shift+End", "Enter", "Escape", "Home"):
        page.keyboard.press(key)
    assert heard("ls-select") == [{"first": 12, "last": 13}, {"first": 12, "last": 30}]
    assert heard("ls-open") == [{"ls": 30}]
    assert len(heard("ls-clear")) == 1
    assert readout(page) == "LS 1 · GOOD"


def test_a_long_run_is_crossed_in_steps_of_a_hundred(gallery):
    page = gallery()
    page.focus("#bar")
    page.keyboard.press("PageUp")
    assert page.get_attribute("#bar", "aria-valuenow") == "101"


def test_who_hears_the_page_is_told_the_same(gallery):
    page = gallery()
    page.focus(SHORT)
    page.keyboard.press("Shift+ArrowRight")
    bar = page.locator(SHORT)
    assert bar.get_attribute("role") == "slider"
    assert bar.get_attribute("aria-label") == "tracker-pixel"
    assert (bar.get_attribute("aria-valuemin"), bar.get_attribute("aria-valuemax")) == ("1", "30")
    assert bar.get_attribute("aria-valuetext") == "LS 2, GOOD, LS 1–2 selected, 2 LS"


def test_a_form_can_choose_the_range_without_an_echo(gallery, heard):
    page = gallery()
    page.evaluate("document.querySelector('#short').select(3, 400)")
    assert page.evaluate("document.querySelector('#short').selection") == {"first": 3, "last": 30}
    assert heard("ls-select") == []


def test_new_segments_are_drawn_at_once(gallery):
    page = gallery()
    before = pixel(page, 5)
    page.evaluate("document.querySelector('#short').dataset.segments = '[[1,30,\"excluded\"]]'")
    assert pixel(page, 5) != before
    assert readout(page) == "EXCLUDED 30"


def test_one_bad_lumisection_in_two_thousand_is_seen(gallery):
    page = gallery()
    assert pixel(page, 901, "#bar", 2275) != pixel(page, 890, "#bar", 2275)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_but_good_and_empty_is_hatched(gallery, theme):
    page = gallery(theme)
    places = {"bad": (405, 515), "excluded": (1205, 1395), "notset": (1405, 1595), "unknown": (1805, 1995)}
    assert {state: distinct_colours(page, *place) > 1 for state, place in places.items()} == dict.fromkeys(places, True)
    assert distinct_colours(page, 35, 395) == 1
    assert distinct_colours(page, 1605, 1795) == 1


def test_a_change_of_theme_repaints_it(gallery):
    page = gallery("light")
    before = pixel(page, 5)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert pixel(page, 5) != before


def test_it_is_as_sharp_as_the_screen(gallery):
    page = gallery(width=390)
    assert page.evaluate(
        "(() => { const c = document.querySelector('#bar canvas');"
        " return c.width === Math.round(c.getBoundingClientRect().width * devicePixelRatio); })()"
    )
