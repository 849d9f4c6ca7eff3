"""A checklist as lines of text, and what differs between two versions of it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lumicert.administration.presenters import applies_to
from lumicert.catalogue.documents import ChecklistDocument

# lines that stay around a change
_CONTEXT = 2


def lines_of(document: ChecklistDocument) -> list[str]:
    """The document as people read it, each item on lines of its own; different documents give different lines."""
    head = [
        f"Title: {document.title}",
        f"Purpose: {document.purpose}",
        f"Applies to: {applies_to(document.applies)}",
        f"Place: {document.place}",
        f"State: {'retired' if document.retired else 'in use'}",
        *document.description.splitlines(),
    ]
    return [*head, *(line for group in document.groups for line in _group(group.name, group.description, group.items))]


def _group(name: str, description: str, items: tuple[Any, ...]) -> Iterator[str]:
    yield f"Group: {name}"
    yield from (f"  {line}" for line in description.splitlines())
    for item in items:
        first, *rest = item.text.splitlines()
        yield f"  ☐ {first}  [{item.key}]"
        yield from (f"    {line}" for line in rest)


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference; `gap` stands for lines that are the same and left out."""

    kind: Literal["added", "removed", "same", "gap"]
    text: str


_KINDS: dict[str, Literal["added", "removed", "same", "gap"]] = {"+": "added", "-": "removed", " ": "same", "@": "gap"}


def difference(old: ChecklistDocument, new: ChecklistDocument) -> list[DiffLine]:
    """What differs between two documents; empty where they say the same."""
    found = difflib.unified_diff(lines_of(old), lines_of(new), n=_CONTEXT, lineterm="")
    # its first two lines would name two files, and before the first line nothing is left out
    return [DiffLine(_KINDS[line[0]], line[1:]) for line in list(found)[2:] if not line.startswith("@@ -1,")]
