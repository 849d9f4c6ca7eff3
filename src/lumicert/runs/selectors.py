"""Reading runs, datasets, what OMS reported of their lumisections, and imported lists; now or as of an event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import Q
from pydantic import JsonValue

from lumicert.decisions import bulk
from lumicert.decisions.projections import Projection
from lumicert.decisions.ranges import Ranges, from_sql
from lumicert.lumi import LumiSet
from lumicert.runs.events import FLAG_VALUES
from lumicert.runs.models import Era, Fill, LumiList, Run
from lumicert.runs.projections import DATASET, FLAG, LABEL, LUMI_LIST, LUMINOSITY, RUN, SERIES
from lumicert.shell.fields import LAST_RUN


@dataclass(frozen=True, slots=True)
class KnownRun:
    """A run as of some event: by event `seq`, which `source` caused."""

    run: int
    klass: str
    attributes: dict[str, JsonValue]
    seq: int
    source: str


@dataclass(frozen=True, slots=True)
class DatasetOfRun:
    """A dataset of a run as of some event, with the lumisections that it has."""

    run: int
    dataset: str
    seq: int
    states: dict[str, str]
    lumis: Ranges
    in_gui: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoredList:
    """An imported list as of some event."""

    name: str
    purpose: str
    sha256: str
    lumis: LumiSet


@dataclass(frozen=True, slots=True)
class LuminosityOfRuns:
    """Own luminosity of lumisections, in whole inverse barns; all arrays have one entry a lumisection."""

    run: npt.NDArray[np.int64]
    ls: npt.NDArray[np.int64]
    recorded: npt.NDArray[np.int64]
    delivered: npt.NDArray[np.int64]


def _select(projection: Projection, at: int | None, where: str) -> str:
    return f"SELECT {', '.join(projection.columns)} FROM {projection.as_of(at)} WHERE {where}"  # noqa: S608


def _rows(projection: Projection, at: int | None, where: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_select(projection, at, where), {"after": 0, "upto": at, **parameters})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _bulk(projection: Projection, at: int | None, where: str, **parameters: Any) -> list[tuple[Any, ...]]:
    return bulk.fetch(_select(projection, at, where), {"after": 0, "upto": at, **parameters})


def runs_by_number(runs: Iterable[int]) -> dict[int, Run]:
    """The runs of these numbers that exist now."""
    return Run.objects.in_bulk(list(runs))


def known_runs(runs: Sequence[int], *, at: int | None = None) -> dict[int, KnownRun]:
    """The runs of these numbers that exist, now or as of event `at`."""
    columns = "run, klass, attributes, seq, source"
    statement = f"SELECT {columns} FROM {RUN.as_of(at)} WHERE run = ANY(%(runs)s)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, {"after": 0, "upto": at, "runs": list(runs)})
        return {
            run: KnownRun(run, klass, json.loads(attributes), seq, source)
            for run, klass, attributes, seq, source in cursor.fetchall()
        }


def datasets_of_run(run: int, *, at: int | None = None) -> list[DatasetOfRun]:
    """The datasets of a run, `online` first, then by name."""
    found = [
        DatasetOfRun(number, dataset, seq, json.loads(states), from_sql(lumis), json.loads(in_gui))
        for number, dataset, seq, _, states, in_gui, lumis in _rows(DATASET, at, "run = %(run)s", run=run)
    ]
    return sorted(found, key=lambda item: (item.dataset != "online", item.dataset))


@dataclass(frozen=True, slots=True)
class DatasetsNamed:
    """Datasets by run: dataset `names[i]` of run `runs[i]`, and its lumisections as edges with the owner i."""

    runs: npt.NDArray[np.int64]
    names: list[str]
    owner: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]


def datasets_named(pattern: str, *, at: int | None = None) -> DatasetsNamed:
    """The datasets whose name is LIKE `pattern` (`%` any text, `_` one character), by run and name."""
    rows = _bulk(DATASET, at, "dataset LIKE %(pattern)s ORDER BY run, dataset", pattern=pattern)
    runs = np.array([row[0] for row in rows], dtype=np.int64)
    return DatasetsNamed(runs, [row[1] for row in rows], *bulk.edges_of_values([row[-1] for row in rows]))


def dataset_states(pattern: str, *, at: int | None = None) -> dict[int, dict[str, str]]:
    """The states of the datasets whose name is LIKE `pattern`, by run."""
    rows = _rows(DATASET, at, "dataset LIKE %(pattern)s", pattern=pattern)
    return {run: json.loads(states) for run, _, _, _, states, *_ in rows}


def flag_edges(runs: Sequence[int], flags: Sequence[str], *, at: int | None = None) -> bulk.Edges:
    """What OMS reported of `flags` in `runs`, now or as of event `at`.

    Columns: `run`; `flag` and `value`, as places in `flags` and FLAG_VALUES.
    """
    source = f"""
        SELECT run::bigint AS run, array_position(%(flags)s::text[], flag)::bigint - 1 AS flag,
            array_position(%(values)s::text[], value)::bigint - 1 AS value, lumis
        FROM {FLAG.as_of(at)} WHERE run = ANY(%(runs)s) AND flag = ANY(%(flags)s)"""  # noqa: S608
    known = {"after": 0, "upto": at, "runs": list(runs), "flags": list(flags), "values": list(FLAG_VALUES)}
    return bulk.fetch_edges(source, integers=("run", "flag", "value"), parameters=known)


def flags_of_run(run: int, *, at: int | None = None) -> dict[str, dict[str, Ranges]]:
    """For each flag that OMS reported of a run: the lumisections with the value true, false or null."""
    return _values_of_run(FLAG, "flag", run, at)


def labels_of_run(run: int, *, at: int | None = None) -> dict[str, dict[str, Ranges]]:
    """For each attribute of lumisections that is a text: the lumisections with each value."""
    return _values_of_run(LABEL, "label", run, at)


def _values_of_run(projection: Projection, name: str, run: int, at: int | None) -> dict[str, dict[str, Ranges]]:
    statement = f"""SELECT {name}, value, range_agg(lumis) FROM {projection.as_of(at)}
        WHERE run = %(run)s GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608
    found: dict[str, dict[str, Ranges]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"after": 0, "upto": at, "run": run})
        for key, value, lumis in cursor.fetchall():
            found.setdefault(key, {})[value] = from_sql(lumis)
    return found


