"""The event of this app: a version of a rule set is saved."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from lumicert.accounts.roles import Permission
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Payload
from lumicert.decisions.projections import latest_by_key
from lumicert.decisions.versions import register_versions
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


register_versions(
    "rules", saved=RulesSaved, withdrawn=RulesWithdrawn, projection=RULES, permission=Permission.EDIT_POLICY
)
