"""The outbox: what the log has to say to the registry outside, and what people do with what it refuses.

A cursor follows the numbers of events, which have no gaps, so that no certification is passed over and none is taken
twice. It begins where writing was first switched on, and waits where it is switched off again. What was imported was
entered there by hand long ago. That, and what is older than writing, is written only when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission, roles_in_words
from lumicert.certification.events import CertificationMade
from lumicert.certification.judging import Word
from lumicert.certification.models import Certification
from lumicert.certification.services import LOW_STATISTICS
from lumicert.certification.workspaces import Part, workspace
from lumicert.crosscheck import comparing, extent
from lumicert.crosscheck.models import Cursor, Delivery, signature
from lumicert.decisions import ranges
from lumicert.decisions.locks import one_at_a_time
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import current_seq

OUTBOX = "outbox"
MADE, WITHDRAWN = "certification.made", "certification.withdrawn"
EVENTS_AT_ONCE = 1000
LONGEST_COMMENT = 1000
LONGEST_REASON = 1000
State = Delivery.State
Note = dict[str, str]


class NotDone(Exception):
    """What was asked of a delivery cannot be done; the text says why."""


# ---- from the log ----


def take_from_log() -> int:
    """Make a delivery of each certification behind the cursor; the number of events that were taken."""
    with one_at_a_time("crosscheck take from log"):
        head = current_seq()
        cursor, is_new = Cursor.objects.get_or_create(name=OUTBOX, defaults={"seq": head})
        if is_new or cursor.seq >= head:
            return 0
        said = Event.objects.filter(seq__gt=cursor.seq, seq__lte=head, kind__in=(MADE, WITHDRAWN))
        new = said.exclude(origin=Origin.IMPORT).exclude(seq__in=Delivery.objects.values("seq"))
        events = list(new.order_by("seq")[:EVENTS_AT_ONCE])
        for event in events:
            _take(event)
        cursor.seq = events[-1].seq if len(events) == EVENTS_AT_ONCE else head
        cursor.save()
    return len(events)


def _take(event: Event, notes: Sequence[Note] = ()) -> None:
    withdrawn = event.kind == WITHDRAWN
    stretches = _taken_back(event) if withdrawn else _said(event)
    _supersede(event)
    # what nobody wrote there needs no taking back
    if stretches or not withdrawn:
        now = timezone.now()
        Delivery.objects.create(
            seq=event.seq, kind=event.kind, dataset=event.dataset or "", actor_name=event.actor_name,
            stretches=stretches, made_at=event.at, due_at=now, notes=[*notes], **_key(event),
            **({} if stretches else {"state": State.REFUSED, "failure": _UNKNOWN_LS}),
        )  # fmt: skip


_UNKNOWN_LS = "Nobody knows here which lumisections the dataset has. Certify the run again when they are known."


def _key(event: Event) -> dict[str, Any]:
    return {"run": event.run, **{name: event.payload[name] for name in ("workspace", "reconstruction")}}


def _supersede(event: Event) -> None:
    older = Delivery.objects.filter(seq__lt=event.seq, **_key(event))
    undone = older.filter(state__in=(State.WAITING, State.REFUSED))
    undone.update(state=State.SUPERSEDED, superseded_by=event.seq)


def _said(event: Event) -> list[list[Any]]:
    """What the certification says, stretch by stretch."""
    made = CertificationMade.model_validate(event.payload)
    lumis = _lumis(event)
    words: Mapping[str, Word] = made.parts
    of_part = [(part, words[part.key]) for part in workspace(made.workspace).parts if part.key in words]
    signed = signature(event.seq, event.actor_name)
    return [row for part, word in of_part for row in _of_part(part, word, lumis, made, signed)]


def _lumis(event: Event) -> Ranges:
    run, dataset = event.run or 0, event.dataset or ""
    return extent.of_datasets([run]).get((run, dataset), ())


def _of_part(part: Part, word: Word, lumis: Ranges, made: CertificationMade, signed: str) -> Iterable[list[Any]]:
    why = "; ".join(filter(None, [", ".join(word.problems), word.comment]))
    for status, spans in sorted(comparing.said_by(word, lumis, made.left.get(part.key, ())).items()):
        bad = status == "BAD"
        cause = made.bad_reason if bad else LOW_STATISTICS if word.low_statistics else ""
        comment = ": ".join(filter(None, [signed, why if bad else ""]))[:LONGEST_COMMENT]
        for first, last in spans:
            yield [part.component, first, last, status, cause, comment]


def _taken_back(event: Event) -> list[list[Any]]:
    """NOTSET wherever something of an earlier certification may stand there."""
    earlier = Delivery.objects.filter(dataset=event.dataset or "", seq__lt=event.seq, **_key(event))
    written: dict[str, list[tuple[int, int]]] = {}
    for delivery in earlier.filter(begun_at__isnull=False).order_by("-seq"):
        if delivery.is_withdrawal and delivery.state == State.DELIVERED:
            break
        for component, first, last, *_ in delivery.stretches:
            written.setdefault(component, []).append((first, last))
    why = event.payload["reason"] or "without a reason"
    comment = f"{signature(event.seq, event.actor_name)}: withdrawn, {why}"[:LONGEST_COMMENT]
    return [
        [component, first, last, "NOTSET", "", comment]
        for component, spans in sorted(written.items())
        for first, last in ranges.canonical(spans)
    ]


# ---- people ----


def write_there(*, of: Collection[tuple[int, str]], workspace: str, actor: User) -> int:
    """Put certifications into the outbox that it never took: older ones than writing there, and imported ones.

    Args:
        of: runs with their reconstructions; what is not certified, or was taken already, is left out.

    Returns:
        How many there were.

    Raises:
        NotDone: the role does not review.
    """
    _refuse_others(actor)
    with one_at_a_time("crosscheck take from log"):
        live = Certification.objects.filter(workspace=workspace, run__in={run for run, _ in of})
        wanted = [
            each.seq for each in live.only("run", "reconstruction", "seq") if (each.run, each.reconstruction) in of
        ]
        events = Event.objects.filter(seq__in=wanted).exclude(seq__in=Delivery.objects.values("seq"))
        taken = list(events.order_by("seq"))
        for event in taken:
            _take(event, [_noted(actor, "asked for")])
    return len(taken)


def try_again(*, delivery: int, actor: User) -> Delivery:
    """Send it again at once; what was delivered, too, where somebody changed it there since.

    Raises:
        NotDone: something newer was said since, or the role does not review.
    """
    with transaction.atomic():
        found = _found(delivery, actor, set(State) - {State.SUPERSEDED}, "sent again")
        newer = Delivery.objects.filter(
            run=found.run, workspace=found.workspace, reconstruction=found.reconstruction, seq__gt=found.seq
        )
        if newer.exists():
            raise NotDone("Something newer was said of this run since: that one is sent.")
        if not found.stretches:
            raise NotDone(_UNKNOWN_LS)
        _note(found, actor, "sent again")
        found.state, found.tries, found.due_at, found.failure = State.WAITING, 0, timezone.now(), ""
        found.save()
    return found


def try_all_again(*, actor: User) -> int:
    """Send everything that was refused again; the number of it. Raises NotDone where the role does not review."""
    done = 0
    for pk in Delivery.objects.filter(state=State.REFUSED).order_by("seq").values_list("pk", flat=True):
        try:
            try_again(delivery=pk, actor=actor)
            done += 1
        except NotDone:
            _refuse_others(actor)
    return done


def give_up(*, delivery: int, actor: User, reason: str) -> Delivery:
    """Have it never sent; what it says has to be entered there by hand.

    Raises:
        NotDone: no reason was given, it is delivered or superseded, or the role does not review.
    """
    if not reason.strip():
        raise NotDone("Say why it is given up: whoever looks for it later reads that.")
    with transaction.atomic():
        found = _found(delivery, actor, {State.WAITING, State.REFUSED}, "given up")
        _note(found, actor, "given up", reason.strip()[:LONGEST_REASON])
        found.state = State.GIVEN_UP
        found.save()
    return found


def _refuse_others(actor: User) -> None:
    if not actor.may(Permission.REVIEW):
        raise NotDone(f"Your role does not decide about deliveries; {roles_in_words(Permission.REVIEW)} may.")


def _found(pk: int, actor: User, states: Collection[str], verb: str) -> Delivery:
    _refuse_others(actor)
    found = Delivery.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotDone(f"There is no delivery {pk}.")
    if found.state not in states:
        raise NotDone(f"It is {found.state} already, so that it cannot be {verb}.")
    return found


def _note(delivery: Delivery, actor: User, what: str, reason: str = "") -> None:
    delivery.notes = [*delivery.notes, _noted(actor, what, reason)]


def _noted(actor: User, what: str, reason: str = "") -> Note:
    return {"at": timezone.now().isoformat(), "by": actor.get_username(), "what": what, "reason": reason}
