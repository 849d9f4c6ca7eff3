"""Bringing runs and lumisections into the log, from published lists and from OMS exports.

Each import is one act that holds only what is new: the same files again append nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction

from lumicert.accounts.models import User
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent, kind_of
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.projections import lock_log
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import standing_sets
from lumicert.decisions.services import Act, append
from lumicert.lumi import LumiSet
from lumicert.runs import selectors
from lumicert.runs.events import (
    DatasetRegistered,
    ListImported,
    LuminosityReported,
    LumisectionsReported,
    RunRegistered,
)
from lumicert.sources.oms.export import ExportedLumisections, ExportedRun, read_lumisections, read_runs

TRACKER_COMPONENTS = ("tracker-pixel", "tracker-strip", "tracker-track")

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list of lumisections as it came in: its name, and the SHA-256 of its bytes."""

    name: str
    sha256: str
    lumis: LumiSet


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `act` is None where everything was there already."""

    act: Act | None
    runs: int
    lumisections: int
    events: int
    undecidable: int = 0

    @property
    def summary(self) -> str:
        seen = f"{self.runs:,} runs and {self.lumisections:,} LS read"
        if self.act is None:
            return f"{seen}; everything was there already, nothing changed"
        return f"{seen}; {self.events:,} events appended, {self.act.first} to {self.act.last}"


def import_lists(
    *,
    dcs: PublishedList,
    golden: PublishedList,
    klass: str,
    dataset: str,
    actor: User | None,
    components: Sequence[str] = TRACKER_COMPONENTS,
    act: UUID | None = None,
    progress: Progress = silent,
) -> Imported:
    """Take a published pair: each component is GOOD in the golden list and NOTSET elsewhere in the DCS-only list.

    A golden list is not always inside its DCS-only list; lumisections of either are lumisections of the dataset.

    Raises:
        ActRefused: if a name or the class is not acceptable.
    """
    universe = dcs.lumis | golden.lumis
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        events: list[NewEvent] = []
        events += _list_events([(dcs, "dcs"), (golden, "golden")])
        events += _run_events(universe.runs, klass, source=dcs.name)
        events += _dataset_events(universe, dataset, source=dcs.name)
        for done, component in enumerate(components):
            progress("comparing components with what stands", done, len(components))
            wanted = {"GOOD": golden.lumis, "NOTSET": universe - golden.lumis}
            events += _status_events(wanted, dataset, component, comment=f"{golden.name}, {dcs.name}")
        appended = _append_new(events, actor, act, progress)
    return Imported(appended, universe.n_runs, universe.n_ls, _count(appended))


def import_oms_export(
    *, runs: Path, lumisections: Path, actor: User | None, act: UUID | None = None, progress: Progress = silent
) -> Imported:
    """Take an export of OMS: runs with their attributes, and the lumisections of the dataset `online`.

    Raises:
        SourceFormatError: naming the line that is not what OMS exports.
    """
    progress("reading the runs", 0, 2)
    exported_runs = read_runs(runs)
    progress("reading the lumisections", 1, 2)
    exported = read_lumisections(lumisections)
    known = {run.run for run in exported_runs}
    exported_runs += [ExportedRun(item.run, {}) for item in exported if item.run not in known]
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        events = _attribute_events(exported_runs, source=runs.name)
        universe = LumiSet.from_ranges({item.run: item.lumis for item in exported})
        events += _dataset_events(universe, "online", source=lumisections.name)
        events += [_lumisection_event(item, source=lumisections.name) for item in exported]
        appended = _append_new(events, actor, act, progress)
    own = sum(len(item.recorded) for item in exported)
    return Imported(appended, len(exported_runs), universe.n_ls, _count(appended), undecidable=universe.n_ls - own)


def _count(act: Act | None) -> int:
    return act.last - act.first + 1 if act else 0


def _append_new(events: Sequence[NewEvent], actor: User | None, act: UUID | None, progress: Progress) -> Act | None:
    progress("looking for what is new", 0, len(events))
    new = _only_new(events)
    if not new:
        return None
    progress("appending events", 0, len(new))
    appended = append(events=new, actor=actor, origin=Origin.IMPORT, act=act)
    progress("appending events", len(new), len(new))
    return appended


def _only_new(events: Sequence[NewEvent]) -> list[NewEvent]:
    """Leave out what repeats the latest word on its run, dataset or list."""
    keyed = {kind_of(event.payload).name for event in events} - {"component.status"}
    latest: dict[tuple[object, ...], Event] = {}
    for said in Event.objects.filter(kind__in=keyed).order_by("seq").iterator(chunk_size=2000):
        latest[said.kind, said.run, said.dataset, said.payload.get("name")] = said
    return [event for event in events if not _repeats(event, latest)]


def _repeats(event: NewEvent, latest: dict[tuple[object, ...], Event]) -> bool:
    payload = event.payload.model_dump(mode="json")
    said = latest.get((kind_of(event.payload).name, event.run, event.dataset, payload.get("name")))
    if said is None or said.lumis != event.lumis:
        return False
    # where it was read does not make it new
    return {**said.payload, "source": ""} == {**payload, "source": ""}


def _list_events(lists: Sequence[tuple[PublishedList, str]]) -> list[NewEvent]:
    return [NewEvent(_imported(published, purpose)) for published, purpose in lists]


def _imported(published: PublishedList, purpose: str) -> ListImported:
    lumis = {str(run): tuple(map(tuple, ranges)) for run, ranges in published.lumis.to_dict().items()}
    return ListImported.model_validate(
        {
            "name": published.name,
            "purpose": purpose,
            "sha256": published.sha256,
            "n_runs": published.lumis.n_runs,
            "n_ls": published.lumis.n_ls,
            "lumis": lumis,
        }
    )


def import_list(*, published: PublishedList, purpose: str, actor: User | None, act: UUID | None = None) -> Imported:
    """Take one list under its name, to compare with; it decides nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        appended = _append_new([NewEvent(_imported(published, purpose))], actor, act, silent)
    return Imported(appended, published.lumis.n_runs, published.lumis.n_ls, _count(appended))


