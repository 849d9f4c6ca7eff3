"""Filters of the comparison: each is a part of the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q

from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.workspaces import RUN_TYPES, Workspace
from lumicert.crosscheck.models import Compared, Delivery
from lumicert.crosscheck.selectors import DIFFERENCES
from lumicert.runs.selectors import in_ranges
from lumicert.shell.fields import RunsField

ALL = "all"


def _choice(label: str, *pairs: tuple[str, str], empty: str = "any") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", empty), *pairs])


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, error_messages={"invalid": "write a day as 2018-06-01"})


class ComparisonFilterForm(forms.Form):
    """What is looked at: only what differs, unless something else is asked for."""

    runs = RunsField(label="runs", required=False, max_length=8000)

    def __init__(self, data: Mapping[str, Any], *, of: Workspace) -> None:
        super().__init__(data, label_suffix="")
        self.fields["from"] = _day("certified from")
        self.fields["to"] = _day("to")
        self.fields["reconstruction"] = _choice("reconstruction", *((name, name) for name in RECONSTRUCTIONS))
        self.fields["type"] = _choice("type", *((name, name) for name in RUN_TYPES))
        self.fields["component"] = _choice("component that differs", *((part.key, part.label) for part in of.parts))
        self.fields["show"] = _choice(
            "show", (ALL, "all"), *((kind.value, str(kind.label)) for kind in Compared.Kind), empty="only differences"
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if first and last and last < first:
            self.add_error("to", f"{last} lies before {first}; did you mean {last} to {first}?")
        return cleaned

    @property
    def kinds(self) -> Sequence[str]:
        """The kinds that are shown; the form must be valid."""
        shown = self.cleaned_data["show"]
        if not shown:
            return [kind.value for kind in DIFFERENCES]
        return [kind.value for kind in Compared.Kind] if shown == ALL else [shown]

    @property
    def conditions(self) -> list[Q]:
        """What the rows have to fulfil, all of it; the form must be valid."""
        made: Mapping[str, Callable[[Any], Q]] = {
            "runs": in_ranges,
            "from": lambda day: Q(date__gte=day),
            "to": lambda day: Q(date__lte=day),
            "reconstruction": lambda name: Q(reconstruction=name),
            "type": lambda name: Q(run_type=name),
            "component": lambda key: Q(differing__contains=[key]),
        }
        return [make(self.cleaned_data[name]) for name, make in made.items() if self.cleaned_data.get(name)]


class OutboxFilterForm(forms.Form):
    """Which deliveries are looked at."""

    runs = RunsField(label="runs", required=False, max_length=8000)
    state = _choice("state", *((state.value, str(state.label)) for state in Delivery.State))

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, label_suffix="")
