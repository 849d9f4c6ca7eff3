"""What is known of a run or a fill, in words: value, unit, whose word it is, what it stands over, and what is missing.

An attribute of which nobody spoke is *not known*: no source was asked, or none answered. One that is null was asked
for, and the source had nothing to say. Neither is ever shown as zero. A person's value counts above a source's, which
stays beside it; a source's value that cannot be is not taken, and is shown with the reason. Luminosities are converted
exactly from the unit that the source wrote; every other value is shown in its own unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.html import format_html
from pydantic import JsonValue

from lumicert.runs.amounts import PB
from lumicert.runs.models import Fill, Run
from lumicert.runs.values import IMPORTED, TYPED, Provenance, Word
from lumicert.shell.templatetags.lumicert_ui import cern_time, grouped
from lumicert.sources.oms.attributes import FILLS, RUNS, Attribute
from lumicert.sources.oms.units import UnknownUnit, exact, instantaneous, integrated

NOT_KNOWN = "not known"
NOTHING_SAID = "OMS gave nothing"
INSTANTANEOUS = "10³⁴ cm⁻² s⁻¹"
DERIVED = {"run_type": Attribute("text"), "class": Attribute("text"), "significant": Attribute("truth")}
# what only people tell
TYPED_ALONE = {"apv_mode": Attribute("text")}
OF_RUNS: Mapping[str, Attribute] = {**RUNS, **DERIVED, **TYPED_ALONE}
OF_FILLS: Mapping[str, Attribute] = FILLS

Values = Mapping[str, Provenance]


@dataclass(frozen=True, slots=True)
class Said:
    """One word on a value: how it looks, whose it is, and where in the log it stands."""

    value: str | None
    unit: str
    word: Word

    @property
    def nothing(self) -> str:
        """Why there is no value, where there is none."""
        if self.word.why:
            return f"not taken: {self.word.why}"
        if self.word.taken_back:
            return "released" if self.word.layer == TYPED else "withdrawn"
        return NOTHING_SAID

    @property
    def as_given(self) -> str:
        """What was said, before it was converted and rounded."""
        return f"{self.word.value} {self.word.unit or ''}".strip()


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card; `counts` is None where nobody spoke of it.

    `beneath` is what a person's value stands over, `refused` what the source said that could not be taken, `was` what
    stood before the source corrected itself, `history` all that was said, newest first.
    """

    name: str
    label: str
    counts: Said | None = None
    beneath: Said | None = None
    refused: Word | None = None
    was: Said | None = None
    history: Sequence[Said] = ()

    @property
    def typed(self) -> bool:
        return self.counts is not None and self.counts.word.layer == TYPED

    @property
    def value(self) -> str | None:
        return self.counts.value if self.counts else None

    @property
    def unit(self) -> str:
        return self.counts.unit if self.counts else ""

    @property
    def why(self) -> str:
        """In which way it is missing."""
        return self.counts.nothing if self.counts else NOT_KNOWN


Card = tuple[str, list[Fact]]


def cards_of_run(values: Values) -> list[Card]:
    """The cards of a run page, each with its title; what no card names comes in the last."""
    return _cards(values, OF_RUNS, _RUN_CARDS)


def cards_of_fill(values: Values) -> list[Card]:
    """The cards of a fill page."""
    return _cards(values, OF_FILLS, _FILL_CARDS)


def fact_of_run(values: Values, name: str) -> Fact:
    """One value of a run, in full."""
    return _fact(values, OF_RUNS, name)


def fact_of_fill(values: Values, name: str) -> Fact:
    """One value of a fill, in full."""
    return _fact(values, OF_FILLS, name)


def _cards(values: Values, table: Mapping[str, Attribute], layout: Mapping[str, str]) -> list[Card]:
    named = [(title, names.split()) for title, names in layout.items()]
    placed = {name for _, names in named for name in names} | {"run_number"}
    rest = sorted(values.keys() - placed)
    return [(title, [_fact(values, table, name) for name in names]) for title, names in [*named, (REST, rest)] if names]


def _fact(values: Values, table: Mapping[str, Attribute], name: str) -> Fact:
    attribute = table.get(name, _ANY)
    label = _LABELS.get(name, name.replace("_", " "))
    if name not in values:
        return Fact(name, label)
    each = values[name]
    said = [_said(word, name, attribute) for word in reversed(each.words)]
    by_word = {id(item.word): item for item in said}
    return Fact(
        name=name,
        label=label,
        counts=by_word.get(id(each.counts)),
        beneath=by_word.get(id(each.beneath)),
        refused=each.refused,
        was=by_word.get(id(_corrected(each))),
        history=said,
    )


def _corrected(each: Provenance) -> Word | None:
    """What a source's value was before, if it was said to be complete then: while a run goes on, every number grows."""
    before = next((word for word in each.before if not word.taken_back), None)
    if before is None or before.layer != each.counts.layer:  # type: ignore[union-attr]
        return None
    return None if before.event.payload.get("state") == "going" or before.layer == IMPORTED else before


# ---- how a value looks ----


