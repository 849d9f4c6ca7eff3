"""The leader's desk: what waits for a review, one side by side with its evidence, many approved at once."""

from __future__ import annotations

from uuid import uuid4

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.certification.reviewing import approve_all
from lumicert.decisions.selectors import current_seq, describe
from lumicert.review import desk as reading
from lumicert.review.certificationpage import CertificationPage
from lumicert.review.deeds import Failed, carry_out
from lumicert.review.filters import DeskFilterForm
from lumicert.review.requests import act_of, expected_of, workspace_of
from lumicert.review.views import OUTCOMES, page_for, say_review, show
from lumicert.shell.pages import MOST_COUNTED, number_in

BAD_REQUEST = 400


@requires(Permission.REVIEW)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: SignedIn) -> HttpResponse:
    """What waits for a review; posted, those that were chosen are approved in one act."""
    if request.method != "POST":
        return _desk(request)
    chosen = reading.named(workspace_of(request), request.POST.getlist("chosen"))
    return carry_out(
        request,
        "approve",
        lambda: approve_all(
            chosen=chosen,
            actor=request.user,
            expected=expected_of(request),
            comment=request.POST.get("comment", ""),
            act=act_of(request),
        ),
        words=f"Approved {len(chosen)} certification{'' if len(chosen) == 1 else 's'}",
        then=lambda: redirect(request.get_full_path()),
        again=lambda failed: _desk(request, failed),
    )


def _desk(request: SignedIn, failed: Failed | None = None) -> HttpResponse:
    # read before the table: what comes in while we read counts as not seen
    head = current_seq()
    of = workspace_of(request)
    form = DeskFilterForm(request.GET, of=of, reader=request.user.get_username())
    if not form.is_valid():
        return render(request, "review/desk.html", {"form": form}, status=BAD_REQUEST)
    context = {
        "form": form,
        "table": reading.desk(of, conditions=form.conditions, number=number_in(request.GET.get("page"))),
        "imported": None if form.shows_imported else reading.count_of_imported(of),
        "most_counted": MOST_COUNTED,
        "me": request.user.get_username(),
        "failed": failed,
        "later": [(event, describe(event)) for event in failed.later] if failed else [],
        "chosen": set(request.POST.getlist("chosen")) if failed else set(),
        "comment": request.POST.get("comment", "") if failed else "",
        "expected": head,
        "act": uuid4(),
        "query": request.GET.urlencode(),
    }
    return render(request, "review/desk.html", context, status=failed.status if failed else 200)


@requires(Permission.REVIEW)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: SignedIn, run: int, reconstruction: str) -> HttpResponse:
    """One certification beside its evidence; posted, it is approved or sent back, and the next one is opened."""
    page = page_for(request, run, reconstruction)
    if request.method != "POST":
        return _one(request, run, reconstruction)
    outcome = request.POST.get("outcome", "")
    if outcome not in OUTCOMES:
        raise BadRequest(f"'{outcome}' is no outcome of a review: {', '.join(OUTCOMES)}.")
    return carry_out(
        request,
        "review",
        lambda: say_review(request, page),
        words=f"{OUTCOMES[outcome]} run {run} {reconstruction}",
        then=lambda: redirect(_next(request, page)),
        again=lambda failed: _one(request, run, reconstruction, failed),
    )


def _one(request: SignedIn, run: int, reconstruction: str, failed: Failed | None = None) -> HttpResponse:
    page = page_for(request, run, reconstruction)
    onward = _next(request, page)
    own = request.path == onward
    return show(request, page, failed=failed, template="review/one.html", onward="" if own else onward)


def _next(request: SignedIn, page: CertificationPage) -> str:
    # whoever works through what was imported goes on with that
    imported = page.live is not None and page.live.imported
    of, after = workspace_of(request), page.shown.event.seq
    found = reading.next_to_review(of, reader=request.user, after=after, imported=imported)
    return reverse("review:one", args=[found.run, found.reconstruction]) if found else reverse("review:desk")
