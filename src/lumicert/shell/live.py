"""Pages that follow what happens: a page asks for itself every few seconds, and is answered where it is out of date.

A live page carries a *tag*, which names the state that it shows, and marks the parts that may change. It asks for its
own address with the tag in a header (`live.js`). Where the tag is still right the answer is empty (204); else it is the
page again, of which the script takes the parts, so that what was typed, opened or scrolled to stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

HEADER = "X-Lumicert-Live"
NO_CONTENT = 204


def asks_for_news(request: HttpRequest) -> bool:
    """Whether this is a live page that asks for itself, which must not use up the messages of the next real page."""
    return HEADER in request.headers


def nothing_new(request: HttpRequest, tag: Callable[[], str]) -> HttpResponse | None:
    """The empty answer, where a live page asks that shows the state `tag` already; else None."""
    if not asks_for_news(request) or request.headers[HEADER] != tag():
        return None
    return HttpResponse(status=NO_CONTENT)
