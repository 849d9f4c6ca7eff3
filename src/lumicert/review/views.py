"""One certification: its page, and the acts on it. Withdrawn ones, with restoring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.models import User
from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.refusals import safe_next
from lumicert.accounts.requests import SignedIn
from lumicert.certification import services
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.models import Certification
from lumicert.certification.restoring import restore as put_back
from lumicert.certification.services import CertificationRefused
from lumicert.decisions.selectors import describe
from lumicert.decisions.services import Act, Conflict
from lumicert.review import withdrawn as reading
from lumicert.review.certificationpage import CertificationPage, Version, certification_page
from lumicert.review.columns import address_of
from lumicert.review.deeds import Failed, carry_out
from lumicert.review.requests import act_of, expected_of, workspace_of
from lumicert.shell.fields import LAST_EVENT, LAST_RUN, number_of

OUTCOMES = {"approved": "Approved", "sent back": "Sent back"}


@requires(Permission.READ)
@never_cache
@require_safe
def certification(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Everything that was said of a run in one reconstruction, now or as of an event."""
    text = request.GET.get("at", "")
    at = number_of(text, LAST_EVENT)
    if text and at is None:
        raise BadRequest(f"'{text[:80]}' is not the number of an event.")
    return show(request, page_for(request, run, reconstruction, at=at))


def page_for(request: SignedIn, run: int, reconstruction: str, *, at: int | None = None) -> CertificationPage:
    """The certification that an address names.

    Raises:
        Http404: nobody certified it, or not yet then.
    """
    if run > LAST_RUN or reconstruction not in RECONSTRUCTIONS:
        raise Http404(f"There is no run {run} {reconstruction}. Reconstructions: {', '.join(RECONSTRUCTIONS)}.")
    page = certification_page(run, reconstruction, workspace_of(request), reader=request.user, at=at)
    if page is None:
        then = f" as of event {at}" if at else ""
        raise Http404(f"Nobody certified run {run} {reconstruction}{then}.")
    return page


def show(
    request: SignedIn,
    page: CertificationPage,
    *,
    failed: Failed | None = None,
    template: str = "review/certification.html",
    **more: Any,
) -> HttpResponse:
    """The page, or the page again after an act that failed: with what was typed, and why."""
    context = {
        "page": page,
        "failed": failed,
        "typed": {failed.deed.replace("-", "_"): failed.typed} if failed else {},
        "came_between": came_between(page.history, failed) if failed else [],
        # a second attempt has seen what came in between
        "expected": failed.later[-1].seq if failed and failed.later else page.head,
        "act": uuid4(),
        "certifiers": [
            user for user in User.objects.filter(is_active=True).order_by("username") if may_take(user, page)
        ]
        if page.may_change
        else [],
    }
    return render(request, template, context | more, status=failed.status if failed else 200)


def may_take(user: User, page: CertificationPage) -> bool:
    """Whether the certification can be handed over to this account."""
    return user.may(Permission.CERTIFY) and user.get_username() != page.said.shifter


def came_between(history: Sequence[Version], failed: Failed) -> list[Version]:
    """What the history has of the events that came in between, with what they changed."""
    wanted = {event.seq for event in failed.later}
    told = [version for version in history if version.event.seq in wanted]
    # of a component that somebody marked on the page of the run
    known = {version.event.seq for version in told}
    return [*told, *(Version(event, describe(event)) for event in failed.later if event.seq not in known)]


def live_or_conflict(page: CertificationPage) -> Certification:
    """The live certification.

    Raises:
        Conflict: it was withdrawn since the page was read.
    """
    if page.live is None:
        raise Conflict([page.why_withdrawn.event])
    return page.live


def _deed(
    request: SignedIn, run: int, reconstruction: str, deed: str, words: str, act: Callable[[CertificationPage], Act]
) -> HttpResponse:
    page = page_for(request, run, reconstruction)
    return carry_out(
        request,
        deed,
        lambda: act(page),
        words=words,
        then=lambda: redirect(_back(request, page)),
        again=lambda failed: show(request, page_for(request, run, reconstruction), failed=failed),
    )


