"""Writing: certify, edit, withdraw, restore, hand over, review, promote and demote a reference run.

Each is one act: all of it or nothing. Whether somebody may is decided here, not on the page that shows the button.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import pydantic

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission, roles_in_words
from lumicert.certification import selectors
from lumicert.certification.checking import Given, Wanted, Warned, check
from lumicert.certification.events import (
    CertificationMade,
    CertificationReviewed,
    CertificationWithdrawn,
    Confirmed,
    ReferenceDemoted,
    ReferencePromoted,
    Ticked,
)
from lumicert.certification.judging import Word, deciding, good
from lumicert.certification.leaving import Left, events_of, left_to_rules, own_events
from lumicert.certification.models import Certification
from lumicert.certification.selectors import Subject
from lumicert.certification.workspaces import Part
from lumicert.decisions import ranges
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import current_seq, standing
from lumicert.decisions.services import Act, Conflict, append
from lumicert.runs.events import DatasetRegistered
from lumicert.runs.typing import BY_HAND

LOW_STATISTICS = "low statistics"
_LONGEST_CAUSE = 200


class CertificationRefused(ValueError):
    """A certification that cannot be taken; `problems` has what is wrong, by field of the form."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem for found in problems.values() for problem in found))


class NotConfirmed(Exception):
    """Warnings that nobody confirmed yet. Nothing was written."""

    def __init__(self, warnings: Sequence[Warned]) -> None:
        self.warnings = tuple(warnings)
        super().__init__("; ".join(each.text for each in warnings))


class NotYours(Exception):
    """A certification that this person's role does not change."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What was written, and whether the certification is good."""

    act: Act
    verdict: str


def may_certify(user: User, live: Certification | None, *, workspace: str) -> bool:
    """True when this person may certify, or change the live certification: its shifter, or who may change others'."""
    if not user.may(Permission.CERTIFY) or not user.works_in(workspace):
        return False
    return live is None or live.shifter == user.get_username() or user.may(Permission.CERTIFY_OTHERS)


def certify(*, subject: Subject, wanted: Wanted, actor: User, expected: int, act: UUID | None = None) -> Certified:
    """Certify a run in one reconstruction, or change what was certified.

    Args:
        subject: the run, reconstruction, dataset and workspace that the form was opened for.
        expected: the last event of the log when the form was read.
        act: made with the form, so that a second click does nothing again.

    Raises:
        CertificationRefused: with what is wrong, by field.
        NotConfirmed: warnings are to be confirmed first.
        NotYours: it is somebody else's certification.
        Conflict: somebody certified it, or spoke of the same lumisections, since the form was read.
    """
    made, events = prepared(subject=subject, wanted=wanted, actor=actor, expected=expected, act=act)
    done = append(events=events, actor=actor, origin=Origin.PERSON, act=act, expected=expected)
    return Certified(done, made.verdict)


def prepared(
    *, subject: Subject, wanted: Wanted, actor: User, expected: int, act: UUID | None = None
) -> tuple[CertificationMade, list[NewEvent]]:
    """What certifying would write, checked: the certification, and all events of it. Raises what `certify` does."""
    live = selectors.live(subject)
    _refuse_others(actor, live, act, workspace=subject.workspace)
    given = selectors.given(subject, dict(wanted.words))
    if expected > current_seq():
        raise CertificationRefused({"": ["the form was read at an event that is not there: load the page again"]})
    findings = check(wanted, given)
    if live is not None and not wanted.reason and live.shifter != actor.get_username():
        findings.errors.setdefault("reason", []).append(f"say why: {live.shifter} is told of it")
    if findings.errors:
        raise CertificationRefused(findings.errors)
    left = _left(subject, wanted, live)
    findings.warnings.extend(left.warnings)
    if unconfirmed := [each for each in findings.warnings if each.code not in wanted.confirmed]:
        raise NotConfirmed(unconfirmed)
    made = _made(subject, wanted, given, findings.warnings, left=left.lumis, live=live, actor=actor)
    events = [
        *_dataset_first(subject),
        NewEvent(made, subject.run, subject.dataset),
        *statuses_of(subject, wanted.words, wanted.bad_reason, left.lumis),
        *_taken_off(subject, left),
    ]
    return made, events


