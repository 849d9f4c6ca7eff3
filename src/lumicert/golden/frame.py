"""The lumisections of datasets as a frame that a policy can be evaluated on.

A `Universe` numbers the lumisections of every dataset that a pattern names, run by run: row i is lumisection `ls[i]` of
run `run[i]`. Stored ranges are turned into rows by counting: the number of lumisections before an edge is its row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from lumicert.decisions.bulk import Edges
from lumicert.decisions.events import STATUSES
from lumicert.decisions.selectors import status_edges
from lumicert.lumi import LumiSet
from lumicert.policy import UNKNOWN, Column, Frame
from lumicert.policy.values import Value
from lumicert.runs import selectors as runs
from lumicert.runs.names import INCLUDABLE

Integers = npt.NDArray[np.int64]

# code 0 is what nobody said, so that a column starts as zeros
_STATUS_VALUES: tuple[Value, ...] = (UNKNOWN, *STATUSES)
_FLAG_VALUES: tuple[Value, ...] = (UNKNOWN, True, False, None)

STATUS_FAMILY = "lumisection.rr."
FLAG_FAMILY = "lumisection.oms."


class SeveralDatasets(ValueError):
    """A pattern names more than one dataset of a run, so that a lumisection would have two answers."""


@dataclass(slots=True, eq=False)
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
    named = runs.datasets_named(pattern, at=at)
    _refuse_several(pattern, named)
    numbers, names = named.runs, named.names
    first, last = _extent(named)
    dense_start = np.concatenate([[0], np.cumsum(last - first)])
    covered = np.zeros(dense_start[-1] + 1, dtype=np.int8)
    offset = dense_start[named.owner] - first[named.owner]
    np.add.at(covered, named.first + offset, 1)
    np.add.at(covered, named.end + offset, -1)
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


def _refuse_several(pattern: str, named: runs.DatasetsNamed) -> None:
    twice = np.flatnonzero(np.diff(named.runs) == 0)
    if twice.size:
        place = int(twice[0])
        raise SeveralDatasets(
            f"'{pattern}' names both {named.names[place]} and {named.names[place + 1]} of run {named.runs[place]}; "
            "choose a pattern that names one dataset a run"
        )


def _extent(named: runs.DatasetsNamed) -> tuple[Integers, Integers]:
    """The first lumisection of each dataset and the one after its last; a dataset always has some."""
    count = len(named.names)
    first, last = np.full(count, np.iinfo(np.int64).max), np.zeros(count, dtype=np.int64)
    np.minimum.at(first, named.owner, named.first)
    np.maximum.at(last, named.owner, named.end)
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
    said = status_edges(runs=universe.runs.tolist(), datasets=universe.names, components=components, at=universe.at)
    codes = np.zeros((len(components), universe.n_rows), dtype=np.uint8)
    _paint_statuses(codes, universe, said)
    return {name: Column.coded(codes[index], _STATUS_VALUES) for index, name in enumerate(components)}


def _paint_statuses(codes: npt.NDArray[np.uint8], universe: Universe, said: Edges) -> None:
    column, code = said.columns["component"], said.columns["status"] + 1
    person = said.columns["person"] == 1
    for layer in (~person, person):
        _paint(codes, universe, said, layer, column, code)


def with_new_statuses(universe: Universe, *, seq: int, touched: Collection[tuple[int, str, str]]) -> Universe:
    """The universe as of event `seq`, of which only statuses of the touched (run, dataset, component) are new."""
    fresh = replace(universe, seq=seq, columns=dict(universe.columns))
    name_of = dict(zip(universe.runs.tolist(), universe.names, strict=True))
    runs_of = sorted({run for run, dataset, _ in touched if name_of.get(run) == dataset})
    components = sorted({component for *_, component in touched if STATUS_FAMILY + component in fresh.columns})
    if not runs_of or not components:
        return fresh
    said = status_edges(runs=runs_of, datasets=[name_of[run] for run in runs_of], components=components)
    codes = np.array([fresh.columns[STATUS_FAMILY + name].codes for name in components], dtype=np.uint8)
    for place in universe.places(np.array(runs_of, dtype=np.int64)).tolist():
        start, stop = universe.rows_before[universe.dense_start[place : place + 2]]
        codes[:, start:stop] = 0
    _paint_statuses(codes, fresh, said)
    columns = {STATUS_FAMILY + name: Column.coded(codes[k], _STATUS_VALUES) for k, name in enumerate(components)}
    fresh.columns |= columns
    return fresh


def _flag_columns(universe: Universe, flags: Sequence[str]) -> dict[str, Column]:
    if not flags:
        return {}
    told = runs.flag_edges(universe.runs.tolist(), flags, at=universe.at)
    every = np.ones(len(told.columns["run"]), dtype=bool)
    codes = np.zeros((len(flags), universe.n_rows), dtype=np.uint8)
    _paint(codes, universe, told, every, told.columns["flag"], told.columns["value"] + 1)
    return {name: Column.coded(codes[index], _FLAG_VALUES) for index, name in enumerate(flags)}


def _paint(
    codes: npt.NDArray[np.uint8],
    universe: Universe,
    edges: Edges,
    wanted: npt.NDArray[np.bool_],
    column: Integers,
    code: Integers,
) -> None:
    """Write the code of each wanted row of `edges` over its ranges; `codes` has the shape (columns, n_rows)."""
    chosen = wanted[edges.owner]
    owner = edges.owner[chosen]
    place = universe.places(edges.columns["run"])
    start, stop = universe.rows_of(place[owner], edges.first[chosen], edges.end[chosen])
    ours = place[owner] >= 0
    lines, values = column[owner][ours], code[owner][ours]
    # slices are written faster one by one than sums over all columns can be made
    for line, first, end, value in zip(
        lines.tolist(), start[ours].tolist(), stop[ours].tolist(), values.tolist(), strict=True
    ):
        codes[line, first:end] = value


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
