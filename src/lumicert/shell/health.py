"""How the systems outside are, as one word in the bar of every page.

The shell knows no system. The room that does registers how to ask for a *standing*, in at most one query a page; where
asking fails the page does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from lumicert.accounts.models import may
from lumicert.accounts.roles import Permission

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """All systems together: the `word` that the bar shows, and the `sentence` behind it."""

    level: Literal["off", "up", "degraded", "down", "unknown"]
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Lamp:
    """A standing as the bar shows it, with the page that tells more."""

    standing: Standing
    url: str


@dataclass(frozen=True, slots=True)
class _Asker:
    ask: Callable[[], Standing]
    url_name: str


_askers: list[_Asker] = []
_NOT_TOLD = Standing("unknown", "sources", "How the sources are cannot be told; the log of the server says why.")


def register(ask: Callable[[], Standing], *, url_name: str) -> None:
    """Have the bar ask `ask`, and lead to the page `url_name`. What is registered last is asked."""
    _askers[:] = [_Asker(ask, url_name)]


def lamp_of(request: HttpRequest) -> Lamp | None:
    """What the bar shows to whoever sent this request; None where nobody registered, or they may not read."""
    if not _askers or not may(getattr(request, "user", None), Permission.READ):
        return None
    try:
        url = reverse(_askers[0].url_name)
    except NoReverseMatch:
        return None
    try:
        return Lamp(_askers[0].ask(), url)
    except Exception:
        # a page about something else must not fail for the sake of a lamp
        _log.exception("the health of the sources could not be told")
        return Lamp(_NOT_TOLD, url)
