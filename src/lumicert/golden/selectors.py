"""Reading: build a golden JSON, compare it with a list, explain a lumisection.

Everything of one answer is read in one snapshot of the database, so that the event it names is the state it has.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction

from lumicert.decisions.models import Event, Layer
from lumicert.decisions.selectors import Standing, describe, standing
from lumicert.golden import kept
from lumicert.golden.frame import (
    STATUS_FAMILY,
    Luminosities,
    SeveralDatasets,
    Universe,
    read_luminosity,
)
from lumicert.golden.kept import NoSuchEvent
from lumicert.golden.policies import PolicyVersion, parse_rule
from lumicert.lumi import Layout, Luminosity, LumiSet, dumps
from lumicert.policy import IN, OUT, UNDECIDED, Explanation, Frame, Leaf, Loss, Policy
from lumicert.runs.selectors import StoredList, stored_list, stored_lists

__all__ = ["Answer", "Golden", "NoSuchEvent", "NoSuchList", "SeveralDatasets", "answer", "build", "compare", "explain"]

Mask = npt.NDArray[np.bool_]


class NoSuchList(LookupError):
    """No list of that name was imported; the text names those that were."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much some lumisections are.

    `n_without` of them have no luminosity that anybody reported; they are not in the sums.
    """

    n_runs: int
    n_ls: int
    n_without: int
    recorded: Luminosity
    delivered: Luminosity


@dataclass(frozen=True, eq=False)
class Golden:
    """What a policy says of the lumisections of the datasets named by a pattern, as of event `seq`."""

    policy: PolicyVersion
    parsed: Policy
    universe: Universe
    frame: Frame
    verdicts: npt.NDArray[np.uint8]
    luminosities: Luminosities

    @property
    def seq(self) -> int:
        return self.universe.seq

    @cached_property
    def lumis(self) -> LumiSet:
        """The golden set."""
        return self.universe.lumis(self.verdicts == IN)

    def amount(self, rows: Mask) -> Amount:
        """How much some rows are."""
        known = rows & self.luminosities.known
        return Amount(
            n_runs=len(np.unique(self.universe.run_index[rows])),
            n_ls=int(rows.sum()),
            n_without=int(rows.sum() - known.sum()),
            recorded=_luminosity(self.luminosities.recorded[known]),
            delivered=_luminosity(self.luminosities.delivered[known]),
        )

    @cached_property
    def inside(self) -> Amount:
        return self.amount(self.verdicts == IN)

    @cached_property
    def outside(self) -> Amount:
        return self.amount(self.verdicts == OUT)

    @cached_property
    def unknown(self) -> Amount:
        return self.amount(self.verdicts == UNDECIDED)

    def text(self, layout: Layout) -> str:
        """The golden JSON in one of the layouts that CMS files come in."""
        if layout not in self._texts:
            self._texts[layout] = dumps(self.lumis, layout=layout)
        return self._texts[layout]

    @cached_property
    def _texts(self) -> dict[Layout, str]:
        return {}

    def losses(self) -> list[Loss]:
        """What each condition costs, weighed by recorded luminosity in /pb."""
        return self.parsed.losses(self.frame, self.luminosities.recorded / 1e12)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _luminosity(barns: npt.NDArray[np.int64]) -> Luminosity:
    return Luminosity(Decimal(int(barns.sum())), "/b").to("/pb")


@contextmanager
def snapshot() -> Iterator[None]:
    """One state of the database for all that is read inside."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def build(*, policy: PolicyVersion, dataset: str, at: int | None = None) -> Golden:
    """Evaluate a policy on every lumisection of the datasets whose name is LIKE `dataset`.

    Raises:
        PolicyError: if the rule is not one.
        NoSuchEvent: if `at` lies beyond the log.
        SeveralDatasets: if the pattern names two datasets of one run.
    """
    policy.parsed()  # a wrong rule is refused before anything is read
    with snapshot():
        return _golden(policy, kept.universe(dataset, at))


# the parts of a page, and the next page, ask the same again; each keeps its universe in memory
@functools.lru_cache(maxsize=kept.MOST_KEPT)
def _golden(policy: PolicyVersion, universe: Universe) -> Golden:
    parsed = policy.parsed()
    frame = universe.frame(parsed.variables)
    return Golden(policy, parsed, universe, frame, parsed.evaluate(frame), read_luminosity(universe))


@dataclass(frozen=True, slots=True)
class Group:
    """Lumisections for one reason: the conditions that keep them out, or a sentence where it is no condition."""

    words: str
    leaves: tuple[Leaf, ...]
    lumis: LumiSet
    amount: Amount


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the three sets of a comparison, with the reasons of its lumisections, largest first."""

    lumis: LumiSet
    amount: Amount
    groups: list[Group]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A golden set against a list, in the runs that the datasets have.

    `elsewhere` are the lumisections of the list in other runs, of which nothing can be said here.
    """

    name: str
    both: Compared
    only_ours: Compared
    only_theirs: Compared
    elsewhere: LumiSet


