"""The page on which rules are applied to runs that are here already."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.classification import selectors, services
from lumicert.classification.forms import ApplyForm
from lumicert.classification.models import Reclassification
from lumicert.shell import live

UNPROCESSABLE = 422


@requires(Permission.EDIT_POLICY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Ask for runs to be classified again, and follow how far that is."""
    if request.method != "POST":
        return _page(request)
    form = ApplyForm(request.POST)
    if form.is_valid():
        first, last = form.cleaned_data["runs"]
        try:
            row = services.ask_to_classify_again(
                first=first, last=last, actor=account_of(request), asked=form.cleaned_data["asked"]
            )
        except services.NoRuns as refusal:
            form.add_error("runs", str(refusal))
        else:
            messages.success(request, f"{row.total:,} runs from {first} to {last} will be classified again.")
            return redirect("classification:apply")
    return _page(request, form, status=UNPROCESSABLE)


def _page(request: HttpRequest, form: ApplyForm | None = None, status: int = 200) -> HttpResponse:
    parts = render_to_string("classification/_progress.html", {"items": selectors.reclassifications()})
    tag = hashlib.sha256(parts.encode()).hexdigest()[:16]
    if answer := live.nothing_new(request, lambda: tag):
        return answer
    if live.asks_for_news(request):
        return render(request, "classification/_news.html", {"parts": parts, "tag": tag})
    known = selectors.runs_known()
    form = form or ApplyForm(initial={"runs": request.GET.get("runs", known), "asked": uuid4()})
    context = {"form": form, "known": known, "parts": parts, "tag": tag}
    return render(request, "classification/apply.html", context, status=status)


@requires(Permission.EDIT_POLICY)
@require_POST
def stop(request: HttpRequest, asked: UUID) -> HttpResponse:
    """Have a reclassification end behind the run that it is at."""
    if not Reclassification.objects.filter(id=asked).exists():
        raise Http404(f"There is no reclassification {asked}.")
    services.stop(asked)
    messages.success(request, "Stopped behind the run that it was at. What was written stays, and can be undone.")
    return redirect("classification:apply")
