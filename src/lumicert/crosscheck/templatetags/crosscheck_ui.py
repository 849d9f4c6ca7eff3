"""How the comparison and deliveries look; and a line about the delivery of a certification, for its page.

{% load crosscheck_ui %}{% delivery_line run reconstruction workspace %}
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString

from lumicert.crosscheck import presenters, selectors
from lumicert.crosscheck.models import Delivery

register = template.Library()

register.filter("kind", presenters.kind)
register.filter("delivery_state", presenters.delivery_state)
register.filter("row_parts", presenters.row_parts)
register.filter("certification_page", presenters.certification_page)
register.filter("breakable", presenters.breakable)
register.filter("moment", parse_datetime)


@register.filter
def capital(text: str) -> str:
    """The text with a capital first letter, and the rest as it is."""
    return text[:1].upper() + text[1:]


@register.filter
def stretch_lines(delivery: Delivery) -> list[tuple[str, SafeString, str]]:
    """What a delivery says: component, status with its lumisections, and the words beside it."""
    return presenters.stretch_lines(delivery)


@register.inclusion_tag("crosscheck/_delivery.html")
def delivery_line(run: int, reconstruction: str, workspace: str = "tracker") -> dict[str, Any]:
    """When a certification was written to Run Registry, or since when it waits; nothing where it is not to be."""
    return {"delivery": selectors.delivery_of(run, reconstruction, workspace)}
