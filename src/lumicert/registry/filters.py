"""Filters of the table of runs: each is a part of the address, and each column has its own.

A text or number *is* one of several (`class=Collisions18,Collisions17`), a text *has* a part (`hlt_key.has=v120`), a
number or time lies *from* one *to* another (`ls.from=100`), both ends included, and what is not known can be asked for
too (`fill=unknown`). Times are CERN's local time; a day alone means all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from django import forms
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Collate, Concat
from django.db.models.lookups import IContains, IExact

from lumicert.decisions.events import STATUSES as COMPONENT_STATUSES
from lumicert.registry.columns import COLUMNS, OF_RUN, STATES, Column, Kind
from lumicert.runs.amounts import BARNS_IN_PB
from lumicert.runs.models import Dataset, Run
from lumicert.runs.selectors import dataset_names, in_ranges, of_era
from lumicert.shell.fields import LAST_RUN, UNKNOWN, MomentField, NumbersField, RunsField, TextsField

# what PostgreSQL's bigint holds
LARGEST = 2**63 - 1


# ---- the filters ----


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its name in the address, its words, what can be typed, and the condition that follows from it."""

    name: str
    label: str
    field: Callable[[], forms.Field]
    condition: Callable[[Any], Q]
    column: Column | None = None


def _text(widest: int = 200) -> Callable[[], forms.Field]:
    return lambda: forms.CharField(required=False, max_length=widest)


def _choice(*values: str | tuple[str, str]) -> Callable[[], forms.Field]:
    pairs = [value if isinstance(value, tuple) else (value, value) for value in values]
    return lambda: forms.ChoiceField(required=False, choices=[("", "any"), *pairs])


