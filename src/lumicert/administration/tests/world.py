"""A form of the editor, as a browser sends it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from lumicert.administration.drafts import LISTS, Draft
from lumicert.catalogue.selectors import Checklist, checklists


def newest(identifier: str) -> Checklist:
    """The version of a checklist that counts."""
    return next(each for each in checklists(with_retired=True) if each.identifier == identifier)


def sent(draft: Draft, *, expected: int, **more: Any) -> dict[str, Any]:
    """The fields of the editor that shows `draft`."""
    fields: dict[str, Any] = {
        "title": draft.title,
        "description": draft.description,
        "purpose": draft.purpose,
        "place": draft.place,
        "group": [group.id for group in draft.groups],
        "expected": expected,
        "act": uuid4(),
        "note": "better words",
        **{name: list(getattr(draft, name)) for name in LISTS},
    }
    for group in draft.groups:
        fields |= {f"name-{group.id}": group.name, f"about-{group.id}": group.description}
        fields[f"item-{group.id}"] = [item.id for item in group.items]
        for item in group.items:
            fields |= {f"key-{item.id}": item.key, f"text-{item.id}": item.text}
    return fields | ({"retired": "on"} if draft.retired else {}) | more


def page(answer: Any) -> str:
    """The text of an answer, without the escapes of quotation marks."""
    return str(answer.content.decode()).replace("&#x27;", "'").replace("&quot;", '"')
