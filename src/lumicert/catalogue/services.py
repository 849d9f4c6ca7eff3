"""Writing: define problems and reasons, save versions of checklists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from lumicert.accounts.models import User
from lumicert.catalogue import selectors
from lumicert.catalogue.documents import ChecklistDocument, with_keys
from lumicert.catalogue.events import ChecklistSaved, ProblemDefined, ReasonDefined
from lumicert.catalogue.selectors import Checklist, Problem, Reason
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import lock_log
from lumicert.decisions.services import Act, ActRefused, Conflict, append


def define_problem(
    *,
    component: str,
    name: str,
    description: str = "",
    retired: bool = False,
    was: str = "",
    expected: int | None = None,
    actor: User | None,
    act: UUID | None = None,
) -> Act | None:
    """Put a problem on the list of a component, or change the one that is called `was` there.

    A new name retires the old one in the same act, so that who chose that one still reads it.

    Args:
        expected: the event by which the entry that is changed was last defined, 0 for one that ships.
        act: made where the person clicked, so that a second click does nothing again.

    Returns:
        The act; None where the list says all of it already.

    Raises:
        ActRefused: if the name is on the list already, or what is to be changed is not.
        Conflict: with the events by which somebody else changed it since.
        pydantic.ValidationError: if a text is too long, or the component is not one.
    """
    wanted = ProblemDefined(component=component, name=name, description=description, retired=retired)

    def listed() -> Sequence[Problem]:
        return selectors.problems(components=[component], with_retired=True)

    def retiring(old: Problem | Reason) -> ProblemDefined:
        return ProblemDefined(component=component, name=old.name, description=old.description, retired=True)

    return _define(wanted, listed, retiring, f"the problems of {component}", was, expected, actor, act)


def define_reason(
    *,
    name: str,
    description: str = "",
    retired: bool = False,
    was: str = "",
    expected: int | None = None,
    actor: User | None,
    act: UUID | None = None,
) -> Act | None:
    """Put a reason on the list, or change the one that is called `was`; as `define_problem`."""
    wanted = ReasonDefined(name=name, description=description, retired=retired)

    def listed() -> Sequence[Reason]:
        return selectors.reasons(with_retired=True)

    def retiring(old: Problem | Reason) -> ReasonDefined:
        return ReasonDefined(name=old.name, description=old.description, retired=True)

    return _define(wanted, listed, retiring, "the reasons", was, expected, actor, act)


def _define(
    wanted: ReasonDefined,
    listed: Callable[[], Sequence[Problem | Reason]],
    retiring: Callable[[Problem | Reason], ReasonDefined],
    what: str,
    was: str,
    expected: int | None,
    actor: User | None,
    act: UUID | None,
) -> Act | None:
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        entries = {each.name: each for each in listed()}
        events = [NewEvent(wanted)]
        if was and was != wanted.name and was in entries:
            events.insert(0, NewEvent(retiring(entries[was])))
        if not _is_known(act):
            # by the second click the list says what the first one wrote
            _check_name(wanted, entries, what, was)
            if _says_the_same(wanted, entries.get(was)):
                return None
        return append(events=events, actor=actor, origin=_origin(actor), act=act, expected=expected)


def _check_name(wanted: ReasonDefined, entries: Mapping[str, Problem | Reason], what: str, was: str) -> None:
    if was and was not in entries:
        raise ActRefused([(0, f"'{was}' is not among {what} any more; load the page again")])
    twins = [each for each in entries.values() if each.name.casefold() == wanted.name.casefold() and each.name != was]
    if not twins:
        return
    hint = ", retired: bring it back instead" if twins[0].retired else ""
    raise ActRefused([(0, f"'{twins[0].name}' is among {what} already{hint}")])


def _says_the_same(wanted: ReasonDefined, old: Problem | Reason | None) -> bool:
    said = (wanted.name, wanted.description, wanted.retired)
    return old is not None and said == (old.name, old.description, old.retired)


def _is_known(act: UUID | None) -> bool:
    return act is not None and Event.objects.filter(act=act).exists()


def _origin(actor: User | None) -> Origin:
    return Origin.PERSON if actor else Origin.AUTOMATIC


def save_checklist(
    *,
    identifier: str,
    document: Mapping[str, Any],
    note: str,
    actor: User | None,
    expected: int,
    act: UUID | None = None,
) -> tuple[Checklist, Act | None]:
    """Save the next version of a checklist. What says the same as the newest version is not saved again.

    Args:
        document: as JSON data; see `documents`. Items without a key get one.
        expected: the version that was edited, which must still be the newest; 0 for a new checklist.
        act: made where the person clicked, so that a second click does nothing again.

    Raises:
        Conflict: with the events that made another version the newest.
        ActRefused: if a new checklist has the identifier of another one, there never was such a version, or the act is
            in the log and says something else.
        pydantic.ValidationError: naming what in the document cannot be used.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        existing = selectors.saved_versions(identifier)
        first = Event.objects.filter(act=act).order_by("seq").first() if act else None
        if first is not None:
            # asked before anything else: by now the version that was edited is not the newest any more
            return _saved_before(first, identifier, document, existing)
        wanted = _read(document, existing)
        newest = max((each for each in existing if not each.withdrawn), key=lambda each: each.version, default=None)
        if (newest.version if newest else 0) != expected:
            raise _conflict(identifier, expected, existing)
        if newest and newest.document == wanted:
            return newest, None
        version = 1 + max((each.version for each in existing), default=0)
        saved = ChecklistSaved(identifier=identifier, version=version, document=wanted, note=note)
        done = append(events=[NewEvent(saved)], actor=actor, origin=_origin(actor), act=act)
    return selectors.checklist(identifier, version), done


def _read(document: Mapping[str, Any], existing: Sequence[Checklist]) -> ChecklistDocument:
    # what an item was once called in a certification must not come to mean another one
    taken = {key for each in existing for key in each.item_keys}
    return ChecklistDocument.model_validate(with_keys(document, taken))


def _saved_before(
    first: Event, identifier: str, document: Mapping[str, Any], existing: Sequence[Checklist]
) -> tuple[Checklist, Act]:
    """What the first click saved."""
    said, wanted = first.payload, None
    if first.kind == "checklist.saved" and said["identifier"] == identifier:
        wanted = _read(document, [each for each in existing if each.version < said["version"]])
    if wanted is None or wanted != ChecklistDocument.model_validate(said["document"]):
        there = f"act {first.act} is in the log already, in event {first.seq}, and says something else"
        raise ActRefused([(0, there)])
    done = Act(id=first.act, first=first.seq, last=first.seq, repeated=True)
    return selectors.checklist(identifier, said["version"]), done


def _conflict(identifier: str, expected: int, existing: Sequence[Checklist]) -> Conflict | ActRefused:
    if expected == 0:
        return ActRefused([(0, f"there is a checklist '{identifier}' already; edit it, or choose another identifier")])
    events = list(Event.objects.filter(kind="checklist.saved", payload__identifier=identifier).order_by("seq"))
    seen = [event.seq for event in events if event.payload["version"] == expected]
    if not seen and expected not in [each.version for each in existing]:
        return ActRefused([(0, f"the checklist '{identifier}' never had a version {expected}; load the page again")])
    # a version that ships has no event; one that was withdrawn has one more, which is what came in between
    return Conflict([event for event in events if event.seq > min(seen, default=0)])
