"""My queue: what waits to be certified, and what to go on with."""

from __future__ import annotations

from typing import Any, Literal, cast

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lumicert.accounts.models import User
from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.certification import claims
from lumicert.certification.coverage import Cell, cells_of
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.queue import USUAL, Asked, Queue, next_of, sent_back, waiting
from lumicert.certification.workspaces import USUAL_WORKSPACE, workspaces
from lumicert.decisions.selectors import current_seq
from lumicert.shell import live
from lumicert.shell.fields import RunsField, number_of
from lumicert.shell.notices import say_done
from lumicert.shift.requests import workspace_in

BAD_REQUEST = 400
MOST_PAGES = 10_000
# of so many runs that were asked for by number it is told why they do not wait
MOST_EXPLAINED = 50


class QueueForm(forms.Form):
    """What of the queue is asked for."""

    runs = RunsField(required=False, max_length=20_000, label="Runs")
    reconstruction = forms.ChoiceField(
        required=False, label="Reconstruction", choices=[("", "any"), *((each, each) for each in RECONSTRUCTIONS)]
    )
    klass = forms.CharField(required=False, max_length=80, label="Class")
    order = forms.ChoiceField(
        required=False, label="Order", choices=[("", "by deadline"), ("newest", "newest run first")]
    )
    all = forms.BooleanField(required=False, label="Insignificant runs too")
    page = forms.IntegerField(required=False, min_value=1, max_value=MOST_PAGES)

    @property
    def asked(self) -> Asked:
        """What is asked for; the form must be valid."""
        typed = self.cleaned_data
        return Asked(
            runs=typed["runs"],
            reconstructions=(typed["reconstruction"],) if typed["reconstruction"] else USUAL,
            klass=typed["klass"],
            insignificant=typed["all"],
            order=cast(Literal["due", "newest"], typed["order"] or "due"),
        )

    @property
    def narrowed(self) -> bool:
        """Whether a filter leaves something out."""
        return any(self.cleaned_data[name] for name in ("runs", "reconstruction", "klass"))


@requires(Permission.CERTIFY)
@never_cache
@require_safe
def queue(request: SignedIn) -> HttpResponse:
    """What waits, or what is new of it for a page that follows."""
    if "workspace" not in request.GET and (own := _own_workspace(request.user)) != USUAL_WORKSPACE:
        return redirect(f"{reverse('shift:queue')}?{urlencode({**request.GET.dict(), 'workspace': own})}")
    # ages are told to the minute: the page is out of date with each
    tag = f"{current_seq()}.{claims.tag()}.{int(timezone.now().timestamp()) // 60}"
    if answer := live.nothing_new(request, lambda: tag):
        return answer
    form = QueueForm(request.GET)
    if not form.is_valid():
        return render(request, "shift/queue.html", {"form": form}, status=BAD_REQUEST)
    page, of = form.cleaned_data["page"] or 1, workspace_in(request.GET.urlencode())
    found = waiting(asked=form.asked, workspace=of.name, user=request.user, page=page)
    context: dict[str, Any] = {
        "form": form,
        "tag": tag,
        "queue": found,
        "elsewhere": _elsewhere(form.asked, found, of.name),
        "sent_back": sent_back(workspace=of.name, user=request.user),
        "query": request.GET.urlencode(),
        "of": of,
        "workspaces": workspaces().values(),
        "now": timezone.now(),
    }
    template = "shift/_queue_live.html" if live.asks_for_news(request) else "shift/queue.html"
    return render(request, template, context)


def _own_workspace(user: User) -> str:
    """The one whose queue a person wants to see: the usual one, unless he or she certifies in others alone."""
    own = [name for name in workspaces() if user.works_in(name)]
    return USUAL_WORKSPACE if not own or USUAL_WORKSPACE in own else own[0]


def _elsewhere(asked: Asked, found: Queue, workspace: str) -> list[tuple[int, list[Cell] | None]]:
    """Runs that were asked for by their numbers and of which nothing waits: how far they are, None for unknown ones."""
    if found.place.pages > 1:
        return []
    waits = {row.run for row in found.rows}
    runs = [first for first, last in asked.runs if first == last and first not in waits][:MOST_EXPLAINED]
    known = cells_of(runs, workspace=workspace) if runs else {}
    return [(run, known.get(run)) for run in runs]


@requires(Permission.CERTIFY)
@never_cache
@require_safe
def go_on(request: SignedIn) -> HttpResponse:
    """On to what comes next in the queue, as it was filtered."""
    query = request.GET.get("queue", "")
    form = QueueForm(QueryDict(query))
    asked = form.asked if form.is_valid() else Asked()
    run, _, reconstruction = request.GET.get("after", "").partition(" ")
    behind = number_of(run)
    after = None if behind is None else (behind, reconstruction)
    found = next_of(asked=asked, workspace=workspace_in(query).name, user=request.user, after=after)
    if found is None:
        say_done(request, "That was the last of the queue: nothing that nobody is on is left in it.")
        return redirect(f"{reverse('shift:queue')}?{query}" if query else reverse("shift:queue"))
    address = reverse("shift:certify", args=[found.run, found.reconstruction])
    return redirect(f"{address}?{urlencode({'dataset': found.dataset, 'queue': query})}")
