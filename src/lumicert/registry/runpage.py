"""Reading: everything that the page of a run shows, now or as of an event, in a constant number of queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import numpy as np
from django.db import connection

from lumicert.accounts.models import User
from lumicert.decisions import ranges
from lumicert.decisions.models import Event, Layer
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import Standing, current_seq, standing
from lumicert.registry import bars
from lumicert.registry.bars import Piece
from lumicert.registry.history import HistoryAct, history_of_run
from lumicert.registry.runstate import Completeness, completeness, report_of_run
from lumicert.runs.selectors import (
    DatasetOfRun,
    KnownRun,
    datasets_of_run,
    flags_of_run,
    known_runs,
    luminosity_of_runs,
    series_of_run,
)
from lumicert.runs.values import Provenance, values_of_run

BARNS_IN_PB = 10**12

# the order of the day: the beams, the experiment, the tracker; other flags follow by name
FLAGS = {
    "beam1_present": "beam 1 present", "beam2_present": "beam 2 present", "beam1_stable": "beam 1 stable",
    "beam2_stable": "beam 2 stable", "cms_active": "CMS active", "physics_flag": "physics flag",
    "tibtid_ready": "TIB/TID ready", "tob_ready": "TOB ready", "tecp_ready": "TEC+ ready", "tecm_ready": "TEC− ready",
    "bpix_ready": "BPIX ready", "fpix_ready": "FPIX ready",
}  # fmt: skip
_FLAG_STATES = {"true": "good", "false": "bad", "null": "unknown"}
_FLAG_WORDS = {"true": "yes", "false": "no", "null": "OMS gave nothing"}

Segment = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of lumisections, ready for `<ls-bar>`; a quiet one says yes everywhere, and need not be looked at."""

    label: str
    segments: list[Segment]
    quiet: bool = False

    @property
    def json(self) -> str:
        return json.dumps(self.segments)


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A component: the words that count, and the automatic ones where a person's stand over them."""

    name: str
    effective: Bar
    automatic: Bar | None
    notes: list[Piece]


@dataclass(frozen=True, slots=True)
class Luminosity:
    """Recorded and delivered luminosity by lumisection, in /pb; lumisections without any are not there."""

    points: list[tuple[int, float]]
    delivered: list[tuple[int, float]]
    total: float

    @property
    def json(self) -> str:
        """For `<lumi-line>`: what is filled first, then what is drawn over it."""
        return json.dumps(
            [{"name": "recorded", "points": self.points}, {"name": "delivered", "points": self.delivered}]
        )


@dataclass(frozen=True, slots=True)
class Pileup:
    """Mean number of interactions a crossing, by lumisection."""

    points: list[tuple[int, float]]

    @property
    def json(self) -> str:
        return json.dumps([{"name": "pile-up", "points": self.points}])


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
    datasets: list[DatasetOfRun] = field(default_factory=list)
    dataset: DatasetOfRun | None = None
    components: list[ComponentRow] = field(default_factory=list)
    all_components: list[str] = field(default_factory=list)
    flags: list[Bar] = field(default_factory=list)
    quiet_flags: list[Bar] = field(default_factory=list)
    luminosity: Luminosity | None = None
    pileup: Pileup | None = None
    values: Mapping[str, Provenance] = field(default_factory=dict)
    completeness: Completeness | None = None
    history: list[HistoryAct] = field(default_factory=list)

    @property
    def first(self) -> int:
        return self.dataset.lumis[0][0] if self.dataset and self.dataset.lumis else 1

    @property
    def last(self) -> int:
        return self.dataset.lumis[-1][1] if self.dataset and self.dataset.lumis else 1

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
    flags = _flags(flags_of_run(run, at=at), shown.lumis if shown else ())
    values = values_of_run(run, at=at)
    before, after = _neighbours(run)
    return RunPage(
        run=run,
        head=head,
        at=at,
        known=known,
        before=before,
        after=after,
        datasets=datasets,
        dataset=shown,
        components=_components(of_shown, shown.lumis) if shown else [],
        all_components=sorted({item.component for item in stands}),
        flags=[bar for bar in flags if not bar.quiet],
        quiet_flags=[bar for bar in flags if bar.quiet],
        luminosity=_luminosity(run, at),
        pileup=_pileup(series_of_run(run, at=at).get("pileup", {})),
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
    authors = _authors(stands)
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
        effective=_bar(name, effective, authors),
        automatic=_bar(f"{name}, automatic", automatic, authors) if notes else None,
        notes=notes,
    )


def _authors(stands: Sequence[Standing]) -> dict[int, Event]:
    found = Event.objects.filter(seq__in={word.seq for word in stands})
    return {event.seq: event for event in found.only("seq", "actor_name", "origin", "at")}


def _bar(label: str, pieces: Sequence[Piece], authors: Mapping[int, Event]) -> Bar:
    return Bar(label, [(p.first, p.last, p.status.lower(), _reason(p, authors)) for p in pieces])


def _reason(piece: Piece, authors: Mapping[int, Event]) -> str:
    """Who says so and why, in one line for the read-out."""
    if piece.status == bars.ABSENT:
        return "this dataset does not have it"
    word = piece.word
    if word is None:
        return "nobody has said anything"
    over = f" over automatic {piece.under.status}" if piece.under else ""
    why = ": ".join(part for part in (word.cause, word.comment) if part)
    # the comment last: it may be long, and where room ends it is what can be read in the history
    return f"{authors[word.seq].actor_name}{over}, event {word.seq}" + (f": {why}" if why else "")


def _flags(reported: Mapping[str, Mapping[str, Ranges]], universe: Ranges) -> list[Bar]:
    order = [name for name in FLAGS if name in reported] + [name for name in reported if name not in FLAGS]
    return [_flag(FLAGS.get(name, name), reported[name], universe) for name in order]


def _flag(label: str, by_value: Mapping[str, Ranges], universe: Ranges) -> Bar:
    segments = [
        (first, last, _FLAG_STATES[value], f"{label}: {_FLAG_WORDS[value]}")
        for value, lumis in by_value.items()
        for first, last in lumis
    ]
    quiet = not ranges.difference(universe, by_value.get("true", ()))
    return Bar(label, sorted(segments), quiet)


def _luminosity(run: int, at: int | None) -> Luminosity | None:
    reported = luminosity_of_runs([run], at=at)
    if not reported.ls.size:
        return None
    # in the page to 1 /ub, which is less than a pixel of the line shows
    lss = reported.ls.tolist()
    recorded, delivered = (
        list(zip(lss, np.round(column / BARNS_IN_PB, 6).tolist(), strict=True))
        for column in (reported.recorded, reported.delivered)
    )
    return Luminosity(
        points=recorded,
        delivered=delivered,
        total=int(reported.recorded.sum()) / BARNS_IN_PB,
    )


def _pileup(numbers: Mapping[int, float]) -> Pileup | None:
    return Pileup([(ls, round(number, 2)) for ls, number in sorted(numbers.items())]) if numbers else None


def tag_of_run(run: int) -> str:
    """The tag that the page of a run has now, without making the page."""
    last = Event.objects.filter(run=run).order_by("-seq").values_list("seq", flat=True).first()
    return str(last or 0)


def overlap(left: Ranges, right: Ranges) -> Ranges:
    """The lumisections that are in both."""
    pairs = ((max(a, c), min(b, d)) for a, b in left for c, d in right)
    return ranges.canonical((first, last) for first, last in pairs if first <= last)
