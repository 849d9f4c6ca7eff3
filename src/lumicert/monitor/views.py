"""The page Sources: how the outside systems are, what waits for them, and asking for what is missing."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.models import may
from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.monitor import presenters, selectors, services
from lumicert.monitor.forms import BackfillForm, FetchForm
from lumicert.runs import jobs, outside
from lumicert.runs.models import Backfill
from lumicert.shell import live
from lumicert.shell.fields import number_of

UNPROCESSABLE = 422
_LEFT_ALONE = "If it failed five times in a row it is left alone for half a minute first."


@requires(Permission.READ)
@never_cache
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """The whole page, or for a page that is live only what is new."""
    parts = _parts(request)
    tag = hashlib.sha256(parts.encode()).hexdigest()[:16]
    if answer := live.nothing_new(request, lambda: tag):
        return answer
    if live.asks_for_news(request):
        return render(request, "monitor/_news.html", {"parts": parts, "tag": tag})
    return _page(request, parts, tag)


def _parts(request: HttpRequest) -> str:
    """The parts of the page that change by themselves. They hold no token, so that the same state is the same text."""
    run = number_of(request.GET.get("run"))
    context = {
        "systems": [presenters.system(health) for health in outside.health()],
        "waiting": selectors.waiting(),
        "backfills": selectors.backfills(),
        "listing": selectors.listing(),
        "worker_lives": selectors.worker_lives(),
        "asked_run": None if run is None else selectors.asked_run(run),
        "may_fetch": may(request.user, Permission.IMPORT),
        "oms_is_set_up": settings.CONFIG.oms_url is not None,
        "every": settings.CONFIG.oms_every,
    }
    return render_to_string("monitor/_parts.html", context)


def _page(
    request: HttpRequest,
    parts: str,
    tag: str = "",
    *,
    fetching: FetchForm | None = None,
    filling: BackfillForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "parts": parts,
        "tag": tag,
        "fetching": fetching or FetchForm(),
        "filling": filling or BackfillForm(initial={"runs": request.GET.get("runs", ""), "asked": uuid4()}),
        "may_fetch": may(request.user, Permission.IMPORT),
        "oms_is_set_up": settings.CONFIG.oms_url is not None,
    }
    return render(request, "monitor/sources.html", context, status=status)


@requires(Permission.IMPORT)
@require_POST
def fetch(request: HttpRequest) -> HttpResponse:
    """Have one run fetched now, and follow on the page what becomes of it."""
    form = FetchForm(request.POST)
    if form.is_valid():
        run = form.cleaned_data["run"]
        try:
            services.fetch_run(run=run)
        except services.NotSetUp as refusal:
            form.add_error("run", str(refusal))
        else:
            return redirect(f"{reverse('monitor:sources')}?run={run}#asked")
    return _page(request, _parts(request), fetching=form, status=UNPROCESSABLE)


@requires(Permission.IMPORT)
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Have all that waits asked for now."""
    try:
        done = services.ask_again()
    except services.NotSetUp as refusal:
        messages.error(request, f"{refusal}.")
    else:
        asked = f"{_counted(done.runs, 'run')} and {_counted(done.backfills, 'back-fill')}"
        messages.success(request, f"Asking OMS again now for {asked}. {_LEFT_ALONE}")
    return redirect("monitor:sources")


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


@requires(Permission.IMPORT)
@require_POST
def backfill(request: HttpRequest) -> HttpResponse:
    """Have a range of runs fetched; sent twice it is one back-fill."""
    form = BackfillForm(request.POST)
    if form.is_valid():
        first, last = form.cleaned_data["runs"]
        try:
            services.refuse_without_oms()
        except services.NotSetUp as refusal:
            form.add_error("runs", str(refusal))
        else:
            jobs.ask_for_backfill(first=first, last=last, actor=account_of(request), asked=form.cleaned_data["asked"])
            messages.success(request, f"Runs {first} to {last} will be fetched; the page shows how far it is.")
            return redirect("monitor:sources")
    return _page(request, _parts(request), filling=form, status=UNPROCESSABLE)


@requires(Permission.IMPORT)
@require_POST
def stop(request: HttpRequest, asked: UUID) -> HttpResponse:
    """Have a back-fill end behind the run that it is at; it can be taken up again from there."""
    row = Backfill.objects.filter(id=asked).first()
    if row is None:
        raise Http404(f"There is no back-fill {asked}.")
    jobs.stop_backfill(asked)
    messages.success(request, f"Stopped: the back-fill of runs {row.first} to {row.last} ends behind the run it is at.")
    return redirect("monitor:sources")