def _back(request: SignedIn, page: CertificationPage) -> str:
    asked = request.POST.get("next")
    return safe_next(request, asked) if asked else address_of(page.run, page.reconstruction, page.of.name)


@requires(Permission.CERTIFY)
@never_cache
@require_POST
def withdraw(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Take a certification back, with the statuses that it gave."""

    def act(page: CertificationPage) -> Act:
        return services.withdraw(
            live=live_or_conflict(page), actor=request.user, reason=request.POST.get("reason", ""),
            expected=expected_of(request), act=act_of(request),
        )  # fmt: skip

    words = f"Withdrew the certification of run {run} {reconstruction}, with the statuses that it gave"
    return _deed(request, run, reconstruction, "withdraw", words, act)


@requires(Permission.CERTIFY)
@never_cache
@require_POST
def restore(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Put a withdrawn certification back."""

    def act(page: CertificationPage) -> Act:
        if page.withdrawn is None:
            raise Conflict([page.shown.event])
        return put_back(
            withdrawn=page.withdrawn, actor=request.user, expected=expected_of(request), act=act_of(request)
        )

    words = f"Restored the certification of run {run} {reconstruction}, with the statuses that it gave"
    return _deed(request, run, reconstruction, "restore", words, act)


@requires(Permission.CERTIFY)
@never_cache
@require_POST
def hand_over(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Make a certification somebody else's."""
    name = request.POST.get("to", "").strip()

    def act(page: CertificationPage) -> Act:
        to = User.objects.filter(username=name).first()
        if to is None:
            raise CertificationRefused({"to": [f"there is no account {name!r}" if name else "say to whom"]})
        return services.hand_over(
            live=live_or_conflict(page), to=to, actor=request.user, reason=request.POST.get("reason", ""),
            expected=expected_of(request), act=act_of(request),
        )  # fmt: skip

    words = f"Handed the certification of run {run} {reconstruction} over to {name}"
    return _deed(request, run, reconstruction, "hand-over", words, act)


@requires(Permission.REVIEW)
@never_cache
@require_POST
def review(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Approve a certification, or send it back."""
    outcome = request.POST.get("outcome", "")
    if outcome not in OUTCOMES:
        raise BadRequest(f"'{outcome}' is no outcome of a review: {', '.join(OUTCOMES)}.")
    words = f"{OUTCOMES[outcome]} run {run} {reconstruction}"
    return _deed(request, run, reconstruction, "review", words, lambda page: say_review(request, page))


def say_review(request: SignedIn, page: CertificationPage) -> Act:
    """Append the review that was posted."""
    return services.review(
        live=live_or_conflict(page), outcome=request.POST["outcome"], comment=request.POST.get("comment", ""),
        actor=request.user, expected=expected_of(request), act=act_of(request),
    )  # fmt: skip


@requires(Permission.REFERENCES)
@never_cache
@require_POST
def promote(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Make it a reference run, or change the notes and validity of one."""
    words = f"Run {run} {reconstruction} is a reference run"
    return _deed(request, run, reconstruction, "promote", words, lambda page: promoted(request, live_or_conflict(page)))


def promoted(request: SignedIn, live: Certification) -> Act:
    """Append what was posted of a reference run."""
    return services.promote(
        live=live, actor=request.user, expected=expected_of(request), notes=request.POST.get("notes", "").strip(),
        first_run=run_typed(request, "first_run"), last_run=run_typed(request, "last_run"), act=act_of(request),
    )  # fmt: skip


def run_typed(request: SignedIn, name: str) -> int | None:
    """A number of a run that may be left out.

    Raises:
        CertificationRefused: it is no number of a run.
    """
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    number = number_of(text)
    if not number:
        raise CertificationRefused({name: [f"'{text[:80]}' is not the number of a run"]})
    return number


@requires(Permission.READ)
@never_cache
@require_safe
def withdrawn(request: SignedIn) -> HttpResponse:
    """What was withdrawn and not made again."""
    rows = reading.withdrawn_rows(workspace_of(request), reader=request.user)
    return render(request, "review/withdrawn.html", {"rows": rows})
