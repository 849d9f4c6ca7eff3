"""How the shifter's desk tells times that count down, and what somebody said of a component."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lumicert.certification.judging import Word
from lumicert.decisions import ranges
from lumicert.shell.templatetags.lumicert_ui import CERN
from lumicert.shift.typed import Typed

register = template.Library()

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def span(time: timedelta) -> str:
    """A span in the unit that a person would use: `12 s`, `7 min`, `5 h`, `3 d`."""
    if time < timedelta(minutes=1):
        return f"{max(0, int(time.total_seconds()))} s"
    if time < HOUR:
        return f"{int(time.total_seconds()) // 60} min"
    return f"{time // HOUR} h" if time < 2 * DAY else f"{time // DAY} d"


@register.filter
def ago(at: datetime | None) -> str:
    """How long ago that was."""
    return "" if at is None else f"{span(timezone.now() - at)} ago"


@register.filter
def clock(at: datetime | None) -> str:
    """The time of day at CERN; with the day where that is not today."""
    if at is None:
        return ""
    local, now = at.astimezone(CERN), timezone.now().astimezone(CERN)
    return local.strftime("%H:%M" if local.date() == now.date() else "%Y-%m-%d %H:%M")


@register.simple_tag
def deadline(due: datetime | None) -> SafeString:
    """When it is due: `in 5 h`, or `overdue by 2 h` so that it is seen."""
    if due is None:
        return format_html('<span class="muted">{}</span>', "none")
    left = due - timezone.now()
    exact = due.astimezone(CERN).strftime("%Y-%m-%d %H:%M")
    if left < timedelta(0):
        return format_html('<span class="overdue" title="{}">overdue by {}</span>', exact, span(-left))
    near = "near" if left < timedelta(hours=4) else ""
    return format_html('<span class="{}" title="{}">in {}</span>', near, exact, span(left))


@register.filter
def details(word: Word) -> str:
    """What was said of a component beside its status."""
    low = "low statistics" if word.low_statistics else ""
    bad = f"BAD in LS {ranges.readable(word.bad_lumis)}" if word.bad_lumis else ""
    return "; ".join(filter(None, [low, bad, ", ".join(word.problems), word.comment]))


@register.filter
def of_key(errors: dict[str, list[str]], key: str) -> list[str]:
    """The errors at a field."""
    return errors.get(key, [])


@register.filter
def typed(of: Typed, name: str) -> str:
    """What was typed in a field."""
    return of.one(name)


@register.filter
def typed_many(of: Typed, name: str) -> Sequence[str]:
    """All that was chosen in a field."""
    return of.many(name)
