"""Judging through the API: review, restore, promote, demote; by the services of the pages and with their refusals."""

from __future__ import annotations

from typing import Any

from ninja import Body

from lumicert.accounts.roles import Permission
from lumicert.api.certifications import known_workspace
from lumicert.api.gate import ApiRequest
from lumicert.api.operations import operation
from lumicert.api.problems import not_there
from lumicert.api.schemas import Done, RunNumber, SentDemotion, SentPromotion, SentRestoration, SentReview
from lumicert.api.writing import WRITING, certified, check_scope_of_others, done_before, refusing, told_of
from lumicert.certification import restoring, services
from lumicert.certification.models import Withdrawn
from lumicert.rules.reconstruction import Reconstruction


@operation(
    "POST", "/certifications/{run}/{reconstruction}/review", permission=Permission.REVIEW, answer=Done, refusals=WRITING
)
def review(request: ApiRequest, run: RunNumber, reconstruction: Reconstruction, sent: Body[SentReview]) -> Any:
    """Approve a certification as a second person, or send it back to its shifter with a comment."""
    if before := done_before(request, sent.act, "certification.reviewed", run, reconstruction):
        return before
    of = known_workspace(sent.workspace)
    live = certified(run, reconstruction, of)
    with refusing(run, reconstruction, of):
        done = services.review(
            live=live, outcome=sent.outcome, comment=sent.comment, actor=request.user, expected=sent.expected,
            act=sent.act,
        )  # fmt: skip
    return told_of(done)


@operation(
    "POST", "/certifications/{run}/{reconstruction}/restoration", permission=Permission.CERTIFY, answer=Done,
    refusals=WRITING,
)  # fmt: skip
def restore(request: ApiRequest, run: RunNumber, reconstruction: Reconstruction, sent: Body[SentRestoration]) -> Any:
    """Put a withdrawn certification back, with the statuses that it gave."""
    if before := done_before(request, sent.act, "certification.made", run, reconstruction):
        return before
    of = known_workspace(sent.workspace)
    withdrawn = Withdrawn.objects.filter(run=run, workspace=of, reconstruction=reconstruction).first()
    if withdrawn is None:
        raise not_there(f"No certification of run {run} {reconstruction} is withdrawn.")
    check_scope_of_others(request, restoring.last_words(withdrawn).payload["shifter"])
    with refusing(run, reconstruction, of):
        done = restoring.restore(withdrawn=withdrawn, actor=request.user, expected=sent.expected, act=sent.act)
    return told_of(done)


@operation(
    "POST", "/references/{run}/{reconstruction}/promotion", permission=Permission.REFERENCES, answer=Done,
    refusals=WRITING,
)  # fmt: skip
def promote(request: ApiRequest, run: RunNumber, reconstruction: Reconstruction, sent: Body[SentPromotion]) -> Any:
    """Make a run that was certified good a reference run, or change its notes and validity."""
    if before := done_before(request, sent.act, "reference.promoted", run, reconstruction):
        return before
    of = known_workspace(sent.workspace)
    live = certified(run, reconstruction, of)
    with refusing(run, reconstruction, of):
        done = services.promote(
            live=live, actor=request.user, expected=sent.expected, notes=sent.notes, first_run=sent.first_run,
            last_run=sent.last_run, act=sent.act,
        )  # fmt: skip
    return told_of(done)


@operation(
    "POST", "/references/{run}/{reconstruction}/demotion", permission=Permission.REFERENCES, answer=Done,
    refusals=WRITING,
)  # fmt: skip
def demote(request: ApiRequest, run: RunNumber, reconstruction: Reconstruction, sent: Body[SentDemotion]) -> Any:
    """Offer a reference run no more; certifications that were compared with it stand."""
    if before := done_before(request, sent.act, "reference.demoted", run, reconstruction):
        return before
    of = known_workspace(sent.workspace)
    with refusing(run, reconstruction, of):
        done = services.demote(
            run=run, workspace=of, reconstruction=reconstruction, actor=request.user, reason=sent.reason,
            expected=sent.expected, act=sent.act,
        )  # fmt: skip
    return told_of(done)
