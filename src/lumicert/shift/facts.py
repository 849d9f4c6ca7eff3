"""What the form shows of a run and its fill: the cards, and which values stand on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from lumicert.runs import facts
from lumicert.runs.facts import Fact
from lumicert.runs.models import Run
from lumicert.runs.values import Provenance, values_of_fill

_RUN = "run_type class start_time b_field energy apv_mode hlt_key"
_LUMINOSITY = "last_lumisection_number recorded_lumi delivered_lumi init_lumi end_lumi"
_FILL = "era start_stable_beam bunches_colliding peak_lumi peak_pileup injection_scheme"


@dataclass(frozen=True, slots=True)
class Card:
    """Facts with a title; `base` is the page on which they are typed, empty where nothing can be."""

    title: str
    facts: list[Fact]
    base: str
    linked: bool = False


def cards(run: Run, said: Mapping[str, Provenance]) -> list[Card]:
    """The cards of run, luminosity and fill: one query, for the fill."""
    base = reverse("registry:run", args=[run.run])
    return [
        Card("Run", [facts.fact_of_run(said, name) for name in _RUN.split()], base),
        Card("Luminosity", [facts.fact_of_run(said, name) for name in _LUMINOSITY.split()], base),
        _card_of_fill(run.fill)
        if run.fill is not None
        else Card("Fill", [facts.fact_of_run(said, "fill_number")], base),
    ]


def _card_of_fill(fill: int) -> Card:
    said = values_of_fill(fill)
    lines = [facts.fact_of_fill(said, name) for name in _FILL.split()]
    return Card(f"Fill {fill}", lines, reverse("registry:fill", args=[fill]), linked=True)
