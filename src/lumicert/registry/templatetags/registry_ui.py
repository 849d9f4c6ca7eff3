"""How events are shown in full."""

from __future__ import annotations

import json
from typing import Any

from django import template

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
