"""What the simulated Run Registry knows: the world's runs, their datasets, and what people there said and changed.

Concepts (those of Run Registry):

- Every run has the dataset `online`. A run of a class, with data at the Tier-0, is signed off half an hour after its
  end; it then gets an express and a prompt dataset, which wait until the DQM GUI has theirs and are OPEN from then on.
  Days later people sign them off, and two days after that they are COMPLETED.
- Each lumisection has a *triplet* (status, comment, cause) a component. Most come from the bits of the detector control
  system, by the published rules of 2022: EXCLUDED without the partition, GOOD with any bit, STANDBY with none,
  `NO VALUE FOUND` where bits are null. `tracker-track` is GOOD where pixel and strip are.
- In a small share of the datasets a person there said something else of a component of the tracker. `Registry.said`
  tells which; like everything but the edits it follows from the world's seed.

Edits and moved states are kept in memory. So are runs from before the world, which whoever starts it may bring along
(`past`): their statuses are as they were brought, and a state that is OPEN stays so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lumicert.sandbox.clock import Clock
from lumicert.sandbox.faults import Faults, Kind
from lumicert.sandbox.model import FLAG_ROW, Bools, Run, World
from lumicert.sandbox.past import PastDataset, PastRun
from lumicert.sandbox.view import WorldView

ONLINE, WAITING = "online", "waiting dqm gui"
STATES = ("OPEN", "SIGNOFF", "COMPLETED")
WORKSPACES = (
    "btag", "castor", "cms", "csc", "ctpps", "dt", "ecal", "egamma", "gem", "hcal", "hlt", "jetmet", "l1t", "lumi",
    "muon", "rpc", "tau", "tracker",
)  # fmt: skip
ONE_SAID_OF = 7
"""Of so many components of the tracker, by run and dataset, somebody there said something else of one."""

_SIGNED_OFF = timedelta(minutes=30)
_NEVER = timedelta(days=36525)
_SHARE_MISSPELT = 0.4
_EMPTY, _GOOD, _BAD, _STANDBY, _EXCLUDED, _NOTSET, _NO_VALUE = range(7)
_STATUSES = ("EMPTY", "GOOD", "BAD", "STANDBY", "EXCLUDED", "NOTSET", "NO VALUE FOUND")
_TRACKER = ("tracker-pixel", "tracker-strip", "tracker-track")
# component, the partition that must be in the run, and the bits of which one is enough
_FROM_BITS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "castor-castor": ("CASTOR", ("castor_ready",)),
    "csc-csc": ("CSC", ("cscp_ready", "cscm_ready")),
    "ctpps-ctpps": ("CTPPS", ("rp_sect_45_ready", "rp_sect_56_ready")),
    "dt-dt": ("DT", ("dt0_ready", "dtp_ready", "dtm_ready")),
    "ecal-ecal": ("ECAL", ("ebm_ready", "ebp_ready", "eem_ready", "eep_ready")),
    "ecal-es": ("ES", ("esm_ready", "esp_ready")),
    "gem-gem": ("GEM", ("gemp_ready", "gemm_ready")),
    "hcal-hcal": ("HCAL", ("hbhea_ready", "hbheb_ready", "hbhec_ready", "hf_ready", "ho_ready")),
    "rpc-rpc": ("RPC", ("rpc_ready",)),
    "tracker-pixel": ("PIXEL", ("bpix_ready", "fpix_ready")),
    "tracker-strip": ("TRACKER", ("tecm_ready", "tecp_ready", "tibtid_ready", "tob_ready")),
}
_BEAM = ("beam1_present", "beam2_present", "beam1_stable", "beam2_stable")
_CONSTANT = dict.fromkeys(("hlt-hlt", "l1t-l1t", "lumi-lumi"), _GOOD) | dict.fromkeys(
    ("btag-btag", "egamma-egamma", "jetmet-jetmet", "l1t-l1tcalo", "l1t-l1tmu", "muon-muon", "tau-tau"), _NOTSET
)
_WORDS = ("hole in the occupancy", "too few hits on track", "timing is off", "a power group tripped")
Codes = npt.NDArray[np.int8]
AnyRun = Run | PastRun


class Span(NamedTuple):
    """Lumisections `first` to `last` of one component with one triplet."""

    first: int
    last: int
    status: str
    comment: str = ""
    cause: str = ""

    @property
    def triplet(self) -> tuple[str, str, str]:
        """Status, comment and cause."""
        return self.status, self.comment, self.cause


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody there said of a component, against what the bits say."""

    run: int
    dataset: str
    component: str
    span: Span


