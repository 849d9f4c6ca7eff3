"""Whatever is written comes out as text, links and tables, and never as a program."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.catalogue.markdown import rendered

ALLOWED = set("p ul ol li strong em code a br h3 h4 h5 blockquote table thead tbody tr th td".split())
PIECES = st.sampled_from(
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "[x](",
        "javascript:alert(1)", "JaVaScRiPt:", "data:text/html,<script>", "vbscript:x", ")", "](", "![x](", "<", ">",
        '"', "'", "onclick=", "# ", "- ", "> ", "```", "`", "**", "_", "| a | b |\n|---|---|\n| c | d |", "\n\n", "\n",
        "&#106;avascript:", "&lt;script&gt;", "<svg/onload=alert(1)>", "[r]: javascript:x\n\n[r]", "<style>", "<!--",
        "//evil.example", "\\", "\t", "javascript&colon;alert(1)", "<javascript:alert(1)>", "<https://a.example>",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join))


class Read(HTMLParser):
    """What a browser would find."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


@settings(max_examples=300)
@given(TEXTS)
def test_no_script_no_event_and_no_address_but_of_pages_and_mail_comes_out(text: str) -> None:
    found = Read(rendered(text))
    assert found.tags <= ALLOWED
    for name, value in found.attributes:
        assert name in ("href", "rel")
        if name == "href":
            assert str(value).lower().startswith(("http:", "https:", "mailto:")), value


@settings(max_examples=100)
@given(st.from_regex(r"[A-Za-z ]{1,40}", fullmatch=True))
def test_what_is_no_markdown_is_read_as_it_was_written(text: str) -> None:
    assert rendered(text).removeprefix("<p>").removesuffix("</p>\n").split() == text.split()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Title", "<h3>Title</h3>\n"),
        ("##### Deep", "<h5>Deep</h5>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
    ],
)
def test_headings_lie_below_the_page_and_html_is_shown(text: str, html: str) -> None:
    assert rendered(text) == html


@pytest.mark.parametrize("address", ["/events", "//evil.example/x", "page", "ftp://example.org", "?x=1"])
def test_an_address_that_is_not_whole_is_left_out(address: str) -> None:
    assert "href" not in rendered(f"[log]({address})")


def test_a_link_says_that_it_leads_away() -> None:
    assert 'rel="noopener noreferrer nofollow"' in rendered("[OMS](https://cmsoms.cern.ch)")
    assert 'href="https://cmsoms.cern.ch"' in rendered("[OMS](https://cmsoms.cern.ch)")


def test_a_table_is_a_table() -> None:
    assert "<td>StreamExpress</td>" in rendered("| a |\n|---|\n| StreamExpress |")