def compare(golden: Golden, *, name: str, theirs: LumiSet) -> Comparison:
    """Hold a golden set against a list, and say why each lumisection is where it is."""
    universe = golden.universe
    here = theirs.select_runs(universe.runs.tolist())
    inside, listed = golden.verdicts == IN, here.mask(universe.run, universe.ls)
    both, ours, theirs_only = inside & listed, inside & ~listed, ~inside & listed
    absent = here - universe.lumis()
    return Comparison(
        name=name,
        both=_compared(golden, both, [_group(golden, "every condition holds, and the list has them", both)]),
        only_ours=_compared(
            golden, ours, [_group(golden, f"every condition holds, but {name} does not have them", ours)]
        ),
        only_theirs=_compared(golden, theirs_only, [*reasons(golden, theirs_only), *_absent(absent)], absent),
        elsewhere=theirs - here,
    )


def reasons(golden: Golden, rows: Mask) -> list[Group]:
    """Why some rows are not in, by the conditions that keep them out, largest group first."""
    groups = []
    for reason in golden.parsed.reasons(golden.frame, np.flatnonzero(rows)):
        mask = np.zeros(golden.universe.n_rows, dtype=bool)
        mask[reason.rows] = True
        said = "unknown" if reason.verdict == UNDECIDED else "fails"
        words = ", ".join(leaf.text for leaf in reason.leaves) or "the rule itself"
        groups.append(_group(golden, f"{said}: {words}", mask, reason.leaves))
    return groups


def _absent(lumis: LumiSet) -> list[Group]:
    if not lumis:
        return []
    nothing = Luminosity(0, "/pb")
    amount = Amount(lumis.n_runs, lumis.n_ls, lumis.n_ls, nothing, nothing)
    return [Group("not a lumisection of the dataset: nothing is known of them here", (), lumis, amount)]


def _group(golden: Golden, words: str, rows: Mask, leaves: tuple[Leaf, ...] = ()) -> Group:
    return Group(words, leaves, golden.universe.lumis(rows), golden.amount(rows))


def _compared(golden: Golden, rows: Mask, groups: list[Group], absent: LumiSet | None = None) -> Compared:
    lumis, amount = golden.universe.lumis(rows), golden.amount(rows)
    if absent:
        lumis |= absent
        amount = Amount(lumis.n_runs, lumis.n_ls, amount.n_without + absent.n_ls, amount.recorded, amount.delivered)
    return Compared(lumis, amount, [group for group in groups if group.amount.n_ls])


@dataclass(frozen=True, slots=True)
class Answer:
    """A golden set, whether its rule is a draft, and the comparison with a list if one was asked for."""

    golden: Golden
    draft: bool
    theirs: StoredList | None
    comparison: Comparison | None


def answer(*, policy: PolicyVersion, draft: str = "", dataset: str, at: int | None = None, against: str = "") -> Answer:
    """Evaluate a policy, or a draft of its next version, and compare the result with an imported list.

    Raises:
        NoSuchList: if `against` names none; and what `build` raises.
    """
    is_draft = bool(draft.strip()) and parse_rule(draft).digest != policy.parsed().digest
    if is_draft:
        policy = replace(policy, version=policy.version + 1, rule=draft, unknown_as_null=False, seq=None)
    with snapshot():
        golden = build(policy=policy, dataset=dataset, at=at)
        theirs = stored_list(against) if against else None
        if against and theirs is None:
            known = ", ".join(item.name for item in stored_lists()) or "none"
            raise NoSuchList(f"no list '{against}' was imported; there are: {known}")
    compared = compare(golden, name=theirs.name, theirs=theirs.lumis) if theirs else None
    return Answer(golden, is_draft, theirs, compared)


@dataclass(frozen=True, slots=True)
class Word:
    """Who said a component's status at a lumisection: the standing word, its event, and what it lies over."""

    component: str
    stands: Standing
    event: Event
    told: str
    restored: Event | None
    over: Standing | None


@dataclass(frozen=True, slots=True)
class Explained:
    """Why one lumisection is in, out or unknown."""

    run: int
    ls: int
    dataset: str
    tree: Explanation
    words: list[Word]
    recorded: Luminosity | None
    gain: Amount


def explain(golden: Golden, *, run: int, ls: int) -> Explained | None:
    """The explanation of one lumisection, with the events behind it; None if no dataset here has it."""
    row = golden.universe.row(run, ls)
    if row is None:
        return None
    tree = golden.parsed.explain(golden.frame, row)
    dataset = golden.universe.names[int(golden.universe.run_index[row])]
    components = {
        name.removeprefix(STATUS_FAMILY) for name in golden.parsed.variables if name.startswith(STATUS_FAMILY)
    }
    stands = [
        item
        for item in standing(run=run, dataset=dataset, at=golden.universe.at)
        if item.component in components and any(first <= ls <= last for first, last in item.lumis)
    ]
    known = bool(golden.luminosities.known[row])
    recorded = _luminosity(golden.luminosities.recorded[row : row + 1]) if known else None
    return Explained(run, ls, dataset, tree, _words(stands), recorded, _gain(golden, tree, row))


