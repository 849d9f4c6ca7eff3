"""Asking the registry outside what it says of the runs that were certified here, and keeping it.

Each run is kept as soon as it was read, so that whoever is killed in between goes on where it was. What fails stays as
it was seen, with its age.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import connection
from django.utils import timezone

from lumicert.certification.models import Certification
from lumicert.certification.workspaces import workspaces
from lumicert.crosscheck import comparing, extent, kept
from lumicert.crosscheck.models import Asked, Seen
from lumicert.decisions.locks import one_at_a_time
from lumicert.decisions.ranges import Ranges, canonical
from lumicert.sources.errors import SourceChanged, SourceRefused
from lumicert.sources.run_registry.models import Dataset as Told
from lumicert.sources.run_registry.models import Stretch

ONLINE = "online"
RUNS_AT_ONCE = 500
# one question is for runs that lie so near, and over so many numbers at most
_NEAR, _WIDEST = 10, 100
# what was certified lately changes there, too
_LATELY = timedelta(days=30)
_FRESH, _FRESH_LONG_AGO = timedelta(hours=1), timedelta(days=7)
_PAUSE = timedelta(minutes=15)


class Registry(Protocol):
    """What is asked of the client of the registry outside (`lumicert.sources.run_registry`)."""

    def datasets(self, first: int, last: int) -> list[Told]:
        """The datasets of runs first to last."""

    def stretches(self, run: int, dataset: str) -> dict[str, list[Stretch]]:
        """By component."""

    def write(self, run: int, dataset: str, component: str, stretch: Stretch) -> None:
        """Say something there."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Runs that one question is for."""

    runs: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.runs[0]

    @property
    def last(self) -> int:
        return self.runs[-1]


_DUE = """
    SELECT c.run FROM (SELECT run, max(seq) AS seq FROM certification_certification GROUP BY run) c
    LEFT JOIN crosscheck_asked a USING (run)
    WHERE a.run IS NULL OR a.due_at <= %(now)s OR (a.seq < c.seq AND a.failure = '')
    ORDER BY c.run DESC LIMIT %(most)s"""


