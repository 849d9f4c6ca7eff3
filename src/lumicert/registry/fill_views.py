"""The pages of fills."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.decisions.selectors import current_seq
from lumicert.registry import presenters
from lumicert.registry.fillpage import fill_page, fills_table
from lumicert.registry.forms import FillFilterForm
from lumicert.shell import live
from lumicert.shell.fields import LAST_RUN

BAD_REQUEST = 400


@requires(Permission.READ)
@never_cache
@require_safe
def fills(request: SignedIn) -> HttpResponse:
    """The fills, newest first."""
    form = FillFilterForm(request.GET)
    if not form.is_valid():
        return render(request, "registry/fills.html", {"form": form}, status=BAD_REQUEST)
    table = fills_table(before=form.cleaned_data["before"], era=form.cleaned_data["era"])
    return render(request, "registry/fills.html", {"form": form, "table": table})


@requires(Permission.READ)
@never_cache
@require_safe
def fill(request: SignedIn, fill: int) -> HttpResponse:
    """One fill with its runs and its luminosity."""
    # its runs are many streams of the log: whatever comes in may be about one of them
    tag = str(current_seq())
    if answer := live.nothing_new(request, lambda: tag):
        return answer
    page = fill_page(fill) if fill <= LAST_RUN else None
    if page is None:
        raise Http404(f"Fill {fill} is not known here: no source reported it, and no run names it.")
    context = {"page": page, "tag": tag, "may_type": request.user.may(Permission.DECIDE)}
    template = "registry/_fill_live.html" if live.asks_for_news(request) else "registry/fill.html"
    return render(request, template, context | presenters.fill_context(page))
