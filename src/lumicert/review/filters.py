"""Filters of the table of certifications: each is a part of the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q

from lumicert.catalogue.selectors import problems, reasons
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.judging import STATUSES
from lumicert.certification.listing import reviewed
from lumicert.certification.models import Reference
from lumicert.certification.workspaces import RUN_TYPES, Workspace
from lumicert.runs.models import Run
from lumicert.runs.selectors import dataset_names, in_ranges, of_era
from lumicert.shell.fields import LAST_RUN, NumbersField, RunsField, TextsField

ME = "me"
LARGEST = 1e9


def of_runs(condition: Q) -> Q:
    """Certifications of the runs that fulfil a condition."""
    return Q(Exists(Run.objects.filter(condition, run=OuterRef("run"))))


def _number(field: str, operator: str) -> Callable[[Any], Q]:
    return lambda value: of_runs(Q(**{f"{field}__{operator}": value}))


def _fill(numbers: list[Any]) -> Q:
    there = [int(number) for number in numbers if number is not None and number <= LAST_RUN]
    return of_runs(Q(fill__in=there) | (Q(fill__isnull=True) if None in numbers else Q(pk__in=[])))


def _klass(names: list[str]) -> Q:
    return of_runs(reduce(or_, (Q(klass__iexact=name) for name in names), Q(pk__in=[])))


def _dataset(part: str) -> Q:
    # few names, of which many certifications have one: they are cheaper to search than the certifications
    return Q(dataset__in=[name for name in dataset_names() if part.casefold() in name.casefold()])


def _reference(text: str) -> Q:
    run, _, reconstruction = text.partition(" ")
    found = Q(reference_run=int(run))
    return found & Q(reference_reconstruction=reconstruction) if reconstruction else found


def _is_reference(value: str) -> Q:
    same = {name: OuterRef(name) for name in ("run", "workspace", "reconstruction")}
    found = Exists(Reference.objects.filter(**same))
    return Q(found) if value == "yes" else ~Q(found)


_REVIEW = {
    "none": lambda: ~Q(reviewed()),
    "any": lambda: Q(reviewed()),
    "approved": lambda: Q(reviewed("approved")),
    "sent-back": lambda: Q(reviewed("sent back")),
}
CONDITIONS: Mapping[str, Callable[[Any], Q]] = {
    "from": lambda day: Q(date__gte=day),
    "to": lambda day: Q(date__lte=day),
    "runs": in_ranges,
    "type": lambda value: Q(run_type=value),
    "reconstruction": lambda value: Q(reconstruction=value),
    "verdict": lambda value: Q(verdict=value),
    "dataset": _dataset,
    "shifter": lambda names: Q(shifter__in=names),
    "reason": lambda value: Q(bad_reason=value),
    "map": lambda value: Q(tracker_map=value),
    "reference": _reference,
    "is_reference": _is_reference,
    "complete": lambda value: Q(complete=value == "yes"),
    "review": lambda value: _REVIEW[value](),
    "imported": lambda value: Q(imported=value == "yes"),
    "class": _klass,
    "fill": _fill,
    "era": lambda name: of_runs(of_era(name)),
    "b_field.from": _number("b_field", "gte"),
    "b_field.to": _number("b_field", "lte"),
    "energy.from": _number("energy", "gte"),
    "energy.to": _number("energy", "lte"),
}
# these make one condition, see `_of_components`
_OF_COMPONENTS = ("component", "status", "low", "problem")
# seldom asked for
_EXTRA = (
    "fill", "era", "b_field.from", "b_field.to", "energy.from", "energy.to", "map", "complete", "reference",
    "is_reference", "imported",
)  # fmt: skip
_PAIRS = (("from", "to"), ("b_field.from", "b_field.to"), ("energy.from", "energy.to"))


def _choice(label: str, *values: str | tuple[str, str]) -> forms.ChoiceField:
    pairs = [value if isinstance(value, tuple) else (value, value) for value in values]
    return forms.ChoiceField(label=label, required=False, choices=[("", "any"), *pairs])


def _bound(label: str) -> forms.FloatField:
    return forms.FloatField(label=label, required=False, min_value=-LARGEST, max_value=LARGEST)


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, error_messages={"invalid": "write a day as 2018-06-01"})


def _fields(of: Workspace) -> dict[str, forms.Field]:
    known_problems = sorted({each.name for each in problems(components=of.components, with_retired=True)})
    known_reasons = [each.name for each in reasons(with_retired=True)]
    return {
        "from": _day("certified from"),
        "to": _day("to"),
        "runs": RunsField(label="runs", required=False, max_length=8000),
        "verdict": _choice("verdict", "good", "bad"),
        "type": _choice("type", *RUN_TYPES),
        "reconstruction": _choice("reconstruction", *RECONSTRUCTIONS),
        "shifter": TextsField(label="shifter", required=False, max_length=2000),
        "review": _choice(
            "review", ("none", "not reviewed"), ("any", "reviewed"), "approved", ("sent-back", "sent back")
        ),
        "component": _choice("component", *((part.key, part.label) for part in of.parts)),
        "status": _choice("has status", *STATUSES),
        "low": _choice("low statistics", "yes"),
        "problem": _choice("problem", *known_problems),
        "reason": _choice("bad reason", *known_reasons),
        "dataset": forms.CharField(label="dataset", required=False, max_length=300),
        "class": TextsField(label="class", required=False, max_length=2000),
        "fill": NumbersField(label="fill", whole=True, required=False, max_length=2000),
        "era": forms.CharField(label="era", required=False, max_length=40),
        "b_field.from": _bound("B field from"),
        "b_field.to": _bound("to"),
        "energy.from": _bound("energy from"),
        "energy.to": _bound("to"),
        "map": _choice("tracker map", "exists", "missing"),
        "complete": _choice("all was known", "yes", "no"),
        "reference": forms.RegexField(
            r"^\d{1,9}( [a-z]+)?$", label="reference run", required=False,
            error_messages={"invalid": "write a run, or a run and its reconstruction: 321123 express"},
        ),
        "is_reference": _choice("is a reference", "yes", "no"),
        "imported": _choice("imported", "yes", "no"),
    }  # fmt: skip


class CertificationFilterForm(forms.Form):
    """Everything that certifications can be looked for by; `me` as the shifter is who asks."""

    def __init__(self, data: Mapping[str, Any], *, of: Workspace, reader: str) -> None:
        # no colon behind labels: they stand above their fields
        super().__init__(data, label_suffix="")
        self.of, self.reader = of, reader
        self.fields.update(_fields(of))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for first, last in _PAIRS:
            low, high = cleaned.get(first), cleaned.get(last)
            if low is not None and high is not None and high < low:
                self.add_error(last, f"{high} lies before {low}; did you mean {high} to {low}?")
        if isinstance(cleaned.get("shifter"), list):
            cleaned["shifter"] = [self.reader if name == ME else name for name in cleaned["shifter"]]
        return cleaned

    @property
    def given(self) -> dict[str, Any]:
        """The filters in which something was typed, with what it means."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}

    @property
    def common(self) -> list[forms.BoundField]:
        """The filters that everybody sees."""
        return [self[name] for name in self.fields if name not in _EXTRA]

    @property
    def extra(self) -> list[forms.BoundField]:
        """The rest, which is folded away until one of them is used."""
        return [self[name] for name in self.fields if name in _EXTRA]

    @property
    def extra_is_used(self) -> bool:
        return any(field.errors or field.value() for field in self.extra)

    @property
    def conditions(self) -> list[Q]:
        """What the certifications have to fulfil, all of it; the form must be valid."""
        given = self.given
        found = [CONDITIONS[name](value) for name, value in given.items() if name in CONDITIONS]
        if given.keys() & set(_OF_COMPONENTS):
            found.append(_of_components(self.of, given))
        return found


