"""Reading the managed lists and the checklists: what ships with the product, and what people put over it.

Each function makes at most two queries, however long the lists are.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Any, TypeVar

from django.db import connection
from django.utils.safestring import SafeString

from lumicert.catalogue.documents import Applies, ChecklistDocument, Group, Purpose, read_document
from lumicert.catalogue.events import CHECKLISTS, PROBLEMS, REASONS
from lumicert.catalogue.markdown import rendered
from lumicert.decisions.projections import Projection


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for bad data. `seq`, `at` and `by` tell who said so last, and are empty for what ships."""

    name: str
    description: str
    retired: bool = False
    withdrawn: bool = False
    seq: int | None = None
    at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a component; otherwise as a reason."""

    component: str
    name: str
    description: str
    retired: bool = False
    withdrawn: bool = False
    seq: int | None = None
    at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """One version of a checklist; `text` is its document as JSON.

    A version is withdrawn where saving it was undone: nobody is shown it any more, but who has ticked it.
    """

    identifier: str
    version: int
    text: str = field(repr=False)
    note: str
    withdrawn: bool = False
    seq: int | None = None
    at: datetime | None = None
    by: str = ""

    def __str__(self) -> str:
        return f"{self.identifier} v{self.version}"

    @property
    def document(self) -> ChecklistDocument:
        """All that this version says."""
        return read_document(self.text)

    @property
    def title(self) -> str:
        return self.document.title

    @property
    def html(self) -> SafeString:
        """The description as a page shows it."""
        return rendered(self.document.description)

    @property
    def groups(self) -> tuple[Group, ...]:
        return self.document.groups

    @property
    def item_keys(self) -> tuple[str, ...]:
        """The keys of all items, in order."""
        return self.document.keys

    @property
    def purpose(self) -> Purpose:
        return self.document.purpose

    @property
    def applies(self) -> Applies:
        return self.document.applies

    @property
    def retired(self) -> bool:
        return self.document.retired


_Entry = TypeVar("_Entry", Problem, Reason)


class NoSuchChecklist(KeyError):
    """No checklist has that identifier, or it has no such version; the text names those that exist."""

    def __str__(self) -> str:
        # a KeyError shows its text in quotation marks
        return str(self.args[0])


def _shipped_file(name: str) -> Any:
    return json.loads((resources.files(__package__) / "shipped" / name).read_text())


@functools.cache
def shipped_problems() -> tuple[Problem, ...]:
    """The problems that ship with the product."""
    said = _shipped_file("problems.json")
    return tuple(Problem(component, name, text) for component, of in said.items() for name, text in of.items())


@functools.cache
def shipped_reasons() -> tuple[Reason, ...]:
    """The reasons that ship with the product."""
    return tuple(Reason(name, text) for name, text in _shipped_file("reasons.json").items())


@functools.cache
def shipped_checklists() -> tuple[Checklist, ...]:
    """Version 1 of every checklist that ships with the product."""
    folder = resources.files(__package__) / "shipped" / "checklists"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".json"))
    return tuple(_shipped(name.removesuffix(".json"), _shipped_file(f"checklists/{name}")) for name in names)


def _shipped(identifier: str, said: dict[str, Any]) -> Checklist:
    return Checklist(identifier, 1, json.dumps(said["document"]), said["note"])


def _rows(table: Projection, columns: str, condition: str = "", **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns}, t.seq, e.at, e.actor_name FROM {table.table} t"  # noqa: S608  (names are ours)
            f" JOIN decisions_event e ON e.seq = t.seq {condition}",
            parameters,
        )
        return list(cursor.fetchall())


def _merged(shipped: Iterable[_Entry], defined: Iterable[_Entry], with_retired: bool) -> list[_Entry]:
    """What people said over what ships; where they took that back, what ships counts again."""
    found = {_key(each): each for each in shipped}
    found |= {_key(each): each for each in defined if not each.withdrawn or _key(each) not in found}
    listed = [each for each in found.values() if not each.withdrawn and (with_retired or not each.retired)]
    return sorted(listed, key=lambda each: tuple(part.casefold() for part in _key(each)))


def _key(entry: Problem | Reason) -> tuple[str, ...]:
    return (entry.component, entry.name) if isinstance(entry, Problem) else (entry.name,)


def problems(*, components: Collection[str] | None = None, with_retired: bool = False) -> list[Problem]:
    """The problems of `components`, or of all, by component and name. One query."""
    defined = [Problem(*row) for row in _rows(PROBLEMS, "t.component, t.name, t.description, t.retired, t.withdrawn")]
    found = _merged(shipped_problems(), defined, with_retired)
    return [each for each in found if components is None or each.component in components]


def reasons(*, with_retired: bool = False) -> list[Reason]:
    """The reasons by name. One query."""
    defined = [Reason(*row) for row in _rows(REASONS, "t.name, t.description, t.retired, t.withdrawn")]
    return _merged(shipped_reasons(), defined, with_retired)


_OF_CHECKLIST = "t.identifier, t.version, t.document::text, t.note, t.withdrawn"
# a version is many kilobytes: only the newest that stands of each is fetched
_NEWEST = """WHERE (t.identifier, t.version) IN (
    SELECT identifier, max(version) FROM catalogue_savedchecklist WHERE NOT withdrawn GROUP BY identifier)"""


def checklists(*, with_retired: bool = False) -> list[Checklist]:
    """The newest version of every checklist, in the order in which they are shown. One query."""
    saved = [Checklist(*row) for row in _rows(CHECKLISTS, _OF_CHECKLIST, _NEWEST)]
    newest = {each.identifier: each for each in (*shipped_checklists(), *saved)}
    listed = [each for each in newest.values() if with_retired or not each.retired]
    return sorted(listed, key=lambda each: (each.document.place, each.title.casefold(), each.identifier))


def checklists_for(*, run_type: str, reconstruction: str, components: Collection[str]) -> list[Checklist]:
    """The checklists that are to be ticked to certify such a run, in the order in which they are shown. One query."""

    def is_wanted(each: Checklist) -> bool:
        covers = each.applies.covers(run_type=run_type, reconstruction=reconstruction, components=components)
        return covers and each.purpose == "certification"

    return [each for each in checklists() if is_wanted(each)]


def versions_of(identifier: str) -> list[Checklist]:
    """Every version of a checklist, withdrawn ones too, the oldest first. One query.

    Raises:
        NoSuchChecklist: naming the checklists that there are.
    """
    found = saved_versions(identifier)
    if not found:
        known = ", ".join(each.identifier for each in checklists(with_retired=True))
        raise NoSuchChecklist(f"there is no checklist '{identifier}'; there are {known}")
    return found


def saved_versions(identifier: str) -> list[Checklist]:
    """The same, and an empty list for what is no checklist."""
    shipped = [each for each in shipped_checklists() if each.identifier == identifier]
    condition = "WHERE t.identifier = %(identifier)s ORDER BY t.version"
    return [*shipped, *(Checklist(*row) for row in _rows(CHECKLISTS, _OF_CHECKLIST, condition, identifier=identifier))]


def checklist(identifier: str, version: int) -> Checklist:
    """One version of a checklist, be it withdrawn or retired: whoever ticked it finds what it said. One query.

    Raises:
        NoSuchChecklist: naming the checklists, or the versions, that exist.
    """
    existing = versions_of(identifier)
    for each in existing:
        if each.version == version:
            return each
    numbers = ", ".join(str(each.version) for each in existing)
    raise NoSuchChecklist(f"the checklist '{identifier}' has no version {version}; it has {numbers}")
