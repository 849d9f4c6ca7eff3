"""What people type of runs and fills, from text to the values that OMS would give: numbers, times, truths, lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from pydantic import JsonValue

from lumicert.registry.forms import FormWithHidden
from lumicert.runs.facts import INSTANTANEOUS, OF_FILLS, OF_RUNS
from lumicert.runs.typing import APV_MODES, INTEGRATED_UNITS, MOST_LS, RUN_TYPES
from lumicert.shell.fields import LAST_RUN
from lumicert.shell.templatetags.lumicert_ui import CERN
from lumicert.sources.oms.attributes import Attribute

_INTEGRATED = list(zip(INTEGRATED_UNITS, ("pb⁻¹", "nb⁻¹", "µb⁻¹", "fb⁻¹"), strict=True))
_INSTANTANEOUS = [("10^{34}cm^{-2}s^{-1}", INSTANTANEOUS), ("10^{30}cm^{-2}s^{-1}", "10³⁰ cm⁻² s⁻¹")]
UNITS: Mapping[str, list[tuple[str, str]]] = {"integrated": _INTEGRATED, "instantaneous": _INSTANTANEOUS}


# ---- one value ----


def _read_integer(text: str) -> JsonValue:
    try:
        return int(text.replace(" ", "").replace("\N{NARROW NO-BREAK SPACE}", ""))
    except ValueError:
        raise ValidationError(f"'{text}' is not a whole number") from None


def _read_number(text: str) -> JsonValue:
    try:
        number = float(text.replace(" ", "").replace("\N{NARROW NO-BREAK SPACE}", ""))
    except ValueError:
        raise ValidationError(f"'{text}' is not a number; write it as 38.566") from None
    if number - number:
        raise ValidationError(f"'{text}' is not a number that can be measured")
    return number


def _read_time(text: str) -> JsonValue:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValidationError(f"'{text}' is no time such as 2018-06-01 14:30:00") from None
    local = moment if moment.tzinfo else moment.replace(tzinfo=CERN)
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_truth(text: str) -> JsonValue:
    truths: dict[str, JsonValue] = {"yes": True, "no": False}
    if text not in truths:
        raise ValidationError("choose yes or no")
    return truths[text]


_READERS: Mapping[str, Any] = {
    "integer": _read_integer,
    "number": _read_number,
    "integrated": _read_number,
    "instantaneous": _read_number,
    "time": _read_time,
    "truth": _read_truth,
    "texts": lambda text: text.replace(",", " ").split(),
}
_HELP = {
    "time": "CERN's local time, as 2018-06-01 14:30:00",
    "texts": "names with blanks between them",
}


def read_value(attribute: Attribute, text: str) -> JsonValue:
    """The value that was typed. Raises ValidationError where it cannot be read; bounds are the service's business."""
    value: JsonValue = _READERS.get(attribute.kind, str)(text)
    return value


def _field(name: str, attribute: Attribute, **options: Any) -> forms.Field:
    choices = {"run_type": RUN_TYPES, "significant": ("yes", "no"), "apv_mode": APV_MODES}.get(name)
    if attribute.kind == "truth":
        choices = ("yes", "no")
    if choices:
        return forms.ChoiceField(choices=[("", "choose"), *((each, each) for each in choices)], **options)
    return forms.CharField(max_length=4000, help_text=_HELP.get(attribute.kind, ""), **options)


class _Typed(FormWithHidden):
    """A form that types values: what the service refuses is told at the fields that it is about."""

    act = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def note(self, problems: Mapping[str, str], names: Mapping[str, str]) -> None:
        """Take up what a service refused, by the names of its values; `names` leads from those to fields."""
        for name, problem in problems.items():
            field = names.get(name, name)
            self.add_error(field if field in self.fields else None, problem)

    def again(self, **changes: str) -> None:
        """This form with its mistakes, to be sent as an act of its own."""
        self.data = {name: self.data.get(name, "") for name in self.data} | {"act": str(uuid4())} | changes


class ValueForm(_Typed):
    """One value of a run or a fill, with its unit and why it is typed."""

    expected = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, name: str, attribute: Attribute, **options: Any) -> None:
        super().__init__(data, **options)
        self.name, self.attribute = name, attribute
        self.fields["value"] = _field(name, attribute, error_messages={"required": "write the value that is right"})
        if units := UNITS.get(attribute.kind):
            self.fields["unit"] = forms.ChoiceField(choices=units)
        self.fields["reason"] = forms.CharField(max_length=1000, required=False)

    def clean_value(self) -> JsonValue:
        return read_value(self.attribute, self.cleaned_data["value"].strip())

    @property
    def values(self) -> dict[str, JsonValue]:
        """The value under its name; the form must be valid."""
        return {self.name: self.cleaned_data["value"]}

    @property
    def units(self) -> dict[str, str]:
        """Its unit under its name, where it has one."""
        unit = self.cleaned_data.get("unit")
        return {self.name: unit} if unit else {}


# ---- a run that no source knows ----

# besides what every run needs; others are typed on the page of the run
_OTHERS = (
    "fill_number", "start_time", "end_time", "class", "delivered_lumi", "energy", "b_field", "hlt_key", "components",
)  # fmt: skip


class RunForm(_Typed):
    """A run that is entered by hand: number, type, lumisections and luminosity suffice."""

    run = forms.IntegerField(label="Run", min_value=1, max_value=LAST_RUN)
    run_type = forms.ChoiceField(label="Type", choices=[("", "choose"), *((each, each) for each in RUN_TYPES)])
    n_ls = forms.IntegerField(label="Lumisections", min_value=1, max_value=MOST_LS)
    recorded = forms.CharField(
        label="Recorded luminosity",
        required=False,
        max_length=40,
        help_text="empty where there is none, as for cosmics",
    )
    unit = forms.ChoiceField(label="Unit", choices=_INTEGRATED, required=False)
    reason = forms.CharField(
        label="Why by hand", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, labels: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in _OTHERS:
            self.fields[name] = _field(name, OF_RUNS[name], required=False)
            self.fields[name].label = (labels or {}).get(name, name)

    def clean_recorded(self) -> str:
        text: str = self.cleaned_data["recorded"].strip()
        if text:
            _read_number(text)
        return text.replace(" ", "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in _OTHERS:
            text = cleaned.get(name, "").strip()
            if not text:
                continue
            try:
                cleaned[name] = read_value(OF_RUNS[name], text)
            except ValidationError as problem:
                self.add_error(name, problem)
        return cleaned

    @property
    def others(self) -> dict[str, JsonValue]:
        """The further values that were typed."""
        return {name: self.cleaned_data[name] for name in _OTHERS if self.cleaned_data.get(name) not in (None, "")}

    def optional(self) -> Iterator[forms.BoundField]:
        """The fields that may well stay empty."""
        return (self[name] for name in _OTHERS)


# the names that the service gives the fields of this form
FIELDS_OF_RUN = {"last_lumisection_number": "n_ls", "recorded_lumi": "recorded"}
TABLES = {"run": OF_RUNS, "fill": OF_FILLS}