def _left(subject: Subject, wanted: Wanted, live: Certification | None) -> Left:
    stands = standing(run=subject.run, dataset=subject.dataset)
    own = own_events(live, subject.dataset, stands)
    return left_to_rules(subject.of.parts, wanted.words, subject.lumis, stands, own)


def _taken_off(subject: Subject, left: Left) -> list[NewEvent]:
    nothing = ComponentStatusSaid(layer=Layer.PERSON, status=None)
    return [
        NewEvent(nothing, subject.run, subject.dataset, subject.of.part(key).component, lumis)
        for key, lumis in left.taken_off.items()
    ]


def _refuse_elsewhere(actor: User, workspace: str) -> None:
    if not actor.works_in(workspace):
        raise NotYours(f"You certify {', '.join(actor.workspaces) or 'nothing'}, and this is a run's {workspace}.")


def _refuse_others(actor: User, live: Certification | None, act: UUID | None, *, workspace: str) -> None:
    if not actor.may(Permission.CERTIFY):
        raise NotYours(f"Your role does not certify; {roles_in_words(Permission.CERTIFY)} may.")
    _refuse_elsewhere(actor, workspace)
    # the same click again is answered as before, whoever certified meanwhile
    repeated = act is not None and Event.objects.filter(act=act, actor=actor).exists()
    if repeated or may_certify(actor, live, workspace=workspace):
        return
    theirs = f"{live.shifter} certified run {live.run} {live.reconstruction} already. " if live else ""
    others = roles_in_words(Permission.CERTIFY_OTHERS)
    raise NotYours(f"{theirs}You may change your own certifications; {others} may change those of others.")


def _made(
    subject: Subject,
    wanted: Wanted,
    given: Given,
    warnings: Sequence[Warned],
    *,
    left: Mapping[str, Ranges],
    live: Certification | None,
    actor: User,
) -> CertificationMade:
    decides = deciding(given.workspace, given.run_type)
    try:
        return CertificationMade(
            workspace=subject.workspace,
            reconstruction=subject.reconstruction,
            run_type=given.run_type,
            verdict="good" if good(wanted.words, decides) else "bad",
            shifter=live.shifter if live else actor.get_username(),
            date=wanted.date,
            parts=dict(wanted.words),
            decides=decides,
            left=dict(left),
            reference=wanted.reference,
            bad_reason=wanted.bad_reason,
            tracker_map=wanted.tracker_map,  # type: ignore[arg-type]  # pydantic checks it
            comment=wanted.comment,
            facts=subject.facts,
            missing=subject.missing,
            confirmed=[Confirmed(code=each.code, text=each.text) for each in warnings],
            checklists=_signed(wanted.checklists, live, actor),
            reason=wanted.reason,
        )
    except pydantic.ValidationError as error:
        raise CertificationRefused({str(item["loc"][0]): [item["msg"]] for item in error.errors()}) from error


def _signed(ticked: Sequence[Ticked], live: Certification | None, actor: User) -> list[Ticked]:
    """Each tick with who made it: what an edit left as it was is whose it was."""
    before: dict[tuple[str, int, str, str], str] = {}
    for each in map(Ticked.model_validate, live.rest.get("checklists", []) if live else []):
        said = {key: each.by.get(key, live.shifter if live else "") for key in each.items}
        before |= {(each.identifier, each.version, key, each.items[key]): said[key] for key in said}
    return [
        each.model_copy(
            update={
                "by": {
                    key: before.get((each.identifier, each.version, key, at), actor.get_username())
                    for key, at in each.items.items()
                }
            }
        )
        for each in ticked
    ]


