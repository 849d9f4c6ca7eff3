"""From what was read to what is shown: links, differences, CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from lumicert.decisions import ranges
from lumicert.decisions.models import Event
from lumicert.decisions.services import Conflict
from lumicert.registry import components
from lumicert.registry.columns import Column
from lumicert.registry.fillpage import FillPage
from lumicert.registry.forms import MarkForm
from lumicert.registry.runpage import RunPage
from lumicert.registry.table import RunRow
from lumicert.runs import facts
from lumicert.shell.files import csv_file
from lumicert.shell.templatetags.lumicert_ui import CERN
from lumicert.sources.oms import links


def run_context(page: RunPage) -> dict[str, Any]:
    """What the template needs beside the page itself."""
    *cards, rest = _with_rest(facts.cards_of_run(page.values))
    return {
        "cards": cards,
        "rest": rest,
        "derived": [facts.fact_of_run(page.values, name) for name in facts.DERIVED],
        "links": _links(page),
        "component_choices": components.choices(page.all_components),
        # in words already: times look the same in the script as in the page
        "stops_json": json.dumps([[stop.seq, _cern_words(stop.at)] for stop in page.moments]),
    }


def _cern_words(at: datetime) -> str:
    """A moment in CERN's local time, for a script to show."""
    return at.astimezone(CERN).strftime("%Y-%m-%d %H:%M:%S")


def _with_rest(cards: list[facts.Card]) -> list[facts.Card]:
    """The cards, of which the last is that of everything else, which may be empty."""
    return cards if cards[-1][0] == facts.REST else [*cards, (facts.REST, [])]


def fill_context(page: FillPage) -> dict[str, Any]:
    """What the template of a fill needs beside the page itself."""
    *cards, rest = _with_rest(facts.cards_of_fill(page.values))
    return {"cards": cards, "rest": rest, "links": [("OMS", links.fill_in_oms(page.fill))]}


def _links(page: RunPage) -> list[tuple[str, str]]:
    online = page.dataset is None or page.dataset.dataset == "online"
    named = page.dataset.in_gui if page.dataset else ()
    offline = links.run_in_offline_dqm(page.run, named[0] if named else "")
    return [
        ("OMS", links.run_in_oms(page.run)),
        # it has no address for one run, so the link leads to the table
        ("Run Registry", links.run_registry_runs()),
        ("DQM GUI", links.run_in_online_dqm(page.run) if online else offline),
    ]


# ---- two people on the same lumisections ----


@dataclass(frozen=True, slots=True)
class Differing:
    """What somebody else said of lumisections that the form speaks of too."""

    event: Event
    lumis: str
    status: str
    why: str


def difference(conflict: Conflict, form: MarkForm, run: int) -> dict[str, Any]:
    """What the others said against what was typed, and the form that insists."""
    mine = form.mark(run)
    return {
        "mine": mine,
        "mine_lumis": ranges.readable(mine.lumis),
        "rows": [_differing(event, mine.lumis) for event in conflict.later],
        # what the reader has seen is in this list: an event that came in since then is a conflict of its own
        "insist": form.typed(expected=str(conflict.later[-1].seq)),
    }


def _differing(event: Event, mine: ranges.Ranges) -> Differing:
    said = event.payload
    return Differing(
        event=event,
        lumis=ranges.readable(ranges.overlap(event.lumis or (), mine)),
        status=said.get("status") or "released",
        why=": ".join(part for part in (said.get("cause"), said.get("comment")) if part),
    )


# ---- CSV ----


def runs_csv(rows: Iterable[RunRow], columns: Sequence[Column]) -> HttpResponse:
    """All runs of a selection as a file, with the columns that were chosen; luminosity in /pb, missing values empty."""
    cells = ([row.in_csv(column) for column in columns] for row in rows)
    return csv_file("runs", [column.csv_name for column in columns], cells)
