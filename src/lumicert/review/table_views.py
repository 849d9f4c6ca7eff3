"""The table of certifications, the same as files, and what others did with one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.certification import listing, notices
from lumicert.certification.listing import NEWEST_FIRST, Question
from lumicert.certification.models import Certification
from lumicert.decisions.selectors import current_seq, describe
from lumicert.review.columns import ALWAYS, COLUMNS, USUAL, Column, as_json
from lumicert.review.filters import ME, CertificationFilterForm
from lumicert.review.requests import expected_of, workspace_of
from lumicert.shell import saved
from lumicert.shell.files import csv_file
from lumicert.shell.pages import number_in
from lumicert.shell.tables import chosen_columns, headings

BAD_REQUEST = 400
PAGE = "certifications"


@requires(Permission.READ)
@never_cache
@require_safe
def certifications(request: SignedIn) -> HttpResponseBase:
    """The table of certifications, or all that pass its filters as CSV or JSON."""
    of = workspace_of(request)
    form = CertificationFilterForm(request.GET, of=of, reader=request.user.get_username())
    columns = chosen_columns(COLUMNS, request.GET.getlist("col"), usual=USUAL, always=ALWAYS)
    frame = _frame(request, form) | {"columns": columns}
    if not form.is_valid():
        return render(request, "review/certifications.html", frame, status=BAD_REQUEST)
    sort = request.GET.get("sort", "")
    question = Question(of.name, form.conditions, sort if listing.sortable(sort) else NEWEST_FIRST)
    if request.GET.get("format") in ("csv", "json"):
        return _file(question, request.GET["format"], columns)
    table = listing.page_of(question, number=number_in(request.GET.get("page")))
    news = notices.news_for(request.user) if request.GET.get("shifter") == ME else notices.News()
    context = {
        "table": table,
        "headings": headings(request.GET, columns, question.sort),
        "any": bool(table.rows) or Certification.objects.exists(),
        "news": [(event, describe(event)) for event in news.changes],
        "approvals": news.approvals,
        "head": news.head,
    }
    return render(request, "review/certifications.html", frame | context)


def _frame(request: SignedIn, form: CertificationFilterForm) -> dict[str, Any]:
    return {
        "form": form,
        "all_columns": COLUMNS,
        "always": ALWAYS,
        "views": saved.views_of(request.user, page=PAGE),
        "views_room": "review",
        "table_name": "review:certifications",
        "query": saved.asked(request.GET.urlencode()),
        "sort": request.GET.get("sort", ""),
        "mine": request.GET.get("shifter") == ME,
    }


def _file(question: Question, form: str, columns: Sequence[Column]) -> HttpResponse:
    rows = listing.all_of(question)
    if form == "csv":
        header = [column.csv_name for column in columns]
        return csv_file("certifications", header, ([column.in_file(row) for column in columns] for row in rows))
    response = JsonResponse({"certifications": [as_json(row) for row in rows]}, json_dumps_params={"indent": 1})
    response["Content-Disposition"] = 'attachment; filename="certifications.json"'
    return response


@requires(Permission.READ)
@never_cache
@require_safe
def count_of_news(request: SignedIn) -> HttpResponse:
    """How much others did with one's certifications since one last looked; nothing for nothing."""
    count = notices.count_of_news(request.user)
    return HttpResponse(str(count) if count else "", content_type="text/plain; charset=utf-8")


@requires(Permission.READ)
@never_cache
@require_POST
def seen(request: SignedIn) -> HttpResponse:
    """One has seen what others did, up to the event at which the page was read."""
    notices.look(request.user, upto=min(expected_of(request), current_seq()))
    return redirect(f"{reverse('review:certifications')}?shifter={ME}")
