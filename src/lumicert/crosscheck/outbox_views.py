"""The outbox: what is written to the registry outside, what waits, what was refused and what people do about it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.crosscheck import deliveries, jobs, selectors
from lumicert.crosscheck.deliveries import NotDone
from lumicert.crosscheck.filters import OutboxFilterForm
from lumicert.crosscheck.models import Delivery
from lumicert.crosscheck.views import BAD_REQUEST, back, workspace_of
from lumicert.runs.selectors import in_ranges
from lumicert.shell.fields import number_of
from lumicert.shell.pages import number_in

PAGE = "crosscheck:outbox"


@requires(Permission.READ)
@never_cache
@require_safe
def outbox(request: SignedIn) -> HttpResponseBase:
    """What was refused first, then what waits, then the rest, newest first."""
    form = OutboxFilterForm(request.GET)
    frame = {
        "form": form,
        "standing": selectors.standing(),
        "query": request.GET.urlencode(),
        "may_decide": request.user.may(Permission.REVIEW),
    }
    if not form.is_valid():
        return render(request, "crosscheck/outbox.html", frame, status=BAD_REQUEST)
    runs = form.cleaned_data["runs"]
    table = selectors.outbox(
        state=form.cleaned_data["state"],
        number=number_in(request.GET.get("page")),
        runs=in_ranges(runs) if runs else None,
    )
    totals = [(state, table.totals.get(state.value, 0)) for state in Delivery.State]
    return render(request, "crosscheck/outbox.html", frame | {"table": table, "totals": totals})


@requires(Permission.REVIEW)
@require_POST
def again(request: SignedIn, delivery: int) -> HttpResponse:
    """Send one again."""

    def do() -> str:
        found = deliveries.try_again(delivery=delivery, actor=request.user)
        return f"Run {found.run} {found.reconstruction} is sent again."

    return _done(request, do)


@requires(Permission.REVIEW)
@require_POST
def all_again(request: SignedIn) -> HttpResponse:
    """Send again all that was refused."""

    def do() -> str:
        number = deliveries.try_all_again(actor=request.user)
        return f"{number:,} deliver{'y is' if number == 1 else 'ies are'} sent again."

    return _done(request, do)


@requires(Permission.REVIEW)
@require_POST
def write(request: SignedIn) -> HttpResponse:
    """Write certifications of a page of the comparison there that the outbox never took."""
    of = workspace_of(request.POST)
    named = (each.partition(" ") for each in request.POST.getlist("certification")[: selectors.ROWS_A_PAGE])
    keys = {(run, name) for text, _, name in named if (run := number_of(text)) is not None}

    def do() -> str:
        if not settings.CONFIG.run_registry_write:
            raise NotDone("Writing to Run Registry is switched off here: nothing would be sent.")
        number = deliveries.write_there(of=keys, workspace=of.name, actor=request.user)
        if not number:
            raise NotDone(
                "Nothing was put into the outbox: it has all of that already, or it is not certified any more."
            )
        what = "certification goes" if number == 1 else "certifications go"
        return f"{number:,} {what} into the outbox, which says what becomes of it."

    return _done(request, do, page="crosscheck:comparison")


@requires(Permission.REVIEW)
@require_POST
def give_up(request: SignedIn, delivery: int) -> HttpResponse:
    """Never send one."""

    def do() -> str:
        found = deliveries.give_up(delivery=delivery, actor=request.user, reason=request.POST.get("reason", ""))
        return f"Run {found.run} {found.reconstruction} is given up: enter it in Run Registry by hand."

    return _done(request, do)


def _done(request: SignedIn, do: Callable[[], str], *, page: str = PAGE) -> HttpResponse:
    try:
        messages.success(request, do())
        jobs.soon(jobs.deliver)
    except NotDone as refusal:
        messages.error(request, str(refusal))
    return redirect(back(request, page))