def series_of_run(run: int, *, at: int | None = None) -> dict[str, dict[int, float]]:
    """For each numeric attribute of lumisections: the number of each lumisection that has one."""
    statement = f"SELECT name, lumis, numbers FROM {SERIES.as_of(at)} WHERE run = %(run)s ORDER BY name"  # noqa: S608
    found: dict[str, dict[int, float]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"after": 0, "upto": at, "run": run})
        for name, lumis, numbers in cursor.fetchall():
            listed = [ls for first, last in from_sql(lumis) for ls in range(first, last + 1)]
            found.setdefault(name, {}).update(zip(listed, numbers, strict=True))
    return found


def luminosity_of_runs(runs: Sequence[int], *, at: int | None = None) -> LuminosityOfRuns:
    """The luminosity of every lumisection of `runs` that has any; those that have none are not there."""
    rows = _bulk(LUMINOSITY, at, "run = ANY(%(runs)s) ORDER BY run, lower(lumis)", runs=list(runs))
    owner, first, end = bulk.edges_of_values([row[2] for row in rows])
    sizes = end - first
    # the k-th lumisection of a range is its first plus k
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    numbers = np.array([row[0] for row in rows], dtype=np.int64)
    run, ls = np.repeat(numbers[owner], sizes), np.repeat(first, sizes) + within
    # a run that was reported in parts has rows whose lumisections lie between one another
    order = np.lexsort((ls, run))
    return LuminosityOfRuns(
        run=run[order],
        ls=ls[order],
        recorded=bulk.bigints([row[3] for row in rows])[order],
        delivered=bulk.bigints([row[4] for row in rows])[order],
    )


def stored_list(name: str, *, at: int | None = None) -> StoredList | None:
    """The list of that name, now or as of event `at`; None if there is none."""
    rows = _rows(LUMI_LIST, at, "name = %(name)s", name=name)
    if not rows:
        return None
    _, _, _, purpose, sha256, _, _, lumis = rows[0]
    ranges = {int(run): pairs for run, pairs in json.loads(lumis).items()}
    return StoredList(name, purpose, sha256, LumiSet.from_ranges(ranges))


def stored_lists() -> list[LumiList]:
    """All lists that exist now, without their lumisections, newest first."""
    return list(LumiList.objects.defer("lumis").order_by("-seq"))


def in_ranges(ranges: Sequence[tuple[int, int]]) -> Q:
    """Rows whose `run` lies in one of these, of which there may be hundreds; single runs are one condition."""
    single = [first for first, last in ranges if first == last]
    found = Q(run__in=single) if single else Q(pk__in=[])
    return reduce(or_, (Q(run__range=pair) for pair in ranges if pair[0] != pair[1]), found)


def of_era(name: str) -> Q:
    """Runs of an era: by the runs that a source names, and by the fills that it counts to it."""
    found = Q(fill__in=Fill.objects.filter(era__iexact=name).values("fill"))
    for era in Era.objects.filter(name__iexact=name):
        last = era.attributes.get("end_run")
        # 0 where the source named no first run: then it names none at all
        if era.first_run:
            found |= Q(run__range=(era.first_run, last if isinstance(last, int) else LAST_RUN))
    return found


def dataset_names() -> list[str]:
    """Every dataset name that exists now, in order."""
    with connection.cursor() as cursor:
        # a walk from name to name over the index, where DISTINCT would read every row
        cursor.execute(
            """WITH RECURSIVE names AS (
                (SELECT dataset FROM runs_dataset ORDER BY dataset LIMIT 1)
                UNION ALL
                SELECT (SELECT d.dataset FROM runs_dataset d WHERE d.dataset > names.dataset ORDER BY d.dataset LIMIT 1)
                FROM names WHERE names.dataset IS NOT NULL
            ) SELECT dataset FROM names WHERE dataset IS NOT NULL"""
        )
        return [name for (name,) in cursor.fetchall()]


def era_of_run(run: int) -> str | None:
    """The era that a source says a run belongs to; None where no era is known to hold it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT name FROM runs_era WHERE first_run <= %(run)s
                AND coalesce(runs_whole(attributes->'end_run'), %(run)s) >= %(run)s
                ORDER BY first_run DESC LIMIT 1""",
            {"run": run},
        )
        row = cursor.fetchone()
        return row[0] if row else None
