"""A checklist while it is edited: as a form sends it, as a page shows it, as the document that is saved.

A form has a flat list of fields, and a checklist has items in groups. Each group and each item of a draft has an *id*
that holds for this form only: the field `group` says the ids of the groups in order, `item-ID` those of a group's
items, and `name-ID`, `about-ID`, `text-ID` and `key-ID` what was typed. To move something is to change that order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString

from lumicert.catalogue.documents import ChecklistDocument
from lumicert.catalogue.markdown import rendered

_ID = re.compile(r"[a-z0-9]{1,12}")
LISTS = ("run_types", "reconstructions", "components")


@dataclass
class DraftItem:
    """An item; `key` is empty for a new one."""

    id: str
    key: str = ""
    text: str = ""

    @property
    def text_field(self) -> str:
        """The id of the field of the text."""
        return f"text-{self.id}"

    @property
    def html(self) -> SafeString:
        """The text as shifters will see it."""
        return rendered(self.text)


@dataclass
class DraftGroup:
    """A group of items."""

    id: str
    name: str = ""
    description: str = ""
    items: list[DraftItem] = field(default_factory=list)

    @property
    def name_field(self) -> str:
        """The id of the field of the name."""
        return f"name-{self.id}"

    @property
    def html(self) -> SafeString:
        """The description as shifters will see it."""
        return rendered(self.description)


@dataclass
class Draft:
    """All that the form holds, be it usable or not."""

    title: str = ""
    description: str = ""
    purpose: str = "certification"
    place: str = "100"
    retired: bool = False
    run_types: list[str] = field(default_factory=list)
    reconstructions: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)
    groups: list[DraftGroup] = field(default_factory=list)

    @property
    def html(self) -> SafeString:
        """The description as shifters will see it."""
        return rendered(self.description)

    @classmethod
    def empty(cls) -> Draft:
        """A new checklist, with a place to type the first item."""
        return cls(groups=[DraftGroup("n1", items=[DraftItem("n2")])])

    @classmethod
    def of(cls, document: ChecklistDocument) -> Draft:
        """What the form starts with."""
        ids = (f"n{number}" for number in range(1, 100_000))
        groups = [
            DraftGroup(next(ids), group.name, group.description, [
                DraftItem(next(ids), item.key, item.text) for item in group.items
            ])
            for group in document.groups
        ]  # fmt: skip
        applies = {name: list(getattr(document.applies, name)) for name in LISTS}
        return cls(
            title=document.title,
            description=document.description,
            purpose=document.purpose,
            place=str(document.place),
            retired=document.retired,
            groups=groups,
            **applies,
        )

    @classmethod
    def posted(cls, data: QueryDict) -> Draft:
        """What was sent, as it was typed."""
        return cls(
            title=data.get("title", ""),
            description=data.get("description", ""),
            purpose=data.get("purpose", "certification"),
            place=data.get("place", ""),
            retired="retired" in data,
            run_types=data.getlist("run_types"),
            reconstructions=data.getlist("reconstructions"),
            components=_components(data),
            groups=[
                DraftGroup(
                    id=group,
                    name=data.get(f"name-{group}", ""),
                    description=data.get(f"about-{group}", ""),
                    items=[
                        DraftItem(item, data.get(f"key-{item}", ""), data.get(f"text-{item}", ""))
                        for item in _ids(data, f"item-{group}")
                    ],
                )
                for group in _ids(data, "group")
            ],
        )

    def document(self) -> dict[str, Any]:
        """The draft in the form of a document, which nobody has checked yet."""
        return {
            "title": self.title,
            "description": self.description,
            "purpose": self.purpose,
            "place": self.place,
            "retired": self.retired,
            "applies": {name: list(getattr(self, name)) for name in LISTS},
            "groups": [
                {
                    "name": group.name,
                    "description": group.description,
                    "items": [{"key": item.key, "text": item.text} for item in group.items],
                }
                for group in self.groups
            ],
        }

    def field_of(self, place: Sequence[int | str]) -> tuple[str, str]:
        """For a place in the document: the id of the field it was typed in, and its name; empty where there is none."""
        match place:
            case ["groups", int(g), "items", int(i), *_]:
                return self.groups[g].items[i].text_field, f"Group {g + 1}, item {i + 1}"
            case ["groups", int(g), "description", *_]:
                return f"about-{self.groups[g].id}", f"Group {g + 1}, description"
            case ["groups", int(g), *_]:
                return self.groups[g].name_field, f"Group {g + 1}, name"
            case ["applies", "components", *_]:
                return "other-components", "Components"
            case ["applies", str(name), *_] | [str(name), *_] if name in _NAMES:
                return name, _NAMES[name]
        return "", ""

    # -- what the buttons do ----------------------------------------------------------------------------------------

    def changed_by(self, data: Mapping[str, Any]) -> str | None:
        """Do what the button that was pressed says.

        Returns:
            The id of the group or item to go on with, empty where nothing is left there; None where it was no button of
            these.
        """
        for name in ("add-group", "add-item", "remove", "up", "down"):
            if name in data:
                return self._do(name, str(data[name]))
        return None

    def _do(self, name: str, target: str) -> str:
        if name == "add-group":
            self.groups.append(DraftGroup(self._new_id(), items=[DraftItem(self._new_id(1))]))
            return self.groups[-1].id
        if name == "add-item":
            for group in self.groups:
                if group.id == target:
                    group.items.append(DraftItem(self._new_id()))
                    return group.items[-1].id
            return ""
        found = self._find(target)
        if found is None:
            return ""
        if name == "remove":
            siblings, place = found
            del siblings[place]
            return ""
        self._move(*found, -1 if name == "up" else 1)
        return target

    def _new_id(self, more: int = 0) -> str:
        taken = [int(each.id[1:]) for each in self._all() if each.id[0] == "n" and each.id[1:].isdecimal()]
        return f"n{max(taken, default=0) + 1 + more}"

    def _all(self) -> Iterator[DraftGroup | DraftItem]:
        for group in self.groups:
            yield group
            yield from group.items

    def _find(self, target: str) -> tuple[list[Any], int] | None:
        lists: list[list[Any]] = [self.groups, *(group.items for group in self.groups)]
        for siblings in lists:
            for place, each in enumerate(siblings):
                if each.id == target:
                    return siblings, place
        return None

    def _move(self, siblings: list[Any], place: int, step: int) -> None:
        if 0 <= place + step < len(siblings):
            siblings.insert(place + step, siblings.pop(place))
            return
        # an item at the edge of its group goes on into the next one
        beside = next((g for g, group in enumerate(self.groups) if group.items is siblings), None)
        if beside is not None and 0 <= beside + step < len(self.groups):
            others = self.groups[beside + step].items
            others.insert(len(others) if step < 0 else 0, siblings.pop(place))

    def without_empty_items(self) -> Draft:
        """The draft without the new items in which nothing was typed: a line left empty is no mistake."""
        groups = [
            replace(group, items=[item for item in group.items if item.key or item.text.strip()])
            for group in self.groups
        ]
        return replace(self, groups=groups)


_NAMES = {
    "identifier": "Identifier",
    "note": "What is new",
    "title": "Title",
    "description": "Description",
    "purpose": "Purpose",
    "place": "Place",
    "run_types": "Run types",
    "reconstructions": "Reconstructions",
}


def _ids(data: QueryDict, name: str) -> list[str]:
    # an id goes into the names of fields; twice the same would be two fields of one name
    return [each for each in dict.fromkeys(data.getlist(name)) if _ID.fullmatch(each)]


def _components(data: QueryDict) -> list[str]:
    typed = re.split(r"[,\s]+", data.get("other_components", ""))
    return [*dict.fromkeys(name for name in (*data.getlist("components"), *typed) if name)]
