"""The cells of tables of certifications, and how components and luminosities look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString

from lumicert.certification.judging import Word
from lumicert.certification.listing import Listed
from lumicert.certification.models import Certification
from lumicert.certification.workspaces import Part
from lumicert.review import columns
from lumicert.review.columns import Column
from lumicert.runs.amounts import rounded_pb
from lumicert.shell.templatetags.lumicert_ui import grouped

register = template.Library()


@register.simple_tag
def cells(row: Listed, of: Sequence[Column]) -> SafeString:
    """The cells of a row of the table of certifications, in these columns."""
    return columns.cells(row, of)


@register.filter
def verdict(value: str) -> SafeString:
    """Good or bad, as every status looks."""
    return columns.verdict(value)


@register.simple_tag
def word(part: Part, of: Word) -> SafeString:
    """What is said of a component."""
    return columns.word_of(part, of)


@register.filter
def words(of: Certification) -> SafeString:
    """What a certification says of all components, in one line."""
    return columns.words_line(of.words)


@register.filter
def pb(barns: int | None) -> str | SafeString:
    """Whole inverse barns as inverse picobarns."""
    return grouped(rounded_pb(barns))


@register.filter
def moment(text: str) -> datetime | None:
    """A moment that was kept as text in ISO 8601."""
    return parse_datetime(text)


@register.filter
def days_since(at: datetime | None, now: datetime) -> int | None:
    """Whole days from `at` to `now`."""
    return None if at is None else (now - at).days


@register.filter
def item(of: dict[str, object], key: str) -> object:
    """What a mapping has under a key."""
    return of.get(key)


@register.filter
def address(of: Certification) -> str:
    """The address of a certification's page."""
    return columns.address_of(of.run, of.reconstruction, of.workspace)


@register.filter
def capital(text: str) -> str:
    """The text with a capital first letter, and the rest as it is."""
    return text[:1].upper() + text[1:]
