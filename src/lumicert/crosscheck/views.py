"""The comparison of our certifications with a registry, and asking the one outside at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.models import may
from lumicert.accounts.permissions import Permission, requires
from lumicert.certification.workspaces import UnknownWorkspace, Workspace, workspace
from lumicert.crosscheck import jobs, presenters, seeing, selectors
from lumicert.crosscheck.filters import ComparisonFilterForm
from lumicert.crosscheck.models import Compared
from lumicert.crosscheck.selectors import Question, Standing
from lumicert.shell.fields import number_of
from lumicert.shell.files import csv_file
from lumicert.shell.pages import number_in

BAD_REQUEST = 400
USUAL_WORKSPACE = "tracker"
Registry = Compared.Registry


@requires(Permission.READ)
@never_cache
@require_safe
def comparison(request: HttpRequest) -> HttpResponseBase:
    """The table, or all that pass its filters as CSV."""
    of, standing = workspace_of(request.GET), selectors.standing()
    form = ComparisonFilterForm(request.GET, of=of)
    frame = _frame(request, of, standing, form)
    if not form.is_valid():
        return render(request, "crosscheck/comparison.html", frame, status=BAD_REQUEST)
    question = Question(frame["registry"], of.name, form.conditions, form.kinds)
    if request.GET.get("format") == "csv":
        rows = presenters.csv_rows(selectors.all_of(question))
        return csv_file("run-registry-comparison", presenters.CSV_HEADER, rows)
    page = selectors.page_of(question, number=number_in(request.GET.get("page")))
    totals = [(kind, page.totals.get(kind.value, 0), kind.value in form.kinds) for kind in Compared.Kind]
    return render(request, "crosscheck/comparison.html", frame | {"table": page, "totals": totals})


def workspace_of(sent: QueryDict) -> Workspace:
    """The workspace that an address or a form names, the tracker's where it names none."""
    try:
        return workspace(sent.get("workspace") or USUAL_WORKSPACE)
    except UnknownWorkspace as error:
        raise Http404(f"{error}.") from error


def _frame(request: HttpRequest, of: Workspace, standing: Standing, form: ComparisonFilterForm) -> dict[str, Any]:
    usual = Registry.OUTSIDE if standing.is_set_up else Registry.OURS
    asked = request.GET.get("registry", "")
    registry = asked if asked in Registry.values else usual.value
    query = request.GET.copy()
    for name in ("page", "registry", "format"):
        query.pop(name, None)
    return {
        "form": form,
        "of": of,
        "standing": standing,
        "registry": registry,
        "registries": [(each.value, each.label) for each in (Registry.OUTSIDE, Registry.OURS)],
        "columns": [part.label for part in of.parts],
        "query": query.urlencode(),
        "registry_page": presenters.registry_page(of.name),
        "may_ask": may(request.user, Permission.IMPORT),
        "may_write": standing.writes and registry == Registry.OUTSIDE and may(request.user, Permission.REVIEW),
    }


@requires(Permission.IMPORT)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Have the registry outside asked now about the runs of the page, and about all that nobody asked about yet."""
    if not selectors.standing().is_set_up:
        messages.error(request, "No Run Registry is set up here: there is nobody to ask.")
        return redirect("crosscheck:comparison")
    runs = {run for text in request.POST.getlist("run") if (run := number_of(text)) is not None}
    asked = seeing.ask_again(sorted(runs)[: selectors.ROWS_A_PAGE])
    jobs.soon(jobs.compare)
    jobs.soon(jobs.look)
    about = f"{asked:,} run{'' if asked == 1 else 's'} of this page, and " if asked else ""
    words = f"Asking Run Registry now about {about}what nobody asked about yet. Look again in a moment."
    messages.success(request, words)
    return redirect(back(request, "crosscheck:comparison"))


def back(request: HttpRequest, page: str) -> str:
    """The page that the form was on, where it is one of ours, else `page`."""
    there = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(there, None) and there.startswith(reverse(page))
    return there if ours else reverse(page)