@dataclass(frozen=True, slots=True)
class Offline:
    """A dataset of a run: its name as it is written there, and when it appears, opens, is signed off and completed."""

    run: AnyRun
    name: str
    appears: datetime
    opens: datetime
    signed_off: datetime
    completed: datetime
    said: tuple[Said, ...]
    in_gui: tuple[str, ...]

    def state(self, now: datetime) -> str:
        """Its state in every workspace, as long as nobody moved it."""
        if now < self.opens:
            return WAITING
        return "OPEN" if now < self.signed_off else "SIGNOFF" if now < self.completed else "COMPLETED"


@dataclass(slots=True)
class _Changed:
    """What people changed of one dataset since the sandbox runs."""

    version: int = 0
    edits: list[tuple[str, Span]] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)


class Registry:
    """A Run Registry of the world's runs, at the clock's time."""

    def __init__(self, world: World, clock: Clock, faults: Faults) -> None:
        self.world, self.clock, self.faults = world, clock, faults
        self._classes = {run.run_number: _run_class(run) for run in world.runs}
        said = _places(world.seed)
        self._offline = {
            run.run_number: _offline(world.seed, run, self._classes[run.run_number], said) for run in world.runs
        }
        # of runs whose list of lumisections is complete
        self._final: dict[int, dict[str, Spans]] = {}
        self._past: dict[int, PastRun] = {}
        self._brought: dict[tuple[int, str], dict[str, Spans]] = {}
        self.forget()

    def forget(self) -> None:
        """Nobody has changed anything, nor brought anything along."""
        for run in self._past:
            del self._offline[run], self._classes[run]
        self._past.clear()
        self._brought.clear()
        self._changed: dict[tuple[int, str], _Changed] = {}
        self._version = 10 * len(self.world.runs)

    def bring(self, datasets: Iterable[PastDataset]) -> int:
        """Know these datasets, too, in place of what was brought of their runs before; returns how many they are.

        Raises:
            ValueError: one is of a run of the world, or in no state that there is.
        """
        by_run: dict[int, list[PastDataset]] = {}
        for each in datasets:
            if self.world.run(each.run.run_number) is not None:
                raise ValueError(f"run {each.run.run_number} is of this world, not of its past")
            if each.state not in STATES:
                raise ValueError(f"{each.name} cannot be in state {each.state}; there are {', '.join(STATES)}")
            by_run.setdefault(each.run.run_number, []).append(each)
        for number, of_run in by_run.items():
            self._past[number], self._classes[number] = of_run[0].run, of_run[0].run.run_class
            self._offline[number] = tuple(map(_of_past, of_run))
            self._brought |= {(number, each.name): _as_told(each) for each in of_run}
        return sum(map(len, by_run.values()))

    def run(self, number: int) -> AnyRun | None:
        """A run that has begun."""
        found = self.world.run(number) or self._past.get(number)
        return found if found is not None and found.start_time <= self.clock.now() else None

    def said(self) -> list[Said]:
        """What people there say against the bits in the whole of the world."""
        return [one for datasets in self._offline.values() for dataset in datasets for one in dataset.said]

    def run_class(self, run: AnyRun) -> str:
        """Its class; empty for one that is not classified."""
        return self._classes[run.run_number]

    def run_state(self, run: AnyRun) -> str:
        """OPEN until it is signed off."""
        over = run.end_time is not None and run.end_time + _SIGNED_OFF <= self.clock.now()
        return "SIGNOFF" if over else "OPEN"

    def runs(self) -> list[AnyRun]:
        """The runs that have begun, those of the world first, and of them the newest."""
        known: list[AnyRun] = [*reversed(self.world.runs)]
        known += [self._past[number] for number in sorted(self._past, reverse=True)]
        now = self.clock.now()
        return [run for run in known if run.start_time <= now]

    def names(self, run: int) -> list[str]:
        """The datasets of a run, `online` first; none of a run that is not there."""
        if self.run(run) is None:
            return []
        return [ONLINE, *(one.name for one in self._offline[run] if one.appears <= self.clock.now())]

    def dataset(self, run: int, name: str) -> Offline | None:
        """An offline dataset that is there by now."""
        now = self.clock.now()
        return next((one for one in self._offline.get(run, ()) if one.name == name and one.appears <= now), None)

    def states(self, run: int, name: str) -> dict[str, str]:
        """The state of a dataset by workspace, with `global`; none for `online`."""
        dataset = self.dataset(run, name)
        if dataset is None:
            return {}
        state = dataset.state(self.clock.now())
        states = dict.fromkeys(("global", *WORKSPACES), state) | self._of(run, name).states
        for fault in self._late_changes(run):
            if (fault.field or "").endswith("_state"):
                states[str(fault.field).removesuffix("_state")] = str(fault.value or "COMPLETED")
        return states

    def version(self, run: int, name: str) -> int:
        """The number of the newest event of a dataset."""
        place = bisect_left(self.world.run_numbers, run)
        return self._of(run, name).version or 3 * place + 1 + self.names(run).index(name)

    def spans(self, run: int, name: str) -> dict[str, Spans]:
        """The lumisections of a dataset by component, rising and without a gap; no component of what is not there."""
        if name not in self.names(run):
            return {}
        spans = dict(self._brought.get((run, name)) or self._from_bits(run))
        for component, span in self._people(run, name):
            spans[component] = overlaid(spans.get(component, ()), span)
        return spans

    def edit(self, run: int, name: str, component: str, span: Span) -> int:
        """Note what somebody says of a component; returns the number of the event."""
        changed = self._next(run, name)
        changed.edits.append((component, span))
        return changed.version

    def move(self, run: int, name: str, workspace: str, state: str) -> None:
        """Move a dataset; `global` out of waiting takes the workspaces that wait along."""
        told = {workspace: state}
        if workspace == "global" and state == "OPEN":
            told |= {one: state for one, before in self.states(run, name).items() if before == WAITING}
        self._next(run, name).states |= told

    def _next(self, run: int, name: str) -> _Changed:
        changed = self._changed.setdefault((run, name), _Changed())
        self._version += 1
        changed.version = self._version
        return changed

    def _of(self, run: int, name: str) -> _Changed:
        return self._changed.get((run, name)) or _Changed()

    def _people(self, run: int, name: str) -> Iterator[tuple[str, Span]]:
        """What people and faults say, oldest first."""
        dataset = self.dataset(run, name)
        if dataset is not None and dataset.opens <= self.clock.now():
            yield from ((one.component, one.span) for one in dataset.said)
        yield from self._of(run, name).edits
        for fault in self._late_changes(run):
            if not (fault.field or "").endswith("_state"):
                last = max((spans[-1].last for spans in self._from_bits(run).values()), default=0)
                if last:
                    component, status = fault.field or "tracker-strip", str(fault.value or "BAD")
                    yield component, Span(1, last, status, "changed later")

    def _late_changes(self, run: int) -> Iterator[Any]:
        for placed in self.faults.of_time(Kind.CHANGED, "runregistry"):
            due = placed.since + timedelta(seconds=placed.fault.for_seconds)
            if placed.fault.run in (None, run) and self.clock.now() >= due:
                yield placed.fault

    def _from_bits(self, number: int) -> dict[str, Spans]:
        if number in self._final:
            return self._final[number]
        run = self.world.run(number)
        if run is None:
            return {}
        known = WorldView(self.world, self.clock.now()).known(run)
        spans = _spans_of(run, known)
        if known == len(run.lumisections):
            self._final[number] = spans
        return spans


