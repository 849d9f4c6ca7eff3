"""Writing: save a version of a policy."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from lumicert.accounts.models import User
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import lock_log
from lumicert.decisions.services import Act, append
from lumicert.golden import policies
from lumicert.golden.events import PolicySaved


def save_policy(
    *,
    name: str,
    rule: str,
    comment: str,
    actor: User | None,
    unknown_as_null: bool = False,
    act: UUID | None = None,
) -> tuple[policies.PolicyVersion, Act | None]:
    """Save the next version of a policy. A rule that means the same as the newest version is not saved again.

    Raises:
        PolicyError: if the rule is not one, naming the place.
        pydantic.ValidationError: if the name or the comment is not acceptable.
    """
    parsed = policies.parse_rule(rule, unknown_as_null=unknown_as_null)
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        existing = [item for item in policies.all_versions() if item.name == name]
        if existing and existing[-1].parsed().digest == parsed.digest:
            return existing[-1], None
        payload = PolicySaved(
            name=name,
            version=_next_version(name, existing),
            rule=rule,
            unknown_as_null=unknown_as_null,
            comment=comment,
        )
        done = append(
            events=[NewEvent(payload)], actor=actor, origin=Origin.PERSON if actor else Origin.AUTOMATIC, act=act
        )
    return policies.find(name), done


def _next_version(name: str, existing: list[policies.PolicyVersion]) -> int:
    """One more than any version that ever was: a withdrawn number may stand under a published file."""
    ever = [event.payload["version"] for event in Event.objects.filter(kind="policy.saved", payload__name=name)]
    newest: int = max([0, *ever, *(item.version for item in existing)])
    return newest + 1
