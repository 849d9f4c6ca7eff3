"""The lumisections of datasets as a frame that a policy can be evaluated on.

A `Universe` numbers the lumisections of every dataset that a pattern names, run by run: row i is lumisection `ls[i]` of
run `run[i]`. Stored ranges are turned into rows by counting: the number of lumisections before an edge is its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import numpy.typing as npt

from lumicert.decisions.bulk import Edges
from lumicert.decisions.events import STATUSES
from lumicert.decisions.models import Layer
from lumicert.decisions.selectors import status_edges
from lumicert.lumi import LumiSet
from lumicert.policy import UNKNOWN, Column, Frame
from lumicert.policy.values import Value
from lumicert.runs import selectors as runs
from lumicert.runs.names import INCLUDABLE

Integers = npt.NDArray[np.int64]

_STATUS_CODES = {status: code for code, status in enumerate(STATUSES)}
_STATUS_VALUES: tuple[Value, ...] = (*STATUSES, UNKNOWN)
_FLAG_CODES = {"true": 0, "false": 1, "null": 2}
_FLAG_VALUES: tuple[Value, ...] = (True, False, None, UNKNOWN)

STATUS_FAMILY = "lumisection.rr."
FLAG_FAMILY = "lumisection.oms."


class SeveralDatasets(ValueError):
    """A pattern names more than one dataset of a run, so that a lumisection would have two answers."""


@dataclass(slots=True)
class Universe:
    """All lumisections of the datasets named by `pattern`, as of event `at` (None: as of `seq`, the newest).

    Attributes:
        runs: int64 of shape (n_datasets,), ascending.
        names: the dataset of each of `runs`.
        run, ls: int64 of shape (n_rows,).
        run_index: the place in `runs` of each row.
    """

    pattern: str
    at: int | None
    seq: int
    runs: Integers
    names: list[str]
    first: Integers
    dense_start: Integers
    rows_before: npt.NDArray[np.int32]
    run_index: Integers
    run: Integers
    ls: Integers
    columns: dict[str, Column] = field(default_factory=dict)
    luminosity: Luminosities | None = None

    @property
    def n_rows(self) -> int:
        return len(self.ls)

    def lumis(self, rows: npt.NDArray[np.bool_] | None = None) -> LumiSet:
        """The lumisections of some rows (a mask), or of all."""
        run, ls = (self.run, self.ls) if rows is None else (self.run[rows], self.ls[rows])
        if not len(ls):
            return LumiSet.empty()
        # rows are in order, so that a range ends where the next row does not follow
        ends = np.append((np.diff(ls) != 1) | (np.diff(run) != 0), True)
        starts = np.append(True, ends[:-1])
        return LumiSet.from_arrays(run[starts], ls[starts], ls[ends])

    def row(self, run: int, ls: int) -> int | None:
        """The row of one lumisection; None if no dataset here has it."""
        found = np.flatnonzero((self.run == run) & (self.ls == ls))
        return int(found[0]) if found.size else None

    def rows_of(self, place: Integers, first: Integers, end: Integers) -> tuple[Integers, Integers]:
        """The rows [start, stop) of ranges [first, end) of lumisections of the datasets at `place`."""
        sizes = np.diff(self.dense_start)[place]
        start = self.dense_start[place] + np.clip(first - self.first[place], 0, sizes)
        stop = self.dense_start[place] + np.clip(end - self.first[place], 0, sizes)
        return self.rows_before[start].astype(np.int64), self.rows_before[stop].astype(np.int64)

    def places(self, numbers: Integers) -> Integers:
        """The place in `runs` of each run number, -1 where there is none."""
        place = np.searchsorted(self.runs, numbers)
        place[place == len(self.runs)] = 0
        return np.where(self.runs[place] == numbers, place, -1) if len(self.runs) else np.full(len(numbers), -1)

    def frame(self, variables: frozenset[str]) -> Frame:
        """The frame with a column for each of `variables`; those that nobody can fill are unknown in every row."""
        missing = variables - self.columns.keys()
        if missing:
            self.columns |= _columns(self, missing)
        return Frame(self.n_rows, {name: self.columns[name] for name in variables if name in self.columns})


@dataclass(frozen=True, slots=True)
class Luminosities:
    """Own luminosity of each row in whole inverse barns; 0 where `known` is false, and then it means nothing."""

    recorded: Integers
    delivered: Integers
    known: npt.NDArray[np.bool_]


def read_universe(pattern: str, *, at: int | None, seq: int) -> Universe:
    """The lumisections of the datasets whose name is LIKE `pattern`.

    Raises:
        SeveralDatasets: naming a run of which the pattern names two.
    """
    edges = runs.dataset_edges(pattern, at=at)
    numbers = np.array([row[0] for row in edges.rows], dtype=np.int64)
    names = [row[1] for row in edges.rows]
    _refuse_several(pattern, numbers, names)
    first, last = _extent(edges, len(names))
    dense_start = np.concatenate([[0], np.cumsum(last - first)])
    covered = np.zeros(dense_start[-1] + 1, dtype=np.int8)
    offset = dense_start[edges.owner] - first[edges.owner]
    np.add.at(covered, edges.first + offset, 1)
    np.add.at(covered, edges.end + offset, -1)
    there = np.cumsum(covered, dtype=np.int8)[:-1].astype(bool)
    dense = np.flatnonzero(there)
    run_index = np.searchsorted(dense_start, dense, side="right") - 1
    return Universe(
        pattern=pattern,
        at=at,
        seq=seq,
        runs=numbers,
        names=names,
        first=first,
        dense_start=dense_start,
        rows_before=np.concatenate([[0], np.cumsum(there, dtype=np.int32)]).astype(np.int32),
        run_index=run_index,
        run=numbers[run_index] if len(numbers) else np.empty(0, np.int64),
        ls=dense - dense_start[run_index] + first[run_index] if len(numbers) else np.empty(0, np.int64),
    )


def _refuse_several(pattern: str, numbers: Integers, names: Sequence[str]) -> None:
    twice = np.flatnonzero(np.diff(numbers) == 0)
    if twice.size:
        place = int(twice[0])
        raise SeveralDatasets(
            f"'{pattern}' names both {names[place]} and {names[place + 1]} of run {numbers[place]}; "
            "choose a pattern that names one dataset a run"
        )


def _extent(edges: Edges, count: int) -> tuple[Integers, Integers]:
    """The first lumisection of each dataset and the one after its last; a dataset always has some."""
    first, last = np.full(count, np.iinfo(np.int64).max), np.zeros(count, dtype=np.int64)
    np.minimum.at(first, edges.owner, edges.first)
    np.maximum.at(last, edges.owner, edges.end)
    return first, last


def read_luminosity(universe: Universe) -> Luminosities:
    """The luminosity of every row, kept with the universe."""
    if universe.luminosity is None:
        found = runs.luminosity_of_runs(universe.runs.tolist(), at=universe.at)
        place = universe.places(found.run)
        start, stop = universe.rows_of(place, found.ls, found.ls + 1)
        ours = (place >= 0) & (stop > start)
        rows = start[ours]
        recorded, delivered = (np.zeros(universe.n_rows, dtype=np.int64) for _ in range(2))
        known = np.zeros(universe.n_rows, dtype=bool)
        recorded[rows], delivered[rows], known[rows] = found.recorded[ours], found.delivered[ours], True
        universe.luminosity = Luminosities(recorded, delivered, known)
    return universe.luminosity


def _columns(universe: Universe, variables: frozenset[str]) -> dict[str, Column]:
    components = sorted(_below(STATUS_FAMILY, variables))
    flags = sorted(_below(FLAG_FAMILY, variables))
    columns = {STATUS_FAMILY + name: column for name, column in _status_columns(universe, components).items()}
    columns |= {FLAG_FAMILY + name: column for name, column in _flag_columns(universe, flags).items()}
    columns |= _run_columns(universe, [name for name in variables if name not in columns])
    if "lumisection.lumisection_number" in variables:
        columns["lumisection.lumisection_number"] = Column.numbers(universe.ls)
    return columns


def _below(family: str, variables: frozenset[str]) -> list[str]:
    return [name.removeprefix(family) for name in variables if name.startswith(family)]


def _status_columns(universe: Universe, components: Sequence[str]) -> dict[str, Column]:
    """A person's word lies above an automatic one; where neither spoke the status is unknown."""
    if not components:
        return {}
    edges = status_edges(datasets=sorted(set(universe.names)), components=components, at=universe.at)
    place_of = {name: place for place, name in enumerate(components)}
    names = np.array(universe.names, dtype=object)
    numbers = np.array([row[0] for row in edges.rows], dtype=np.int64)
    place = universe.places(numbers)
    datasets = np.array([row[1] for row in edges.rows], dtype=object)
    same = (place >= 0) & (names[place] == datasets if len(names) else False)
    column = np.array([place_of[row[2]] for row in edges.rows], dtype=np.int64)
    code = np.array([_STATUS_CODES[row[4]] for row in edges.rows], dtype=np.int64)
    person = np.array([row[3] == Layer.PERSON for row in edges.rows], dtype=bool)
    codes = np.full((len(components), universe.n_rows), len(STATUSES), dtype=np.uint8)
    for layer in (same & ~person, same & person):
        _paint(codes, universe, edges, layer, column, place, code)
    return {name: Column.coded(codes[index], _STATUS_VALUES) for index, name in enumerate(components)}


