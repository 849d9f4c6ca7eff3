"""How states, times, ranges and numbers look, everywhere the same.

A *status* is shown by colour and glyph and word. A *time* is CERN's local time, with UTC beside it on hover. A *range*
of lumisections has both ends in it. A *number* is grouped by narrow spaces, except for run numbers, which are names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

CERN = ZoneInfo("Europe/Zurich")
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
STATUS_CLASSES = {
    "GOOD": "good",
    "BAD": "bad",
    "STANDBY": "standby",
    "EXCLUDED": "excluded",
    "NOTSET": "notset",
    "EMPTY": "empty",
    "in": "good",
    "out": "bad",
    "unknown": "unknown",
}


@register.simple_tag
def status(value: str | None) -> SafeString:
    """A component's status or a lumisection's verdict; what is not one of ours is unknown, and keeps its word."""
    word = value or "unknown"
    return format_html('<span class="status {}">{}</span>', STATUS_CLASSES.get(word, "unknown"), word)


@register.simple_tag
def cern_time(at: datetime | None, *, seconds: bool = False) -> SafeString:
    """A moment in CERN's local time, UTC on hover.

    Raises:
        ValueError: the time has no time zone, so it could be either.
    """
    if at is None:
        return missing()
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone: give it one before it is shown")
    shown = at.astimezone(CERN).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>', utc.isoformat(), utc.strftime("%Y-%m-%d %H:%M:%S"), shown
    )


@register.simple_tag
def missing(why: str = "not known") -> SafeString:
    """A value that nobody has obtained, marked as such."""
    return format_html('<span class="missing">{}</span>', why)


@register.filter
def grouped(value: float | Decimal | None) -> str | SafeString:
    """A number with its integer digits in groups of three: `234 529`, `-1 020.4`."""
    if value is None:
        return missing()
    return f"{value:,}".replace(",", NARROW_SPACE).replace("-", "\N{MINUS SIGN}")


@register.filter
def ls_ranges(ranges: Iterable[tuple[int, int]], most: int | None = None) -> str:
    """Ranges of lumisections and how many they hold: `12–137, 193–776 (710 LS)`; at most `most` of them in full."""
    pairs = list(ranges)
    if not pairs:
        return "none"
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in pairs[:most]]
    rest = len(pairs) - len(shown)
    count = sum(last - first + 1 for first, last in pairs)
    return f"{', '.join(shown)}{f' and {rest} more' if rest else ''} ({grouped(count)}{NARROW_SPACE}LS)"


@register.filter
def capital(text: str) -> str:
    """The text with a capital first letter, and the rest as it is: `L1 rate`, `HLT key`, `B field`."""
    return text[:1].upper() + text[1:]
