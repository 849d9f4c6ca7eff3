"""Rule sets as text: JSON that a person can edit, and what differs between two versions of it."""

from __future__ import annotations

import json
from typing import Any

from lumicert.rules.documents import Document, written_document
from lumicert.shell.differences import DiffLine, line_differences

WIDTH = 110
# what a rule is called comes before what it says, however the database orders the keys
_FIRST = ("name", "class", "component", "status", "then", "priority", "runs", "arrived", "note", "given_if", "if")


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


def difference(old: Document, new: Document) -> list[DiffLine]:
    """What differs between two documents as they are edited; empty where they say the same."""
    return line_differences(text_of(old).splitlines(), text_of(new).splitlines(), around=4)
