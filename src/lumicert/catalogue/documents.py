"""A checklist as a document: what can be saved, and the keys of its items.

An item is known by its *key*, which stays when its wording gets better, so that "who ticked what" can be followed over
versions. A key that once stood for an item is never given to another one.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from django.utils.safestring import SafeString
from django.utils.text import slugify
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from lumicert.catalogue.markdown import rendered
from lumicert.decisions.events import Text

Purpose = Literal["certification", "report"]
RunType = Literal["collisions", "cosmics"]
Reconstruction = Literal["online", "express", "prompt", "rereco", "rerecoul"]

MOST_GROUPS = 30
# with its fields a checklist of so many still fits into one form
MOST_ITEMS = 200
_LONGEST_KEY = 40


def _said(text: str) -> str:
    if not text:
        raise ValueError("this is empty; write something, or remove it")
    return text


def _lines(text: Any) -> Any:
    # browsers send line ends of two characters, and a text that is sent back is to be the same text
    return text.replace("\r\n", "\n").strip() if isinstance(text, str) else text


def _one_line(text: Any) -> Any:
    return " ".join(text.split()) if isinstance(text, str) else text


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=_LONGEST_KEY)]
ComponentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}-[A-Za-z0-9_]{1,40}$")]
Words: TypeAlias = Annotated[Text, BeforeValidator(_lines)]
Said: TypeAlias = Annotated[Words, AfterValidator(_said)]
Line: TypeAlias = Annotated[Text, BeforeValidator(_one_line), AfterValidator(_said)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(_Strict):
    """One thing to look at; `text` is Markdown."""

    key: Slug
    text: Said = Field(max_length=2000)

    @property
    def html(self) -> SafeString:
        """The text as a page shows it."""
        return rendered(self.text)


class Group(_Strict):
    """Items that belong together; `description` is Markdown."""

    name: Line = Field(max_length=80)
    description: Words = Field(default="", max_length=2000)
    items: tuple[Item, ...]

    @property
    def html(self) -> SafeString:
        """The description as a page shows it."""
        return rendered(self.description)

    @model_validator(mode="after")
    def _has_items(self) -> Group:
        if not self.items:
            raise ValueError(f"the group '{self.name}' has no item; add one, or remove the group")
        return self


class Applies(_Strict):
    """What a checklist is for. An empty tuple means all."""

    run_types: tuple[RunType, ...] = ()
    reconstructions: tuple[Reconstruction, ...] = ()
    components: tuple[ComponentName, ...] = ()

    def covers(self, *, run_type: str, reconstruction: str, components: Collection[str]) -> bool:
        """True where it is for that type of run, that reconstruction and at least one of the components."""
        return (
            (not self.run_types or run_type in self.run_types)
            and (not self.reconstructions or reconstruction in self.reconstructions)
            and (not self.components or not set(components).isdisjoint(self.components))
        )


class ChecklistDocument(_Strict):
    """What a version of a checklist says. Checklists are shown in the order of their `place`, then of their titles."""

    title: Line = Field(max_length=80)
    description: Words = Field(default="", max_length=4000)
    purpose: Purpose = "certification"
    place: int = Field(default=100, ge=1, le=999)
    applies: Applies = Applies()
    groups: tuple[Group, ...] = Field(max_length=MOST_GROUPS)
    retired: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all items, in order."""
        return tuple(item.key for group in self.groups for item in group.items)

    @model_validator(mode="after")
    def _can_be_ticked(self) -> ChecklistDocument:
        if not self.groups:
            raise ValueError("a checklist needs a group with an item; add one")
        if len(self.keys) > MOST_ITEMS:
            raise ValueError(f"it has {len(self.keys)} items, and {MOST_ITEMS} is the most; make two checklists of it")
        if twice := [key for key, count in Counter(self.keys).items() if count > 1]:
            raise ValueError(f"the key '{twice[0]}' stands for two items; a key names one")
        return self


@functools.lru_cache(maxsize=512)
def read_document(text: str) -> ChecklistDocument:
    """The document of a JSON text that was saved."""
    return ChecklistDocument.model_validate(json.loads(text))


def with_keys(document: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """The raw document with a key for each item that has none: the first words of its text, unlike all in `taken`."""
    known = {*taken, *(item["key"] for group in document["groups"] for item in group["items"] if item.get("key"))}
    groups = []
    for group in document["groups"]:
        items = []
        for item in group["items"]:
            key = item.get("key") or _new_key(item["text"], known)
            known.add(key)
            items.append({**item, "key": key})
        groups.append({**group, "items": items})
    return {**document, "groups": groups}


def _new_key(text: str, known: Collection[str]) -> str:
    # room for a number behind it
    words = slugify(text.replace("_", " "))[: _LONGEST_KEY - 5].strip("-") or "item"
    number, key = 1, words
    while key in known:
        number += 1
        key = f"{words}-{number}"
    return key
