"""What the pages of managed lists and checklists show, as plain values for their templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

import pydantic

from lumicert.administration.forms import ReasonForm
from lumicert.catalogue.documents import Applies
from lumicert.catalogue.selectors import Checklist, Problem, Reason
from lumicert.decisions.services import Conflict

CONFLICT = 409
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of an entry's form: what is on the list, or what was typed over it; `errors` say what is wrong."""

    component: str
    name: str
    description: str
    act: UUID | str
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a list, in how many certifications it was chosen, and its form."""

    entry: Problem | Reason
    uses: int
    expected: int | str
    typed: Typed


@dataclass(frozen=True, slots=True)
class Section:
    """The entries of one component, or all reasons under an empty name."""

    component: str
    rows: Sequence[Row]

    @property
    def n_offered(self) -> int:
        return sum(not row.entry.retired for row in self.rows)


def _component(entry: Problem | Reason) -> str:
    return entry.component if isinstance(entry, Problem) else ""


def sections(
    entries: Iterable[Problem | Reason], uses: Mapping[tuple[str, str], int], form: ReasonForm | None
) -> list[Section]:
    """The entries by component, which they are sorted by; what was refused stays in the form where it was typed."""
    return [
        Section(component, [_row(each, uses.get((component, each.name), 0), form) for each in group])
        for component, group in groupby(entries, _component)
    ]


def _row(entry: Problem | Reason, uses: int, form: ReasonForm | None) -> Row:
    component = _component(entry)
    is_typed = form is not None and not form.is_new and form.data.get("was") == entry.name
    if form is not None and is_typed and form.data.get("component", "") == component:
        # over what somebody else wrote goes only who has been shown it
        expected = (entry.seq or 0) if isinstance(form.refusal, Conflict) else form.data.get("expected", "")
        return Row(entry, uses, expected, _typed(form))
    return Row(entry, uses, entry.seq or 0, Typed(component, entry.name, entry.description, uuid4()))


def new_entry(form: ReasonForm | None) -> Typed:
    """The form of a new entry, with what was typed where that was refused."""
    return _typed(form) if form is not None and form.is_new else Typed("", "", "", uuid4())


def _typed(form: ReasonForm) -> Typed:
    data = form.data
    errors = [f"{_FIELDS.get(field, '')}{text}" for field, texts in form.errors.items() for text in texts]
    # a click on a form that has changed since is another act
    return Typed(data.get("component", ""), data.get("name", ""), data.get("description", ""), uuid4(), errors)


_FIELDS = {
    "component": "Component: ",
    "name": "Name: ",
    "description": "Description: ",
    "act": "The form is not whole, load the page again: ",
    "expected": "The form is not whole, load the page again: ",
}


def status_of(form: ReasonForm) -> int:
    """How a refusal is answered: 409 where somebody else was faster, 422 where something typed cannot be taken."""
    return CONFLICT if isinstance(form.refusal, Conflict) else UNPROCESSABLE


def refusal(error: Exception) -> str:
    """Why something was not written, in words for a person."""
    if isinstance(error, pydantic.ValidationError):
        return "; ".join(message_of(dict(detail)) for detail in error.errors())
    if isinstance(error, Conflict):
        return f"Nothing of yours is written yet: {error}. What you typed is still here; save it again to go over it"
    return str(error)


def message_of(detail: dict[str, Any]) -> str:
    """One of pydantic's complaints, in words."""
    return str(detail["msg"]).removeprefix("Value error, ")


def done_to(form: ReasonForm) -> str:
    """What a form did to its list."""
    said = form.cleaned_data
    where = f" for {said['component']}" if said.get("component") else ""
    if form.is_new:
        return f"“{said['name']}” is offered{where} from now on"
    if said["retired"]:
        return f"“{said['name']}” is not offered{where} any more; where it was chosen it stays readable"
    renamed = f"“{said['was']}” is called “{said['name']}”{where}" if said["was"] != said["name"] else ""
    return renamed or f"“{said['name']}” is offered{where} as it is written now"


_ALL = {"run_types": "all runs", "reconstructions": "all reconstructions", "components": "all components"}


def applies_to(applies: Applies) -> str:
    """For what a checklist is, on one line."""
    return " · ".join(", ".join(getattr(applies, name)) or every for name, every in _ALL.items())


@dataclass(frozen=True, slots=True)
class Listed:
    """A checklist in the list of all."""

    version: Checklist
    applies: str

    @property
    def n_items(self) -> int:
        return len(self.version.item_keys)


def listed(version: Checklist) -> Listed:
    """The line of a checklist."""
    is_report = version.purpose == "report"
    return Listed(version, "the weekly report" if is_report else applies_to(version.applies))
