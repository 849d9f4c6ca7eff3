"""Reading: everything that the page of a run shows, now or as of an event, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import connection

from lumicert.accounts.models import User
from lumicert.decisions import bars
from lumicert.decisions.bars import Piece
from lumicert.decisions.models import Event, Layer
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import Standing, current_seq, standing
from lumicert.registry.history import HistoryAct, history_of_run
from lumicert.registry.runstate import Completeness, completeness, report_of_run
from lumicert.runs.selectors import (
    DatasetOfRun,
    KnownRun,
    datasets_of_run,
    known_runs,
)
from lumicert.runs.timeline import Timeline, timeline
from lumicert.runs.values import Provenance, values_of_run
from lumicert.shell.bars import Bar


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A component: the words that count, and the automatic ones where a person's stand over them."""

    name: str
    effective: Bar
    automatic: Bar | None
    notes: list[Piece]


@dataclass(frozen=True, slots=True)
class Moment:
    """A stop of the "as of" slider: the run after one act."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RunPage:
    """All that the page shows. `head` is the last event that the reader can know of; `at` None means now."""

    run: int
    head: int
    at: int | None
    known: KnownRun | None
    before: int | None
    after: int | None
    timeline: Timeline
    datasets: list[DatasetOfRun] = field(default_factory=list)
    dataset: DatasetOfRun | None = None
    components: list[ComponentRow] = field(default_factory=list)
    all_components: list[str] = field(default_factory=list)
    values: Mapping[str, Provenance] = field(default_factory=dict)
    completeness: Completeness | None = None
    history: list[HistoryAct] = field(default_factory=list)

    @property
    def first(self) -> int:
        return self.timeline.first

    @property
    def last(self) -> int:
        return self.timeline.last

    @property
    def tag(self) -> str:
        """The state that the page shows: the last event that speaks of the run."""
        return str(max((act.stop for act in self.history), default=0))

    @property
    def awaited(self) -> list[str]:
        """The datasets that the DQM GUI does not have yet."""
        return [item.dataset for item in self.datasets if item.dataset != "online" and not item.in_gui]

    @property
    def moments(self) -> list[Moment]:
        """Stops of the slider, oldest first."""
        return [Moment(act.stop, act.at) for act in reversed(self.history)]

    @property
    def moment(self) -> Moment | None:
        """The last act of this run that an "as of" page takes into account."""
        return next((stop for stop in reversed(self.moments) if self.at is not None and stop.seq <= self.at), None)


def run_page(run: int, *, dataset: str | None, at: int | None, reader: User) -> RunPage | None:
    """What is known of a run.

    Args:
        dataset: None for the first that has any status, `online` before the others.
        at: the event as of which the page is; None for now.
        reader: whose acts can be undone.

    Returns:
        None where the log has nothing about such a run. `RunPage.dataset` is None where the run has no such dataset.
    """
    # read before anything else: an event that comes in while we read counts as not seen
    head = current_seq()
    known = known_runs([run], at=at).get(run)
    datasets = datasets_of_run(run, at=at)
    stands = standing(run=run, at=at)
    shown = _chosen(datasets, dataset, stands)
    history = history_of_run(run, reader, shown.dataset if shown else "")
    if not history:
        return None
    of_shown = [item for item in stands if shown and item.dataset == shown.dataset]
    values = values_of_run(run, at=at)
    before, after = _neighbours(run)
    return RunPage(
        run=run,
        head=head,
        at=at,
        known=known,
        before=before,
        after=after,
        timeline=timeline(run, shown.lumis if shown else (), at=at),
        datasets=datasets,
        dataset=shown,
        components=_components(of_shown, shown.lumis) if shown else [],
        all_components=sorted({item.component for item in stands}),
        values=values,
        completeness=completeness(values.values(), report_of_run(run, at=at)),
        history=history,
    )


def _chosen(datasets: Sequence[DatasetOfRun], wanted: str | None, stands: Iterable[Standing]) -> DatasetOfRun | None:
    if wanted is not None:
        return next((item for item in datasets if item.dataset == wanted), None)
    spoken_of = {item.dataset for item in stands}
    return next((item for item in datasets if item.dataset in spoken_of), next(iter(datasets), None))


def _neighbours(run: int) -> tuple[int | None, int | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT max(run) FROM runs_run WHERE run < %(run)s),
                (SELECT min(run) FROM runs_run WHERE run > %(run)s)""",
            {"run": run},
        )
        before, after = cursor.fetchone()
        return before, after


# ---- bars ----


def _components(stands: Sequence[Standing], universe: Ranges) -> list[ComponentRow]:
    authors = bars.authors(stands)
    ordered = sorted(stands, key=attrgetter("component"))
    return [
        _component(name, list(group), universe, authors)
        for name, group in groupby(ordered, key=attrgetter("component"))
    ]


def _component(name: str, stands: list[Standing], universe: Ranges, authors: Mapping[int, Event]) -> ComponentRow:
    effective = bars.pieces(stands, universe)
    notes = [piece for piece in effective if piece.under]
    automatic = bars.pieces([word for word in stands if word.layer == Layer.AUTOMATIC], universe)
    return ComponentRow(
        name=name,
        effective=bars.bar(name, effective, authors),
        automatic=bars.bar(f"{name}, automatic", automatic, authors) if notes else None,
        notes=notes,
    )


def tag_of_run(run: int) -> str:
    """The tag that the page of a run has now, without making the page."""
    last = Event.objects.filter(run=run).order_by("-seq").values_list("seq", flat=True).first()
    return str(last or 0)
