"""The page of a run, marking and undoing, and the pages of the log."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.refusals import safe_next
from lumicert.accounts.requests import SignedIn
from lumicert.certification.coverage import cells_of
from lumicert.certification.workspaces import USUAL_WORKSPACE
from lumicert.decisions.services import Act, ActRefused, Conflict
from lumicert.registry import presenters, selectors, services
from lumicert.registry.forms import EventFilterForm, MarkForm
from lumicert.registry.runpage import RunPage, run_page, tag_of_run
from lumicert.shell import live
from lumicert.shell.fields import LAST_EVENT, LAST_RUN, number_of
from lumicert.shell.notices import say_done

BAD_REQUEST, CONFLICT, UNPROCESSABLE = 400, 409, 422


@requires(Permission.READ)
@never_cache
@require_safe
def run(request: SignedIn, run: int) -> HttpResponse:
    """One run: what is known, what was said, and the form to say more; or what is new of it for a page that follows."""
    if run > LAST_RUN:
        raise Http404(f"{run} is not the number of a run.")
    if answer := live.nothing_new(request, lambda: tag_of_run(run)):
        return answer
    page = _page(request, run, dataset=request.GET.get("dataset"), at=_event_number(request.GET.get("at")))
    return _render_run(request, page)


@requires(Permission.DECIDE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: SignedIn, run: int) -> HttpResponse:
    """Mark a component; an address of its own, so that its GET leads back to the run."""
    if request.method != "POST":
        return redirect("registry:run", run)
    form = MarkForm(request.POST)
    page = _page(request, run, dataset=request.POST.get("dataset"))
    if form.is_valid():
        try:
            return _marked(request, form, run)
        except services.MarkRefused as refusal:
            form.note(refusal.problems)
        except ActRefused as refusal:
            form.note({"": str(refusal)})
        except Conflict as conflict:
            return _render_run(request, page, form=form, conflict=conflict, status=CONFLICT)
    return _render_run(request, page, form=form.again(), status=UNPROCESSABLE)


def _marked(request: SignedIn, form: MarkForm, run: int) -> HttpResponse:
    wanted, typed = form.mark(run), form.cleaned_data
    act = services.mark(wanted=wanted, actor=request.user, expected=typed["expected"], act=typed["act"])
    again = "; it was in the log already" if act.repeated else ""
    say_done(request, f"{wanted.summary} ({_name(act)}{again})", undo=reverse("registry:undo", args=[act.id]))
    return redirect(f"{reverse('registry:run', args=[run])}?{urlencode({'dataset': wanted.dataset})}")


def _name(act: Act) -> str:
    return f"event {act.first}" if act.first == act.last else f"events {act.first} to {act.last}"


def _event_number(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    number = number_of(text, LAST_EVENT)
    if number is None:
        raise BadRequest(f"'{text[:80]}' is not the number of an event.")
    return number


def _page(request: SignedIn, run: int, *, dataset: str | None, at: int | None = None) -> RunPage:
    page = run_page(run, dataset=dataset, at=at, reader=request.user)
    if page is None:
        raise Http404(f"Run {run} is not known here. It may not be imported yet.")
    if at is not None and not 1 <= at <= page.head:
        raise Http404(f"There is no event {at}: the log has events 1 to {page.head}.")
    # as of an early event the dataset may not be there yet, which is no mistake of the reader
    if dataset is not None and page.dataset is None and at is None:
        names = ", ".join(item.dataset for item in page.datasets) or "none"
        raise Http404(f"Run {run} has no dataset {dataset}. Its datasets: {names}.")
    return page


def _render_run(
    request: SignedIn,
    page: RunPage,
    *,
    form: MarkForm | None = None,
    conflict: Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    dataset = page.dataset.dataset if page.dataset else ""
    context: dict[str, Any] = {
        "page": page,
        "form": form or MarkForm(initial={"dataset": dataset, "expected": page.head, "act": uuid4()}),
        "conflict": presenters.difference(conflict, form, page.run) if conflict and form else None,
        "may_type": request.user.may(Permission.DECIDE) and page.at is None,
        "may_mark": request.user.may(Permission.DECIDE) and page.at is None and page.dataset is not None,
        "may_certify": request.user.may(Permission.CERTIFY),
        "cells": [] if page.at else cells_of([page.run], workspace=USUAL_WORKSPACE).get(page.run, []),
    }
    template = "registry/_run_live.html" if live.asks_for_news(request) else "registry/run.html"
    return render(request, template, context | presenters.run_context(page), status=status)


@requires(Permission.READ)
@never_cache
@require_safe
def events(request: SignedIn) -> HttpResponse:
    """The acts of the whole log, newest first."""
    form = EventFilterForm(request.GET)
    if not form.is_valid():
        return render(request, "registry/events.html", {"form": form}, status=BAD_REQUEST)
    page = selectors.events_page(form.cleaned_data, reader=request.user)
    return render(request, "registry/events.html", {"form": form, "page": page, "kinds": selectors.kind_names()})


@requires(Permission.READ)
@never_cache
@require_safe
def act(request: SignedIn, act: UUID) -> HttpResponse:
    """One act with its events."""
    page = selectors.act_page(act, reader=request.user)
    if page is None:
        raise Http404(f"There is no act {act} in the log.")
    return render(request, "registry/act.html", {"act": page})


@requires(Permission.DECIDE)
@never_cache
@require_POST
def undo(request: SignedIn, act: UUID) -> HttpResponse:
    """Undo an act; the way back is where the button was."""
    back = safe_next(request, request.POST.get("next") or request.headers.get("Referer"))
    try:
        undone = services.undo(act=act, actor=request.user, reason=request.POST.get("reason", ""))
    except services.NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except (ActRefused, Conflict) as refusal:
        return _not_undone(request, act, refusal, back)
    say_done(request, f"Undone ({_name(undone)}).", undo=reverse("registry:undo", args=[undone.id]))
    return redirect(back)


def _not_undone(request: SignedIn, act: UUID, refusal: ActRefused | Conflict, back: str) -> HttpResponse:
    """Why an act cannot be undone, with the events that stand in the way."""
    page = selectors.act_page(act, reader=request.user)
    if page is None:
        raise Http404(f"There is no act {act} in the log.")
    context = {"act": page, "refusal": refusal, "later": getattr(refusal, "later", ()), "back": back}
    return render(request, "registry/not_undone.html", context, status=CONFLICT)


@requires(Permission.READ)
@never_cache
@require_safe
def search(request: SignedIn) -> HttpResponse:
    """Find a run, a fill, a dataset or a class; one single hit is opened at once."""
    wanted = " ".join(request.GET.get("q", "").split())[:300]
    hits = selectors.find(wanted)
    if len(hits) == 1:
        return redirect(hits[0].url)
    return render(request, "registry/search.html", {"wanted": wanted, "hits": hits})
