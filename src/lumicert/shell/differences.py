"""What differs between two texts, line by line, as `shell/diff.html` shows it; and choosing one of several versions."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from django.http import Http404

Kind = Literal["added", "removed", "same", "gap"]
_KINDS: dict[str, Kind] = {"+": "added", "-": "removed", " ": "same", "@": "gap"}
_AT_THE_TOP = ("@@ -0", "@@ -1,", "@@ -1 ")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference; `gap` stands for lines that are the same and left out."""

    kind: Kind
    text: str


def line_differences(old: Sequence[str], new: Sequence[str], *, around: int) -> list[DiffLine]:
    """What differs, with `around` lines that stay on both sides of each change; empty where the texts are the same."""
    found = difflib.unified_diff(old, new, n=around, lineterm="")
    # its first two lines would name two files, and before the first line nothing is left out
    return [DiffLine(_KINDS[line[0]], line[1:]) for line in list(found)[2:] if not line.startswith(_AT_THE_TOP)]


class Numbered(Protocol):
    """Something that is kept in versions."""

    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Numbered)


def version_named(existing: Sequence[V], wanted: str | None, what: str) -> V | None:
    """The version that an address asks for; None where it asks for none.

    Raises:
        Http404: naming `what` it is and the versions that there are.
    """
    if not wanted:
        return None
    for each in existing:
        if str(each.version) == wanted:
            return each
    numbers = ", ".join(str(each.version) for each in existing)
    raise Http404(f"There is no version '{wanted}' of {what}; choose one of {numbers}.")