def due(most: int = RUNS_AT_ONCE) -> list[int]:
    """The runs to ask about: certified since they were asked about, or seen too long ago; newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": timezone.now(), "most": most})
        return [run for (run,) in cursor.fetchall()]


def batches(runs: Iterable[int]) -> list[Batch]:
    """Runs that lie near each other together, newest first."""
    found: list[list[int]] = []
    for run in sorted(runs):
        if found and run - found[-1][-1] <= _NEAR and run - found[-1][0] < _WIDEST:
            found[-1].append(run)
        else:
            found.append([run])
    return [Batch(tuple(runs)) for runs in reversed(found)]


def ask_due(registry: Registry, seconds: float = 20.0) -> bool:
    """Ask about the runs that are due, for a while; False where some are left.

    Raises:
        SourceDown, SourceRefused: nothing more can be asked for now. What changed of one run holds no other up.
    """
    until = time.monotonic() + seconds
    wanted = due()
    for batch in batches(wanted):
        if time.monotonic() > until:
            return False
        _ask_patiently(registry, batch)
    return len(wanted) < RUNS_AT_ONCE


def _ask_patiently(registry: Registry, batch: Batch) -> None:
    """Where an answer about several runs makes no sense, those of which it does are found one by one."""
    try:
        ask(registry, batch)
    except SourceChanged as error:
        if len(batch.runs) == 1:
            _wait(batch.runs, str(error))
            return
        for run in batch.runs:
            _ask_patiently(registry, Batch((run,)))


def ask(registry: Registry, batch: Batch) -> None:
    """Ask about some runs, and keep what is said of every dataset of theirs, and of the runs between them.

    Raises:
        SourceError: as the client does.
    """
    at = timezone.now()
    told: dict[int, list[Told]] = {run: [] for run in batch.runs}
    for each in registry.datasets(batch.first, batch.last):
        told.setdefault(each.run, []).append(each)
    here = _certified(told)
    for run, datasets in sorted(told.items(), reverse=True):
        try:
            rows = [*_rows(registry, run, datasets, here, at)]
        except (SourceChanged, SourceRefused) as error:
            # it answered about the datasets: what is wrong is with this run
            _wait([run], str(error))
        else:
            _keep(run, rows, at, here)


@dataclass(frozen=True, slots=True)
class _Here:
    """What is certified here of some runs: by dataset and component what is said, and the lumisections."""

    said: Mapping[tuple[int, str], Mapping[str, comparing.Said]]
    lumis: Mapping[tuple[int, str], Ranges]
    newest: Mapping[int, tuple[int, datetime]]


def _certified(runs: Iterable[int]) -> _Here:
    wanted = sorted(runs)
    lumis = extent.of_datasets(wanted)
    said: dict[tuple[int, str], dict[str, comparing.Said]] = {}
    newest: dict[int, tuple[int, datetime]] = {}
    for of in Certification.objects.filter(run__in=wanted).order_by("seq"):
        key = of.run, of.dataset
        # one whose workspace's file was taken away says nothing of any component, and is not asked about for ever
        words = of.words if of.workspace in workspaces() else []
        told = {
            part.component: comparing.said_by(word, lumis.get(key, ()), of.left.get(part.key, ()))
            for part, word in words
        }
        said.setdefault(key, {}).update(told)
        newest[of.run] = of.seq, of.at
    return _Here(said, lumis, newest)


def _rows(registry: Registry, run: int, told: Sequence[Told], here: _Here, at: datetime) -> Iterator[Seen]:
    components = {name for of in workspaces().values() for name in of.components}
    for each in told:
        counts = {name: dict(by) for name, by in each.counts.items() if name in components}
        stretches = _stretches(registry, run, each, here)
        yield Seen(
            run=run, dataset=each.name, klass=each.run_class, states=dict(each.states), counts=counts,
            stretches=stretches, fetched_at=at,
        )  # fmt: skip
    if (run, ONLINE) in here.said and not any(each.name == ONLINE for each in told):
        # the listing leaves it out
        found = as_kept(run, registry.stretches(run, ONLINE))
        if found:
            yield Seen(run=run, dataset=ONLINE, klass="", states={}, counts={}, stretches=found, fetched_at=at)


def _stretches(registry: Registry, run: int, told: Told, here: _Here) -> dict[str, list[list[Any]]]:
    said = here.said.get((run, told.name))
    if said is None:
        return {}
    lumis = here.lumis.get((run, told.name), ())
    if all(comparing.wholly(told.counts.get(name, {}), words, lumis) for name, words in said.items()):
        # one status over all lumisections: the counts say it already
        return {
            name: [[first, last, status, "", ""] for status, spans in words.items() for first, last in spans]
            for name, words in said.items()
        }
    found = as_kept(run, registry.stretches(run, told.name))
    return {name: found[name] for name in said if name in found}


def as_kept(run: int, told: Mapping[str, Sequence[Stretch]]) -> dict[str, list[list[Any]]]:
    """Stretches as they are kept.

    Raises:
        SourceChanged: lumisections that no run has.
    """
    found: dict[str, list[list[Any]]] = {}
    for component, stretches in told.items():
        try:
            canonical((each.first, each.last) for each in stretches)
        except ValueError as error:
            raise SourceChanged(
                source="Run Registry", what=f"lumisections of run {run}", why=f"of {component} it says {error}",
                advice="Nothing of this answer was used. Tell the developers of Lumicert, with this message.",
            ) from error  # fmt: skip
        found[component] = [[each.first, each.last, each.status, each.cause, each.comment] for each in stretches]
    return found


def _keep(run: int, rows: Sequence[Seen], at: datetime, here: _Here) -> None:
    """Keep all that was seen of a run, in place of what was seen before, and compare it."""
    seq, certified_at = here.newest.get(run, (0, at))
    fresh = _FRESH if at - certified_at < _LATELY else _FRESH_LONG_AGO
    with one_at_a_time(f"crosscheck keep run {run}"):
        if Asked.objects.filter(run=run, asked_at__gt=at).exists():
            # whoever asked later was faster
            return
        Seen.objects.filter(run=run).delete()
        Seen.objects.bulk_create(rows)
        Asked.objects.update_or_create(
            run=run, defaults={"asked_at": at, "due_at": at + fresh, "seq": seq, "failure": ""}
        )
        kept.compare_runs([run])


def _wait(runs: Iterable[int], failure: str) -> None:
    """These runs could not be read: what was seen of them stays, and they are asked about again in a while."""
    due_at = timezone.now() + _PAUSE
    for run in runs:
        Asked.objects.update_or_create(run=run, defaults={"due_at": due_at, "failure": failure})


def ask_again(runs: Iterable[int]) -> int:
    """Have these runs asked about at once; the number of them."""
    wanted = set(runs)
    # a run that was never asked about is due as it is
    Asked.objects.filter(run__in=wanted).update(due_at=timezone.now(), failure="")
    return len(wanted)
