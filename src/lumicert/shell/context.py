"""What `base.html` needs to know on every page."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from lumicert.shell.health import lamp_of
from lumicert.shell.menu import menu_of

THEME_COOKIE = "lumicert_theme"
THEMES = ("light", "dark", "auto")


def theme_of(request: HttpRequest) -> str:
    """`light`, `dark`, or `auto`: the theme of the device.

    It comes from a cookie, not from the browser's storage: the first paint then has the right colours.
    """
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else "auto"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the menu, the theme, the health of the sources, and whether this is a demo."""
    return {
        "menu": menu_of(request),
        "theme": theme_of(request),
        "themes": THEMES,
        # asked only where a template shows it: an answer without the frame costs no query
        "lamp_of_sources": partial(lamp_of, request),
        "demo": bool(getattr(settings, "DEMO", False)),
    }
