"""The page Golden JSON: choose, see, explain, edit, download."""

from __future__ import annotations

import time
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
from lumicert.policy import PolicyError
from lumicert.runs.selectors import dataset_names, stored_lists
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


@requires(Permission.READ)
@never_cache
@require_safe
def map_data(request: HttpRequest) -> JsonResponse:
    """Runs x lumisections by verdict, for the map."""
    form = AskForm(request.GET)
    if not form.is_valid() or form.answer is None:
        return JsonResponse({"errors": form.errors}, status=UNPROCESSABLE)
    theirs = form.answer.theirs.lumis if form.answer.theirs else None
    return JsonResponse(selectors.map_of(form.answer.golden, theirs))


@requires(Permission.READ)
@never_cache
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """The list of runs, a page of it."""
    form = AskForm(request.GET)
    if not form.is_valid() or form.answer is None:
        return render(request, "golden/errors.html", {"form": form}, status=UNPROCESSABLE)
    golden = form.answer.golden
    page = Paginator(selectors.by_run(golden), RUNS_A_PAGE).get_page(request.GET.get("page"))
    several = len(set(golden.universe.names)) > 1
    return render(request, "golden/runs.html", {"page": page, "several": several, "at": golden.universe.at})


@requires(Permission.READ)
@never_cache
@require_safe
def costs(request: HttpRequest) -> HttpResponse:
    """What each condition of the policy keeps out."""
    form = AskForm(request.GET)
    if not form.is_valid() or form.answer is None:
        return render(request, "golden/errors.html", {"form": form}, status=UNPROCESSABLE)
    golden = form.answer.golden
    context = {"costs": presenters.costs(golden), "weighed": golden.luminosities.known.any()}
    return render(request, "golden/costs.html", context)


@requires(Permission.READ)
@never_cache
@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """Why one lumisection is where it is, with the events behind it."""
    form = AskForm(request.GET)
    run, ls = request.GET.get("run", ""), request.GET.get("ls", "")
    if not (run.isdecimal() and ls.isdecimal()):
        form.add_error(None, f"'{run}' and '{ls}' are not a run and a lumisection")
    if not form.is_valid() or form.answer is None:
        return render(request, "golden/errors.html", {"form": form}, status=UNPROCESSABLE)
    explained = selectors.explain(form.answer.golden, run=int(run), ls=int(ls))
    if explained is None:
        return render(request, "golden/not_there.html", {"run": run, "ls": ls, "form": form}, status=404)
    pinned = presenters.pinned(form.answer, layout=form.cleaned_data["layout"])
    context = presenters.explanation(explained) | {"golden": form.answer.golden, "pinned": pinned}
    return render(request, "golden/explanation.html", context)


@requires(Permission.READ)
@never_cache
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The golden JSON itself; the same event and policy version give the same bytes for ever."""
    form = AskForm(request.GET)
    if not form.is_valid() or form.answer is None:
        return JsonResponse({"errors": form.errors}, status=UNPROCESSABLE)
    golden = form.answer.golden
    text = golden.text(form.cleaned_data["layout"])
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{presenters.file_name(form.answer)}"'
    response["X-Lumicert-SHA256"] = selectors.sha256(text)
    response["X-Lumicert-Event"] = str(golden.seq)
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
