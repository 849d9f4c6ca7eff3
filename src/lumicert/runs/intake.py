"""Taking in what a source reports: of it all, only what is new becomes events.

Each call is one act, or none where nothing is new, so that a job that is killed and taken up again loses and repeats
nothing. What rules make of a run is appended in the same act as what they were told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import connection, transaction
from pydantic import JsonValue

from lumicert.decisions import ranges
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import Standing, standing
from lumicert.decisions.services import Act, append
from lumicert.policy import UNKNOWN
from lumicert.rules.classify import Classification, RuleSets, classify
from lumicert.rules.facts import Facts
from lumicert.rules.selectors import rulesets
from lumicert.rules.statuses import component_statuses, offline_statuses
from lumicert.runs import selectors
from lumicert.runs.events import DatasetRegistered, EraReported, FillReported, RunClassified, RunReported, State
from lumicert.runs.lumisections import Lumisections, read_lumisections
from lumicert.runs.models import Era, Fill
from lumicert.runs.projections import DERIVED
from lumicert.runs.values import REPORTED, TYPED, Provenance, values_of_fill, values_of_run

ONLINE = "online"
# While a run goes on, its counters change all the time: they are worth an event when so many LS are new (two minutes),
LS_WORTH_SAYING = 5
# and the status of its components when so many have none yet (ten minutes), unless something else happened to it.
LS_WORTH_STATUS = 25
_COUNTERS = frozenset(
    """
    last_lumisection_number last_update duration delivered_lumi recorded_lumi end_lumi l1_rate l1_triggers_counter
    hlt_physics_rate hlt_physics_counter hlt_physics_size hlt_physics_throughput
    """.split()
)

_COUNTERS_OF_FILL = frozenset(
    """
    last_update duration delivered_lumi recorded_lumi efficiency_lumi efficiency_time downtime peak_lumi peak_pileup
    peak_specific_lumi intensity_beam1 intensity_beam2
    """.split()
)
FILL_WORTH_SAYING = timedelta(minutes=10)

ByStatus = Mapping[str, Ranges]


@dataclass(frozen=True, slots=True)
class Report:
    """What a source says of a run or a fill: all it knows, under its own names."""

    attributes: Mapping[str, Any]
    units: Mapping[str, str] = field(default_factory=dict)
    rejected: Mapping[str, str] = field(default_factory=dict)
    source: str = "OMS"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a report. `act` is None where it held nothing new, `new` are the lumisections that differ."""

    act: Act | None
    new: Ranges = ()


NOTHING = Taken(None)


def take_run(
    *,
    run: int,
    report: Report,
    lumisections: Lumisections | None,
    whole: bool,
    fetched_at: datetime,
    state: State,
) -> Taken:
    """Append what a report of a run brings that is new, and what the rules make of it.

    Args:
        lumisections: what the source says of its lumisections; None where it was not asked.
        whole: whether those are all, so that one that is not among them is not there any more.
        fetched_at: when the source was asked; a report older than the last one that was taken is left aside.
    """
    with transaction.atomic():
        _one_at_a_time("run", run)
        known = _KnownRun(run)
        if known.asked_after(fetched_at):
            return NOTHING
        changes = _changes(known.values, report)
        news = known.news(lumisections, whole=whole)
        if state == "going" and known.said and not _worth_saying(changes, news):
            return NOTHING
        events: list[NewEvent] = []
        if changes.any or state != known.state:
            events.append(NewEvent(changes.of_run(report, fetched_at, state), run))
        if lumisections is not None:
            events += known.events_of_lumisections(lumisections, news, whole=whole, source=report.source)
        facts = known.facts(report, lumisections, whole=whole)
        events += _conclusions(known, facts, rulesets(), still_going=state == "going")
        return Taken(_appended(events, report.source), news)