def _of_past(dataset: PastDataset) -> Offline:
    run, later = dataset.run, dataset.run.end_time + _NEVER
    signed_off = later if dataset.state == "OPEN" else run.end_time
    completed = run.end_time if dataset.state == "COMPLETED" else later
    return Offline(run, dataset.name, run.end_time, run.end_time, signed_off, completed, (), (dataset.name,))


def _as_told(dataset: PastDataset) -> dict[str, Spans]:
    told: dict[str, Spans] = {}
    for component, spans in dataset.told.items():
        for first, last, status, comment in spans:
            told[component] = overlaid(told.get(component, ()), Span(first, last, status, comment))
    return told


def overlaid(spans: Spans, new: Span) -> Spans:
    """The spans with a new one over them, without a gap and without neighbours of one triplet."""
    last = spans[-1].last if spans else 0
    if new.first > last + 1:
        spans = (*spans, Span(last + 1, new.first - 1, "EMPTY"))
    before = [span._replace(last=min(span.last, new.first - 1)) for span in spans if span.first < new.first]
    after = [span._replace(first=max(span.first, new.last + 1)) for span in spans if span.last > new.last]
    return _joined([*before, new, *after])


def summary(spans: Sequence[Span]) -> dict[str, Any]:
    """The triplet summary of a component as Run Registry's cache has it."""
    counts: dict[str, Any] = {}
    for span in spans:
        counts[span.status] = counts.get(span.status, 0) + span.last - span.first + 1
    counts.setdefault("EMPTY", 0)
    comments, causes = (sorted({told for told in words if told}) for words in zip(*(s[3:] for s in spans), strict=True))
    return counts | {"causes": causes, "comments": comments}


