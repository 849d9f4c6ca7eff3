"""The table of runs."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.decisions.selectors import current_seq
from lumicert.registry import presenters
from lumicert.registry.columns import ALWAYS, COLUMNS, USUAL
from lumicert.registry.filters import RunFilterForm, addable
from lumicert.registry.table import NEWEST_FIRST, Wanted, all_runs, runs_table, sortable
from lumicert.shell import live, saved
from lumicert.shell.tables import chosen_columns, headings

BAD_REQUEST = 400
PAGE = "runs"


@requires(Permission.READ)
@never_cache
@require_safe
def runs(request: SignedIn) -> HttpResponseBase:
    """The table of runs, the same runs as CSV, or what is new in it for a page that follows."""
    # read before the table: what comes in while we read counts as not seen
    tag = str(current_seq())
    if answer := live.nothing_new(request, lambda: tag):
        return answer
    form = RunFilterForm(request.GET)
    columns = chosen_columns(COLUMNS.values(), request.GET.getlist("col"), usual=USUAL, always=ALWAYS)
    if not form.is_valid():
        return render(request, "registry/runs.html", _frame(request, form) | {"columns": columns}, status=BAD_REQUEST)
    sort = request.GET.get("sort", "")
    wanted = Wanted(
        conditions=form.conditions,
        columns=columns,
        sort=sort if sortable(sort) else NEWEST_FIRST,
        dataset=form.given.get("dataset", ""),
    )
    if request.GET.get("format") == "csv":
        return presenters.runs_csv(all_runs(wanted), columns)
    table = runs_table(wanted, page=request.GET.get("page"))
    context = {"table": table, "tag": tag, "headings": headings(request.GET, columns, wanted.sort)}
    if live.asks_for_news(request):
        return render(request, "registry/_runs_live.html", context)
    return render(request, "registry/runs.html", _frame(request, form) | context | {"columns": columns})


def _frame(request: SignedIn, form: RunFilterForm) -> dict[str, Any]:
    return {
        "form": form,
        "addable": addable(),
        "all_columns": COLUMNS.values(),
        "views": saved.views_of(request.user, page=PAGE),
        "views_room": "registry",
        "table_name": "registry:runs",
        "query": saved.asked(request.GET.urlencode()),
        "always": ALWAYS,
        "sort": request.GET.get("sort", ""),
    }
