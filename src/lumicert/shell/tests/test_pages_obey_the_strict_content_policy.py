"""No page needs an inline script or style, nor a file from another host: read in the templates of every room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOMS = Path(__file__).parents[2]
TEMPLATES = sorted(ROOMS.glob("*/templates/**/*.html"))
OURS = sorted((ROOMS / "shell/static/lumicert").glob("*.*"))

FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*="),
    "a style element": re.compile(r"<style\b"),
    "an event attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "an event attribute of htmx": re.compile(r"\shx-on\b"),
    "a script without a file": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)"),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "a file from another host": re.compile(r"""(src|<link[^>]*href)\s*=\s*["'](https?:)?//"""),
}


def offences(text: str) -> list[str]:
    return [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOMS)))
def test_a_template_has_nothing_inline_and_nothing_from_elsewhere(template):
    assert offences(template.read_text()) == []


@pytest.mark.parametrize("file", OURS, ids=lambda path: path.name)
def test_our_scripts_and_styles_load_nothing_from_elsewhere(file):
    addresses = re.findall(r"https?://[^\s\"')]+", file.read_text())
    assert [a for a in addresses if a != "http://www.w3.org/2000/svg"] == []


def test_our_scripts_evaluate_no_text():
    scripts = "".join(file.read_text() for file in OURS if file.suffix == ".js")
    assert re.findall(r"\beval\(|new Function\b|innerHTML|insertAdjacentHTML|setTimeout\(['\"]", scripts) == []


@pytest.mark.parametrize(
    "offence",
    [
        '<p style="color:red">',
        "<style>p{}</style>",
        '<a onclick="go()">',
        '<a hx-on:click="go()">',
        "<script>go()</script>",
        '<a href="javascript:go()">',
        '<script src="https://cdn.example/x.js"></script>',
    ],
)
def test_the_search_itself_finds_each_offence(offence):
    assert offences(offence)


def test_data_and_files_of_ours_are_no_offence():
    assert (
        offences('<script type="application/json">{}</script><script src="/static/a.js" type="module"></script>') == []
    )