def _joined(spans: Iterable[Span]) -> Spans:
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].triplet == span.triplet:
            joined[-1] = joined[-1]._replace(last=span.last)
        else:
            joined.append(span)
    return tuple(joined)


def _spans_of(run: Run, known: int) -> dict[str, Spans]:
    columns = run.lumisections
    numbers = columns.lumisection_number[:known]
    inside = numbers <= (run.last_lumisection_number or 0)
    length = int(numbers[inside][-1]) if inside.any() else 0
    if not length:
        return {}
    there = np.zeros(length, dtype=np.bool_)
    there[numbers[inside] - 1] = True

    def bits(names: Iterable[str]) -> tuple[Bools, Bools]:
        """By lumisection: whether any bit is true, and whether any is known to be false in place of null."""
        true, false = (np.zeros(length, dtype=np.bool_) for _ in range(2))
        for name in names:
            flag, null = (table[FLAG_ROW[name]][:known][inside] for table in (columns.flags, columns.nulls))
            true[numbers[inside] - 1] |= flag & ~null
            false[numbers[inside] - 1] |= ~flag & ~null
        return true, false

    codes: dict[str, Codes] = {name: np.full(length, code, dtype=np.int8) for name, code in _CONSTANT.items()}
    for component, (partition, names) in _FROM_BITS.items():
        true, false = bits(names)
        by_bits = np.where(true, _GOOD, np.where(false, _STANDBY, _NO_VALUE))
        codes[component] = (by_bits if partition in run.components else np.full(length, _EXCLUDED)).astype(np.int8)
    codes["cms-cms"] = np.where(bits(_BEAM)[1], _BAD, _GOOD).astype(np.int8)
    codes["tracker-track"] = _tracking(codes["tracker-pixel"], codes["tracker-strip"])
    return {component: _encoded(np.where(there, codes[component], _EMPTY)) for component in sorted(codes)}


def _tracking(pixel: Codes, strip: Codes) -> Codes:
    excluded = (pixel == _EXCLUDED) | (strip == _EXCLUDED)
    good = (pixel == _GOOD) & (strip == _GOOD)
    return np.where(excluded, _EXCLUDED, np.where(good, _GOOD, _STANDBY)).astype(np.int8)


