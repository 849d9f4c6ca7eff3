"""Writing through the API: certify, withdraw, claim, release, by the services of the form and with their refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db.models import Max, Min
from django.http import HttpResponse
from ninja import Body, Status

from lumicert.accounts.roles import Permission
from lumicert.api import presenters
from lumicert.api.certifications import known_workspace
from lumicert.api.gate import ApiRequest, scope_of
from lumicert.api.operations import operation
from lumicert.api.problems import Problem, not_there, unprocessable
from lumicert.api.schemas import Certified, Claim, Done, RunNumber, SentCertification, SentWithdrawal
from lumicert.api.selectors import Shown, one
from lumicert.certification import claims, services
from lumicert.certification.checking import Wanted
from lumicert.certification.comparing import differences
from lumicert.certification.events import Ticked
from lumicert.certification.models import Certification
from lumicert.certification.selectors import CannotBeCertified, Subject, live_of, subject
from lumicert.decisions.models import Event
from lumicert.decisions.services import Act, ActRefused, Conflict
from lumicert.people.tokens import allowed
from lumicert.rules.reconstruction import Reconstruction
from lumicert.runs.models import Run

_CONFLICT = frozenset({409})
WRITING = _CONFLICT | {404}


@contextmanager
def refusing(run: int, reconstruction: str, workspace: str, wanted: Wanted | None = None) -> Iterator[None]:
    """Turns the refusals of the services into problems; a conflict tells what stands beside what was `wanted`."""
    try:
        yield
    except CannotBeCertified as refusal:
        raise unprocessable({refusal.missing: [str(refusal)]}) from refusal
    except services.CertificationRefused as refusal:
        raise unprocessable(refusal.problems) from refusal
    except services.NotConfirmed as refusal:
        told = [{"code": each.code, "field": each.field, "text": each.text} for each in refusal.warnings]
        detail = f"Confirm what is unlikely, by sending its codes as 'confirmed': {refusal}"
        raise Problem(422, detail, warnings=told) from refusal
    except services.NotYours as refusal:
        raise Problem(403, str(refusal)) from refusal
    except ActRefused as refusal:
        raise unprocessable({"": [text for _, text in refusal.problems]}) from refusal
    except Conflict as conflict:
        events = [presenters.event(each) for each in conflict.later]
        current = one(run=run, reconstruction=reconstruction, workspace=workspace)
        raise Problem(409, str(conflict), events=events, **_standing(current, wanted)) from conflict


@operation(
    "POST", "/certifications", permission=Permission.CERTIFY, answer=Certified, status=201, also={200: Certified},
    refusals=_CONFLICT,
)  # fmt: skip
def certify(request: ApiRequest, sent: Body[SentCertification]) -> Any:
    """Certify a run in one reconstruction, or change what was certified; 200 where it was done before."""
    of, run, reconstruction = known_workspace(sent.workspace), sent.run, sent.reconstruction
    wanted = _wanted(sent)
    with refusing(run, reconstruction, of, wanted):
        chosen = subject(run=run, reconstruction=reconstruction, dataset=sent.dataset, of=of)
        _check_components(chosen, sent)
        live = live_of(run, of, reconstruction)
        check_scope_of_others(request, live.shifter if live else None)
        done = services.certify(subject=chosen, wanted=wanted, actor=request.user, expected=sent.expected, act=sent.act)
    now = one(run=run, reconstruction=reconstruction, workspace=of)
    if now is None:
        raise Problem(409, "It was certified, and taken back by somebody in the same moment.")
    told = {**told_of(done.act), "certification": presenters.detail(now)}
    return Status(200 if done.act.repeated else 201, told)


def _wanted(sent: SentCertification) -> Wanted:
    return Wanted(
        words=sent.components,
        reference=sent.reference,
        bad_reason=sent.bad_reason,
        tracker_map=sent.tracker_map,
        comment=sent.comment,
        date=sent.date,
        checklists=[
            Ticked(
                identifier=each.identifier,
                version=each.version,
                items={key: ticked.isoformat() for key, ticked in each.items.items()},
            )
            for each in sent.checklists
        ],
        confirmed=frozenset(sent.confirmed),
        reason=sent.reason,
    )


def _check_components(of: Subject, sent: SentCertification) -> None:
    known = [part.key for part in of.of.parts]
    if strange := [key[:40] for key in sent.components if key not in known]:
        raise unprocessable(
            {"components": [f"{of.workspace} has no component {', '.join(strange)}; it has {', '.join(known)}"]}
        )


def check_scope_of_others(request: ApiRequest, shifter: str | None) -> None:
    """What is somebody else's needs a permission of its own, which the services ask of the account alone.

    Args:
        shifter: whose it is; None where it is nobody's yet.
    """
    needed = Permission.CERTIFY_OTHERS
    if shifter in (None, request.user.get_username()) or request.scopes is None:
        return
    if request.user.may(needed) and not allowed(request.user, request.scopes, needed):
        detail = f"It is a certification of {shifter}: this token lacks the scope '{scope_of(needed)}' for that."
        raise Problem(403, detail)


def _standing(current: Shown | None, wanted: Wanted | None) -> dict[str, Any]:
    """What stands now, and where it differs from what was sent."""
    if current is None:
        return {}
    told = {"current": presenters.certification(current)}
    return told | ({"differences": _differences(wanted, current.of)} if wanted else {})


def _differences(wanted: Wanted, current: Certification) -> list[dict[str, str]]:
    there = dict(current.words)
    words = {part.key: word for part, word in there.items()}
    labels = {part.key: part.label for part in there}
    said = differences(words=wanted.words, facts={}, other_words=words, other_facts={}, labels=labels)
    reference = presenters.reference_of(current)
    pairs = {
        "reference": (str(wanted.reference or ""), "{run} {reconstruction}".format(**reference) if reference else ""),
        **{name: (getattr(wanted, name), getattr(current, name)) for name in ("bad_reason", "tracker_map", "comment")},
    }
    return [{"what": each.what, "here": each.here, "there": each.there} for each in said] + [
        {"what": what, "here": here, "there": other} for what, (here, other) in pairs.items() if here != other
    ]


def done_before(
    request: ApiRequest, act: UUID | None, kind: str, run: int, reconstruction: str
) -> dict[str, Any] | None:
    """What an act of this sender wrote already, of this kind and about this certification; None where it is new.

    Asked first, for what it did may be why it could not be done again: what was withdrawn is not there to withdraw.
    """
    if act is None:
        return None
    of_act = Event.objects.filter(act=act, actor=request.user)
    if not of_act.filter(kind=kind, run=run, payload__reconstruction=reconstruction).exists():
        return None
    found = of_act.aggregate(first=Min("seq"), last=Max("seq"))
    return {"act": act, "repeated": True, **found}


def certified(run: int, reconstruction: str, workspace: str) -> Certification:
    """The certification that stands.

    Raises:
        Problem: 404, there is none.
    """
    found = live_of(run, workspace, reconstruction)
    if found is None:
        raise not_there(f"Run {run} is not certified in {reconstruction}.")
    return found


def told_of(act: Act) -> dict[str, Any]:
    """What an act wrote."""
    return {"act": act.id, "first": act.first, "last": act.last, "repeated": act.repeated}


@operation(
    "POST", "/certifications/{run}/{reconstruction}/withdrawal", permission=Permission.CERTIFY, answer=Done,
    refusals=WRITING,
)  # fmt: skip
def withdraw(request: ApiRequest, run: RunNumber, reconstruction: Reconstruction, sent: Body[SentWithdrawal]) -> Any:
    """Withdraw a certification; it stays in the history and can be restored."""
    if before := done_before(request, sent.act, "certification.withdrawn", run, reconstruction):
        return before
    of = known_workspace(sent.workspace)
    live = certified(run, reconstruction, of)
    check_scope_of_others(request, live.shifter)
    with refusing(run, reconstruction, of):
        done = services.withdraw(
            live=live, actor=request.user, reason=sent.reason, expected=sent.expected, act=sent.act
        )
    return told_of(done)


# ---- claims ----


@operation("PUT", "/queue/{run}/{reconstruction}/claim", permission=Permission.CERTIFY, answer=Claim, refusals=WRITING)
def claim(request: ApiRequest, run: RunNumber, reconstruction: Reconstruction, workspace: str = "tracker") -> Any:
    """Say that you are on it, or still on it; who was on it before stays on it."""
    of = known_workspace(workspace)
    if not Run.objects.filter(run=run).exists():
        raise not_there(f"Run {run} is not known here.")
    found = claims.keep(run=run, workspace=of, reconstruction=reconstruction, user=request.user)
    told = presenters.presence(found, reader=request.user.get_username())
    if not found.is_of(request.user):
        raise Problem(409, f"{found.who} is on run {run} {reconstruction}.", claim=told)
    return told


@operation(
    "DELETE", "/queue/{run}/{reconstruction}/claim", permission=Permission.CERTIFY, answer=None, status=204,
    refusals=frozenset({404}),
)  # fmt: skip
def release(request: ApiRequest, run: RunNumber, reconstruction: Reconstruction, workspace: str = "tracker") -> Any:
    """Leave it to others."""
    of = known_workspace(workspace)
    if not claims.release(run=run, workspace=of, reconstruction=reconstruction, user=request.user):
        raise not_there(f"You are not on run {run} {reconstruction}.")
    return HttpResponse(status=204)
