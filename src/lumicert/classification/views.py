"""The pages of rules: what is in force, editing with a playground, and why a run is what it is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pydantic
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from lumicert.accounts.models import may
from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.classification import explaining, presenters, selectors, writing
from lumicert.classification.forms import DraftForm, ExplainForm
from lumicert.classification.playground import Trial, try_draft
from lumicert.decisions.services import ActRefused, Conflict
from lumicert.rules.documents import written_document
from lumicert.rules.selectors import NoSuchRules, RulesVersion, current, versions
from lumicert.rules.services import save_rules
from lumicert.shell.differences import version_named
from lumicert.shell.notices import say_done

CONFLICT = 409
UNPROCESSABLE = 422


@requires(Permission.READ)
@never_cache
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rule sets, each with the version in force."""
    found = [presenters.overview(version) for version in selectors.current_versions()]
    context = {"sets": found, "may_edit": may(request.user, Permission.EDIT_POLICY)}
    return render(request, "classification/rules.html", context)


@requires(Permission.READ)
@never_cache
@require_safe
def rule_set(request: HttpRequest, name: str) -> HttpResponse:
    """One version of a rule set in words, all its versions, and what differs from another one."""
    existing = _versions(name)
    what = f"the rules '{existing[0].name}'"
    shown = version_named(existing, request.GET.get("version"), what) or existing[-1]
    against = version_named(existing, request.GET.get("against"), what)
    context = presenters.rule_set(shown, existing) | {
        "against": against,
        "lines": writing.difference(against.document, shown.document) if against else [],
        "may_edit": may(request.user, Permission.EDIT_POLICY),
    }
    return render(request, "classification/rule_set.html", context)


def _versions(name: str) -> list[RulesVersion]:
    try:
        return versions(name)
    except NoSuchRules as error:
        raise Http404(f"{str(error).capitalize()}.") from error


@requires(Permission.EDIT_POLICY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """The editor: try a draft on the newest runs, or save it as the next version."""
    newest = _versions(name)[-1]
    if request.method != "POST":
        return _editor(request, newest)
    form = DraftForm(name, request.POST, saving=request.POST.get("do") == "save" or "over" in request.POST)
    if not form.is_valid():
        return _editor(request, newest, form, status=UNPROCESSABLE)
    if not form.saving:
        return _editor(request, newest, form, trial=try_draft(name, form.cleaned_data["draft"]))
    try:
        return _saved(request, name, form.cleaned_data)
    except Conflict as conflict:
        return _editor(request, current(name), form, conflict=conflict, status=CONFLICT)
    except (ActRefused, pydantic.ValidationError) as refusal:
        form.add_error(None, presenters.refusal(refusal))
        return _editor(request, newest, form, status=UNPROCESSABLE)


def _editor(
    request: HttpRequest,
    newest: RulesVersion,
    form: DraftForm | None = None,
    *,
    trial: Trial | None = None,
    conflict: Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "name": newest.name,
        "title": presenters.TITLES[newest.name],
        "newest": newest,
        "form": form,
        "text": form.data.get("draft", "") if form else writing.text_of(newest.document),
        "comment": form.data.get("comment", "") if form else "",
        "expected": form.data.get("expected") if form else newest.version,
        "act": form.data.get("act") if form else uuid4(),
        "trial": trial,
        "conflict": presenters.conflict(conflict, newest, form) if conflict and form else None,
    }
    return render(request, "classification/edit.html", context, status=status)


def _saved(request: HttpRequest, name: str, typed: dict[str, Any]) -> HttpResponse:
    version, act = save_rules(
        name=name,
        document=written_document(typed["draft"]),
        comment=typed["comment"],
        actor=account_of(request),
        expected=typed["over"] or typed["expected"],
        act=typed["act"],
    )
    if act is None:
        messages.info(request, f"Nothing was saved: {version} says the same already.")
    else:
        say_done(
            request,
            f"Saved {version} (event {act.first}). It counts for what is fetched from now on.",
            undo=reverse("registry:undo", args=[act.id]),
        )
    address = reverse("classification:rule-set", args=[name])
    # htmx would put the page behind a plain redirect into the part that it replaces
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)


@requires(Permission.READ)
@never_cache
@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """Which rule decided the type, the class and the significance of a run, with the values that each condition saw."""
    form = ExplainForm(request.GET if "run" in request.GET else None)
    context: dict[str, Any] = {"form": form, "may_apply": may(request.user, Permission.EDIT_POLICY)}
    if form.is_valid():
        try:
            context["explained"] = explaining.explained(**form.cleaned_data)
        except explaining.NotExplained as error:
            form.add_error(error.field, str(error))
    return render(request, "classification/explain.html", context, status=UNPROCESSABLE if form.errors else 200)