def _encoded(codes: npt.NDArray[Any]) -> Spans:
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    ends = [*starts[1:].tolist(), len(codes)]
    return tuple(
        Span(start + 1, end, _STATUSES[int(codes[start])]) for start, end in zip(starts.tolist(), ends, strict=True)
    )


def _run_class(run: Run) -> str:
    """By the published rules of 2022, with a bit true where it is in any lumisection."""
    table = run.lumisections
    if not len(table):
        return ""
    year, key = f"{run.start_time:%y}", run.hlt_key or ""
    beams = all(table.flag(bit).any() for bit in _BEAM)
    if beams and "/cdaq/physics/" in key:
        return f"Collisions{year}"
    if beams and "/cdaq/special/" in key:
        return f"Collisions{year}Special"
    if f"/cdaq/cosmic/commissioning20{year}/" in key and _tracker_saw_cosmics(run):
        return f"Cosmics{year}"
    return "" if beams else f"Commissioning{year}"


def _tracker_saw_cosmics(run: Run) -> bool:
    table = run.lumisections
    without_beam = not any(table.flag(bit).any() for bit in _BEAM[:2])
    tracker = all(table.flag(bit).any() for bit in _FROM_BITS["tracker-strip"][1])
    muons = (_FROM_BITS[name] for name in ("csc-csc", "dt-dt", "rpc-rpc"))
    seen = any(part in run.components and any(table.flag(bit).any() for bit in bits) for part, bits in muons)
    return without_beam and tracker and seen and "TRACKER" in run.components


def _places(seed: int) -> Iterator[bool]:
    """For one component after the other, whether somebody said something else of it: one of each group, by chance."""
    rng = np.random.default_rng((seed, 0x5252))
    while True:
        chosen = int(rng.integers(ONE_SAID_OF))
        yield from (place == chosen for place in range(ONE_SAID_OF))


def _offline(seed: int, run: Run, run_class: str, said: Iterator[bool]) -> tuple[Offline, ...]:
    if not run_class or not run.tier0_transfer or run.end_time is None or not run.datasets:
        return ()
    rng = np.random.default_rng((seed, run.run_number, 0x5252))
    names = _names(run, run_class, rng)
    return tuple(_dataset(run, run.end_time + _SIGNED_OFF, name, step, said, rng) for step, name in names.items())


def _names(run: Run, run_class: str, rng: np.random.Generator) -> dict[str, str]:
    year = f"20{run.start_time:%y}"
    # cosmics have the year in two digits, all others in four; prompt collisions have the era
    stem = run_class if run_class.startswith("Cosmics") else run_class.replace(year[2:], year, 1)
    era = f"Collisions{run.era}" if run_class == f"Collisions{year[2:]}" else stem
    # as in the original, where somebody once typed a line end behind a name
    misspelt = "\n" if not run_class.startswith("Collisions") and rng.random() < _SHARE_MISSPELT else ""
    return {"Express": f"/Express/{stem}/DQM{misspelt}", "PromptReco": f"/PromptReco/{era}/DQM"}


def _dataset(
    run: Run, appears: datetime, name: str, step: str, said: Iterator[bool], rng: np.random.Generator
) -> Offline:
    arrive = [one for one in run.datasets if f"-{step}-" in one.dataset]
    opens = max(appears, min((one.appears for one in arrive), default=appears))
    signed_off = opens + timedelta(hours=float(rng.uniform(72, 240)))
    told = tuple(
        Said(run.run_number, name, component, _something_else(run, rng)) for component in _TRACKER if next(said)
    )
    completed = signed_off + timedelta(days=2)
    in_gui = tuple(one.dataset for one in arrive)
    return Offline(run, name, appears, opens, signed_off, completed, told, in_gui)


def _something_else(run: Run, rng: np.random.Generator) -> Span:
    last = run.last_lumisection_number or 1
    first = 1 if rng.random() < 0.5 else int(rng.integers(1, last + 1))
    until = last if first == 1 else min(last, first + int(rng.integers(0, 40)))
    return Span(first, until, "BAD", str(rng.choice(_WORDS)))
