"""Rule sets as text: JSON that a person can edit, and what differs between two versions of it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lumicert.rules.documents import Document, written_document

WIDTH = 110
# what a rule is called comes before what it says, however the database orders the keys
_FIRST = ("name", "class", "component", "status", "then", "priority", "runs", "arrived", "note", "given_if", "if")
# lines that stay around a change
_CONTEXT = 4


def text_of(document: Document) -> str:
    """A document as JSON, always the same text for the same document: whatever fits stands on one line."""
    return _written(written_document(document), 0) + "\n"


def _written(value: Any, depth: int) -> str:
    line = json.dumps(_ordered(value), ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or (depth and 2 * depth + len(line) <= WIDTH):
        return line
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, list):
        body = [inner + _written(item, depth + 1) for item in value]
        return "[\n" + ",\n".join(body) + f"\n{outer}]"
    body = [f"{inner}{json.dumps(key)}: {_written(item, depth + 1)}" for key, item in _ordered(value).items()]
    return "{\n" + ",\n".join(body) + f"\n{outer}}}"


def _ordered(value: Any) -> Any:
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _ordered(value[key]) for key in sorted(value, key=_place)}


def _place(key: str) -> int:
    return _FIRST.index(key) if key in _FIRST else len(_FIRST)


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference; `gap` stands for lines that are the same and left out."""

    kind: Literal["added", "removed", "same", "gap"]
    text: str


def difference(old: Document, new: Document) -> list[DiffLine]:
    """What differs between two documents as they are edited; empty where they say the same."""
    return list(_diff_lines(text_of(old).splitlines(), text_of(new).splitlines()))


def _diff_lines(old: list[str], new: list[str]) -> Iterator[DiffLine]:
    for line in list(difflib.unified_diff(old, new, n=_CONTEXT, lineterm=""))[2:]:
        if line.startswith("@@"):
            yield DiffLine("gap", line)
        elif line.startswith("+"):
            yield DiffLine("added", line[1:])
        elif line.startswith("-"):
            yield DiffLine("removed", line[1:])
        else:
            yield DiffLine("same", line[1:])
