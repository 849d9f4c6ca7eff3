"""Entering a run by hand, and typing a value over that of a source, or releasing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import Act, ActRefused, Conflict
from lumicert.registry.entry import FIELDS_OF_RUN, RunForm, ValueForm
from lumicert.runs import facts, typing
from lumicert.runs.facts import Fact
from lumicert.runs.models import Run
from lumicert.runs.values import Provenance, values_of_fill, values_of_run
from lumicert.shell.fields import LAST_RUN
from lumicert.shell.notices import say_done
from lumicert.sources.oms.attributes import Attribute

CONFLICT, UNPROCESSABLE = 409, 422


# ---- a run that no source knows ----


@requires(Permission.DECIDE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: SignedIn) -> HttpResponse:
    """The form to enter a run by hand; one that is known already is opened instead."""
    labels = {name: facts.fact_of_run({}, name).label for name in facts.OF_RUNS}
    if request.method != "POST":
        given = request.GET.get("run", "")
        form = RunForm(initial={"run": given if given.isdecimal() else ""}, labels=labels)
        return render(request, "registry/enter.html", {"form": form})
    form = RunForm(request.POST, labels=labels)
    if form.is_valid():
        try:
            return _entered(request, form)
        except typing.AlreadyThere:
            return _known_already(request, form.cleaned_data["run"])
        except typing.ValueRefused as refusal:
            form.note(refusal.problems, FIELDS_OF_RUN)
        except ActRefused as refusal:
            form.note({"": str(refusal)}, {})
    form.again()
    return render(request, "registry/enter.html", {"form": form}, status=UNPROCESSABLE)


def _entered(request: SignedIn, form: RunForm) -> HttpResponse:
    typed = form.cleaned_data
    act = typing.enter_run(
        run=typed["run"],
        run_type=typed["run_type"],
        n_ls=typed["n_ls"],
        recorded=typed["recorded"] or None,
        unit=typed["unit"] or typing.INTEGRATED_UNITS[0],
        others=form.others,
        reason=typed["reason"],
        actor=request.user,
        act=typed["act"],
    )
    _say(request, f"Entered run {typed['run']} by hand", act)
    return redirect("registry:run", typed["run"])


def _known_already(request: SignedIn, run: int) -> HttpResponse:
    messages.info(request, f"Run {run} is known already: this is its page. Nothing was entered; values are typed here.")
    return redirect("registry:run", run)


def _say(request: SignedIn, text: str, act: Act) -> None:
    events = f"event {act.first}" if act.first == act.last else f"events {act.first} to {act.last}"
    say_done(request, f"{text} ({events}).", undo=reverse("registry:undo", args=[act.id]))


# ---- one value ----


@dataclass(frozen=True, slots=True)
class _Subject:
    """The run or fill that a value is typed of, with the ways to read and to write it."""

    words: str
    page: str
    here: str
    attribute: Attribute
    fact: Fact
    write: Callable[..., Act]


@requires(Permission.DECIDE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def value_of_run(request: SignedIn, run: int, name: str) -> HttpResponse:
    """All that was said of one value of a run, and the form to type it or to release it."""
    if run > LAST_RUN or not Run.objects.filter(run=run).exists():
        raise Http404(f"Run {run} is not known here. It may not be imported yet.")
    # read before the values: what comes in while we read counts as not seen
    head = current_seq()
    subject = _Subject(
        words=f"run {run}",
        page=reverse("registry:run", args=[run]),
        here=reverse("registry:run-value", args=[run, name]),
        attribute=_attribute(facts.OF_RUNS, values := values_of_run(run), name),
        fact=facts.fact_of_run(values, name),
        write=lambda **typed: typing.type_run(run=run, **typed),
    )
    return _value(request, subject, head)


@requires(Permission.DECIDE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def value_of_fill(request: SignedIn, fill: int, name: str) -> HttpResponse:
    """All that was said of one value of a fill, and the form to type it or to release it."""
    if fill > LAST_RUN:
        raise Http404(f"{fill} is not the number of a fill.")
    head = current_seq()
    subject = _Subject(
        words=f"fill {fill}",
        page=reverse("registry:fill", args=[fill]),
        here=reverse("registry:fill-value", args=[fill, name]),
        attribute=_attribute(facts.OF_FILLS, values := values_of_fill(fill), name),
        fact=facts.fact_of_fill(values, name),
        write=lambda **typed: typing.type_fill(fill=fill, **typed),
    )
    return _value(request, subject, head)


def _attribute(table: Any, values: dict[str, Provenance], name: str) -> Attribute:
    if name in table:
        found: Attribute = table[name]
        return found
    if name not in values:
        raise Http404(f"There is no value '{name}' here. Open the run or fill and choose one of its values.")
    return Attribute("text")


def _value(request: SignedIn, subject: _Subject, head: int) -> HttpResponse:
    fact, name = subject.fact, subject.fact.name
    data = request.POST if request.method == "POST" else None
    form = ValueForm(data, name=name, attribute=subject.attribute, initial={"expected": head})
    if data is None:
        return _render_value(request, subject, form)
    releasing = "release" in data
    try:
        if releasing:
            form.fields["value"].required = False
            form.full_clean()
        if releasing and form.cleaned_data.get("act"):
            return _written(request, subject, form, f"Released {fact.label} of {subject.words}", released=[name])
        if form.is_valid():
            said = f"Typed {fact.label} of {subject.words}"
            return _written(request, subject, form, said, values=form.values, units=form.units)
    except typing.ValueRefused as refusal:
        form.note(refusal.problems, {name: "value"})
    except ActRefused as refusal:
        form.note({"": str(refusal)}, {})
    except Conflict as conflict:
        form.add_error(
            None, f"{conflict}. Nothing of yours is written yet: look at it below, and send it again to insist"
        )
        form.again(expected=str(head))
        return _render_value(request, subject, form, status=CONFLICT)
    form.again()
    return _render_value(request, subject, form, status=UNPROCESSABLE)


def _written(request: SignedIn, subject: _Subject, form: ValueForm, said: str, **typed: Any) -> HttpResponse:
    sent = form.cleaned_data
    act = subject.write(
        **{"values": {}, "units": {}, "released": [], **typed},
        reason=sent["reason"],
        actor=request.user,
        act=sent["act"],
        expected=sent["expected"],
    )
    _say(request, said, act)
    # from a part of a page the whole page has to be loaded: one value changes others
    return HttpResponseClientRedirect(subject.page) if request.headers.get("HX-Request") else redirect(subject.page)


def _render_value(request: SignedIn, subject: _Subject, form: ValueForm, *, status: int = 200) -> HttpResponse:
    template = "registry/_value.html" if request.headers.get("HX-Request") else "registry/value.html"
    return render(request, template, {"subject": subject, "fact": subject.fact, "form": form}, status=status)
