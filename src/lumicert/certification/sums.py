"""What was certified in some days: sums by type of run and reconstruction, by day and by fill; lists of runs.

A *key* is a type of run with a reconstruction. Within a key a run has one certification, so that its lumisections and
its luminosity count once. Over several keys it may have more, and every sum here still has each run once. Days are the
dates of the certifications, which are days at CERN.

Luminosity is in whole inverse barns. That of a run of which nobody told it is *unknown*: no part of the sum, and
counted beside it. Everything is as of now: a certification that was changed or withdrawn counts as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from lumicert.certification.comparing import changed_flag
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.models import Certification
from lumicert.certification.workspaces import RUN_TYPES
from lumicert.runs.models import Fill

_CHOSEN = ("run", "date", "run_type", "reconstruction", "verdict", "tracker_map", "shifter", "seq", "imported")


class Key(NamedTuple):
    """A type of run with a reconstruction."""

    run_type: str
    reconstruction: str


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Collisions before cosmics, and reconstructions as they come."""
    types, reconstructions = [*map(str, RUN_TYPES)], [*map(str, RECONSTRUCTIONS)]
    return sorted(keys, key=lambda key: (types.index(key.run_type), reconstructions.index(key.reconstruction)))


# ---- figures ----


@dataclass(frozen=True, slots=True)
class Amount:
    """Certifications, and their runs each once: LS, and recorded luminosity in whole inverse barns.

    `ls_unknown` and `recorded_unknown` count the runs of which that is not known, and which are in no sum.
    """

    certifications: int = 0
    runs: int = 0
    ls: int = 0
    ls_unknown: int = 0
    recorded: int = 0
    recorded_unknown: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was certified, and what of it is bad; how many tracker maps are missing; the lowest and highest run."""

    all: Amount = Amount()
    bad: Amount = Amount()
    maps_missing: int = 0
    first_run: int | None = None
    last_run: int | None = None


@dataclass(slots=True)
class Sums:
    """Figures by key, over all keys, and the same by day."""

    total: Figures = field(default_factory=Figures)
    by_key: dict[Key, Figures] = field(default_factory=dict)
    days: dict[date, Sums] = field(default_factory=dict)


# First each run once in each group, then the groups: a run that is certified in express and prompt is two
# certifications and one luminosity. A column that is NULL is one that the group goes over.
_SUMS = """
    WITH chosen AS ({chosen}), of_run AS (
        SELECT c.date, c.run_type, c.reconstruction, c.run, max(r.n_ls) AS ls, max(r.recorded) AS recorded,
            count(*) AS said, count(*) FILTER (WHERE c.verdict = 'bad') AS bad,
            count(*) FILTER (WHERE c.tracker_map = 'missing') AS no_map
        FROM chosen c LEFT JOIN runs_run r ON r.run = c.run
        GROUP BY GROUPING SETS ((c.run), (c.run, c.run_type, c.reconstruction), (c.run, c.date),
            (c.run, c.date, c.run_type, c.reconstruction))
    )
    SELECT date, run_type, reconstruction, sum(no_map), min(run), max(run),
        sum(said), count(*), sum(ls), count(*) - count(ls), sum(recorded), count(*) - count(recorded),
        sum(bad), count(*) FILTER (WHERE bad > 0), sum(ls) FILTER (WHERE bad > 0),
        count(*) FILTER (WHERE bad > 0 AND ls IS NULL), sum(recorded) FILTER (WHERE bad > 0),
        count(*) FILTER (WHERE bad > 0 AND recorded IS NULL)
    FROM of_run GROUP BY date, run_type, reconstruction ORDER BY date"""


def sums(*, workspace: str, conditions: Sequence[Q] = ()) -> Sums:
    """The sums over the live certifications that fulfil the conditions: one query."""
    found = Sums()
    for day, run_type, reconstruction, *numbers in _rows(_SUMS, workspace, conditions):
        place = found if day is None else found.days.setdefault(day, Sums())
        if run_type is None:
            place.total = _figures(numbers)
        else:
            place.by_key[Key(run_type, reconstruction)] = _figures(numbers)
    return found


def _figures(numbers: Sequence[int | None]) -> Figures:
    no_map, first_run, last_run, *amounts = numbers
    known = [int(number or 0) for number in amounts]
    return Figures(Amount(*known[:6]), Amount(*known[6:]), int(no_map or 0), first_run, last_run)


def _rows(statement: str, workspace: str, conditions: Sequence[Q]) -> list[tuple[Any, ...]]:
    """The rows of a statement over the `{chosen}` certifications."""
    passing = Certification.objects.filter(reduce(and_, conditions, Q(workspace=workspace))).order_by()
    try:
        chosen, parameters = passing.values_list(*_CHOSEN).query.sql_with_params()
    except EmptyResultSet:
        # conditions that Django sees cannot be fulfilled, such as a list of no runs
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.format(chosen=chosen), parameters)
        return list(cursor.fetchall())


# ---- one by one ----


@dataclass(slots=True)
class Line:
    """A certification with what is known of its run now; recorded luminosity in whole inverse barns.

    One that stands as an import brought it in is `imported`: nobody waits for its review.
    """

    run: int
    reconstruction: str
    run_type: str
    verdict: str
    date: date
    shifter: str
    imported: bool
    reviewed: bool
    fill: int | None
    recorded: int | None

    @property
    def key(self) -> Key:
        return Key(self.run_type, self.reconstruction)


_LINES = """
    WITH chosen AS ({chosen})
    SELECT c.run, c.reconstruction, c.run_type, c.verdict, c.date, c.shifter, c.imported,
        EXISTS (SELECT FROM certification_review v WHERE v.of = c.seq AND v.outcome > ''), r.fill, r.recorded
    FROM chosen c LEFT JOIN runs_run r ON r.run = c.run ORDER BY c.run, c.seq"""


def lines(*, workspace: str, conditions: Sequence[Q] = ()) -> list[Line]:
    """The live certifications that fulfil the conditions, by run: one query."""
    return [Line(*row) for row in _rows(_LINES, workspace, conditions)]


@dataclass(slots=True)
class Verdicts:
    """Runs that were certified good, and bad; both rising."""

    good: list[int] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)


def lists_of_runs(certified: Iterable[Line]) -> dict[Key, Verdicts]:
    """The runs by key: a run is good or bad in it, and in it once."""
    found: dict[Key, Verdicts] = {}
    for each in certified:
        of_key = found.setdefault(each.key, Verdicts())
        (of_key.good if each.verdict == "good" else of_key.bad).append(each.run)
    return {key: Verdicts(sorted(found[key].good), sorted(found[key].bad)) for key in in_order(found)}


def by_day(certified: Iterable[Line]) -> dict[date, list[Line]]:
    """The certifications of each day, the first day first."""
    found: dict[date, list[Line]] = {}
    for each in certified:
        found.setdefault(each.date, []).append(each)
    return dict(sorted(found.items()))


@dataclass(slots=True)
class OfShifter:
    """How much one shifter certified."""

    shifter: str
    certifications: int = 0
    bad: int = 0
    runs: set[int] = field(default_factory=set)


def shifters(certified: Iterable[Line]) -> list[OfShifter]:
    """Who certified, by name."""
    found: dict[str, OfShifter] = {}
    for each in certified:
        of = found.setdefault(each.shifter, OfShifter(each.shifter))
        of.certifications += 1
        of.bad += each.verdict == "bad"
        of.runs.add(each.run)
    return [found[name] for name in sorted(found)]


# ---- changed flags ----


@dataclass(frozen=True, slots=True)
class Changed:
    """A run that is good in one reconstruction and bad in another. `said` has (reconstruction, verdict, day)."""

    run: int
    run_type: str
    said: tuple[tuple[str, str, date], ...]

    @property
    def became(self) -> str:
        """What prompt made of express: good or bad; empty where those two do not contradict each other."""
        verdicts = {reconstruction: verdict for reconstruction, verdict, _ in self.said}
        express, prompt = verdicts.get("express"), verdicts.get("prompt")
        return prompt if express and prompt and express != prompt else ""

    def had_changed(self, until: date) -> bool:
        """Whether it had changed by the end of that day."""
        return len({verdict for _, verdict, day in self.said if day <= until}) > 1


def changed(runs: Iterable[int], *, workspace: str, until: date) -> list[Changed]:
    """Of these runs those whose flag changed by `until`, whoever certified them and when: each once. One query.

    Source: rule R11 of CertHelper.
    """
    told = Certification.objects.filter(workspace=workspace, run__in=set(runs), date__lte=until)
    rows = list(told.only("run", "workspace", "reconstruction", "run_type", "verdict", "date"))
    rows.sort(key=lambda each: [*map(str, RECONSTRUCTIONS)].index(each.reconstruction))
    said: dict[int, list[Certification]] = {}
    for each in rows:
        said.setdefault(each.run, []).append(each)
    return [_changed(said[run]) for run in changed_flag(rows)]


def _changed(said: Sequence[Certification]) -> Changed:
    told = tuple((each.reconstruction, each.verdict, each.date) for each in said)
    return Changed(said[0].run, said[0].run_type, told)


# ---- fills ----


@dataclass(frozen=True, slots=True)
class RunsOfFill:
    """The certified runs of a fill in one key, the newest first; fill None where it is not known."""

    fill: int | None
    runs: list[int]


def runs_by_fill(certified: Iterable[Line]) -> dict[Key, list[RunsOfFill]]:
    """By key the fills, the newest first, with those of their runs that were certified in it, and no others."""
    found: dict[Key, dict[int | None, list[int]]] = {}
    for each in certified:
        found.setdefault(each.key, {}).setdefault(each.fill, []).append(each.run)
    return {
        key: [
            RunsOfFill(fill, sorted(found[key][fill], reverse=True))
            for fill in sorted(found[key], key=lambda fill: fill or 0, reverse=True)
        ]
        for key in in_order(found)
    }


@dataclass(frozen=True, slots=True)
class FillLine:
    """A fill beside those of its runs that were certified.

    `known` has the values of the whole fill, None where no source told of it. `recorded`, in whole inverse barns, is of
    the certified runs alone, each once; `unknown` counts those of which it is not known.
    """

    fill: int
    known: Fill | None
    runs: list[int]
    recorded: int
    unknown: int

    @property
    def efficiency(self) -> Decimal | None:
        """Percent of what was delivered in the whole fill that was recorded."""
        known = self.known
        if known is None or not known.delivered or known.recorded is None:
            return None
        return Decimal(100) * known.recorded / known.delivered


def fill_table(certified: Iterable[Line]) -> list[FillLine]:
    """The fills of the certified runs of collisions, the newest first: one query."""
    found: dict[int, dict[int, int | None]] = {}
    for each in certified:
        if each.fill is not None and each.run_type == "collisions":
            found.setdefault(each.fill, {})[each.run] = each.recorded
    known = Fill.objects.in_bulk(found)
    return [_fill_line(fill, known.get(fill), found[fill]) for fill in sorted(found, reverse=True)]


def _fill_line(fill: int, known: Fill | None, runs: dict[int, int | None]) -> FillLine:
    told = [recorded for recorded in runs.values() if recorded is not None]
    return FillLine(fill, known, sorted(runs, reverse=True), sum(told), len(runs) - len(told))


# ---- weeks ----


def week_label(days: Iterable[date]) -> str:
    """The ISO weeks that days lie in: `24`, `24-28`, or `52 of 2018 to 1 of 2019`; empty for no day."""
    weeks = sorted({day.isocalendar()[:2] for day in days})
    if not weeks:
        return ""
    (year, first), (last_year, last) = weeks[0], weeks[-1]
    if year != last_year:
        return f"{first} of {year} to {last} of {last_year}"
    return str(first) if first == last else f"{first}-{last}"
