"""The pages of the managed lists: problems by component, and reasons."""

from __future__ import annotations

from typing import Any

import pydantic
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.models import may
from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.administration import presenters
from lumicert.administration.forms import ProblemForm, ReasonForm
from lumicert.administration.selectors import uses_of_problems, uses_of_reasons
from lumicert.catalogue import selectors, services
from lumicert.decisions.services import Act, ActRefused, Conflict
from lumicert.runs.names import COMPONENTS
from lumicert.shell.notices import say_done


@requires(Permission.READ)
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What there is to manage, and how much of it."""
    context = {
        "problems": selectors.problems(),
        "reasons": selectors.reasons(),
        "checklists": selectors.checklists(),
        "may_edit": may(request.user, Permission.ADMINISTER),
    }
    return render(request, "administration/index.html", context)


@requires(Permission.READ)
@never_cache
@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """The problems of each component."""
    return _problems(request)


@requires(Permission.ADMINISTER)
@never_cache
@require_POST
def save_problem(request: HttpRequest) -> HttpResponse:
    """Put a problem on the list, change it, retire it or bring it back."""
    form = ProblemForm(request.POST)
    if form.is_valid() and (done := _defined(request, form, services.define_problem, "administration:problems")):
        return done
    return _problems(request, form, status=presenters.status_of(form))


@requires(Permission.READ)
@never_cache
@require_safe
def reasons(request: HttpRequest) -> HttpResponse:
    """The reasons for bad data."""
    return _reasons(request)


@requires(Permission.ADMINISTER)
@never_cache
@require_POST
def save_reason(request: HttpRequest) -> HttpResponse:
    """Put a reason on the list, change it, retire it or bring it back."""
    form = ReasonForm(request.POST)
    if form.is_valid() and (done := _defined(request, form, services.define_reason, "administration:reasons")):
        return done
    return _reasons(request, form, status=presenters.status_of(form))


def _defined(request: HttpRequest, form: ReasonForm, define: Any, page: str) -> HttpResponse | None:
    """The way back to the list; None where nothing was written, which the form says then."""
    try:
        act = define(**form.cleaned_data, actor=account_of(request))
    except (ActRefused, Conflict, pydantic.ValidationError) as refusal:
        form.refusal = refusal
        form.add_error(None, presenters.refusal(refusal))
        return None
    _say(request, form, act)
    return redirect(page)


def _say(request: HttpRequest, form: ReasonForm, act: Act | None) -> None:
    if act is None:
        messages.info(request, f"Nothing was written: “{form.cleaned_data['name']}” is on the list like this already.")
        return
    events = f"event {act.first}" if act.first == act.last else f"events {act.first} to {act.last}"
    say_done(request, f"{presenters.done_to(form)} ({events}).", undo=reverse("registry:undo", args=[act.id]))


def _problems(request: HttpRequest, form: ReasonForm | None = None, *, status: int = 200) -> HttpResponse:
    found = selectors.problems(with_retired=True)
    context = {
        "sections": presenters.sections(found, uses_of_problems(), form),
        "component_names": COMPONENTS,
        "save_at": reverse("administration:save-problem"),
        "with_component": True,
    }
    return _list(request, "administration/problems.html", context, form, status)


def _reasons(request: HttpRequest, form: ReasonForm | None = None, *, status: int = 200) -> HttpResponse:
    found = selectors.reasons(with_retired=True)
    context = {
        "sections": presenters.sections(found, uses_of_reasons(), form),
        "save_at": reverse("administration:save-reason"),
    }
    return _list(request, "administration/reasons.html", context, form, status)


def _list(
    request: HttpRequest, template: str, context: dict[str, Any], form: ReasonForm | None, status: int
) -> HttpResponse:
    may_edit = may(request.user, Permission.ADMINISTER)
    context |= {"form": form, "new": presenters.new_entry(form), "may_edit": may_edit}
    return render(request, template, context, status=status)
