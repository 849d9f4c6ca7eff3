"""A checklist as lines of text, and what differs between two versions of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lumicert.administration.presenters import applies_to
from lumicert.catalogue.documents import ChecklistDocument
from lumicert.shell.differences import DiffLine, line_differences


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


def difference(old: ChecklistDocument, new: ChecklistDocument) -> list[DiffLine]:
    """What differs between two documents; empty where they say the same."""
    return line_differences(lines_of(old), lines_of(new), around=2)