def take_fill(*, fill: int, report: Report, fetched_at: datetime, state: State) -> Taken:
    """Append what a report of a fill brings that is new."""
    with transaction.atomic():
        _one_at_a_time("fill", fill)
        values = values_of_fill(fill)
        if _last_asked(values, fetched_at):
            return NOTHING
        changes = _changes(values, report)
        said = Fill.objects.filter(fill=fill).values_list("state", flat=True).first()
        if state == said and not _news_of_fill(values, changes, going=state == "going"):
            return NOTHING
        return Taken(_appended([NewEvent(changes.of_fill(fill, report, fetched_at, state))], report.source))


def take_era(*, name: str, attributes: Mapping[str, Any], source: str = "OMS") -> Taken:
    """Append what a source says of an era, where it is new."""
    with transaction.atomic():
        _one_at_a_time("eras", 0)
        first_run = attributes.get("start_run")
        there = Era.objects.filter(name=name, first_run=first_run or 0).first()
        if there is not None and there.attributes == dict(attributes):
            return NOTHING
        said = EraReported(source=source, name=name, first_run=first_run, attributes=dict(attributes))
        return Taken(_appended([NewEvent(said)], source))


def take_arrivals(*, run: int, in_gui: list[str], source: str = "DQM GUI") -> Taken:
    """Register the datasets of a run that its names in the DQM GUI show to have arrived, with their first statuses."""
    with transaction.atomic():
        _one_at_a_time("run", run)
        known = _KnownRun(run)
        if ONLINE not in known.datasets:
            return NOTHING
        facts = known.facts(None, None, whole=False)
        rules = rulesets()
        events: list[NewEvent] = []
        for dataset in classify(rules, facts).datasets:
            names = dataset.has_arrived(in_gui)
            there = known.datasets.get(dataset.name)
            new_names = sorted({*names} | {*(there.in_gui if there else ())})
            if not names or (there and new_names == sorted(there.in_gui)):
                continue
            states = there.states if there else {"global_state": "OPEN"}
            said = DatasetRegistered(source=source, states=states, in_gui=new_names)
            events.append(NewEvent(said, run, dataset.name, lumis=facts.lumis))
            if there is None:
                online = _effective(known.stands)
                wanted = offline_statuses(rules.components, facts, online)  # type: ignore[arg-type]
                events += _statuses(run, dataset.name, wanted, {}, rules)
        return Taken(_appended(events, source))


def classify_again(*, run: int) -> Taken:
    """Append what the rules of now make of a run, where it differs from what stands."""
    with transaction.atomic():
        _one_at_a_time("run", run)
        known = _KnownRun(run)
        if not known.said:
            return NOTHING
        facts = known.facts(None, None, whole=False)
        return Taken(_appended(_conclusions(known, facts, rulesets(), still_going=False)))


def facts_of_run(run: int) -> Facts:
    """What rules are told of a run: the values that count, and the flags of its lumisections."""
    return _KnownRun(run).facts(None, None, whole=False)


# ---- one run at a time ----


