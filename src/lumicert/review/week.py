"""Reading the page of a week: which days are asked for, and all that was certified on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from lumicert.certification import sums
from lumicert.certification.contradictions import Contradiction, contradictions
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.selectors import today
from lumicert.certification.sums import Changed, FillLine, Key, Line, Sums
from lumicert.certification.weekly import FIRST_YEAR, LAST_YEAR, Week, WeekState, state_of
from lumicert.certification.workspaces import RUN_TYPES, USUAL_WORKSPACE, Workspace
from lumicert.decisions.selectors import current_seq
from lumicert.review.filters import CONDITIONS, ME
from lumicert.shell.fields import RunsField, TextsField

# lists of runs are written out: those of a quarter are as long as anybody reads
MOST_DAYS = 100
_NARROWING = ("runs", "type", "reconstruction", "shifter")


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both ends in it."""

    first: date
    last: date

    @property
    def week(self) -> Week | None:
        """The ISO week that these days are; None where they are none, or more."""
        week = Week.of(self.first)
        return week if (week.monday, week.sunday) == (self.first, self.last) else None

    @property
    def label(self) -> str:
        """`Week 24 of 2019`, or `Weeks 24-28 of 2019`."""
        label = sums.week_label([self.first, self.last])
        of = "" if " of " in label else f" of {self.first.isocalendar().year}"
        return f"Week{'' if label.isdecimal() else 's'} {label}{of}"

    def moved(self, times: int) -> Span:
        """As many days, so many times later or before."""
        shift = timedelta(days=times * ((self.last - self.first).days + 1))
        return Span(self.first + shift, self.last + shift)

    @property
    def query(self) -> str:
        """The days as an address has them."""
        week = self.week
        return urlencode({"week": str(week)} if week else {"from": self.first, "to": self.last})


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, error_messages={"invalid": "write a day as 2018-06-01"})


def _choice(label: str, values: tuple[str, ...]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", "any"), *((each, each) for each in values)])


class WeekForm(forms.Form):
    """Which days, this week where none are said; and which certifications of them."""

    week = forms.CharField(label="week", required=False, max_length=10)
    runs = RunsField(label="runs", required=False, max_length=8000)
    type = _choice("type", RUN_TYPES)
    reconstruction = _choice("reconstruction", RECONSTRUCTIONS)
    shifter = TextsField(label="shifter", required=False, max_length=2000)

    def __init__(self, data: Mapping[str, Any], *, reader: str) -> None:
        super().__init__(data, label_suffix="")
        self.reader = reader
        # a name that Python keeps for itself
        self.fields |= {"from": _day("certified from"), "to": _day("to")}

    def clean_week(self) -> Week | None:
        text = self.cleaned_data["week"]
        try:
            return Week.parse(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_shifter(self) -> list[str]:
        return [self.reader if name == ME else name for name in self.cleaned_data["shifter"] or []]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if not self.errors and (problem := _problem(cleaned.get("week"), first, last)):
            self.add_error(*problem)
        return cleaned

    @property
    def span(self) -> Span:
        """The days that are asked for; the form must be valid."""
        if self.cleaned_data["from"]:
            return Span(self.cleaned_data["from"], self.cleaned_data["to"])
        # the week of now, each time that the page is asked for
        week = self.cleaned_data["week"] or Week.of(today())
        return Span(week.monday, week.sunday)

    @property
    def narrowing(self) -> dict[str, Any]:
        """What else than days is asked for."""
        return {name: self.cleaned_data[name] for name in _NARROWING if self.cleaned_data[name]}

    @property
    def narrowing_query(self) -> str:
        """The same as addresses have it, with an ampersand before; the table of certifications knows these filters."""
        return "".join(f"&{urlencode({name: self.data[name]})}" for name in self.narrowing)

    @property
    def conditions(self) -> list[Q]:
        """What the certifications have to fulfil, all of it; the form must be valid."""
        span = self.span
        within = [Q(date__gte=span.first), Q(date__lte=span.last)]
        return [*within, *(CONDITIONS[name](value) for name, value in self.narrowing.items())]


def _problem(week: Week | None, first: date | None, last: date | None) -> tuple[str, str] | None:
    """What is wrong with the days that are asked for, with the field where it is told."""
    if week and (first or last):
        return "week", "say a week or days, not both"
    if first is None and last is None:
        return None
    if first is None or last is None:
        return "from" if first is None else "to", "say both the first and the last day"
    if last < first:
        return "to", f"{last} lies before {first}; did you mean {last} to {first}?"
    if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
        return "from", f"say days of the years {FIRST_YEAR} to {LAST_YEAR}"
    if (last - first).days >= MOST_DAYS:
        return "to", f"that is more than {MOST_DAYS} days: the table of certifications has any number"
    return None


@dataclass(frozen=True, slots=True)
class WeekPage:
    """All that the page shows, as of event `head`, at `at`; `narrowed` are its filters as an address has them."""

    of: Workspace
    span: Span
    narrowed: str
    sums: Sums
    lines: list[Line]
    changed: list[Changed]
    against: dict[tuple[int, str], list[Contradiction]]
    fills: list[FillLine]
    checklist: WeekState | None
    head: int
    at: datetime

    def table_of(self, first: date, last: date, key: Key | None = None) -> str:
        """The address of the table of the same certifications, of these days and one key or all."""
        of_key = f"&type={key.run_type}&reconstruction={key.reconstruction}" if key else ""
        return f"{reverse('review:certifications')}?from={first}&to={last}{self.narrowed}{of_key}"

    @property
    def table(self) -> str:
        """That of all of them."""
        return self.table_of(self.span.first, self.span.last)

    @property
    def unreviewed(self) -> list[Line]:
        """What was certified here and not looked at by a second person."""
        return [each for each in self.lines if not each.reviewed and not each.imported]

    @property
    def runs(self) -> list[int]:
        """Every run that was certified, once."""
        return sorted({each.run for each in self.lines})


def week_page(form: WeekForm, of: Workspace) -> WeekPage:
    """What the form asks for: nine queries, however much was certified."""
    # read first: what comes in while we read counts as not seen
    head = current_seq()
    span, conditions = form.span, form.conditions
    lines = sums.lines(workspace=of.name, conditions=conditions)
    return WeekPage(
        of=of,
        span=span,
        narrowed=form.narrowing_query + ("" if of.name == USUAL_WORKSPACE else f"&workspace={of.name}"),
        sums=sums.sums(workspace=of.name, conditions=conditions),
        lines=lines,
        changed=sums.changed((each.run for each in lines), workspace=of.name, until=span.last),
        against=contradictions(of, [(each.run, each.reconstruction) for each in lines]),
        fills=sums.fill_table(lines),
        checklist=state_of(span.week, workspace=of.name) if span.week else None,
        head=head,
        at=timezone.now(),
    )
