"""Reference runs: the table, promoting, and one with its notes, its demotion and its history. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.certification import services
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.models import Certification
from lumicert.certification.selectors import live_of
from lumicert.certification.services import CertificationRefused
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import Act
from lumicert.review import references as reading
from lumicert.review.certificationpage import Version, history_of
from lumicert.review.deeds import Failed, carry_out
from lumicert.review.requests import act_of, expected_of, workspace_of
from lumicert.review.views import came_between, promoted, run_typed


@requires(Permission.READ)
@never_cache
@require_http_methods(["GET", "HEAD"])
def references(request: SignedIn) -> HttpResponse:
    """All reference runs."""
    return _references(request)


def _references(request: SignedIn, failed: Failed | None = None) -> HttpResponse:
    # read before the table: what comes in while we read counts as not seen
    head = current_seq()
    context = {
        "rows": reading.reference_rows(workspace_of(request)),
        "today": timezone.now(),
        "may": request.user.may(Permission.REFERENCES),
        "reconstructions": RECONSTRUCTIONS,
        "failed": failed,
        "typed": failed.typed if failed else {},
        "came_between": came_between(_history_of(request, failed.later[0]), failed) if failed and failed.later else [],
        "expected": head,
        "act": uuid4(),
    }
    return render(request, "review/references.html", context, status=failed.status if failed else 200)


def _history_of(request: SignedIn, event: Event) -> Sequence[Version]:
    """The history of the certification that an event speaks of."""
    of = workspace_of(request)
    return history_of(event.run or 0, event.payload["reconstruction"], of, reader=request.user)


@requires(Permission.REFERENCES)
@never_cache
@require_POST
def promote(request: SignedIn) -> HttpResponse:
    """Make a run that was certified good a reference run."""
    named = f"run {request.POST.get('run', '').strip()} {request.POST.get('reconstruction', '')}"
    return carry_out(
        request,
        "promote",
        lambda: promoted(request, _certified(request)),
        words=f"{named[:1].upper()}{named[1:]} is a reference run",
        then=lambda: redirect("review:references"),
        again=lambda failed: _references(request, failed),
    )


def _certified(request: SignedIn) -> Certification:
    """The live certification that the form names.

    Raises:
        CertificationRefused: it names none.
    """
    run, reconstruction = run_typed(request, "run"), request.POST.get("reconstruction", "")
    if run is None:
        raise CertificationRefused({"run": ["say which run"]})
    if reconstruction not in RECONSTRUCTIONS:
        raise CertificationRefused({"reconstruction": ["choose a reconstruction"]})
    live = live_of(run, workspace_of(request).name, reconstruction)
    if live is None:
        raise CertificationRefused(
            {"run": [f"nobody certified run {run} {reconstruction}: it has to be certified first"]}
        )
    return live


def _page(request: SignedIn, run: int, reconstruction: str) -> reading.ReferencePage:
    page = reading.reference_page(run, reconstruction, workspace_of(request), reader=request.user)
    if page is None:
        raise Http404(f"Run {run} {reconstruction} is no reference run, and never was one.")
    return page


@requires(Permission.READ)
@never_cache
@require_http_methods(["GET", "HEAD"])
def reference(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """One reference run, with its history and the certifications that were compared with it."""
    return _reference(request, run, reconstruction)


def _reference(request: SignedIn, run: int, reconstruction: str, failed: Failed | None = None) -> HttpResponse:
    page = _page(request, run, reconstruction)
    context = {
        "page": page,
        "came_between": came_between(page.of_certification, failed) if failed and failed.later else [],
        # a second attempt has seen what came in between
        "expected": failed.later[-1].seq if failed and failed.later else page.head,
        "may": request.user.may(Permission.REFERENCES),
        "failed": failed,
        "typed": {failed.deed: failed.typed} if failed else {},
        "act": uuid4(),
    }
    return render(request, "review/reference.html", context, status=failed.status if failed else 200)


def _deed(request: SignedIn, run: int, reconstruction: str, deed: str, words: str) -> HttpResponse:
    page = _page(request, run, reconstruction)

    def act() -> Act:
        if deed == "demote":
            return services.demote(
                run=run, workspace=workspace_of(request).name, reconstruction=reconstruction, actor=request.user,
                reason=request.POST.get("reason", ""), expected=expected_of(request), act=act_of(request),
            )  # fmt: skip
        if page.live is None:
            raise CertificationRefused({"": [f"the certification of run {run} {reconstruction} was withdrawn"]})
        return promoted(request, page.live)

    return carry_out(
        request,
        deed,
        act,
        words=words,
        then=lambda: redirect(reverse("review:reference", args=[run, reconstruction])),
        again=lambda failed: _reference(request, run, reconstruction, failed),
    )


@requires(Permission.REFERENCES)
@never_cache
@require_POST
def edit(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Change the notes and the validity; of one that was demoted: promote it again."""
    return _deed(
        request, run, reconstruction, "edit", f"Saved what is said of the reference run {run} {reconstruction}"
    )


@requires(Permission.REFERENCES)
@never_cache
@require_POST
def demote(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """Offer it no more; certifications that were compared with it stand."""
    words = f"Run {run} {reconstruction} is no reference run any more; what was compared with it stands"
    return _deed(request, run, reconstruction, "demote", words)
