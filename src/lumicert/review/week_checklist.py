"""The checklist of a week as the page shows it: its boxes, and who ticked them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.safestring import SafeString

from lumicert.catalogue.documents import Group, Item
from lumicert.catalogue.selectors import Checklist
from lumicert.certification.weekly import Tick, WeekState


@dataclass(frozen=True, slots=True)
class Box:
    """An item: what a form sends for it, whether it is ticked, and the tick that is saved, if any."""

    value: str
    html: SafeString
    ticked: bool
    saved: Tick | None
    version: int

    @property
    def of_earlier_version(self) -> bool:
        """Whether it was ticked in another wording."""
        return self.saved is not None and self.saved.version != self.version


@dataclass(frozen=True, slots=True)
class BoxesOf:
    """A checklist with the boxes of its groups."""

    of: Checklist
    groups: list[tuple[Group, list[Box]]]

    @property
    def boxes(self) -> list[Box]:
        return [box for _, listed in self.groups for box in listed]

    @property
    def n_ticked(self) -> int:
        return sum(box.ticked for box in self.boxes)


@dataclass(frozen=True, slots=True)
class Boxes:
    """All checklists for reports; what was ticked of items that are gone; the note."""

    state: WeekState
    lists: list[BoxesOf]
    note: str


def boxes_of(
    state: WeekState | None, *, ticked: Collection[tuple[str, str]] | None = None, note: str | None = None
) -> Boxes | None:
    """The boxes of a week, None for days that are no week.

    Args:
        ticked: (identifier, key) of the boxes that are ticked in a form that was not saved; without it those that are.
        note: likewise.
    """
    if state is None:
        return None
    shown = state.ticks.keys() if ticked is None else ticked
    saved_note = state.said.note if state.said else ""
    return Boxes(state, [_of(each, state, shown) for each in state.checklists], saved_note if note is None else note)


def _of(of: Checklist, state: WeekState, ticked: Collection[tuple[str, str]]) -> BoxesOf:
    def box(item: Item) -> Box:
        place = (of.identifier, item.key)
        value = f"{of.identifier}:{of.version}:{item.key}"
        return Box(value, item.html, place in ticked, state.ticks.get(place), of.version)

    return BoxesOf(of, [(group, [box(item) for item in group.items]) for group in of.groups])
