"""Reading: the facts that rules are tried on, for many runs at once, and what goes on with reclassifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from lumicert.classification.models import Reclassification
from lumicert.decisions import bulk
from lumicert.decisions.models import Event
from lumicert.decisions.ranges import Ranges
from lumicert.policy import Json
from lumicert.rules.documents import NAMES
from lumicert.rules.facts import Facts
from lumicert.rules.selectors import RulesVersion, current
from lumicert.runs.intake import ONLINE
from lumicert.runs.models import Run
from lumicert.runs.projections import DERIVED

RECENT = 10


def current_versions() -> list[RulesVersion]:
    """The version in force of every rule set."""
    return [current(name) for name in NAMES]


def classified_runs(first: int = 1, last: int = 2**31 - 1) -> QuerySet[Run]:
    """The runs of a range that rules are for: those that a source reported, in order."""
    return Run.objects.filter(run__gte=first, run__lte=last).exclude(state="").order_by("run")


# ---- facts of many runs ----


def last_facts(most: int) -> list[Facts]:
    """What rules are told of the newest runs that a source reported, newest first.

    The same as `runs.intake.facts_of_run` of each, in five queries for all of them.
    """
    rows = list(classified_runs().order_by("-run").values_list("run", "attributes", "typed")[:most])
    runs = [run for run, _, _ in rows]
    flags, lumis, eras = _flags(runs), _lumis(runs), _eras(runs)
    decided = _decided([run for run, _, typed in rows if typed])
    found = []
    for run, known, _ in rows:
        attributes = {"era": eras[run], **known} if run in eras else known
        found.append(Facts(run, attributes, flags.get(run, {}), lumis.get(run, ()), decided.get(run, {})))
    return found


def _flags(runs: Sequence[int]) -> Mapping[int, Mapping[str, Mapping[str, Ranges]]]:
    rows = bulk.fetch(
        """SELECT run, flag, value, range_agg(lumis) FROM runs_flag
            WHERE run = ANY(%(runs)s) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        {"runs": list(runs)},
    )
    found: dict[int, dict[str, dict[str, Ranges]]] = {}
    for (run, flag, value, _), lumis in zip(rows, _ranges_of(rows), strict=True):
        found.setdefault(run, {}).setdefault(flag, {})[value] = lumis
    return found


def _lumis(runs: Sequence[int]) -> Mapping[int, Ranges]:
    """The lumisections of which anything is known."""
    known = " UNION ALL ".join(
        f"SELECT run, lumis FROM {table} WHERE run = ANY(%(runs)s)"  # noqa: S608
        for table in ("runs_flag", "runs_label", "runs_series", "runs_luminosity")
    )
    online = "SELECT run, lumis FROM runs_dataset WHERE run = ANY(%(runs)s) AND dataset = %(online)s"
    rows = bulk.fetch(
        f"SELECT run, range_agg(lumis) FROM ({known} UNION ALL {online}) known GROUP BY run",  # noqa: S608
        {"runs": list(runs), "online": ONLINE},
    )
    return {run: lumis for (run, _), lumis in zip(rows, _ranges_of(rows), strict=True)}


def _ranges_of(rows: Sequence[tuple[Any, ...]]) -> Iterable[Ranges]:
    """The ranges in the last column of each row, both ends included."""
    owner, first, end = bulk.edges_of_values([row[-1] for row in rows])
    pairs: list[list[tuple[int, int]]] = [[] for _ in rows]
    for place, low, high in zip(owner.tolist(), first.tolist(), (end - 1).tolist(), strict=True):
        pairs[place].append((low, high))
    return map(tuple, pairs)


def _eras(runs: Sequence[int]) -> Mapping[int, str]:
    """The era of each run that lies in one; of several, the one that began last."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT run, era.name FROM unnest(%(runs)s::int[]) run CROSS JOIN LATERAL (
                SELECT name FROM runs_era WHERE runs_whole(attributes->'start_run') <= run
                AND coalesce(runs_whole(attributes->'end_run'), run) >= run
                ORDER BY runs_whole(attributes->'start_run') DESC LIMIT 1) era""",
            {"runs": list(runs)},
        )
        return dict(cursor.fetchall())


def _decided(runs: Sequence[int]) -> Mapping[int, Mapping[str, Json]]:
    """The conclusions that a person has typed and not released, of the runs for which anything was typed."""
    found: dict[int, dict[str, Json]] = {}
    for event in Event.objects.filter(kind="run.typed", run__in=runs).order_by("seq").only("run", "payload"):
        # an event of a run names it; the column is empty only for events about something else
        of_run = found.setdefault(event.run or 0, {})
        of_run |= {name: value for name, value in event.payload.get("values", {}).items() if name in DERIVED}
        for name in event.payload.get("released", ()):
            of_run.pop(name, None)
    return found


# ---- reclassifications ----


@dataclass(frozen=True, slots=True)
class Progress:
    """A reclassification with how far it is."""

    row: Reclassification

    @property
    def going(self) -> bool:
        return self.row.state in {Reclassification.State.WAITING, Reclassification.State.RUNNING}

    @property
    def percent(self) -> int:
        return min(100, 100 * self.row.done // max(1, self.row.total))


def reclassifications() -> list[Progress]:
    """The newest reclassifications that were asked for."""
    return [Progress(row) for row in Reclassification.objects.select_related("actor").order_by("-asked_at")[:RECENT]]


def runs_known() -> str:
    """All runs that rules are for, as a range for the form; empty where there are none."""
    ends = classified_runs()
    first, last = ends.values_list("run", flat=True).first(), ends.values_list("run", flat=True).last()
    return "" if first is None else f"{first}-{last}"
