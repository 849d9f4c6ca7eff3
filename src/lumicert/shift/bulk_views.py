"""Several short runs of cosmics with the same words, in one act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.catalogue.selectors import reasons
from lumicert.certification import claims, drafts, selectors
from lumicert.certification.bulk import SomeNotConfirmed, SomeRefused, certify_all
from lumicert.certification.checking import Wanted
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.selectors import CannotBeCertified, Subject
from lumicert.certification.services import NotYours
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import ActRefused, Conflict
from lumicert.shell.fields import number_of
from lumicert.shell.notices import say_done
from lumicert.shift import done
from lumicert.shift.page import Offered, Row, Sent, Tickable, fresh, key_of, offered, rows, tickables
from lumicert.shift.requests import queue_of, workspace_of
from lumicert.shift.typed import Problems, Typed, read
from lumicert.shift.views import CONFLICT, FORBIDDEN, UNPROCESSABLE, sent_of, to

# more than a shift takes; an act stays readable
MOST_RUNS = 50


class NotTogether(ValueError):
    """Runs that cannot be certified in one form, with the reason."""


@dataclass(frozen=True, slots=True)
class BulkWarning:
    """A warning that some of the runs share."""

    code: str
    text: str
    runs: Sequence[int]


@dataclass(frozen=True)
class BulkPage:
    """The form of several runs."""

    subjects: Sequence[Subject]
    typed: Typed
    sent: Sent
    rows: Sequence[Row]
    references: Sequence[Offered]
    checklists: Sequence[Tickable]
    errors: Problems
    warnings: Sequence[BulkWarning] = ()
    refused: str = ""

    @property
    def answer(self) -> BulkPage:
        """As the form of one run has it."""
        return self

    @property
    def chosen(self) -> Offered | None:
        return next((each for each in self.references if each.chosen), None)

    @property
    def reasons(self) -> Sequence[object]:
        return reasons()

    @property
    def subject(self) -> Subject:
        """The one that speaks for all."""
        return self.subjects[0]

    @property
    def n_ls(self) -> int:
        return sum(each.row.n_ls or 0 for each in self.subjects)

    @property
    def recommender(self) -> str:
        return selectors.MostRecentlyUsed.name

    @property
    def to_tick(self) -> int:
        return sum(each.count - each.done for each in self.checklists)


@requires(Permission.CERTIFY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: SignedIn) -> HttpResponse:
    """Certify the runs that were picked in the queue."""
    sent = request.POST if request.method == "POST" else request.GET
    query = queue_of(request)
    try:
        subjects = _subjects(sent.getlist("pick"), workspace_of(request))
    except NotTogether as why:
        messages.error(request, str(why))
        return redirect(f"{reverse('shift:queue')}?{query}" if query else reverse("shift:queue"))
    if request.method == "POST":
        return _submit(request, subjects, query)
    page = _page(subjects, Typed({}), fresh(current_seq()), {})
    return render(request, "shift/bulk.html", {"page": page, "queue": query})


def _subjects(picked: Sequence[str], workspace: str) -> list[Subject]:
    """What was picked, as `1041 express` each.

    Raises:
        NotTogether: nothing was picked, it is too much, or not of one kind.
    """
    named = (each.partition(" ") for each in picked)
    wanted = {(run, told) for text, _, told in named if (run := number_of(text))}
    if not wanted or len(wanted) > MOST_RUNS:
        raise NotTogether(f"Pick between 1 and {MOST_RUNS} runs of cosmics; {len(wanted)} were picked.")
    told = {reconstruction for _, reconstruction in wanted}
    if len(told) > 1 or not told <= set(RECONSTRUCTIONS):
        raise NotTogether(f"One form takes runs of one reconstruction; these are of {', '.join(sorted(told))}.")
    found = []
    for run, reconstruction in sorted(wanted):
        try:
            subject = selectors.subject(run=run, reconstruction=reconstruction, of=workspace)
        except CannotBeCertified as why:
            raise NotTogether(f"Leave run {run} out: {why}") from why
        if subject.row.run_type != "cosmics":
            raise NotTogether(f"Leave run {run} out: it is of {subject.row.run_type}, and is certified by itself.")
        found.append(subject)
    return found


def _page(subjects: Sequence[Subject], typed: Typed, sent: Sent, errors: Problems, **more: Any) -> BulkPage:
    first = subjects[0]
    typed = typed.with_default("date", selectors.today().isoformat())
    references, typed = offered(first, typed)
    return BulkPage(
        subjects=subjects,
        typed=typed,
        sent=sent,
        rows=rows(first, typed, errors, None, ()),
        references=references,
        checklists=tickables(first, typed, errors),
        errors=errors,
        **more,
    )


def _submit(request: SignedIn, subjects: Sequence[Subject], query: str) -> HttpResponse:
    typed, sent = Typed.of_form(request.POST), sent_of(request)
    wanted, unread = read(typed, subjects[0].of, today=selectors.today(), opened=sent.opened)
    status, errors = UNPROCESSABLE, dict(unread)
    more: dict[str, Any] = {}
    if not unread:
        try:
            return _certified(request, subjects, wanted, sent, query)
        except SomeRefused as refusal:
            errors = _by_field(refusal.problems, len(subjects))
        except SomeNotConfirmed as refusal:
            more = {"warnings": _by_code(refusal)}
        except NotYours as refusal:
            status, more = FORBIDDEN, {"refused": str(refusal)}
        except Conflict as refusal:
            status, errors = CONFLICT, {"": [f"{refusal}. Nothing was written: look at that run by itself."]}
        except ActRefused as refusal:
            errors = {"": [str(refusal)]}
    page = _page(subjects, typed, fresh(sent.expected), errors, **more)
    return render(request, "shift/bulk.html", {"page": page, "queue": query}, status=status)


def _certified(request: SignedIn, subjects: Sequence[Subject], wanted: Wanted, sent: Sent, query: str) -> HttpResponse:
    act, verdicts = certify_all(
        subjects=subjects, wanted=wanted, actor=request.user, expected=sent.expected, act=sent.act
    )
    for subject in subjects:
        claims.release(**key_of(subject), user=request.user)
        drafts.discard(**key_of(subject), user=request.user)
    told = {
        verdict.upper(): [str(run) for run, of in verdicts.items() if of == verdict] for verdict in verdicts.values()
    }
    words = "; ".join(f"{', '.join(runs)} {verdict}" for verdict, runs in told.items())
    text = f"Certified {len(subjects)} runs of cosmics {subjects[0].reconstruction}: {words} ({done.events_of(act)})."
    say_done(request, text, undo=reverse("registry:undo", args=[act.id]))
    return to(request, f"{reverse('shift:queue')}?{query}" if query else reverse("shift:queue"))


def _by_field(problems: Mapping[int, Mapping[str, Sequence[str]]], count: int) -> Problems:
    """What is wrong, at its field: once where it is so in all runs, else with the runs in which it is."""
    runs: dict[tuple[str, str], list[int]] = {}
    for run, found in problems.items():
        for name, texts in found.items():
            for text in texts:
                runs.setdefault((name, text), []).append(run)
    told: Problems = {}
    for (name, text), where in runs.items():
        named = "" if len(where) == count else f"Run {', '.join(map(str, where))}: "
        told.setdefault(name, []).append(named + text)
    return told


def _by_code(refusal: SomeNotConfirmed) -> list[BulkWarning]:
    found: dict[tuple[str, str], list[int]] = {}
    for run, warnings in refusal.warnings.items():
        for each in warnings:
            found.setdefault((each.code, each.text), []).append(run)
    return [BulkWarning(code, text, runs) for (code, text), runs in found.items()]
