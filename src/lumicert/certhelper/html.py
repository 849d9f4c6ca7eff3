"""The rich text of CertHelper's editor as Markdown: what a checklist can show, and nothing that could do harm.

The HTML goes through the sanitiser first, which takes away scripts and styles with what is in them. Of the rest the
meaning is kept: paragraphs, lists, emphasis, code, headings, links; a picture becomes its text.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

_TAGS = frozenset(
    "p div br ul ol li strong b em i code pre a h1 h2 h3 h4 h5 h6 blockquote table thead tbody tr th td img".split()
)
_SCHEMES = frozenset({"http", "https", "mailto"})
_EMPHASIS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`"}
_BLOCKS = frozenset("p div ul ol blockquote table tr pre h1 h2 h3 h4 h5 h6".split())
# signs that Markdown would take for its own; an underscore within a word is none
_SIGNS = re.compile(r"[\\`*\[\]<]|(?<!\w)_|_(?!\w)")
_SPACES = re.compile(r"[^\S\n]+")
_GAPS = re.compile(r"\n{3,}")


def markdown(html: str) -> str:
    """The text of an HTML fragment as Markdown.

    >>> markdown("<p>Look at <strong>all</strong> of it</p>")
    'Look at **all** of it'
    """
    clean = nh3.clean(html, tags=set(_TAGS), attributes={"a": {"href"}, "img": {"alt"}}, url_schemes=set(_SCHEMES))
    writer = _Writer()
    writer.feed(clean)
    writer.close()
    lines = (line.rstrip() for line in "".join(writer.parts).split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


class _Writer(HTMLParser):
    """Writes Markdown while it reads clean HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.lists: list[int | None] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in _EMPHASIS:
            self.parts.append(_EMPHASIS[tag])
        elif tag in {"ul", "ol"}:
            self._list_begins(tag)
        elif tag == "li":
            self._item_begins()
        elif tag == "a":
            self.targets.append(said.get("href") or "")
            self.parts.append("[" if self.targets[-1] else "")
        elif tag == "img":
            self.parts.append(f"(picture: {_plain(said.get('alt') or 'without a text')})")
        elif tag in {"th", "td"}:
            self.parts.append(" | " if self.parts and not self.parts[-1].endswith("\n") else "")
        else:
            self._block(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _EMPHASIS:
            self.parts.append(_EMPHASIS[tag])
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
            self.parts.append("\n" if self.lists else "\n\n")
        elif tag == "a" and self.targets:
            target = self.targets.pop()
            # a bracket would end the link too early
            self.parts.append(f"]({target.replace('(', '%28').replace(')', '%29')})" if target else "")
        elif tag in _BLOCKS and not self.lists:
            self.parts.append("\n" if tag == "tr" else "\n\n")

    def handle_data(self, data: str) -> None:
        text = _plain(_SPACES.sub(" ", data.replace("\n", " ")))
        at_start = not self.parts or self.parts[-1].endswith(("\n", "- ", ". "))
        self.parts.append(text.lstrip() if at_start else text)

    def _list_begins(self, tag: str) -> None:
        self.parts.append("" if self.lists else "\n\n")
        self.lists.append(0 if tag == "ol" else None)

    def _item_begins(self) -> None:
        mark = "- "
        if self.lists and self.lists[-1] is not None:
            self.lists[-1] += 1
            mark = f"{self.lists[-1]}. "
        depth = max(len(self.lists) - 1, 0)
        self.parts.append(f"\n{'   ' * depth}{mark}")

    def _block(self, tag: str) -> None:
        if tag == "br":
            self.parts.append("  \n")
        elif tag.startswith("h"):
            self.parts.append(f"\n\n{'#' * min(int(tag[1]), 3)} ")
        elif tag in _BLOCKS and not self.lists:
            self.parts.append("\n" if tag == "tr" else "\n\n")


def _plain(text: str) -> str:
    return _SIGNS.sub(lambda sign: "\\" + sign[0], text)
