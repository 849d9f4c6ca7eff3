"""Reading the log and the component statuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q

from lumicert.decisions import bulk
from lumicert.decisions.between import undoings
from lumicert.decisions.bulk import Edges
from lumicert.decisions.events import COMPONENT_STATUS, STATUSES, ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent, kind_named
from lumicert.decisions.models import Event, Layer
from lumicert.decisions.projections import PAYLOAD
from lumicert.decisions.ranges import Ranges, from_sql
from lumicert.lumi import LumiSet


def current_seq() -> int:
    """The number of the last event; 0 for an empty log."""
    return Event.objects.aggregate(last=Max("seq"))["last"] or 0


def seq_at(time: datetime) -> int:
    """The number of the last event at or before `time`; 0 if there is none.

    The answer for a time that has passed does not change any more: an act that is being written just now was dated when
    it began, so it is waited for where `time` is behind the last event.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(at) <= %s, true) FROM decisions_event", [time])
        if cursor.fetchone()[0]:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(decisions_event_lock())")
    return Event.objects.filter(at__lte=time).aggregate(last=Max("seq"))["last"] or 0


def describe(event: Event) -> str:
    """One line for people."""
    return kind_named(event.kind).describe(event)


def events_of_run(run: int, *, dataset: str | None = None, at: int | None = None, limit: int = 200) -> list[Event]:
    """The newest events of a run, newest first; with `dataset` only what concerns it or the run as a whole."""
    events = Event.objects.filter(run=run)
    if dataset is not None:
        events = events.filter(Q(dataset=dataset) | Q(dataset=None))
    if at is not None:
        events = events.filter(seq__lte=at)
    return list(events.order_by("-seq")[:limit])


def newest_events(*, run: int | None = None, before: int | None = None, limit: int = 50) -> list[Event]:
    """The newest events, newest first: of everything or of one run, and before event `before` where it is given."""
    events = Event.objects.all() if run is None else Event.objects.filter(run=run)
    if before is not None:
        events = events.filter(seq__lt=before)
    return list(events.order_by("-seq")[: max(limit, 0)])


@dataclass(frozen=True, slots=True)
class ActSummary:
    """One act, for lists: `summary` is its first event in words, `count` how many events it has."""

    id: UUID
    first: int
    last: int
    at: datetime
    actor_name: str
    actor_id: int | None
    origin: str
    count: int
    summary: str
    undone_by: int | None


def acts(*, before: int | None = None, run: int | None = None, limit: int = 50) -> list[ActSummary]:
    """The newest acts, newest first, each whole; `before` continues a list behind its last act's first event."""
    parameters = {"before": before or 2**62, "run": run, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_ALL_ACTS if run is None else _ACTS_OF_RUN, parameters)
        spans = cursor.fetchall()
    firsts = {event.seq: event for event in Event.objects.filter(seq__in=[first for _, first, _ in spans])}
    undone = undoings([act for act, _, _ in spans])
    return [_summary(firsts[first], last, undone.get(act)) for act, first, last in spans]


# An act's events stand together in the log (it is appended under the lock), so that walking back from act to act meets
# each once, however many events it has.
_ONE_ACT = """SELECT e.act, (SELECT min(f.seq) FROM decisions_event f WHERE f.act = e.act) AS first, e.seq AS last
    FROM decisions_event e"""
_ALL_ACTS = f"""
    WITH RECURSIVE walk AS (
        ({_ONE_ACT} WHERE e.seq < %(before)s ORDER BY e.seq DESC LIMIT 1)
        UNION ALL
        SELECT next.* FROM walk, LATERAL ({_ONE_ACT} WHERE e.seq < walk.first ORDER BY e.seq DESC LIMIT 1) next
    ) SELECT act, first, last FROM walk LIMIT %(limit)s"""  # noqa: S608
_ACTS_OF_RUN = """
    SELECT act, (SELECT min(seq) FROM decisions_event f WHERE f.act = e.act),
        (SELECT max(seq) FROM decisions_event f WHERE f.act = e.act)
    FROM decisions_event e WHERE run = %(run)s AND seq < %(before)s
    GROUP BY act ORDER BY max(seq) DESC LIMIT %(limit)s"""


def _summary(event: Event, last: int, undone_by: int | None) -> ActSummary:
    return ActSummary(
        id=event.act,
        first=event.seq,
        last=last,
        at=event.at,
        actor_name=event.actor_name,
        actor_id=event.actor_id,
        origin=event.origin,
        count=last - event.seq + 1,
        summary=describe(event),
        undone_by=undone_by,
    )


def undone_by(act: UUID) -> Event | None:
    """The event that undid `act`, unless that undoing was undone itself."""
    seq = undoings([act]).get(act)
    return None if seq is None else Event.objects.get(seq=seq)


@dataclass(frozen=True, slots=True)
class Standing:
    """A status that stands over some lumisections of a component, in one layer, by the word of event `seq`."""

    seq: int
    run: int
    dataset: str
    component: str
    layer: Layer
    status: str
    cause: str
    comment: str
    lumis: Ranges


