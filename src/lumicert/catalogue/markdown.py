"""Markdown for people, as HTML that can do no harm.

Headings begin at the third level, below those of a page. HTML in the text is shown as it was written. What the renderer
makes goes through a second program with a list of what may stand on a page, so that neither need be trusted alone.
"""

from __future__ import annotations

import functools

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS = frozenset(
    "p ul ol li strong em code a br h3 h4 h5 blockquote table thead tbody tr th td".split()
)  # fmt: skip
_SCHEMES = frozenset({"http", "https", "mailto"})
_DEEPEST_HEADING = 5

# a picture would be fetched from somebody else's server, and tell it who reads
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


# every item of every checklist that is in use
@functools.lru_cache(maxsize=2048)
def rendered(text: str) -> SafeString:
    """The text as HTML, with links to http, https and mailto addresses only.

    >>> rendered("see **all** of it")
    '<p>see <strong>all</strong> of it</p>\\n'
    """
    tokens = [_below_the_page(token) for token in _MARKDOWN.parse(text)]
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    cleaned = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={"a": {"href"}},
        url_schemes=set(_SCHEMES),
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
    return SafeString(cleaned)


def _below_the_page(token: Token) -> Token:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(int(token.tag[1]) + 2, _DEEPEST_HEADING)}"
    return token
