"""What an act did, said on the next page, with an undo where there is one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest


def say_done(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say on the next page that an act was carried out; `undo` is the address that an undo is posted to.

    The address travels in the message's `extra_tags`, the one free field that every message storage keeps.
    """
    messages.success(request, text, extra_tags=undo)
