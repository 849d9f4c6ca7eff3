"""The event of this app: a version of a policy is saved."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from lumicert.accounts.roles import Permission
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Payload
from lumicert.decisions.projections import latest_by_key
from lumicert.decisions.versions import register_versions

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


register_versions(
    "policy", saved=PolicySaved, withdrawn=PolicyWithdrawn, projection=POLICY, permission=Permission.EDIT_POLICY
)