def standing(
    *, run: int, dataset: str | None = None, component: str | None = None, at: int | None = None
) -> list[Standing]:
    """What stands for a run, now or as of event `at`, in both layers, sorted by dataset, component and layer."""
    conditions, parameters = ["run = %(run)s"], {"run": run, "after": 0, "upto": at, "dataset": dataset}
    if dataset is not None:
        conditions.append("dataset = %(dataset)s")
    if component is not None:
        conditions.append("component = %(component)s")
        parameters["component"] = component
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(COMPONENT_STATUS.columns)} FROM {COMPONENT_STATUS.as_of(at)} "  # noqa: S608
            f"WHERE {' AND '.join(conditions)} ORDER BY dataset, component, layer, seq",
            parameters,
        )
        return [_standing(row) for row in cursor.fetchall()]


def _standing(row: Sequence[Any]) -> Standing:
    seq, run, dataset, component, layer, status, cause, comment, lumis = row
    return Standing(seq, run, dataset, component, Layer(layer), status, cause, comment, from_sql(lumis))


def restored_status(events: Sequence[Event], before: int) -> list[NewEvent]:
    """The events that put back, where `events` of one act spoke, what stood as of event `before`."""
    parameters: dict[str, Any] = {
        "seqs": [event.seq for event in events],
        "runs": sorted({event.run for event in events if event.run is not None}),
        "after": 0,
        "upto": before,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RESTORED, parameters)
        return [_restoring(row) for row in cursor.fetchall()]


# For each stream that the act touched: the pieces that stood there, and the rest, where nothing stood.
_RESTORED = f"""
    WITH covered AS (
        SELECT run, dataset, component, {PAYLOAD}->>'layer' AS layer, range_agg(lumis) AS lumis FROM decisions_event
        WHERE seq = ANY(%(seqs)s) GROUP BY 1, 2, 3, 4
    ), pieces AS (
        SELECT run, dataset, component, layer, seq, status, cause, comment, covered.lumis * stood.lumis AS lumis
        FROM covered JOIN (SELECT * FROM {COMPONENT_STATUS.as_of(0)} WHERE run = ANY(%(runs)s)) stood
        USING (run, dataset, component, layer) WHERE covered.lumis && stood.lumis
    ), rest AS (
        SELECT run, dataset, component, layer, covered.lumis - coalesce(again.lumis, '{{}}') AS lumis
        FROM covered LEFT JOIN (
            SELECT run, dataset, component, layer, range_agg(lumis) AS lumis FROM pieces GROUP BY 1, 2, 3, 4
        ) again USING (run, dataset, component, layer)
    )
    SELECT * FROM pieces UNION ALL SELECT run, dataset, component, layer, NULL, NULL, '', '', lumis FROM rest
    WHERE NOT isempty(lumis) ORDER BY run, dataset, component, layer, seq"""  # noqa: S608


def _restoring(row: Sequence[Any]) -> NewEvent:
    run, dataset, component, layer, seq, status, cause, comment, lumis = row
    payload = ComponentStatusSaid(layer=layer, status=status, cause=cause, comment=comment, restores=seq)
    return NewEvent(payload, run, dataset, component, from_sql(lumis))


def status_edges(
    *, runs: Sequence[int], datasets: Sequence[str], components: Sequence[str], at: int | None = None
) -> Edges:
    """What stands for `components` in the datasets of runs (dataset i is one of run i), now or as of event `at`.

    Columns: `run`; `component` and `status`, as places in `components` and STATUSES; `person`, 1 for a person's word.
    """
    joined = "JOIN unnest(%(runs)s::int[], %(datasets)s::text[]) AS d(run, dataset) USING (run, dataset)"
    return _status_edges(joined, components, at, runs=list(runs), datasets=list(datasets))


def _status_edges(joined: str, components: Sequence[str], at: int | None, **parameters: Any) -> Edges:
    source = f"""
        SELECT run::bigint AS run, array_position(%(components)s::text[], component)::bigint - 1 AS component,
            array_position(%(statuses)s::text[], status)::bigint - 1 AS status,
            (layer = '{Layer.PERSON}')::int::bigint AS person, lumis
        FROM {COMPONENT_STATUS.as_of(at)} {joined} WHERE component = ANY(%(components)s)"""  # noqa: S608
    known = {"after": 0, "upto": at, "components": list(components), "statuses": list(STATUSES)}
    return bulk.fetch_edges(
        source, integers=("run", "component", "status", "person"), parameters={**known, **parameters}
    )


def standing_sets(*, dataset: str, component: str, layer: Layer) -> dict[str, LumiSet]:
    """What stands now for a component of a dataset in one layer, over all its runs: the lumisections by status."""
    found = _status_edges(
        "JOIN (SELECT %(dataset)s::text AS dataset) d USING (dataset)", [component], None, dataset=dataset
    )
    runs, statuses, person = (found.columns[name][found.owner] for name in ("run", "status", "person"))
    in_layer = person == (layer == Layer.PERSON)
    by_status: dict[str, LumiSet] = {}
    for place, status in enumerate(STATUSES):
        wanted = in_layer & (statuses == place)
        by_status[status] = LumiSet.from_arrays(runs[wanted], found.first[wanted], found.end[wanted] - 1)
    return by_status
