"""What pages draw over lumisections: bars of states for `<ls-bar>`, and lines of numbers for `<lumi-line>`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# first and last lumisection, the state that is drawn there, and what the read-out says
Segment = tuple[int, int, str, str]
Points = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of lumisections with its name."""

    label: str
    segments: list[Segment]

    @property
    def json(self) -> str:
        """For `<ls-bar>`."""
        return json.dumps(self.segments)


def lines_json(lines: Mapping[str, Points]) -> str:
    """For `<lumi-line>`: the first line is filled, and the others are drawn over it."""
    return json.dumps([{"name": name, "points": points} for name, points in lines.items()])
