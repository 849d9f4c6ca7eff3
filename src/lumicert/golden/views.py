"""The page Golden JSON: choose, see, explain, edit, download."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.models import may
from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.golden import policies, presenters, selectors, services
from lumicert.golden.forms import AskForm, SavePolicyForm
from lumicert.golden.selectors import Answer
from lumicert.policy import PolicyError
from lumicert.runs.selectors import dataset_names, stored_lists
from lumicert.shell.fields import number_of
from lumicert.shell.notices import say_done

UNPROCESSABLE = 422
RUNS_A_PAGE = 200


@requires(Permission.READ)
@never_cache
@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """The whole page, or for htmx only the result."""
    started = time.perf_counter()
    form = AskForm(request.GET)
    context = _context(request, form)
    context["milliseconds"] = 1000 * (time.perf_counter() - started)
    template = "golden/result.html" if request.headers.get("HX-Request") else "golden/portal.html"
    return render(request, template, context, status=UNPROCESSABLE if form.errors else 200)


def _context(request: HttpRequest, form: AskForm) -> dict[str, Any]:
    context: dict[str, Any] = {"form": form, "may_save": may(request.user, Permission.EDIT_POLICY), "act": uuid4()}
    if not request.headers.get("HX-Request"):
        context |= {"names": dataset_names(), "policies": policies.all_versions(), "lists": stored_lists()}
    if form.is_valid() and form.answer:
        context |= presenters.result(form.answer, layout=form.cleaned_data["layout"])
        context["query"] = urlencode(context["pinned"])
    return context


Answering = Callable[[HttpRequest, AskForm, Answer], HttpResponse]


def _asking(view: Answering) -> Callable[[HttpRequest], HttpResponse]:
    """Hand the view what was asked with its answer; a wrong question is answered here."""

    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponse:
        form = AskForm(request.GET)
        if not form.is_valid() or form.answer is None:
            return _refused(request, form)
        return view(request, form, form.answer)

    return asked


def _refused(request: HttpRequest, form: AskForm) -> HttpResponse:
    """What was wrong: as JSON for a program, as a part for a part of the page, else in the page as it was asked."""
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"errors": form.errors}, status=UNPROCESSABLE)
    if request.headers.get("HX-Request"):
        return render(request, "golden/errors.html", {"form": form}, status=UNPROCESSABLE)
    return render(request, "golden/portal.html", _context(request, form), status=UNPROCESSABLE)


@requires(Permission.READ)
@never_cache
@require_safe
@_asking
def map_data(request: HttpRequest, form: AskForm, answer: Answer) -> JsonResponse:
    """Runs x lumisections by verdict, for the map."""
    return JsonResponse(selectors.map_of(answer.golden, answer.theirs.lumis if answer.theirs else None))


@requires(Permission.READ)
@never_cache
@require_safe
@_asking
def runs(request: HttpRequest, form: AskForm, answer: Answer) -> HttpResponse:
    """The list of runs, a page of it."""
    universe = answer.golden.universe
    page = Paginator(selectors.by_run(answer.golden), RUNS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "several": len(set(universe.names)) > 1, "at": universe.at}
    return render(request, "golden/runs.html", context)


@requires(Permission.READ)
@never_cache
@require_safe
@_asking
def costs(request: HttpRequest, form: AskForm, answer: Answer) -> HttpResponse:
    """What each condition of the policy keeps out."""
    weighed = answer.golden.luminosities.known.any()
    return render(request, "golden/costs.html", {"costs": presenters.costs(answer.golden), "weighed": weighed})


@requires(Permission.READ)
@never_cache
@require_safe
@_asking
def explain(request: HttpRequest, form: AskForm, answer: Answer) -> HttpResponse:
    """Why one lumisection is where it is, with the events behind it."""
    run, ls = request.GET.get("run", ""), request.GET.get("ls", "")
    of_run, of_ls = number_of(run), number_of(ls)
    if of_run is None or of_ls is None:
        form.add_error(None, f"'{run[:80]}' and '{ls[:80]}' are not a run and a lumisection")
        return _refused(request, form)
    pinned = presenters.pinned(answer, layout=form.cleaned_data["layout"])
    explained = selectors.explain(answer.golden, run=of_run, ls=of_ls)
    if explained is None:
        context = {"run": run, "ls": ls, "form": form, "pinned": pinned}
        return render(request, "golden/not_there.html", context, status=404)
    context = presenters.explanation(explained) | {"golden": answer.golden, "pinned": pinned}
    return render(request, "golden/explanation.html", context)


@requires(Permission.READ)
@never_cache
@require_safe
@_asking
def download(request: HttpRequest, form: AskForm, answer: Answer) -> HttpResponse:
    """The golden JSON itself; the same event and policy version give the same bytes for ever."""
    text = answer.golden.text(form.cleaned_data["layout"])
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{presenters.file_name(answer)}"'
    response["X-Lumicert-SHA256"] = selectors.sha256(text)
    response["X-Lumicert-Event"] = str(answer.golden.seq)
    return response


@requires(Permission.EDIT_POLICY)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save the rule in the editor as the next version of a policy."""
    saving = SavePolicyForm(request.POST)
    asked = AskForm(request.POST)
    if saving.is_valid() and "rule" not in asked.errors:
        try:
            return _saved(request, saving.cleaned_data, asked.data["dataset"])
        except (PolicyError, ValidationError) as error:
            saving.add_error(None, str(error))
    context = _context(request, asked) | {"saving": saving}
    return render(request, "golden/portal.html", context, status=UNPROCESSABLE)


def _saved(request: HttpRequest, data: dict[str, Any], dataset: str) -> HttpResponse:
    version, act = services.save_policy(
        name=data["name"], rule=data["rule"], comment=data["comment"], actor=account_of(request), act=data["act"]
    )
    if act is None:
        say_done(request, f"Nothing was saved: {version} says the same already")
    else:
        say_done(request, f"Saved {version} (event {act.first})", undo=reverse("registry:undo", args=[act.id]))
    chosen = {"dataset": dataset, "policy": f"{version.name}@{version.version}"}
    return redirect(f"{reverse('golden:portal')}?{urlencode(chosen)}")
