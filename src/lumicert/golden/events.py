"""The event of this app: a version of a policy is saved."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import Field, StringConstraints

from lumicert.accounts.roles import Permission
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Kind, NewEvent, Payload, register
from lumicert.decisions.models import Event
from lumicert.decisions.projections import latest_by_key

PolicyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]


class PolicySaved(Payload):
    """A version of a policy; `rule` is its JSON-logic as the author wrote it."""

    name: PolicyName
    version: int = Field(ge=1)
    rule: Text = Field(max_length=100_000)
    unknown_as_null: bool = False
    comment: Text = Field(default="", max_length=4000)


class PolicyWithdrawn(Payload):
    """That version is not offered any more: saving it was undone. Its number is never given again."""

    name: PolicyName
    version: int


POLICY = latest_by_key(
    table="golden_savedpolicy",
    kind="policy.saved",
    withdrawn="policy.withdrawn",
    key={"name": "payload->>'name'", "version": "(payload->>'version')::int"},
    values={
        "seq": "seq",
        "at": "at",
        "rule": "payload->>'rule'",
        "unknown_as_null": "(payload->>'unknown_as_null')::boolean",
        "comment": "payload->>'comment'",
    },
)


def _restore(events: Sequence[Event], before: int) -> list[NewEvent]:
    # saved is undone by withdrawing, and withdrawing by saving the same version again
    restored: list[NewEvent] = []
    for event in events:
        key = {"name": event.payload["name"], "version": event.payload["version"]}
        if event.kind == "policy.saved":
            restored.append(NewEvent(PolicyWithdrawn(**key)))
        else:
            saved = Event.objects.filter(kind="policy.saved", seq__lte=before, payload__contains=key).latest("seq")
            restored.append(NewEvent(PolicySaved(**saved.payload)))
    return restored


def _describe(verb: str, event: Event) -> str:
    return f"policy {event.payload['name']} v{event.payload['version']} {verb}"


_KINDS: tuple[tuple[str, type[Payload], str], ...] = (
    ("policy.saved", PolicySaved, "saved"),
    ("policy.withdrawn", PolicyWithdrawn, "withdrawn"),
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
            projections=(POLICY,),
            restore=_restore,
            permission=Permission.EDIT_POLICY,
        )
    )