def _flag_columns(universe: Universe, flags: Sequence[str]) -> dict[str, Column]:
    if not flags:
        return {}
    edges = runs.flag_edges(universe.runs.tolist(), flags, at=universe.at)
    place_of = {name: place for place, name in enumerate(flags)}
    place = universe.places(np.array([row[0] for row in edges.rows], dtype=np.int64))
    column = np.array([place_of[row[1]] for row in edges.rows], dtype=np.int64)
    code = np.array([_FLAG_CODES[row[2]] for row in edges.rows], dtype=np.int64)
    codes = np.full((len(flags), universe.n_rows), len(_FLAG_VALUES) - 1, dtype=np.uint8)
    _paint(codes, universe, edges, place >= 0, column, place, code)
    return {name: Column.coded(codes[index], _FLAG_VALUES) for index, name in enumerate(flags)}


def _paint(
    codes: npt.NDArray[np.uint8],
    universe: Universe,
    edges: Edges,
    wanted: npt.NDArray[np.bool_],
    column: Integers,
    place: Integers,
    code: Integers,
) -> None:
    """Write the code of each wanted row of `edges` over its ranges; within one column these are disjoint."""
    chosen = wanted[edges.owner]
    owner = edges.owner[chosen]
    start, stop = universe.rows_of(place[owner], edges.first[chosen], edges.end[chosen])
    some = stop > start
    owner, start, stop = owner[some], start[some], stop[some]
    if not owner.size:
        return
    # +code where a range starts and -code where it stops, summed along the rows, gives the code on every row between
    width = universe.n_rows
    step = np.zeros(codes.size + 1, dtype=np.int8)
    base = column[owner] * width
    step[base + start] += (code[owner] + 1).astype(np.int8)
    step[base + stop] -= (code[owner] + 1).astype(np.int8)
    painted = np.cumsum(step[:-1], dtype=np.int8).view(np.uint8).reshape(codes.shape)
    np.copyto(codes, painted - np.uint8(1), where=painted > 0)


