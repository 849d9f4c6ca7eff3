"""What sources reported of a run, in words: value, unit, and what is missing.

An attribute that is absent is *not known*: no source was asked, or none answered. One that is null was asked for, and
the source had nothing to say. Neither is ever shown as zero. Units are those of OMS's resource `runs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from pydantic import JsonValue

from lumicert.shell.templatetags.lumicert_ui import cern_time, grouped

PB = "pb⁻¹"
NOT_KNOWN = "not known"
NOTHING_SAID = "OMS gave nothing"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card; `value` is None where it is missing, and `why` says in which way."""

    label: str
    value: str | SafeString | None
    unit: str = ""
    why: str = NOT_KNOWN


Attributes = Mapping[str, JsonValue]
Shown = Callable[[JsonValue], str]


def cards(attributes: Attributes) -> list[tuple[str, list[Fact]]]:
    """The cards of a run page, each with its title."""
    return [(title, [_fact(attributes, *row) for row in rows]) for title, rows in _CARDS]


def _fact(attributes: Attributes, label: str, name: str, show: Shown, unit: str = "") -> Fact:
    if name not in attributes:
        return Fact(label, None)
    value = attributes[name]
    return Fact(label, None, why=NOTHING_SAID) if value is None else Fact(label, show(value), unit)


def _number(digits: int) -> Shown:
    def show(value: JsonValue) -> str:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return str(value)
        # as OMS sends it a number may have sixteen digits, of which three mean something
        return str(grouped(round(number, digits) if number % 1 else int(number)))

    return show


def _time(value: JsonValue) -> str:
    try:
        return cern_time(datetime.fromisoformat(str(value).replace("Z", "+00:00")))
    except ValueError:
        return str(value)


def _fill(value: JsonValue) -> str:
    return format_html('<a href="{}?fill={}">{}</a>', reverse("registry:runs"), value, value)


def _truth(value: JsonValue) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _words(value: JsonValue) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


_CARDS: tuple[tuple[str, tuple[tuple[str, str, Shown, str], ...]], ...] = (
    (
        "Run",
        (
            ("Start", "start_time", _time, ""),
            ("End", "end_time", _time, ""),
            ("Lumisections", "last_lumisection_number", _number(0), ""),
            ("Sequence", "sequence", _words, ""),
            ("L1/HLT mode", "l1_hlt_mode", _words, ""),
        ),
    ),
    (
        "Luminosity",
        (
            ("Recorded", "recorded_lumi", _number(3), PB),
            ("Delivered", "delivered_lumi", _number(3), PB),
            ("At the start", "init_lumi", _number(3), "10³⁴ cm⁻² s⁻¹"),
            ("At the end", "end_lumi", _number(3), "10³⁴ cm⁻² s⁻¹"),
            ("HLT physics rate", "hlt_physics_rate", _number(0), "Hz"),
        ),
    ),
    (
        "Beam and detector",
        (
            ("Fill", "fill_number", _fill, ""),
            ("Stable beams", "stable_beam", _truth, ""),
            ("Energy of a beam", "energy", _number(0), "GeV"),
            ("Magnetic field", "b_field", _number(3), "T"),
            ("In the run", "components", _words, ""),
        ),
    ),
)
