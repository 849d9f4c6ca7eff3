"""Reading: pages of the comparison, of the outbox, and how fresh both are. None asks outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import and_
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from lumicert.certification.models import Certification
from lumicert.crosscheck import kept
from lumicert.crosscheck.deliveries import MADE, OUTBOX, WITHDRAWN
from lumicert.crosscheck.models import Asked, Compared, Cursor, Delivery
from lumicert.decisions.selectors import current_seq
from lumicert.runs import outside
from lumicert.runs.outside import SourceHealth
from lumicert.shell.pages import Place, place_of

# a row is several lines high
ROWS_A_PAGE = 50
_ROWS_A_FETCH = 1000
# beyond this nobody reads the number
MOST_BEHIND = 1000
# statuses come in all day: those of the last seconds are no news, certifications are
_USUALLY_WITHIN = timedelta(seconds=30)
Kind, Registry, State = Compared.Kind, Compared.Registry, Delivery.State
# what a leader has to look at; what was not seen yet may be anything
DIFFERENCES = (Kind.DIFFERS, Kind.CLOSED, Kind.MISSING, Kind.NOT_OURS)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which registry, conditions on the rows, and the kinds that are shown."""

    registry: str
    workspace: str
    conditions: Sequence[Q] = ()
    kinds: Sequence[str] = DIFFERENCES


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the comparison. `changed` is what happened to the certification since it was compared, or empty."""

    of: Compared
    changed: str = ""
    delivery: Delivery | None = None
    failure: str = ""

    @property
    def is_unwritten(self) -> bool:
        """Whether it differs there, and the outbox never took it."""
        return self.of.kind in (Kind.DIFFERS, Kind.CLOSED) and self.delivery is None and self.of.seq is not None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the comparison; `totals` counts all rows that pass the conditions, by kind."""

    lines: list[Line]
    totals: Mapping[str, int]
    place: Place

    @property
    def unwritten(self) -> list[Line]:
        """The lines of this page that the outbox never took, of which it should have something."""
        return [line for line in self.lines if line.is_unwritten]

    @property
    def runs(self) -> list[int]:
        """The runs of this page, each once."""
        return sorted({line.of.run for line in self.lines})


def page_of(question: Question, *, number: int = 1) -> Page:
    """A page; one that is not there is the last: five queries."""
    passing = _passing(question)
    totals = dict(passing.order_by().values_list("kind").annotate(n=Count("*")))
    found = sum(totals.get(kind, 0) for kind in question.kinds)
    place = place_of(number, found=found, size=ROWS_A_PAGE)
    shown = passing.filter(kind__in=question.kinds)[place.rows]
    return Page(_lines(list(shown)), totals, place)


def all_of(question: Question) -> Iterator[Compared]:
    """All rows that pass, in the same order."""
    return _passing(question).filter(kind__in=question.kinds).iterator(chunk_size=_ROWS_A_FETCH)


def _passing(question: Question) -> QuerySet[Compared]:
    of = Compared.objects.filter(registry=question.registry, workspace=question.workspace)
    return of.filter(reduce(and_, question.conditions, Q())).order_by("-run", "reconstruction", "pk")


def _lines(rows: Sequence[Compared]) -> list[Line]:
    runs = {row.run for row in rows}
    live = Certification.objects.filter(run__in=runs).values_list("run", "workspace", "reconstruction", "seq")
    newest = {(run, workspace, name): seq for run, workspace, name, seq in live}
    sent = {_key(each): each for each in Delivery.objects.filter(run__in=runs).order_by("seq")}
    failures = dict(Asked.objects.filter(run__in=runs).exclude(failure="").values_list("run", "failure"))
    outside_is_asked = any(row.registry == Registry.OUTSIDE for row in rows)
    return [
        Line(
            row,
            _changed(row, newest.get(_key(row))),
            sent.get(_key(row)) if outside_is_asked else None,
            failures.get(row.run, "") if outside_is_asked else "",
        )
        for row in rows
    ]


def _key(of: Compared | Delivery) -> tuple[int, str, str]:
    return of.run, of.workspace, of.reconstruction


def _changed(row: Compared, newest: int | None) -> str:
    if row.seq == newest:
        return ""
    if newest is None:
        return "withdrawn since it was compared"
    return "certified since it was compared" if row.seq is None else "changed since it was compared"


# ---- how fresh it is ----


@dataclass(frozen=True, slots=True)
class Standing:
    """How the registry outside is, and how many events are not in the comparison yet, MOST_BEHIND at most.

    `writes` is whether decisions are written there; `refused` and `waiting` count what is in the outbox.
    """

    health: SourceHealth
    writes: bool
    behind: int
    refused: int
    waiting: int

    @property
    def is_set_up(self) -> bool:
        return self.health.address is not None

    @property
    def was_reached(self) -> bool:
        return self.health.row is not None and self.health.row.succeeded_at is not None


def standing() -> Standing:
    """Three queries."""
    found = {each.name: each for each in outside.health()}
    counted = dict(
        Delivery.objects.filter(state__in=(State.WAITING, State.REFUSED)).values_list("state").annotate(n=Count("*"))
    )
    return Standing(
        health=found[outside.RUN_REGISTRY],
        writes=settings.CONFIG.run_registry_write,
        behind=_behind(),
        refused=counted.get(State.REFUSED, 0),
        waiting=counted.get(State.WAITING, 0),
    )


_BEHIND = f"""
    SELECT count(*) FROM (
        SELECT 1 FROM decisions_event WHERE kind = ANY(%(kinds)s)
        AND (kind = ANY(%(at_once)s) OR at < %(before)s)
        AND seq > coalesce((SELECT seq FROM {Cursor._meta.db_table} WHERE name = %(name)s), 0) LIMIT %(most)s
    ) behind"""  # noqa: S608  (names are ours)


def _behind() -> int:
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {
            "name": kept.COMPARED,
            "most": MOST_BEHIND,
            "before": timezone.now() - _USUALLY_WITHIN,
        }
        cursor.execute(_BEHIND, {"kinds": list(kept.KINDS), "at_once": [MADE, WITHDRAWN], **parameters})
        return int(cursor.fetchone()[0])


# ---- the outbox ----


@dataclass(frozen=True, slots=True)
class Outbox:
    """A page of the outbox, and how many deliveries are in each state. `unread` events are not taken into it yet."""

    deliveries: list[Delivery]
    totals: Mapping[str, int]
    place: Place
    began: int | None
    unread: int


def outbox(*, state: str = "", number: int = 1, runs: Q | None = None) -> Outbox:
    """A page of it, what needs a person first, then what waits, then the newest: four queries."""
    passing = Delivery.objects.filter(runs or Q())
    totals = dict(passing.order_by().values_list("state").annotate(n=Count("*")))
    found = totals.get(state, 0) if state else sum(totals.values())
    place = place_of(number, found=found, size=ROWS_A_PAGE)
    wanted = passing.filter(state=state) if state else passing
    first = wanted.extra(
        select={"urgency": "CASE state WHEN 'refused' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END"}
    ).order_by("urgency", "-seq")
    shown = list(first[place.rows])
    cursor = Cursor.objects.filter(name=OUTBOX).values_list("seq", flat=True).first()
    return Outbox(shown, totals, place, cursor, 0 if cursor is None else max(0, current_seq() - cursor))


def delivery_of(run: int, reconstruction: str, workspace: str = "tracker") -> Delivery | None:
    """The newest delivery of a certification: for a line on its page."""
    of = Delivery.objects.filter(run=run, reconstruction=reconstruction, workspace=workspace)
    return of.order_by("-seq").first()
