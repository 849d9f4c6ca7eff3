"""The events of this app: a problem or a reason is defined, a version of a checklist is saved.

Each says all there is to say of one thing, so that undoing it says once more what was said before. Where nothing was,
the thing is *withdrawn*: it is not offered and not listed, and whoever once chose or ticked it still finds its text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import Field

from lumicert.accounts.roles import Permission
from lumicert.catalogue.documents import ChecklistDocument, ComponentName, Line, Slug, Words
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Kind, NewEvent, Payload, register
from lumicert.decisions.models import Event
from lumicert.decisions.projections import Projection, latest_by_key


class ReasonDefined(Payload):
    """What a reason for bad data means, and whether it is offered."""

    name: Line = Field(max_length=50)
    description: Words = Field(default="", max_length=1000)
    retired: bool = False
    withdrawn: bool = False


class ProblemDefined(ReasonDefined):
    """The same for a problem of a component."""

    component: ComponentName


class ChecklistSaved(Payload):
    """A version of a checklist; `note` says what is new in it, and why."""

    identifier: Slug
    version: int = Field(ge=1)
    document: ChecklistDocument
    note: Text = Field(default="", max_length=1000)
    withdrawn: bool = False


def _projection(table: str, kind: str, key: Mapping[str, str], values: Mapping[str, str]) -> Projection:
    always = {"seq": "seq", "withdrawn": "(payload->>'withdrawn')::boolean"}
    return latest_by_key(table=table, kind=kind, withdrawn=None, key=key, values={**always, **values})


_NAME = {"name": "payload->>'name'"}
_ENTRY = {"description": "payload->>'description'", "retired": "(payload->>'retired')::boolean"}

PROBLEMS = _projection(
    "catalogue_definedproblem", "problem.defined", {"component": "payload->>'component'", **_NAME}, _ENTRY
)
REASONS = _projection("catalogue_definedreason", "reason.defined", _NAME, _ENTRY)
CHECKLISTS = _projection(
    "catalogue_savedchecklist",
    "checklist.saved",
    {"identifier": "payload->>'identifier'", "version": "(payload->>'version')::int"},
    {"document": "payload->'document'", "note": "payload->>'note'"},
)


def _restore(payload: type[Payload], key: Sequence[str], events: Sequence[Event], before: int) -> list[NewEvent]:
    restored = []
    for event in events:
        same = {name: event.payload[name] for name in key}
        earlier = Event.objects.filter(kind=event.kind, seq__lte=before, payload__contains=same)
        stood = earlier.order_by("seq").last()
        said: dict[str, Any] = stood.payload if stood else {**event.payload, "withdrawn": True}
        restored.append(NewEvent(payload(**said)))
    return restored


def _state(payload: Mapping[str, Any]) -> str:
    return "withdrawn" if payload["withdrawn"] else "retired" if payload["retired"] else "defined"


def _describe_problem(event: Event) -> str:
    return f"problem '{event.payload['name']}' of {event.payload['component']} {_state(event.payload)}"


def _describe_reason(event: Event) -> str:
    return f"reason '{event.payload['name']}' {_state(event.payload)}"


def _describe_checklist(event: Event) -> str:
    verb = "withdrawn" if event.payload["withdrawn"] else "saved"
    return f"checklist {event.payload['identifier']} v{event.payload['version']} {verb}"


_KINDS: tuple[tuple[str, type[Payload], Projection, tuple[str, ...], Callable[[Event], str]], ...] = (
    ("problem.defined", ProblemDefined, PROBLEMS, ("component", "name"), _describe_problem),
    ("reason.defined", ReasonDefined, REASONS, ("name",), _describe_reason),
    ("checklist.saved", ChecklistSaved, CHECKLISTS, ("identifier", "version"), _describe_checklist),
)
for _name, _payload, _table, _key, _describe in _KINDS:
    register(
        Kind(
            name=_name,
            version=1,
            payload=_payload,
            scope=frozenset(),
            stream=(),
            describe=_describe,
            projections=(_table,),
            restore=partial(_restore, _payload, _key),
            permission=Permission.ADMINISTER,
        )
    )
