"""The event of this app: a version of a rule set is saved."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import Field, model_validator

from lumicert.accounts.roles import Permission
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Kind, NewEvent, Payload, register
from lumicert.decisions.models import Event
from lumicert.decisions.projections import latest_by_key
from lumicert.rules.documents import RuleSetName, read_document


class RulesSaved(Payload):
    """A version of a rule set. Version 1 of each ships with the product."""

    name: RuleSetName
    version: int = Field(ge=2)
    document: dict[str, Any]
    comment: Text = Field(default="", max_length=4000)

    @model_validator(mode="after")
    def _document_is_usable(self) -> RulesSaved:
        # whatever way an event takes into the log, what classifies runs must be readable
        read_document(self.name, self.document)
        return self


class RulesWithdrawn(Payload):
    """That version is not in force any more: saving it was undone. Its number is never given again."""

    name: RuleSetName
    version: int


RULES = latest_by_key(
    table="rules_savedrules",
    kind="rules.saved",
    withdrawn="rules.withdrawn",
    key={"name": "payload->>'name'", "version": "(payload->>'version')::int"},
    values={"seq": "seq", "at": "at", "document": "payload->'document'", "comment": "payload->>'comment'"},
)


def _restore(events: Sequence[Event], before: int) -> list[NewEvent]:
    # saved is undone by withdrawing, and withdrawing by saving the same version again
    restored: list[NewEvent] = []
    for event in events:
        key = {"name": event.payload["name"], "version": event.payload["version"]}
        if event.kind == "rules.saved":
            restored.append(NewEvent(RulesWithdrawn(**key)))
        else:
            saved = Event.objects.filter(kind="rules.saved", seq__lte=before, payload__contains=key).latest("seq")
            restored.append(NewEvent(RulesSaved(**saved.payload)))
    return restored


def _describe(verb: str, event: Event) -> str:
    return f"rules {event.payload['name']} v{event.payload['version']} {verb}"


_KINDS: tuple[tuple[str, type[Payload], str], ...] = (
    ("rules.saved", RulesSaved, "saved"),
    ("rules.withdrawn", RulesWithdrawn, "withdrawn"),
)
for _name, _payload, _verb in _KINDS:
    register(
        Kind(
            name=_name,
            version=1,
            payload=_payload,
            scope=frozenset(),
            stream=(),
            describe=partial(_describe, _verb),
            projections=(RULES,),
            restore=_restore,
            permission=Permission.EDIT_POLICY,
        )
    )
