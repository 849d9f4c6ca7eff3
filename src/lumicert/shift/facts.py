"""What the form shows of a run and its fill: values with their units, whose word they are, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from lumicert.runs.models import Fill, Run
from lumicert.runs.values import TYPED, Provenance
from lumicert.shell.templatetags.lumicert_ui import cern_time, grouped
from lumicert.sources.oms.units import UnknownUnit, instantaneous

BARNS_IN_PB = Decimal(10**12)
PB = "pb⁻¹"
INSTANTANEOUS = "10³⁴ cm⁻² s⁻¹"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card; `address` is where the value is typed, empty where it cannot be."""

    label: str
    value: str
    unit: str = ""
    source: str = ""
    typed: bool = False
    address: str = ""
    missing: str = "not known"


@dataclass(frozen=True, slots=True)
class Card:
    """Facts with a title, and the page that tells more."""

    title: str
    facts: list[Fact]
    link: tuple[str, str] | None = None


def cards(run: Run, fill: Fill | None, said: Mapping[str, Provenance]) -> list[Card]:
    """The cards of run, luminosity and fill."""
    return [
        Card("Run", [_of_run(run, said, *line) for line in _run_lines(run)]),
        Card("Luminosity", [_of_run(run, said, *line) for line in _luminosity_lines(run)]),
        _fill_card(run, fill),
    ]


Line = tuple[str, str, str, str]


def _run_lines(run: Run) -> list[Line]:
    return [
        ("run_type", "Type", run.run_type, ""),
        ("class", "Class", run.klass, ""),
        ("start_time", "Start", _time(run.start_time), ""),
        ("b_field", "Magnetic field", _number(run.b_field), "T"),
        ("energy", "Energy of a beam", _number(run.energy), "GeV"),
        ("hlt_key", "HLT key", run.hlt_key, ""),
    ]


def _luminosity_lines(run: Run) -> list[Line]:
    return [
        ("last_lumisection_number", "Lumisections", _number(run.n_ls), ""),
        ("recorded_lumi", "Recorded", _in_pb(run.recorded), PB),
        ("delivered_lumi", "Delivered", _in_pb(run.delivered), PB),
        ("init_lumi", "At the start", *_rate(run.init_lumi, run.units.get("init_lumi"))),
        ("end_lumi", "At the end", *_rate(run.end_lumi, run.units.get("end_lumi"))),
    ]


def _of_run(run: Run, said: Mapping[str, Provenance], name: str, label: str, value: str, unit: str) -> Fact:
    counts = said[name].counts if name in said else None
    return Fact(
        label=label,
        value=value,
        unit=unit if value else "",
        source=f"{counts.by}, event {counts.event.seq}" if counts else "",
        typed=counts is not None and counts.layer == TYPED,
        address=reverse("registry:run-value", args=[run.run, name]),
        # null is what a source reported, unknown is what nobody obtained
        missing="OMS gave nothing" if counts and counts.value is None else "not known",
    )


def _fill_card(run: Run, fill: Fill | None) -> Card:
    if run.fill is None:
        return Card("Fill", [Fact("Fill", "", address=reverse("registry:run-value", args=[run.run, "fill_number"]))])
    link = (str(run.fill), reverse("registry:fill", args=[run.fill]))
    if fill is None:
        return Card(f"Fill {run.fill}", [Fact("Of this fill", "", missing="nothing was reported yet")], link)
    peak, unit = _rate(fill.peak_lumi, fill.units.get("peak_lumi"))
    lines = [
        ("Era", fill.era, ""),
        ("Stable beams", _time(fill.stable_begin), ""),
        ("Colliding bunches", _number(fill.bunches), ""),
        ("Peak luminosity", peak, unit),
        ("Peak pile-up", _number(fill.peak_pileup), ""),
        ("Filling scheme", fill.scheme or run.injection_scheme, ""),
    ]
    return Card(f"Fill {run.fill}", [Fact(label, value, unit if value else "") for label, value, unit in lines], link)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(grouped(int(value) if value == int(value) else float(f"{value:.5g}")))


def _in_pb(barns: int | None) -> str:
    return "" if barns is None else str(grouped((Decimal(barns) / BARNS_IN_PB).quantize(Decimal("0.001"))))


def _rate(value: float | None, unit: str | None) -> tuple[str, str]:
    """An instantaneous luminosity; one whose unit nobody told is shown as it came."""
    if value is None:
        return "", ""
    try:
        return _number(float(instantaneous(value, unit or "").scaleb(-34))), INSTANTANEOUS
    except (UnknownUnit, ValueError):
        return _number(value), unit or ""


def _time(at: datetime | None) -> str:
    return "" if at is None else cern_time(at)
