"""Reading: the pages of events, and the search. Runs and fills have modules of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode

from lumicert.accounts.models import User
from lumicert.decisions.between import undoings
from lumicert.decisions.kinds import all_kinds
from lumicert.decisions.models import Event
from lumicert.decisions.rights import offers_undo
from lumicert.decisions.selectors import describe
from lumicert.runs.models import Dataset, Fill, Run
from lumicert.runs.selectors import dataset_names
from lumicert.shell.fields import number_of

ACTS_A_PAGE = 50
EVENTS_OF_ACT = 100
MOST_HITS = 20
UNDONE = "act.undone"

Filters = Mapping[str, Any]


# ---- events ----


@dataclass(frozen=True, slots=True)
class ActRow:
    """An act in a list: its first event, how many it has, and who undid it."""

    first: Event
    last: int
    summary: str
    undone_by: Event | None
    may_undo: bool

    @property
    def count(self) -> int:
        return self.last - self.first.seq + 1


@dataclass(frozen=True, slots=True)
class EventsPage:
    """A page of acts, newest first; `older` continues it, None at the beginning of the log."""

    rows: list[ActRow]
    older: int | None


def kind_names() -> list[str]:
    """The names of all kinds of events."""
    return sorted(kind.name for kind in all_kinds())


def events_page(filters: Filters, *, reader: User) -> EventsPage:
    """The newest acts that have an event which passes the filters."""
    spans = _spans(filters)
    rows = _act_rows(spans[:ACTS_A_PAGE], reader)
    return EventsPage(rows, older=spans[ACTS_A_PAGE - 1][1] if len(spans) > ACTS_A_PAGE else None)


# An act's events stand together in the log, so that a walk from act to act meets each once, however long it is.
_SPANS = """
    WITH RECURSIVE walk AS (
        ({step} WHERE e.seq < %(before)s AND {condition} ORDER BY e.seq DESC LIMIT 1)
        UNION ALL
        SELECT next.* FROM walk,
            LATERAL ({step} WHERE e.seq < walk.first AND {condition} ORDER BY e.seq DESC LIMIT 1) next
    ) SELECT act, first, (SELECT max(seq) FROM decisions_event f WHERE f.act = walk.act) FROM walk LIMIT %(limit)s"""
_STEP = """SELECT e.act, (SELECT min(seq) FROM decisions_event f WHERE f.act = e.act) AS first FROM decisions_event e"""
_CONDITIONS = {"run": "e.run = %(run)s", "actor": "e.actor_name = %(actor)s", "kind": "e.kind = %(kind)s"}


def _spans(filters: Filters) -> list[tuple[UUID, int, int]]:
    given = {name: filters[name] for name in _CONDITIONS if filters.get(name)}
    condition = " AND ".join(["true", *(_CONDITIONS[name] for name in given)])
    parameters = {"before": filters.get("before") or 2**62, "limit": ACTS_A_PAGE + 1, **given}
    with connection.cursor() as cursor:
        cursor.execute(_SPANS.format(step=_STEP, condition=condition), parameters)
        return list(cursor.fetchall())


def _act_rows(spans: Sequence[tuple[UUID, int, int]], reader: User) -> list[ActRow]:
    undone = undoings([act for act, _, _ in spans])
    wanted = {first for _, first, _ in spans} | set(undone.values())
    events = {event.seq: event for event in Event.objects.filter(seq__in=wanted)}
    targets = _first_of_acts(event.payload["act"] for event in events.values() if event.kind == UNDONE)
    return [
        ActRow(
            first=events[first],
            last=last,
            summary=_summary(events[first], targets),
            undone_by=events[undone[act]] if act in undone else None,
            may_undo=act not in undone and offers_undo(reader, events[first]),
        )
        for act, first, last in spans
    ]


def _first_of_acts(acts: Iterable[str]) -> dict[str, Event]:
    found = Event.objects.filter(act__in=list(acts)).order_by("act", "seq").distinct("act")
    return {str(event.act): event for event in found}


def _summary(first: Event, targets: Mapping[str, Event]) -> str:
    """One line for an act; one that undoes says what it undoes."""
    if first.kind != UNDONE:
        return describe(first)
    target = targets[first.payload["act"]]
    return f"undid event {target.seq}: {describe(target)}"


@dataclass(frozen=True, slots=True)
class ActPage:
    """One act, with its first events in full."""

    row: ActRow
    events: list[tuple[Event, str]]

    @property
    def hidden(self) -> int:
        return self.row.count - len(self.events)


def act_page(act: UUID, *, reader: User) -> ActPage | None:
    """One act; None where the log has none of that identity."""
    events = list(Event.objects.filter(act=act).order_by("seq")[:EVENTS_OF_ACT])
    if not events:
        return None
    last = Event.objects.filter(act=act).order_by("-seq").values_list("seq", flat=True)[0]
    row = _act_rows([(act, events[0].seq, last)], reader)[0]
    return ActPage(row, [(event, describe(event)) for event in events])


# ---- search ----


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found, and where it is."""

    kind: str
    title: str
    detail: str
    url: str


def find(text: str) -> list[Hit]:
    """Runs and fills by number; datasets and classes by any part of their name."""
    if not text:
        return []
    number = number_of(text)
    numbered = [] if number is None else list(_numbered(number))
    return numbered or [*_classes(text), *_datasets(text)]


def _numbered(number: int) -> Iterator[Hit]:
    if Run.objects.filter(run=number).exists():
        yield Hit("run", str(number), "", reverse("registry:run", args=[number]))
    n_runs = Run.objects.filter(fill=number).count()
    if n_runs or Fill.objects.filter(fill=number).exists():
        yield Hit("fill", str(number), f"{n_runs} runs", reverse("registry:fill", args=[number]))


def _classes(text: str) -> Iterator[Hit]:
    found = Run.objects.filter(klass__icontains=text).exclude(klass="").values("klass").annotate(n_runs=Count("run"))
    for row in found.order_by("klass")[:MOST_HITS]:
        yield Hit("class", row["klass"], f"{row['n_runs']} runs", _runs_url(**{"class": row["klass"]}))


def _datasets(text: str) -> Iterator[Hit]:
    names = [name for name in dataset_names() if text.casefold() in name.casefold()][:MOST_HITS]
    counted = Dataset.objects.filter(dataset__in=names).values("dataset").annotate(n_runs=Count("run"))
    n_runs = {row["dataset"]: row["n_runs"] for row in counted}
    for name in names:
        yield Hit("dataset", name, f"{n_runs[name]} runs", _runs_url(dataset=name))


def _runs_url(**filters: Any) -> str:
    return f"{reverse('registry:runs')}?{urlencode(filters)}"