def _of_components(of: Workspace, given: Mapping[str, Any]) -> Q:
    """One component of which all of it is said, `component` or any."""
    said: dict[str, Any] = {}
    if given.get("status"):
        said["status"] = given["status"]
    if given.get("low"):
        said["low_statistics"] = True
    if given.get("problem"):
        said["problems"] = [given["problem"]]
    keys = [given["component"]] if given.get("component") else [part.key for part in of.parts]
    return reduce(or_, (Q(parts__contains={key: said}) for key in keys), Q(pk__in=[]))


class DeskFilterForm(CertificationFilterForm):
    """What a leader looks at: what nobody reviewed and was made here, unless something else is asked for."""

    SHOWN = ("review", "imported", "runs", "reconstruction", "verdict", "type", "shifter")

    def __init__(self, data: Mapping[str, Any], *, of: Workspace, reader: str) -> None:
        super().__init__(data, of=of, reader=reader)
        self.fields = {name: self.fields[name] for name in self.SHOWN}
        self.fields["review"] = forms.ChoiceField(
            label="show", required=False,
            choices=[("", "not reviewed"), ("sent-back", "sent back"), ("approved", "approved"), ("all", "all")],
        )  # fmt: skip
        self.fields["imported"] = forms.ChoiceField(
            label="imported",
            required=False,
            choices=[("", "left out"), ("yes", "only these"), ("all", "with the rest")],
        )

    @property
    def shows_imported(self) -> bool:
        return bool(self.cleaned_data.get("imported"))

    @property
    def given(self) -> dict[str, Any]:
        asked = super().given
        wanted = {"review": asked.pop("review", "none"), "imported": asked.pop("imported", "no")}
        return {**asked, **{name: value for name, value in wanted.items() if value != "all"}}