def _run_columns(universe: Universe, variables: Sequence[str]) -> dict[str, Column]:
    """Attributes of runs and datasets: all share the codes, the place of the run, so that rules see them once a run."""
    if not variables:
        return {}
    shared = universe.columns.get("run.run_number")
    codes = universe.run_index if shared is None or shared.codes is None else shared.codes
    if shared is None:
        codes = codes.astype(np.min_scalar_type(max(len(universe.runs), 1)))
        universe.columns["run.run_number"] = Column.coded(codes, universe.runs.tolist() or [UNKNOWN])
    known = runs.known_runs(universe.runs.tolist(), at=universe.at)
    states = runs.dataset_states(universe.pattern, at=universe.at)
    ordered = [known.get(run) for run in universe.runs.tolist()]
    columns = {}
    for name in variables:
        values = _values_of_runs(name, universe, ordered, states)
        if values is not None:
            columns[name] = Column.coded(codes, values or [UNKNOWN])
    return columns


def _values_of_runs(
    name: str, universe: Universe, ordered: Sequence[runs.KnownRun | None], states: dict[int, dict[str, str]]
) -> list[Value] | None:
    family, _, attribute = name.rpartition(".")
    if name == "dataset.name":
        return list(universe.names)
    if family == "dataset":
        return [states.get(run, {}).get(attribute, UNKNOWN) for run in universe.runs.tolist()]
    if family == "run.oms":
        return [UNKNOWN if run is None else _oms_value(run, attribute) for run in ordered]
    if name == "run.rr.class":
        return [UNKNOWN if run is None or not run.klass else run.klass for run in ordered]
    return None


def _oms_value(run: runs.KnownRun, attribute: str) -> Value:
    if attribute == "run_number":
        return run.run
    component, ending, _ = attribute.rpartition("_included")
    if ending and component in INCLUDABLE and attribute not in run.attributes:
        components = run.attributes.get("components", UNKNOWN)
        if not isinstance(components, list):
            return UNKNOWN
        return True if component.upper() in components else None
    # JSON is a value; the two types differ only in what their lists and objects may hold
    return cast(Value, run.attributes.get(attribute, UNKNOWN))