def _one_at_a_time(what: Literal["run", "fill", "eras"], number: int) -> None:
    """Hold a run, fill or the eras until the transaction ends: two jobs that compare at once would both append."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [f"runs.intake {what}", number])


def _appended(events: list[NewEvent], source: str = "") -> Act | None:
    return append(events=events, actor=None, origin=Origin.AUTOMATIC, signed=source) if events else None


# ---- what is new in the values ----


@dataclass(frozen=True, slots=True)
class _Changes:
    attributes: dict[str, JsonValue]
    units: dict[str, str]
    rejected: dict[str, str]

    @property
    def any(self) -> bool:
        return bool(self.attributes or self.rejected)

    @property
    def only_counters(self) -> bool:
        return not self.rejected and self.attributes.keys() <= _COUNTERS

    def _payload(self, report: Report, fetched_at: datetime, state: State) -> dict[str, Any]:
        said = {"attributes": self.attributes, "units": self.units, "rejected": self.rejected}
        return {"source": report.source, "fetched_at": fetched_at, "state": state, **said}

    def of_run(self, report: Report, fetched_at: datetime, state: State) -> RunReported:
        return RunReported.model_validate(self._payload(report, fetched_at, state))

    def of_fill(self, fill: int, report: Report, fetched_at: datetime, state: State) -> FillReported:
        return FillReported.model_validate({"fill": fill, **self._payload(report, fetched_at, state)})


def _changes(values: Mapping[str, Provenance], report: Report) -> _Changes:
    said = {name: each.last(REPORTED) for name, each in values.items()}
    attributes = {
        name: value
        for name, value in report.attributes.items()
        if (word := said.get(name)) is None
        or word.taken_back
        # 1 == True and 1 == 1.0 in Python; a source that changes its mind about that has changed it
        or (type(word.value), word.value, word.unit) != (type(value), value, report.units.get(name))
    }
    units = {name: report.units[name] for name in attributes if name in report.units}
    rejected = {
        name: why for name, why in report.rejected.items() if (word := said.get(name)) is None or word.why != why
    }
    return _Changes(attributes, units, rejected)


def _worth_saying(changes: _Changes, news: Ranges) -> bool:
    return ranges.count(news) >= LS_WORTH_SAYING or not changes.only_counters


def _news_of_fill(values: Mapping[str, Provenance], changes: _Changes, *, going: bool) -> bool:
    """While a fill goes on its luminosity grows all the time: that is news every ten minutes."""
    if not changes.any:
        return False
    if not going or changes.rejected or not changes.attributes.keys() <= _COUNTERS_OF_FILL:
        return True
    heard = [word.value for each in (values.get("last_update"),) if each for word in each.words[-1:]]
    before, now = (_time(text) for text in (heard[0] if heard else None, changes.attributes.get("last_update")))
    return before is None or now is None or now - before >= FILL_WORTH_SAYING


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _reports(values: Mapping[str, Provenance]) -> list[Any]:
    words = [word for each in values.values() for word in each.words]
    return [word.event for word in words if word.event.kind in {"run.reported", "fill.reported"}]


def _last_asked(values: Mapping[str, Provenance], fetched_at: datetime) -> bool:
    """True when a later answer was taken already."""
    asked = [datetime.fromisoformat(event.payload["fetched_at"]) for event in _reports(values)]
    return max(asked, default=fetched_at) > fetched_at


# ---- what is known of a run, and what follows from it ----


class _KnownRun:
    """A run as it stands, read once under its lock."""

    def __init__(self, run: int) -> None:
        self.run = run
        self.values = values_of_run(run)
        self.row = selectors.runs_by_number([run]).get(run)
        self.state = self.row.state if self.row else ""
        self.said = bool(self.state)
        self.lumisections = read_lumisections(run)
        self.datasets = {item.dataset: item for item in selectors.datasets_of_run(run)}
        self.stands = [word for word in standing(run=run) if word.dataset == ONLINE]

    @property
    def lumis(self) -> Ranges:
        return self.datasets[ONLINE].lumis if ONLINE in self.datasets else ()

    def asked_after(self, fetched_at: datetime) -> bool:
        return _last_asked(self.values, fetched_at)

    def news(self, fresh: Lumisections | None, *, whole: bool) -> Ranges:
        """The lumisections of which the source says something else than is known."""
        if fresh is None:
            return ()
        known = self.lumisections if whole else self.lumisections.within(fresh.lumis)
        new_ones = ranges.difference(fresh.lumis, self.lumis)
        return ranges.union(known.differing(fresh), new_ones)

    def events_of_lumisections(self, fresh: Lumisections, news: Ranges, *, whole: bool, source: str) -> list[NewEvent]:
        events = []
        lumis = fresh.lumis if whole else ranges.union(self.lumis, fresh.lumis)
        if lumis and lumis != self.lumis:
            there = self.datasets.get(ONLINE)
            said = DatasetRegistered(source=source, states=there.states if there else {})
            events.append(NewEvent(said, self.run, ONLINE, lumis=lumis))
        if news:
            events.append(fresh.within(news).event(self.run, source=source, lumis=news))
        return events

    def facts(self, report: Report | None, fresh: Lumisections | None, *, whole: bool) -> Facts:
        counting = {name: word.value for name, each in self.values.items() if (word := each.counts) is not None}
        decided = {
            name: counting[name] for name in DERIVED if name in self.values and self.values[name].standing(TYPED)
        }
        if report is not None:
            typed = {name for name, each in self.values.items() if each.standing(TYPED)}
            counting |= {name: value for name, value in report.attributes.items() if name not in typed}
            counting = {name: value for name, value in counting.items() if name in typed or name not in report.rejected}
        attributes = {name: value for name, value in counting.items() if name not in DERIVED}
        if era := selectors.era_of_run(self.run):
            attributes.setdefault("era", era)
        known = self.lumisections
        if fresh is not None:
            known = fresh if whole else known.joined(fresh)
        lumis = known.lumis if whole or not self.lumis else ranges.union(self.lumis, known.lumis)
        return Facts(run=self.run, attributes=attributes, flags=known.flags, lumis=lumis, decided=decided)


def _conclusions(known: _KnownRun, facts: Facts, rules: RuleSets, *, still_going: bool) -> list[NewEvent]:
    verdict = classify(rules, facts)
    events = []
    values = _derived(verdict)
    said = {name: word.value for name, each in known.values.items() if (word := each.last(REPORTED)) is not None}
    # with what a person decided, the rules' own word is not known any more: what stands of it stays
    new = {name: value for name, value in values.items() if name not in facts.decided and said.get(name) != value}
    if new:
        events.append(
            NewEvent(RunClassified.model_validate({"values": new, "versions": dict(verdict.versions)}), facts.run)
        )
    without = ranges.difference(facts.lumis, ranges.union(*(word.lumis for word in known.stands)))
    if still_going and known.stands and ranges.count(without) < LS_WORTH_STATUS:
        return events
    wanted = component_statuses(rules.components, facts) if verdict.significant is True else {}
    return events + _statuses(facts.run, ONLINE, wanted, _automatic(known.stands), rules)


def _derived(verdict: Classification) -> dict[str, JsonValue]:
    # no class is a verdict too; an unknown one is none
    klass = "" if verdict.klass is None else verdict.klass
    found = {"run_type": verdict.run_type, "class": klass, "significant": verdict.significant}
    return {name: value for name, value in found.items() if value is not UNKNOWN}


def _statuses(
    run: int, dataset: str, wanted: Mapping[str, Mapping[Any, Ranges]], stands: Mapping[str, ByStatus], rules: RuleSets
) -> list[NewEvent]:
    """The events that make the automatic statuses of a dataset what the rules want."""
    comment = f"rules 'components' v{rules.versions['components']}" if "components" in rules.versions else ""
    events = []
    for component in sorted(wanted.keys() | stands.keys()):
        by_status, there = wanted.get(component, {}), stands.get(component, {})
        said = [(status, ranges.difference(lumis, there.get(status, ()))) for status, lumis in by_status.items()]
        gone = ranges.difference(ranges.union(*there.values()), ranges.union(*by_status.values()))
        for status, lumis in [*said, (None, gone)]:
            if lumis:
                word = ComponentStatusSaid(layer=Layer.AUTOMATIC, status=status, comment=comment)
                events.append(NewEvent(word, run, dataset, component, lumis))
    return events


def _automatic(stands: list[Standing]) -> dict[str, dict[str, Ranges]]:
    found: dict[str, dict[str, Ranges]] = {}
    for word in stands:
        if word.layer == Layer.AUTOMATIC:
            by_status = found.setdefault(word.component, {})
            by_status[word.status] = ranges.union(by_status.get(word.status, ()), word.lumis)
    return found


def _effective(stands: list[Standing]) -> dict[str, dict[str, Ranges]]:
    """The statuses that count: a person's, and the automatic ones where no person spoke."""
    found = _automatic(stands)
    for component in {word.component for word in stands}:
        spoken = [word for word in stands if word.component == component and word.layer == Layer.PERSON]
        covered = ranges.union(*(word.lumis for word in spoken))
        left = {status: ranges.difference(lumis, covered) for status, lumis in found.get(component, {}).items()}
        for word in spoken:
            left[word.status] = ranges.union(left.get(word.status, ()), word.lumis)
        found[component] = {status: lumis for status, lumis in left.items() if lumis}
    return found