def _said(word: Word, name: str, attribute: Attribute) -> Said:
    if word.value is None:
        return Said(None, "", word)
    if attribute.kind in _CONVERTED and isinstance(word.value, int | float):
        try:
            value, unit = _CONVERTED[attribute.kind](word.value, word.unit)
            return Said(_number(value), unit, word)
        except UnknownUnit:
            return Said(str(word.value), word.unit or "", word)
    if name == "fill_number":
        return Said(_fill(word.value), "", word)
    shown = _SHOWN.get(attribute.kind, _plain)(word.value)
    return Said(shown, _pretty(word.unit) if word.unit else _UNITS.get(name, ""), word)


def _pb(value: float, unit: str | None) -> tuple[Decimal, str]:
    return integrated(value, unit or "pb^{-1}").to("/pb").value, PB


def _e34(value: float, unit: str | None) -> tuple[Decimal, str]:
    return (instantaneous(value, unit).scaleb(-34) if unit else exact(value)), INSTANTANEOUS


def _number(value: JsonValue | Decimal) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return _plain(value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    # as OMS sends it a number may have sixteen digits, of which three mean something
    if number == number.to_integral_value():
        return str(grouped(int(number)))
    shown = number if abs(number) < Decimal("0.01") else round(number, 3)
    return str(grouped(shown.normalize())) if abs(number) >= Decimal("1E-6") else f"{number:.3g}"


def _time(value: JsonValue) -> str:
    try:
        return cern_time(datetime.fromisoformat(str(value).replace("Z", "+00:00")), seconds=True)
    except ValueError:
        return str(value)


def _fill(value: JsonValue) -> str:
    if not isinstance(value, int):
        return str(value)
    return format_html('<a href="{}">{}</a>', reverse("registry:fill", args=[value]), value)


def _plain(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _pretty(unit: str) -> str:
    """A unit as people write it: `10^{30}cm^{-2}` is `10³⁰cm⁻²`."""
    text = unit.replace(r"{\mu}", "µ").replace(r"\mu", "µ")
    pretty, raised = "", False
    for sign in text:
        if sign in "^{}":
            raised = sign != "}"
        else:
            pretty += sign.translate(_RAISED) if raised else sign
    return pretty


_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_ANY = Attribute("text")
_CONVERTED: Mapping[str, Callable[[float, str | None], tuple[Decimal, str]]] = {
    "integrated": _pb,
    "instantaneous": _e34,
}
_SHOWN: Mapping[str, Callable[[JsonValue], str]] = {"integer": _number, "number": _number, "time": _time}
# where the source gives none
_UNITS = {
    "energy": "GeV", "b_field": "T", "duration": "s", "downtime": "s", "l1_rate": "Hz", "hlt_physics_rate": "Hz",
    "beta_star": "cm", "crossing_angle": "µrad",
}  # fmt: skip

REST = "Everything else"
_RUN_CARDS = {
    "Run": "run_type class significant start_time end_time duration last_lumisection_number l1_hlt_mode",
    "Luminosity": "recorded_lumi delivered_lumi init_lumi end_lumi hlt_physics_rate l1_rate",
    "Beam and detector": "fill_number stable_beam energy b_field apv_mode components",
}
_FILL_CARDS = {
    "Fill": "era start_time start_stable_beam end_stable_beam end_time duration fill_type_runtime",
    "Luminosity": "delivered_lumi recorded_lumi peak_lumi peak_pileup efficiency_lumi efficiency_time",
    "Beams": "energy b_field injection_scheme bunches_colliding bunches_beam1 bunches_beam2 beta_star crossing_angle",
}


def _labels(model: type[Run] | type[Fill], names: Mapping[str, str]) -> dict[str, str]:
    """The labels of the model's columns, under OMS's names."""
    found = {names.get(each.name, each.name): str(each.verbose_name) for each in model._meta.fields}
    return {name: label[:1].upper() + label[1:] for name, label in found.items()}


_LABELS = {
    **_labels(Fill, {"stable_begin": "start_stable_beam", "stable_end": "end_stable_beam", "bunches":
        "bunches_colliding", "recorded": "recorded_lumi", "delivered": "delivered_lumi"}),
    **_labels(Run, {"fill": "fill_number", "n_ls": "last_lumisection_number", "recorded": "recorded_lumi",
        "delivered": "delivered_lumi", "klass": "class"}),
    "run_type": "Type", "last_lumisection_number": "Lumisections", "energy": "Energy of a beam",
    "b_field": "Magnetic field", "components": "In the run", "end_stable_beam": "Stable beams to",
    "init_lumi": "At the start", "end_lumi": "At the end", "peak_lumi": "Peak luminosity", "injection_scheme":
    "Filling scheme", "beta_star": "β*", "bunches_beam1": "Bunches of beam 1", "bunches_beam2": "Bunches of beam 2",
    "efficiency_lumi": "Efficiency by luminosity", "efficiency_time": "Efficiency by time",
    "crossing_angle": "Crossing angle", "l1_key_stripped": "L1 key, stripped",
    "apv_mode": "APV mode",
}  # fmt: skip
