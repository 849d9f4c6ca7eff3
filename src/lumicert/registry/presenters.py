"""From what was read to what is shown: links, differences, CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.http import urlencode

from lumicert.decisions import ranges
from lumicert.decisions.models import Event
from lumicert.decisions.services import Conflict
from lumicert.registry import components, facts
from lumicert.registry.forms import MarkForm
from lumicert.registry.runpage import RunPage, overlap
from lumicert.registry.selectors import RunRow
from lumicert.shell.templatetags.lumicert_ui import CERN

OMS_RUN = "https://cmsoms.cern.ch/cms/runs/report?{}"
OMS_FILL = "https://cmsoms.cern.ch/cms/fills/report?{}"
RUN_REGISTRY = "https://cmsrunregistry.web.cern.ch/{}"
DQM_GUI = "https://cmsweb.cern.ch/dqm/{}/start?runnr={};sampletype={}_data;workspace=Summary"

# a spreadsheet would run a cell that begins so
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def run_context(page: RunPage) -> dict[str, Any]:
    """What the template needs beside the page itself."""
    attributes = page.known.attributes if page.known else {}
    return {
        "cards": facts.cards(attributes),
        "links": _links(page),
        "component_choices": components.choices(page.all_components),
        # in words already: times look the same in the script as in the page
        "stops_json": json.dumps([[stop.seq, _cern_words(stop.at)] for stop in page.moments]),
    }


def _cern_words(at: datetime) -> str:
    """A moment in CERN's local time, for a script to show."""
    return at.astimezone(CERN).strftime("%Y-%m-%d %H:%M:%S")


def _links(page: RunPage) -> list[tuple[str, str]]:
    # Run Registry keeps its filters in the address in a form of its own, so the link leads to the table
    online = page.dataset is None or page.dataset.dataset == "online"
    where = "online" if online else "offline"
    return [
        ("OMS", OMS_RUN.format(urlencode({"cms_run": page.run}))),
        ("Run Registry", RUN_REGISTRY.format("online/global" if online else "offline/datasets/global")),
        ("DQM GUI", DQM_GUI.format(where, page.run, where)),
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
        lumis=ranges.readable(overlap(event.lumis or (), mine)),
        status=said.get("status") or "released",
        why=": ".join(part for part in (said.get("cause"), said.get("comment")) if part),
    )


# ---- CSV ----


def runs_csv(rows: Iterable[RunRow]) -> HttpResponse:
    """All runs of a selection as a file; luminosity in /pb, missing values empty."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="runs.csv"'
    writer = csv.writer(response)
    writer.writerow(["run", "class", "fill", "dataset", "lumisections", "recorded_per_pb", "statuses", "datasets"])
    for row in rows:
        statuses = " ".join(f"{name}={'+'.join(found)}" for name, found in row.statuses.items())
        cells = [row.run, row.klass, row.fill, row.shown, row.n_ls, row.recorded_lumi, statuses, " ".join(row.datasets)]
        writer.writerow([_harmless(cell) for cell in cells])
    return response


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
