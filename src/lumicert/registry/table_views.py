"""The table of runs, and the views of it that a person saves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.decisions.selectors import current_seq
from lumicert.registry import presenters, saved
from lumicert.registry.columns import COLUMNS, USUAL, chosen
from lumicert.registry.filters import RunFilterForm, addable
from lumicert.registry.models import SavedView
from lumicert.registry.requests import SignedIn
from lumicert.registry.table import NEWEST_FIRST, RunsTable, Wanted, all_runs, runs_table, sortable
from lumicert.shell import live
from lumicert.shell.notices import say_done

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
    columns = chosen(request.GET.getlist("col"))
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
    context = {"table": table, "tag": tag, "headings": _headings(request, table, wanted.sort)}
    if live.asks_for_news(request):
        return render(request, "registry/_runs_live.html", context)
    return render(request, "registry/runs.html", _frame(request, form) | context | {"columns": columns})


def _frame(request: SignedIn, form: RunFilterForm) -> dict[str, Any]:
    return {
        "form": form,
        "addable": addable(),
        "all_columns": COLUMNS.values(),
        "views": saved.views_of(request.user, page=PAGE),
        "query": saved.asked(request.GET.urlencode()),
        "usual": USUAL,
        "sort": request.GET.get("sort", ""),
    }


def _headings(request: SignedIn, table: RunsTable, sort: str) -> list[dict[str, Any]]:
    """The header: each column with the address that sorts by it, and the direction it is sorted in now."""
    query = request.GET.copy()
    for name in ("sort", "page"):
        query.pop(name, None)
    asked = f"{query.urlencode()}&" if query else ""
    found = []
    for column in table.columns:
        direction = {column.key: "ascending", f"-{column.key}": "descending"}.get(sort, "")
        # what is largest, or newest, is what is looked for first
        wanted = column.key if direction == "descending" else f"-{column.key}"
        address = f"?{asked}sort={wanted}" if column.field else ""
        found.append({"column": column, "direction": direction, "address": address})
    return found


# ---- saved views ----


@requires(Permission.READ)
@never_cache
@require_safe
def view(request: SignedIn, view: int) -> HttpResponse:
    """A saved view, for whoever has the link to it."""
    found = SavedView.objects.filter(pk=view).first()
    if found is None:
        raise Http404("There is no such view any more: whoever saved it removed it.")
    return _to(found.query)


@requires(Permission.READ)
@never_cache
@require_POST
def save_view(request: SignedIn) -> HttpResponse:
    """Save the filters, order and columns of the open table under a name."""
    query = request.POST.get("query", "")
    try:
        kept = saved.save_view(owner=request.user, page=PAGE, name=request.POST.get("name", ""), query=query)
    except saved.ViewRefused as refusal:
        messages.error(request, f"{refusal}. Nothing was saved.")
        return _to(saved.asked(query))
    say_done(request, f"Saved the view '{kept.name}'.")
    return _to(kept.query)


@requires(Permission.READ)
@never_cache
@require_POST
def rename_view(request: SignedIn, view: int) -> HttpResponse:
    """Give a view of one's own another name."""
    found = _own(request, view)
    try:
        saved.rename_view(view=found, name=request.POST.get("name", ""))
    except saved.ViewRefused as refusal:
        messages.error(request, f"{refusal}. Nothing was changed.")
        return _to(found.query)
    say_done(request, f"The view is called '{found.name}' now.")
    return _to(found.query)


@requires(Permission.READ)
@never_cache
@require_POST
def remove_view(request: SignedIn, view: int) -> HttpResponse:
    """Remove a view of one's own; the table stays as it is."""
    found = _own(request, view)
    found.delete()
    say_done(request, f"Removed the view '{found.name}'. This is what it showed.")
    return _to(found.query)


def _own(request: SignedIn, view: int) -> SavedView:
    found = SavedView.objects.filter(pk=view, owner=request.user).first()
    if found is None:
        raise Http404("You have no such view. A view is changed and removed by the person who saved it.")
    return found


def _to(query: str) -> HttpResponse:
    return redirect(f"{reverse('registry:runs')}?{query}" if query else reverse("registry:runs"))