def _dataset_first(subject: Subject) -> list[NewEvent]:
    """The dataset of a run that no source told of: with the lumisections of the run."""
    if subject.is_registered:
        return []
    return [NewEvent(DatasetRegistered(source=BY_HAND), subject.run, subject.dataset, lumis=subject.lumis)]


def statuses_of(
    subject: Subject, words: Mapping[str, Word], bad_reason: str, left: Mapping[str, Ranges]
) -> list[NewEvent]:
    """What follows from the words for the components of the dataset, over all its lumisections but what is left."""
    found = []
    for part in subject.of.parts:
        word = words[part.key]
        rest = ranges.difference(subject.lumis, ranges.union(word.bad_lumis, left.get(part.key, ())))
        found.append(_status(subject, part, word, rest, bad_reason, bad=not word.is_good))
        if word.bad_lumis:
            found.append(_status(subject, part, word, word.bad_lumis, bad_reason, bad=True))
    return found


def _status(subject: Subject, part: Part, word: Word, lumis: Ranges, bad_reason: str, *, bad: bool) -> NewEvent:
    # what is bad only for want of statistics counts as good, here as in the verdict
    status = word.status if word.status == "EXCLUDED" else "BAD" if bad else "GOOD"
    cause = (bad_reason if bad else LOW_STATISTICS if word.low_statistics else "")[:_LONGEST_CAUSE]
    comment = "; ".join(filter(None, [", ".join(word.problems), word.comment])) if bad else ""
    said = ComponentStatusSaid(layer=Layer.PERSON, status=status, cause=cause, comment=comment)
    return NewEvent(said, subject.run, subject.dataset, part.component, lumis)


def _key(live: Certification) -> dict[str, str]:
    return {"workspace": live.workspace, "reconstruction": live.reconstruction}


# ---- withdraw, restore, hand over ----


def withdraw(*, live: Certification, actor: User, reason: str, expected: int, act: UUID | None = None) -> Act:
    """Take a certification back, with the statuses that it gave; it stays in the history and can be restored.

    Raises:
        NotYours: it is somebody else's.
        CertificationRefused: no reason was given.
        Conflict: it was changed since the page was read.
    """
    _refuse_others(actor, live, act, workspace=live.workspace)
    if not reason.strip():
        raise CertificationRefused({"reason": ["say why it is withdrawn"]})
    said = CertificationWithdrawn.model_validate({**_key(live), "reason": reason})
    events = [NewEvent(said, live.run, live.dataset), *_released(live)]
    return append(events=events, actor=actor, origin=Origin.PERSON, act=act, expected=expected)


def _released(live: Certification) -> list[NewEvent]:
    """Takes back the statuses that still stand by the act of a certification."""
    own = events_of(live, live.dataset)
    nothing = ComponentStatusSaid(layer=Layer.PERSON, status=None)
    return [
        NewEvent(nothing, each.run, each.dataset, each.component, each.lumis)
        for each in standing(run=live.run, dataset=live.dataset)
        if each.seq in own
    ]


def hand_over(
    *, live: Certification, to: User, actor: User, reason: str, expected: int, act: UUID | None = None
) -> Act:
    """Make a certification somebody else's; what it says stays as it is.

    Raises:
        NotYours: it is somebody else's.
        CertificationRefused: the other may not certify.
    """
    _refuse_others(actor, live, act, workspace=live.workspace)
    if not to.may(Permission.CERTIFY):
        raise CertificationRefused({"to": [f"{to.get_username()} may not certify"]})
    told = {
        "shifter": to.get_username(),
        "handed_from": live.shifter,
        "reason": reason or f"handed over to {to.get_username()}",
        "restores": None,
    }
    said = NewEvent(CertificationMade.model_validate({**live.payload, **told}), live.run, live.dataset)
    return append(events=[said], actor=actor, origin=Origin.PERSON, act=act, expected=expected)


# ---- review ----


