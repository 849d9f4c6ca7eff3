"""Reading: the list of fills, and the page of one with its runs and its luminosity.

A fill is here when a source reported it, when a person typed a value of it, or when a run names it; of the last kind
nothing is known but its runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from lumicert.decisions.models import Event
from lumicert.registry.runstate import Completeness, completeness, report_of_fill
from lumicert.runs.amounts import BARNS_IN_PB
from lumicert.runs.models import Fill, Run
from lumicert.runs.selectors import LuminosityOfRuns, luminosity_of_runs
from lumicert.runs.values import Provenance, values_of_fill
from lumicert.shell.bars import lines_json
from lumicert.shell.fields import LAST_RUN
from lumicert.shell.pages import ROWS_A_PAGE

SECONDS_PER_LS = 23.31
# a chart has at most so many points: a fill of a day has 3,700 lumisections, and a run that names a wrong start none
MOST_SLOTS = 20_000


# ---- the list ----


@dataclass(frozen=True, slots=True)
class FillRow:
    """A fill in the list; `known` is None where only runs name it. Luminosity in whole inverse barns."""

    fill: int
    known: Fill | None
    n_runs: int
    of_runs: int | None


@dataclass(frozen=True, slots=True)
class FillsTable:
    """One page of the list, newest first; `older` is the fill to go on before, None at the end."""

    rows: list[FillRow]
    older: int | None


_FILLS = """
    SELECT fill FROM (
        SELECT fill FROM runs_fill WHERE fill < %(before)s AND (%(era)s = '' OR era ILIKE %(era)s)
        UNION SELECT fill FROM runs_run WHERE fill < %(before)s AND %(era)s = ''
    ) fills ORDER BY fill DESC LIMIT %(limit)s"""


def fills_table(*, before: int | None, era: str) -> FillsTable:
    """A page of the fills that are known, those before a fill where it is given, of one era where it is named."""
    with connection.cursor() as cursor:
        cursor.execute(_FILLS, {"before": before or LAST_RUN, "era": era, "limit": ROWS_A_PAGE + 1})
        fills = [fill for (fill,) in cursor.fetchall()]
    shown = fills[:ROWS_A_PAGE]
    known = Fill.objects.defer("attributes", "units").in_bulk(shown)
    counted = Run.objects.filter(fill__in=shown).values("fill").annotate(n_runs=Count("run"), recorded=Sum("recorded"))
    by_fill: dict[int | None, Mapping[str, Any]] = {row["fill"]: row for row in counted}
    rows = [_row(fill, known.get(fill), by_fill.get(fill, {})) for fill in shown]
    return FillsTable(rows, older=shown[-1] if len(fills) > ROWS_A_PAGE else None)


def _row(fill: int, known: Fill | None, counted: Mapping[str, Any]) -> FillRow:
    return FillRow(fill, known, counted.get("n_runs", 0), counted.get("recorded"))


# ---- one fill ----


@dataclass(frozen=True, slots=True)
class RunOfFill:
    """A run of the fill; `first` to `last` are its places in the chart, whose first has lumisection `first_ls`."""

    of: Run
    n_ls: int
    recorded: int | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Luminosity over the fill: places of 23.31 s each from the start of its first run, and the runs over them."""

    last: int
    recorded: list[tuple[int, float]]
    delivered: list[tuple[int, float]]
    runs: list[tuple[int, int, int]]

    @property
    def json(self) -> str:
        """For `<lumi-line>`."""
        return lines_json({"recorded": self.recorded, "delivered": self.delivered})

    @property
    def runs_json(self) -> str:
        """For `<ls-timeline>`: first and last place, and the run that has them."""
        return json.dumps(self.runs)


@dataclass(frozen=True, slots=True)
class FillPage:
    """All that the page of a fill shows."""

    fill: int
    known: Fill | None
    before: int | None
    after: int | None
    values: Mapping[str, Provenance] = field(default_factory=dict)
    runs: list[RunOfFill] = field(default_factory=list)
    chart: Chart | None = None
    completeness: Completeness | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def recorded_of_runs(self) -> int | None:
        """What its runs recorded together, as far as it is known."""
        known = [item.recorded for item in self.runs if item.recorded is not None]
        return sum(known) if known else None

    @property
    def stable_seconds(self) -> float | None:
        """How long beams were stable."""
        begin, end = (self.known.stable_begin, self.known.stable_end) if self.known else (None, None)
        return (end - begin).total_seconds() if begin and end else None


def fill_page(fill: int) -> FillPage | None:
    """What is known of a fill; None where neither a source nor a person nor a run speaks of it."""
    known = Fill.objects.filter(fill=fill).first()
    runs = list(Run.objects.filter(fill=fill).order_by("run").defer("attributes", "units"))
    if known is None and not runs:
        return None
    luminosity = luminosity_of_runs([run.run for run in runs])
    placed = _placed(runs, luminosity)
    values = values_of_fill(fill)
    before, after = _neighbours(fill)
    events = {word.event.seq: word.event for each in values.values() for word in each.words}
    return FillPage(
        fill=fill,
        known=known,
        before=before,
        after=after,
        values=values,
        completeness=completeness(values.values(), report_of_fill(fill)),
        runs=placed,
        chart=_chart(placed, luminosity),
        events=[events[seq] for seq in sorted(events, reverse=True)],
    )


def _neighbours(fill: int) -> tuple[int | None, int | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT greatest((SELECT max(fill) FROM runs_run WHERE fill < %(fill)s),
                    (SELECT max(fill) FROM runs_fill WHERE fill < %(fill)s)),
                least((SELECT min(fill) FROM runs_run WHERE fill > %(fill)s),
                    (SELECT min(fill) FROM runs_fill WHERE fill > %(fill)s))""",
            {"fill": fill},
        )
        before, after = cursor.fetchone()
        return before, after


def _placed(runs: Sequence[Run], luminosity: LuminosityOfRuns) -> list[RunOfFill]:
    """The runs with their places: by the clock where they tell when they started, else one behind the other."""
    placed: list[RunOfFill] = []
    origin = min((run.start_time for run in runs if run.start_time), default=None)
    for run in runs:
        listed = luminosity.ls[luminosity.run == run.run]
        n_ls = max(run.n_ls or 0, int(listed.max()) if listed.size else 0)
        free = placed[-1].last + 1 if placed else 0
        first = max(free, _place(run.start_time, origin))
        recorded = run.recorded
        if recorded is None and listed.size:
            recorded = int(luminosity.recorded[luminosity.run == run.run].sum())
        placed.append(RunOfFill(run, n_ls, recorded, first, first + max(n_ls, 1) - 1))
    return placed


def _place(start: datetime | None, origin: datetime | None) -> int:
    return round((start - origin).total_seconds() / SECONDS_PER_LS) if start and origin else 0


def _chart(runs: Sequence[RunOfFill], luminosity: LuminosityOfRuns) -> Chart | None:
    if not luminosity.ls.size or runs[-1].last > MOST_SLOTS:
        return None
    recorded: list[tuple[int, float]] = []
    delivered: list[tuple[int, float]] = []
    for item in runs:
        own = luminosity.run == item.of.run
        places = (luminosity.ls[own] + (item.first - 1)).tolist()
        for points, column in ((recorded, luminosity.recorded), (delivered, luminosity.delivered)):
            points += zip(places, (column[own] / BARNS_IN_PB).round(6).tolist(), strict=True)
    return Chart(runs[-1].last, recorded, delivered, [(item.first, item.last, item.of.run) for item in runs])
