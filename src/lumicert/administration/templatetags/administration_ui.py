"""What the templates of this room need."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def at(errors: Mapping[str, str], field: str) -> str:
    """What is wrong with the field of that id; empty where nothing is."""
    return errors.get(field, "")
