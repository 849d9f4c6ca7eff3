"""Contrast of the design tokens after WCAG 2.2: words 4.5 to 1, edges and areas that carry a meaning 3 to 1."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parent.parent / "static/lumicert/tokens.css").read_text()
PAIR = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
THEMES = {
    "light": {name: light for name, light, _ in PAIR.findall(TOKENS)},
    "dark": {name: dark for name, _, dark in PAIR.findall(TOKENS)},
}
STATES = ("good", "bad", "standby", "excluded", "unknown")

WORDS_ON_GROUNDS = [
    *itertools.product(("ink", "muted", "accent", "accent-hover"), ("bg", "card")),
    *((state, f"{state}-bg") for state in STATES),
    *itertools.product(STATES, ("card", "bg")),
    *(("ink", ground) for ground in ("accent-bg", "good-bg", "bad-bg", "standby-bg")),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-hover"),
    ("accent", "accent-bg"),
    ("accent", "good-bg"),
    ("muted", "accent-bg"),
]
SIGNS_ON_GROUNDS = [
    *itertools.product(("edge", "focus"), ("bg", "card")),
    *((f"fill-{state}", "card") for state in (*STATES, "ours", "theirs")),
]


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_the_one_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("word", "ground"), WORDS_ON_GROUNDS)
def test_words_can_be_read(theme, word, ground):
    assert contrast(THEMES[theme][word], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("sign", "ground"), SIGNS_ON_GROUNDS)
def test_edges_and_areas_stand_out(theme, sign, ground):
    assert contrast(THEMES[theme][sign], THEMES[theme][ground]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("loss", ["bad", "unknown"])
def test_a_loss_differs_from_good_in_lightness_too(theme, loss):
    """Who sees no red or green still sees the loss in a map whose columns are too narrow to hatch."""
    fills = THEMES[theme]
    assert contrast(fills["fill-good"], fills[f"fill-{loss}"]) >= 1.5


def test_every_colour_has_a_light_and_a_dark_value():
    colours_alone = re.findall(r"--[a-z-]+: #[0-9a-f]+", TOKENS)
    assert colours_alone == []
    assert {f"{state}-bg" for state in STATES} | {f"fill-{state}" for state in STATES} <= THEMES["light"].keys()
