"""What was certified in a week, for the weekly report; and the shift leader's checklist of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.models import User
from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.certification.weekly import LONGEST_NOTE, Week, check_week, ticked_since
from lumicert.certification.workspaces import USUAL_WORKSPACE, workspaces
from lumicert.decisions.selectors import describe
from lumicert.review.deeds import Failed, carry_out
from lumicert.review.requests import act_of, expected_of, workspace_of
from lumicert.review.week import Span, WeekForm, WeekPage, week_page
from lumicert.review.week_blocks import BLOCKS, all_blocks
from lumicert.review.week_checklist import Boxes, boxes_of
from lumicert.shell.files import csv_file
from lumicert.shell.templatetags.lumicert_ui import CERN

BAD_REQUEST = 400


@requires(Permission.READ)
@never_cache
@require_safe
def week(request: SignedIn) -> HttpResponse:
    """A week or a range of days; one block of it as text or CSV."""
    form = WeekForm(request.GET, reader=request.user.get_username())
    if not form.is_valid():
        return render(request, "review/week.html", _frame(request, form), status=BAD_REQUEST)
    page = week_page(form, workspace_of(request))
    if "format" in request.GET:
        return _file(page, request.GET.get("block", ""), request.GET["format"])
    return _show(request, form, page, boxes_of(page.checklist))


@requires(Permission.REVIEW)
@never_cache
@require_POST
def tick(request: SignedIn) -> HttpResponse:
    """Say what is ticked of the checklist of a week."""
    try:
        of = Week.parse(request.POST.get("week", ""))
    except ValueError as error:
        raise BadRequest(f"{error}.") from error
    workspace = workspace_of(request).name
    ticks = [*_ticks(request.POST)]
    return carry_out(
        request,
        "tick",
        lambda: check_week(
            week=of, workspace=workspace, ticked=ticks, note=request.POST.get("note", ""), actor=request.user,
            expected=expected_of(request), act=act_of(request),
        ),
        words=f"Saved the checklist of week {of}",
        # to the top of the page, where it says what was saved and offers to undo it
        then=lambda: redirect(address_of_week(of, workspace)),
        again=lambda failed: _again(request, of, failed),
    )  # fmt: skip


def address_of_week(of: Week, workspace: str) -> str:
    """The address of the page of a week."""
    more = {} if workspace == USUAL_WORKSPACE else {"workspace": workspace}
    return f"{reverse('review:week')}?{urlencode({'week': of} | more)}"


def _ticks(sent: QueryDict) -> Iterator[tuple[str, int, str]]:
    """What is ticked, as `identifier:version:key`; what no page of ours sends ticks nothing."""
    for name in sent.getlist("tick"):
        identifier, version, key = [*name.split(":"), "", "", ""][:3]
        if version.isdecimal() and len(version) < 9:
            yield identifier, int(version), key


def _again(request: SignedIn, of: Week, failed: Failed) -> HttpResponse:
    """The page with what was ticked and written, and with what somebody else ticked meanwhile."""
    form = WeekForm({"week": str(of)}, reader=request.user.get_username())
    form.is_valid()
    workspace = workspace_of(request)
    page = week_page(form, workspace)
    mine = {(identifier, key) for identifier, _, key in _ticks(request.POST)}
    theirs = ticked_since(of, workspace=workspace.name, seq=expected_of(request)) if failed.later else set()
    boxes = boxes_of(page.checklist, ticked=mine | theirs, note=failed.typed.get("note", ""))
    return _show(request, form, page, boxes, failed)


def _show(
    request: SignedIn, form: WeekForm, page: WeekPage, boxes: Boxes | None, failed: Failed | None = None
) -> HttpResponse:
    context = _frame(request, form) | {
        "page": page,
        "blocks": all_blocks(page),
        "boxes": boxes,
        "may_tick": may_tick(request.user, page),
        "failed": failed,
        "later": [(event, describe(event)) for event in failed.later] if failed else [],
        # a second attempt has seen what came in between
        "expected": page.head,
        "act": uuid4(),
        "longest_note": LONGEST_NOTE,
    }
    return render(request, "review/week.html", context, status=failed.status if failed else 200)


def may_tick(user: User, page: WeekPage) -> bool:
    """Whether this person ticks the checklist of that page."""
    return user.may(Permission.REVIEW) and user.works_in(page.of.name)


def _frame(request: HttpRequest, form: WeekForm) -> dict[str, Any]:
    """What the page shows around its figures: the choice of days, the way to the weeks beside them."""
    kept = {name: form.data[name] for name in ("runs", "type", "reconstruction", "shifter") if form.data.get(name)}
    if not (of := workspace_of(request)).is_usual:
        kept["workspace"] = of.name
    span = form.span if form.is_valid() else None
    return {
        "form": form,
        "kept": kept,
        "span": span,
        "before": _address(span.moved(-1), kept) if span else "",
        "after": _address(span.moved(1), kept) if span else "",
        "asked": _query(span, kept) if span else "",
        "workspaces": list(workspaces().values()),
    }


def _query(span: Span, kept: dict[str, Any]) -> str:
    return f"{span.query}&{urlencode(kept)}" if kept else span.query


def _address(span: Span, kept: dict[str, Any]) -> str:
    return f"?{_query(span, kept)}"


def _file(page: WeekPage, key: str, form: str) -> HttpResponse:
    if key not in BLOCKS or form not in ("csv", "text"):
        raise BadRequest(f"Ask for a block ({', '.join(BLOCKS)}) in the format csv or text.")
    block = BLOCKS[key](page)
    if form == "csv":
        return csv_file(f"{key}-{page.span.first}-{page.span.last}", block.header, block.values())
    at = datetime.now(tz=CERN).strftime("%Y-%m-%d %H:%M")
    dates = f"certified {page.span.first} to {page.span.last}, as of {at} at CERN (event {page.head})"
    text = f"{page.of.label}: {page.span.label}, {dates}\n\n{block.text()}"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
