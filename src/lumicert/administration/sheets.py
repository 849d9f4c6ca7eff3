"""What the editor of a checklist shows: a draft, what is wrong with it, and what somebody else saved meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import get_args

import pydantic
from django.core.exceptions import ValidationError
from django.http import QueryDict

from lumicert.administration.drafts import Draft
from lumicert.administration.forms import SaveForm, check_component
from lumicert.administration.presenters import message_of
from lumicert.administration.writing import difference
from lumicert.catalogue import selectors
from lumicert.catalogue.documents import ChecklistDocument, Purpose, Reconstruction, RunType, with_keys
from lumicert.catalogue.selectors import Checklist
from lumicert.decisions.models import Event
from lumicert.decisions.services import Conflict
from lumicert.shell.differences import DiffLine

_PURPOSES: Mapping[Purpose, str] = {
    "certification": "certifications: shifters tick it",
    "report": "the weekly report of the shift leader",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a draft from being saved; `field` is the id of the field it was typed in."""

    field: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else saved since the editor was opened; `newest` is None where all versions were taken back."""

    later: Sequence[Event]
    newest: Checklist | None
    lines: Sequence[DiffLine]


@dataclass
class Editor:
    """One state of the editor. `expected` is the version that it began from, 0 for a new checklist."""

    draft: Draft
    identifier: str = ""
    expected: int | str = 0
    note: str = ""
    is_new: bool = field(default=False, kw_only=True)
    problems: list[Problem] = field(default_factory=list)
    conflict: Meanwhile | None = None
    focus: str | None = None

    @classmethod
    def posted(cls, data: QueryDict, identifier: str | None = None) -> Editor:
        """As it was sent; `identifier` is None where it is typed in the form too."""
        typed = data.get("identifier", "") if identifier is None else identifier
        return cls(
            Draft.posted(data), typed, data.get("expected", "0"), data.get("note", ""), is_new=identifier is None
        )

    @property
    def errors(self) -> Mapping[str, str]:
        """What is wrong, by the id of the field."""
        return {problem.field: problem.text for problem in self.problems}

    @property
    def purposes(self) -> list[tuple[str, str, bool]]:
        """(value, words, chosen)."""
        return [(value, words, value == self.draft.purpose) for value, words in _PURPOSES.items()]

    @property
    def applies(self) -> list[tuple[str, str, list[tuple[str, bool]]]]:
        """(field, words, its choices and whether each is ticked) of what a checklist can be for."""
        known = {each.component for each in selectors.problems(with_retired=True)}
        choices = (
            ("run_types", "Run types", get_args(RunType)),
            ("reconstructions", "Reconstructions", get_args(Reconstruction)),
            ("components", "Components", sorted({*known, *self.draft.components})),
        )
        return [
            (name, words, [(each, each in getattr(self.draft, name)) for each in of]) for name, words, of in choices
        ]


def problems_of(form: SaveForm) -> Iterator[Problem]:
    """What is wrong with what goes with a draft."""
    for name, texts in form.errors.items():
        is_note = name == "note"
        where = "What is new" if is_note else "The form is not whole, load the page again"
        yield from (Problem("note" if is_note else "", where, str(text)) for text in texts)


def unusable(draft: Draft) -> Iterator[Problem]:
    """All that keeps a draft from being a checklist."""
    yield from _wrong_components(draft)
    try:
        ChecklistDocument.model_validate(with_keys(draft.document(), ()))
    except pydantic.ValidationError as error:
        # of the components it is said already, with the name that was meant
        yield from (problem for problem in refused(error, draft) if problem.field != _COMPONENTS)


_COMPONENTS = "other-components"


def _wrong_components(draft: Draft) -> Iterator[Problem]:
    for name in draft.components:
        try:
            check_component(name)
        except ValidationError as error:
            yield Problem(_COMPONENTS, "Components", error.messages[0])


def refused(error: pydantic.ValidationError, draft: Draft) -> list[Problem]:
    """What of a draft cannot be used, each with the field that it was typed in."""
    found = []
    for detail in error.errors():
        where = draft.field_of(detail["loc"])
        found.append(Problem(*where, message_of(dict(detail))))
    return found


def conflict(found: Conflict, identifier: str, expected: int) -> Meanwhile:
    """What came in between, and what it changed of the version that was edited."""
    existing = {each.version: each for each in selectors.saved_versions(identifier)}
    newest = max((each for each in existing.values() if not each.withdrawn), key=_number, default=None)
    began = existing.get(expected)
    lines = difference(began.document, newest.document) if began and newest else []
    return Meanwhile(found.later, newest, lines)


def _number(version: Checklist) -> int:
    return version.version


def with_the_one_before(existing: Sequence[Checklist]) -> list[tuple[Checklist, int | None]]:
    """The versions, newest first, each with the number of the one before it; they are given oldest first."""
    before: dict[int, int] = {now.version: earlier.version for earlier, now in pairwise(existing)}
    return [(each, before.get(each.version)) for each in reversed(existing)]


def what_follows(version: Checklist) -> str:
    """What it means that this version was saved."""
    if version.retired:
        return "It is retired: nobody is asked to tick it any more."
    if version.purpose == "report":
        return "The weekly report shows it from now on."
    return "Certifications ask for it from now on; those that are there keep the version that was ticked."
