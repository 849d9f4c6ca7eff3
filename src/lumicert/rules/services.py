"""Writing: save a version of a rule set."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from lumicert.accounts.models import User
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import lock_log
from lumicert.decisions.services import Act, ActRefused, Conflict, append
from lumicert.rules import selectors
from lumicert.rules.documents import read_document, written_document
from lumicert.rules.events import RulesSaved
from lumicert.rules.selectors import RulesVersion

_KINDS = ("rules.saved", "rules.withdrawn")


def save_rules(
    *,
    name: str,
    document: object,
    comment: str,
    actor: User | None,
    expected: int,
    act: UUID | None = None,
) -> tuple[RulesVersion, Act | None]:
    """Save the next version of a rule set. Rules that say the same as the newest version are not saved again.

    Args:
        document: JSON data; see `documents`.
        expected: the version that was edited, which must still be the newest.
        act: made where the person clicked, so that a second click does nothing again.

    Raises:
        RulesRefused: naming each rule that cannot be used, and why.
        Conflict: with the events that made another version the newest.
        ActRefused: if there never was such a version, or the act is in the log and says something else.
        pydantic.ValidationError: if the comment is not acceptable.
    """
    wanted = read_document(name, document)
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        if act is not None and (first := Event.objects.filter(act=act).order_by("seq").first()):
            # asked before anything else: by now the version that was edited is not the newest any more
            return _saved_before(first, name, wanted_by=act, payload_like=written_document(wanted))
        newest = selectors.current(name)
        if newest.version != expected:
            raise _conflict(name, expected)
        if newest.document == wanted:
            return newest, None
        payload = RulesSaved(
            name=newest.name,  # type: ignore[arg-type]  # it was found, so it is one of the names
            version=_next_version(name),
            document=written_document(wanted),
            comment=comment,
        )
        done = append(
            events=[NewEvent(payload)], actor=actor, origin=Origin.PERSON if actor else Origin.AUTOMATIC, act=act
        )
    return selectors.current(name), done


def _saved_before(
    first: Event, name: str, *, wanted_by: UUID, payload_like: dict[str, object]
) -> tuple[RulesVersion, Act]:
    """What the first click saved."""
    said = first.payload
    if first.kind != "rules.saved" or said["name"] != name or said["document"] != payload_like:
        raise ActRefused([(0, f"act {wanted_by} is in the log already, in event {first.seq}, and says something else")])
    done = Act(id=wanted_by, first=first.seq, last=first.seq, repeated=True)
    return selectors.version(name, said["version"], at=first.seq), done


def _conflict(name: str, expected: int) -> Conflict | ActRefused:
    events = list(Event.objects.filter(kind__in=_KINDS, payload__name=name).order_by("seq"))
    seen = max((event.seq for event in events if event.payload["version"] == expected), default=None)
    # the version that ships has no event
    if expected == 1:
        seen = 0
    if seen is None:
        return ActRefused([(0, f"the rules '{name}' never had a version {expected}; load the page again")])
    # the version that was edited may itself be what was withdrawn
    return Conflict([event for event in events if event.seq > seen] or events[-1:])


def _next_version(name: str) -> int:
    """One more than any version that ever was: a withdrawn number may stand beside what it classified."""
    ever = [event.payload["version"] for event in Event.objects.filter(kind="rules.saved", payload__name=name)]
    newest: int = max([1, *ever])
    return newest + 1