def _words(stands: Sequence[Standing]) -> list[Word]:
    events = Event.objects.in_bulk([item.seq for item in stands])
    restored = Event.objects.in_bulk(
        [event.payload["restores"] for event in events.values() if event.payload["restores"]]
    )
    words = []
    for component in sorted({item.component for item in stands}):
        of_component = {item.layer: item for item in stands if item.component == component}
        top = of_component.get(Layer.PERSON) or of_component[Layer.AUTOMATIC]
        over = of_component.get(Layer.AUTOMATIC) if top.layer == Layer.PERSON else None
        event = events[top.seq]
        words.append(Word(component, top, event, describe(event), restored.get(event.payload["restores"]), over))
    return words


def _gain(golden: Golden, tree: Explanation, row: int) -> Amount:
    """What would come in, in this run, with the conditions that block this lumisection."""
    blocking = {leaf.index for leaf in tree.changes or ()}
    rows = np.zeros(golden.universe.n_rows, dtype=bool)
    if blocking:
        same_run = np.flatnonzero(golden.universe.run_index == golden.universe.run_index[row])
        of_run = golden.frame.take(same_run, golden.parsed.variables)
        for reason in golden.parsed.reasons(of_run):
            if {leaf.index for leaf in reason.leaves} <= blocking:
                rows[same_run[reason.rows]] = True
    return golden.amount(rows)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run in the list of a golden JSON; the luminosities are None where nobody reported any."""

    run: int
    dataset: str
    n_in: int
    n_out: int
    n_unknown: int
    recorded_in: Luminosity | None
    recorded_lost: Luminosity | None


def by_run(golden: Golden) -> list[RunRow]:
    """Every run of the datasets, ascending."""
    universe = golden.universe
    verdicts = [golden.verdicts == verdict for verdict in (IN, OUT, UNDECIDED)]
    counts = [_by_run(golden, rows.astype(np.int64)) for rows in verdicts]
    known = _by_run(golden, golden.luminosities.known.astype(np.int64))
    recorded = [
        _by_run(golden, np.where(rows, golden.luminosities.recorded, 0)) for rows in (verdicts[0], ~verdicts[0])
    ]
    columns = zip(universe.runs.tolist(), universe.names, *counts, known, *recorded, strict=True)
    return [
        RunRow(run, name, n_in, n_out, n_unknown, *((_of_barns(kept), _of_barns(lost)) if n_known else (None, None)))
        for run, name, n_in, n_out, n_unknown, n_known, kept, lost in columns
    ]


def _by_run(golden: Golden, values: npt.NDArray[np.int64]) -> list[int]:
    """The sum of one integer a row over each run; exact, where the weights of numpy's bincount would be floats."""
    ends = np.searchsorted(golden.universe.run_index, np.arange(len(golden.universe.runs)), side="right")
    sums: list[int] = np.diff(np.concatenate([[0], np.cumsum(values)])[ends], prepend=0).tolist()
    return sums


def _of_barns(barns: int) -> Luminosity:
    return Luminosity(Decimal(barns), "/b").to("/pb")


_CATEGORY = {IN: "in", OUT: "out", UNDECIDED: "unknown"}


def map_of(golden: Golden, theirs: LumiSet | None = None) -> dict[str, list[dict[str, object]]]:
    """Runs x lumisections for the map: for each run the segments of one verdict.

    With a list to compare, a lumisection that only one side has is `only_ours` or `only_theirs`.
    """
    universe = golden.universe
    names = [_CATEGORY[verdict] for verdict in (OUT, UNDECIDED, IN)] + ["only_ours", "only_theirs"]
    category = golden.verdicts.astype(np.uint8)
    if theirs is not None:
        listed = theirs.mask(universe.run, universe.ls)
        category = np.where(
            (golden.verdicts == IN) & ~listed, 3, np.where((golden.verdicts != IN) & listed, 4, category)
        )
    if not universe.n_rows:
        return {"runs": []}
    breaks = (np.diff(universe.ls) != 1) | (np.diff(universe.run_index) != 0) | (np.diff(category) != 0)
    starts = np.flatnonzero(np.append(True, breaks))
    stops = np.append(starts[1:], universe.n_rows) - 1
    segments: dict[int, list[list[object]]] = {}
    columns = (universe.run[starts], universe.ls[starts], universe.ls[stops], category[starts])
    for run, first, last, code in zip(*(column.tolist() for column in columns), strict=True):
        segments.setdefault(run, []).append([first, last, names[code]])
    return {"runs": [{"run": run, "last": items[-1][1], "segments": items} for run, items in segments.items()]}
