"""How events are shown in full, and the cells of tables of runs and fills."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import template

from lumicert.decisions.models import Event
from lumicert.decisions.selectors import describe
from lumicert.registry.columns import Column
from lumicert.registry.table import RunRow
from lumicert.runs.amounts import rounded_pb
from lumicert.shell.templatetags.lumicert_ui import grouped, missing

register = template.Library()

LONGEST_PAYLOAD = 20_000


@register.filter
def shortened_json(payload: Any) -> str:
    """A payload as indented JSON; a very long one is cut, and says so."""
    text = json.dumps(payload, indent=1, ensure_ascii=False)
    rest = len(text) - LONGEST_PAYLOAD
    return text if rest <= 0 else f"{text[:LONGEST_PAYLOAD]}\n... and {rest:,} more characters"


@register.filter
def as_hex(digest: bytes | memoryview) -> str:
    """The bytes of a digest as hexadecimal digits."""
    return bytes(digest).hex()


@register.simple_tag
def cells(row: RunRow, columns: Sequence[Column]) -> str:
    """The cells of a row of the table of runs."""
    return row.cells(columns)


@register.filter
def in_pb(barns: int | None) -> str:
    """Whole inverse barns as inverse picobarns with three decimals."""
    return str(grouped(rounded_pb(barns)))


@register.filter
def plain_number(value: float | None) -> str:
    """A number without a zero behind its point."""
    return missing() if value is None else str(grouped(int(value) if value == int(value) else value))


@register.filter
def or_missing(value: object) -> object:
    """The value, or that it is not known."""
    return missing() if value in (None, "") else value


@register.filter
def hours(seconds: float) -> str:
    """A time span as hours and minutes: `8 h 05 min`."""
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


@register.filter
def told(event: Event) -> str:
    """An event in one line."""
    return describe(event)