def _run_events(runs: Sequence[int], klass: str, *, source: str) -> list[NewEvent]:
    known = selectors.runs_by_number(runs)
    return [
        NewEvent(
            RunRegistered(source=source, klass=klass, attributes=known[run].attributes if run in known else {}), run
        )
        for run in runs
    ]


def _attribute_events(exported: Sequence[ExportedRun], *, source: str) -> list[NewEvent]:
    """What OMS says is set beside what was known: an import of a list may have told the class."""
    known = selectors.runs_by_number([item.run for item in exported])
    events = []
    for item in exported:
        before = known.get(item.run)
        attributes = {**(before.attributes if before else {}), **item.attributes}
        klass = before.klass if before else ""
        events.append(NewEvent(RunRegistered(source=source, klass=klass, attributes=attributes), item.run))
    return events


def _dataset_events(universe: LumiSet, dataset: str, *, source: str) -> list[NewEvent]:
    payload = DatasetRegistered(source=source)
    return [NewEvent(payload, run, dataset, lumis=lumis) for run, lumis in _by_run(universe)]


def _status_events(wanted: dict[str, LumiSet], dataset: str, component: str, *, comment: str) -> list[NewEvent]:
    stands = standing_sets(dataset=dataset, component=component, layer=Layer.AUTOMATIC)
    events = []
    for status, lumis in wanted.items():
        payload = ComponentStatusSaid.model_validate({"layer": Layer.AUTOMATIC, "status": status, "comment": comment})
        new = lumis - stands.get(status, LumiSet.empty())
        events += [NewEvent(payload, run, dataset, component, ranges) for run, ranges in _by_run(new)]
    return events


def _by_run(lumis: LumiSet) -> list[tuple[int, Ranges]]:
    """The lumisections run by run; an open end cannot be stored, so that files with one are refused before."""
    by_run: dict[int, list[tuple[int, int]]] = {}
    for run, first, last in zip(
        lumis.run_array.tolist(), lumis.first_array.tolist(), lumis.last_array.tolist(), strict=True
    ):
        by_run.setdefault(run, []).append((first, last))
    return [(run, tuple(ranges)) for run, ranges in by_run.items()]


def _lumisection_event(item: ExportedLumisections, *, source: str) -> NewEvent:
    luminosity = None
    if item.with_luminosity:
        luminosity = LuminosityReported(
            unit="/pb",
            lumis=item.with_luminosity,
            recorded=[format(value, "f") for value in item.recorded],
            delivered=[format(value, "f") for value in item.delivered],
        )
    payload = LumisectionsReported.model_validate({"source": source, "flags": item.flags, "luminosity": luminosity})
    return NewEvent(payload, item.run, lumis=item.lumis)