def review(
    *, live: Certification, outcome: str, comment: str, actor: User, expected: int, act: UUID | None = None
) -> Act:
    """Approve a certification, or send it back to its shifter with a comment.

    Raises:
        NotYours: nobody reviews an own certification, and only some roles review at all.
        CertificationRefused: it is sent back without a word.
        Conflict: it was changed or reviewed since the page was read.
    """
    if not actor.may(Permission.REVIEW):
        raise NotYours(f"Your role does not review; {roles_in_words(Permission.REVIEW)} may.")
    _refuse_elsewhere(actor, live.workspace)
    if live.shifter == actor.get_username():
        raise NotYours("It is your own certification: a second person reviews it.")
    if outcome == "sent back" and not comment.strip():
        raise CertificationRefused({"comment": [f"say what {live.shifter} is to look at"]})
    _refuse_unseen(live, expected, act)
    said = CertificationReviewed.model_validate({**_key(live), "of": live.seq, "outcome": outcome, "comment": comment})
    event = NewEvent(said, live.run, live.dataset)
    return append(events=[event], actor=actor, origin=Origin.PERSON, act=act, expected=expected)


def _refuse_unseen(live: Certification, expected: int, act: UUID | None) -> None:
    """A certification that was changed since the page was read is another one to judge.

    The log compares reviews with reviews and reference runs with reference runs, not with certifications.
    """
    if live.seq > expected and not (act is not None and Event.objects.filter(act=act).exists()):
        raise Conflict([Event.objects.get(seq=live.seq)])


# ---- reference runs ----


def promote(
    *,
    live: Certification,
    actor: User,
    expected: int,
    notes: str = "",
    first_run: int | None = None,
    last_run: int | None = None,
    act: UUID | None = None,
) -> Act:
    """Make a run that was certified good a reference run, or change its notes and validity.

    Args:
        expected: the last event of the log when the certification was read.

    Raises:
        NotYours: only some roles do.
        CertificationRefused: it was certified bad, or its validity is reversed.
        Conflict: its certification, or what is said of it as a reference run, was changed since it was read.
    """
    if not actor.may(Permission.REFERENCES):
        raise NotYours(f"Your role does not choose reference runs; {roles_in_words(Permission.REFERENCES)} may.")
    _refuse_elsewhere(actor, live.workspace)
    # before its verdict: what the leader saw may have been good
    _refuse_unseen(live, expected, act)
    if live.verdict != "good":
        raise CertificationRefused({"": [f"run {live.run} {live.reconstruction} was certified bad by {live.shifter}"]})
    if first_run is not None and last_run is not None and last_run < first_run:
        raise CertificationRefused({"last_run": [f"{last_run} lies before {first_run}"]})
    said = ReferencePromoted.model_validate(
        {**_key(live), "notes": notes, "first_run": first_run, "last_run": last_run}
    )
    event = NewEvent(said, live.run)
    return append(events=[event], actor=actor, origin=Origin.PERSON, act=act, expected=expected)


def demote(
    *,
    run: int,
    workspace: str,
    reconstruction: str,
    actor: User,
    reason: str,
    expected: int,
    act: UUID | None = None,
) -> Act:
    """Offer a reference run no more. Certifications that were compared with it stand.

    Raises:
        NotYours: only some roles do.
        CertificationRefused: it is no reference run, or no reason was given.
        Conflict: somebody changed what is said of it since it was read.
    """
    if not actor.may(Permission.REFERENCES):
        raise NotYours(f"Your role does not choose reference runs; {roles_in_words(Permission.REFERENCES)} may.")
    _refuse_elsewhere(actor, workspace)
    if not reason.strip():
        raise CertificationRefused({"reason": ["say why it is no reference run any more"]})
    repeated = act is not None and Event.objects.filter(act=act).exists()
    if not repeated and not selectors.is_reference(run, workspace, reconstruction):
        raise CertificationRefused({"": [f"run {run} {reconstruction} is no reference run"]})
    said = ReferenceDemoted.model_validate({"workspace": workspace, "reconstruction": reconstruction, "reason": reason})
    return append(events=[NewEvent(said, run)], actor=actor, origin=Origin.PERSON, act=act, expected=expected)
