"""How long a session lasts, and how it ends.

A session ends when its person has done nothing for `LUMICERT_SESSION_HOURS`, and in any case a week after signing in,
so that a right that CERN took away does not outlive an open browser. What a page asks by itself is nobody's doing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from lumicert.people import cern
from lumicert.shell.live import asks_for_news

MOST_SECONDS = 7 * 24 * 3600
# a session is written to the database this often at most, as parts of its length
_RENEWALS = 12
_STILL_THERE = (
    "You are signed out here. CERN's sign-in service does not answer, so that you may still be signed in there: "
    "close the browser if others use this computer."
)


def begin(request: HttpRequest, *, there: dict[str, Any] | None = None) -> None:
    """Note when the session of a person who has just signed in began; `there` is how to sign out at CERN too."""
    request.session["began"] = request.session["renewed"] = time.time()
    if there and isinstance(there.get("address"), str):
        request.session["there"] = there
    _limit(request)


def end(request: HttpRequest) -> str:
    """End a session, and return where to go: CERN's own signing out where CERN signed the person in, or our entrance.

    CERN leads back to the entrance (OpenID Connect RP-Initiated Logout 1.0). Where CERN does not answer, the way there
    would end at a dead address: the entrance says so instead.
    """
    there = request.session.get("there")
    logout(request)
    entrance = reverse("people:sign-in")
    if not there:
        return entrance
    if not cern.answers():
        messages.warning(request, _STILL_THERE)
        return entrance
    query = {"id_token_hint": there["id_token"], "post_logout_redirect_uri": request.build_absolute_uri(entrance)}
    return f"{there['address']}{'&' if '?' in there['address'] else '?'}{urlencode(query)}"


def _limit(request: HttpRequest) -> None:
    left = request.session["began"] + MOST_SECONDS - time.time()
    if left <= 0:
        logout(request)
    else:
        request.session.set_expiry(max(1, int(min(settings.SESSION_COOKIE_AGE, left))))


class SlidingSessions:
    """Middleware: what a person does keeps the session on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # a page that did not look at the session must not be made to
        if request.session.accessed and not asks_for_news(request):
            self._renew(request)
        return response

    def _renew(self, request: HttpRequest) -> None:
        renewed = request.session.get("renewed")
        if renewed is None or time.time() - renewed < settings.SESSION_COOKIE_AGE / _RENEWALS:
            return
        request.session["renewed"] = time.time()
        _limit(request)