def _of_number(column: Column) -> Iterator[Filter]:
    name, field = column.key, column.field
    factor = BARNS_IN_PB if column.kind is Kind.LUMINOSITY else 1
    whole = {"run": LAST_RUN, "fill": LAST_RUN}.get(name)

    def bound() -> forms.Field:
        if whole:
            return forms.IntegerField(required=False, min_value=1, max_value=whole)
        most = Decimal(LARGEST // factor)
        return forms.DecimalField(required=False, min_value=-most, max_value=most)

    def condition_is(numbers: list[Decimal | None]) -> Q:
        there = [number * factor for number in numbers if number is not None and abs(number * factor) <= LARGEST]
        return Q(**{f"{field}__in": there}) | (Q(**{f"{field}__isnull": True}) if None in numbers else Q())

    def numbers() -> forms.Field:
        whole = column.kind is Kind.NUMBER and not isinstance(Run._meta.get_field(field), models.FloatField)
        return NumbersField(whole=whole, required=False, max_length=2000)

    def runs() -> forms.Field:
        return RunsField(required=False, max_length=2000)

    # runs are asked for everywhere in the same words, ranges included; they are never unknown
    is_run = name == "run"
    yield Filter(name, column.label, runs if is_run else numbers, in_ranges if is_run else condition_is, column)
    # the range of runs is what everybody asks for: it has the shortest names
    first, last = ("from", "to") if is_run else (f"{name}.from", f"{name}.to")
    yield Filter(first, f"{column.label} from", bound, lambda v: Q(**{f"{field}__gte": v * factor}), column)
    yield Filter(last, "to", bound, lambda v: Q(**{f"{field}__lte": v * factor}), column)


def _of_time(column: Column) -> Iterator[Filter]:
    field = column.field
    unknown = Q(**{f"{field}__isnull": True})

    def lies(operator: str) -> Callable[[Any], Q]:
        return lambda value: unknown if value == UNKNOWN else Q(**{f"{field}__{operator}": value})

    def moment(*, last: bool) -> Callable[[], forms.Field]:
        return lambda: MomentField(required=False, max_length=40, last=last)

    yield Filter(f"{column.key}.from", f"{column.label} from", moment(last=False), lies("gte"), column)
    yield Filter(f"{column.key}.to", "to", moment(last=True), lies("lte"), column)


def _of_truth(column: Column) -> Iterator[Filter]:
    values = {"yes": Q(**{column.field: True}), "no": Q(**{column.field: False})}
    values[UNKNOWN] = Q(**{f"{column.field}__isnull": True})
    yield Filter(column.key, column.label, _choice(*values), lambda value: values[value], column)


def _of_text(column: Column) -> Iterator[Filter]:
    field = column.field

    def condition_is(texts: list[str]) -> Q:
        # as people type it: collisions18
        return reduce(or_, (Q(IExact(_plain(field), text)) for text in texts), Q())

    def texts() -> forms.Field:
        return TextsField(required=False, max_length=2000)

    yield Filter(column.key, column.label, texts, condition_is, column)
    yield Filter(f"{column.key}.has", f"{column.label} has", _text(), lambda v: Q(IContains(_plain(field), v)), column)


def _plain(field: str) -> Collate:
    # the names of OMS are ASCII, whose capitals cost a tenth of those of every alphabet
    return Collate(F(field), "C")


def _of_words(column: Column) -> Iterator[Filter]:
    blank = Value(" ", output_field=TextField())
    spaced = Collate(Concat(blank, F(column.field), blank), "C")

    def each(text: str) -> list[Q]:
        return [Q(IContains(spaced, f" {word} ")) for word in text.replace(",", " ").split()]

    def without(text: str) -> Q:
        return reduce(and_, (~has for has in each(text)), ~Q(**{column.field: ""}))

    yield Filter(f"{column.key}.has", f"{column.label} have", _text(), lambda v: reduce(and_, each(v), Q()), column)
    yield Filter(f"{column.key}.without", "without", _text(), without, column)


_OF_KIND: Mapping[Kind, Callable[[Column], Iterator[Filter]]] = {
    Kind.NUMBER: _of_number,
    Kind.LUMINOSITY: _of_number,
    Kind.TIME: _of_time,
    Kind.TRUTH: _of_truth,
    Kind.TEXT: _of_text,
    Kind.WORDS: _of_words,
}


def _dataset(part: str) -> Q:
    # few names, of which many runs have a dataset: they are cheaper to search than the datasets
    names = [name for name in dataset_names() if part.casefold() in name.casefold()]
    return Q(Exists(Dataset.objects.filter(run=OuterRef("run"), dataset__in=names)))


# A status counts somewhere where it is a person's, or where no person's word covers all of it.
_WITH_STATUS = """
    SELECT s.run FROM decisions_componentstatus s WHERE {condition}
    AND (s.layer = 'person' OR NOT EXISTS (
        SELECT 1 FROM decisions_componentstatus p WHERE p.run = s.run AND p.dataset = s.dataset
        AND p.component = s.component AND p.layer = 'person' HAVING s.lumis <@ range_agg(p.lumis)))"""


def status_condition(component: str, status: str) -> Q:
    """Runs in which a component has a status somewhere; empty means any component, and any status."""
    given = {"component": component, "status": status}
    parts = [f"s.{name} = %s" for name, value in given.items() if value]
    statement = _WITH_STATUS.format(condition=" AND ".join(parts))
    return Q(run__in=RawSQL(statement, [value for value in given.values() if value]))  # noqa: S611


_STATE_CHOICES = [*STATES.items(), (UNKNOWN, "no source said")]
_SPECIAL = {
    "state": Filter(
        "state", "state", _choice(*_STATE_CHOICES), lambda v: Q(state="" if v == UNKNOWN else v), COLUMNS["state"]
    ),
    "type": Filter(
        "type",
        "type",
        _choice("collisions", "cosmics", UNKNOWN),
        lambda v: Q(run_type="" if v == UNKNOWN else v),
        COLUMNS["type"],
    ),
    "era": Filter("era", "era", _text(40), of_era),
    "dataset": Filter("dataset", "dataset", _text(300), _dataset),
    # these two make one condition, see `conditions`
    "component": Filter("component", "component", _text(80), lambda v: Q()),
    "status": Filter("status", "has status", _choice(*COMPONENT_STATUSES), lambda v: Q()),
}
FILTERS: dict[str, Filter] = {
    **{each.name: each for column in OF_RUN for each in _OF_KIND[column.kind](column)},
    **_SPECIAL,
}
COMMON = (
    "from", "to", "fill", "class", "type", "significant", "state", "era", "start.from", "start.to", "dataset",
    "component", "status",
)  # fmt: skip


# ---- the form ----


class RunFilterForm(forms.Form):
    """The common filters, and every other one that the address names, or that is asked for with `add`."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        # no colon behind labels: they stand above their fields
        super().__init__(data, label_suffix="")
        added = [each.name for each in FILTERS.values() if each.column and each.column.key == data.get("add")]
        named = [name for name in FILTERS if name in data]
        for name in dict.fromkeys([*COMMON, *named, *added]):
            self.fields[name] = FILTERS[name].field()
            self.fields[name].label = FILTERS[name].label

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in [name for name in self.fields if name == "from" or name.endswith(".from")]:
            upper = name.removesuffix("from") + "to"
            first, last = cleaned.get(name), cleaned.get(upper)
            if first is not None and last is not None and UNKNOWN not in {first, last} and last < first:
                self.add_error(upper, _reversed(FILTERS[name], self.data[name], self.data[upper]))
        return cleaned

    @property
    def conditions(self) -> list[Q]:
        """What the runs have to fulfil, all of it; the form must be valid."""
        given = self.given
        found = [FILTERS[name].condition(value) for name, value in given.items()]
        if given.keys() & {"component", "status"}:
            found.append(status_condition(given.get("component", ""), given.get("status", "")))
        return found

    @property
    def given(self) -> dict[str, Any]:
        """The filters in which something was typed, with what it means."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}

    @property
    def common(self) -> list[forms.BoundField]:
        """The filters that everybody sees."""
        return [self[name] for name in COMMON]

    @property
    def extra(self) -> list[forms.BoundField]:
        """The filters beyond the common ones that this form shows."""
        return [self[name] for name in self.fields if name not in COMMON]


def _reversed(lower: Filter, first: str, last: str) -> str:
    label = lower.column.label if lower.column else lower.label
    verb = "lies before" if lower.name == "from" else "is below"
    subject = f"{label} {last} {verb} {label} {first}"
    return f"{subject}; did you mean {last} to {first}?"


def addable() -> list[tuple[str, str]]:
    """The columns that a filter can be added for, by key and label."""
    common = {FILTERS[name].column for name in COMMON}
    return [(column.key, column.label) for column in OF_RUN if column not in common]
