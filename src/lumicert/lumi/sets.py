"""Sets of lumisections.

A *lumisection* (LS) is about 23 seconds of a *run*; both are numbered from 1. A `LumiSet` is an immutable set of
(run, LS) pairs, kept as *canonical* ranges: sorted, disjoint, and maximal (neighbours joined), so that two equal sets
are equal byte by byte. Ranges are closed at the border, as in CMS files: [12, 137] has both LS 12 and LS 137.

A range may be *open-ended*: it goes on to the end of its run, wherever that will turn out to be. In files that is
`[5, null]`, in Python `(5, None)`, in integer arrays the last LS is `OPEN`; it is never 0. An open-ended range holds
every LS from its first on, and the algebra takes it at its word: cut with a finite set it becomes finite, a finite
piece taken out leaves an open-ended rest, and a mask is true for however high an LS. Only a count has no answer:
`n_ls` of such a set raises `OpenRangeError` with the run.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import index
from types import NoneType
from typing import Any, NoReturn, Self, TypeGuard

import numpy as np
import numpy.typing as npt

from lumicert.lumi import sweep
from lumicert.lumi.columns import integer_array, integers
from lumicert.lumi.errors import LumiRangeError, OpenRangeError
from lumicert.lumi.limits import MAX_LS, MAX_RUN, OPEN
from lumicert.lumi.mask import LS_BITS, Booleans, Search, Table, build_table
from lumicert.lumi.sweep import Integers


class LumiSet:
    """An immutable set of lumisections: canonical, hashable, equal by content.

    `a | b`, `a & b`, `a - b`, `a ^ b` are the set operations, `a.within(universe)` is the complement. `a <= b` asks
    whether a is a subset of b. A set is true when it is not empty.
    """

    __slots__ = ("_edges", "_lookup")
    __array_ufunc__ = None  # numpy hands `array & lumis` over to us, and we refuse it

    _edges: Integers
    _lookup: Table | Search | None

    def __init__(self) -> None:
        self._hold(np.empty(0, np.int64))

    def _hold(self, edges: Integers) -> None:
        edges.setflags(write=False)
        self._edges = edges
        self._lookup = None

    @classmethod
    def _of(cls, edges: Integers) -> Self:
        lumis = cls.__new__(cls)
        lumis._hold(edges)
        return lumis

    # Making one ----------------------------------------------------------------------------------------------------

    @classmethod
    def empty(cls) -> Self:
        """The set without any lumisection."""
        return cls()

    @classmethod
    def from_ranges(cls, ranges: Mapping[int, Iterable[Sequence[int | None]]]) -> Self:
        """The set of closed ranges (first, last) by run, in any order and overlap; last is None for an open end.

        Raises LumiRangeError naming the run and the range that cannot exist.
        """
        rows = [(run, *_pair(run, pair)) for run, pairs in ranges.items() for pair in pairs]
        runs, firsts, lasts = zip(*rows, strict=True) if rows else ((), (), ())
        if {*map(type, runs), *map(type, firsts), *map(type, lasts)} - {int, NoneType} or None in firsts:
            return cls.from_ranges(_plain(rows))
        return cls.from_arrays(runs, firsts, [OPEN if last is None else last for last in lasts])

    @classmethod
    def from_arrays(cls, runs: npt.ArrayLike, firsts: npt.ArrayLike, lasts: npt.ArrayLike) -> Self:
        """The set of closed ranges given as three integer arrays of shape (n,), in any order and with any overlap.

        `OPEN` as a last LS makes a range open-ended. Raises LumiRangeError naming the run and the range that cannot
        exist, TypeError for arrays that are not integers.
        """
        run, first, last = integers(runs, "run"), integers(firsts, "first LS"), integers(lasts, "last LS")
        if not run.shape == first.shape == last.shape:
            raise LumiRangeError(f"{run.size} runs, {first.size} first LS and {last.size} last LS do not make ranges")
        _refuse_impossible(run, first, last)
        place = run << 31
        return cls._of(sweep.from_ranges(place | first, place | (last + 1)))

    @classmethod
    def from_pairs(cls, runs: npt.ArrayLike, lss: npt.ArrayLike) -> Self:
        """The set of single lumisections given as two integer arrays of shape (n,), in any order, repeats allowed.

        Raises LumiRangeError naming the (run, LS) that cannot exist, TypeError for arrays that are not integers.
        """
        run, ls = integers(runs, "run"), integers(lss, "LS")
        if run.shape != ls.shape:
            raise LumiRangeError(f"{run.size} runs and {ls.size} LS do not make pairs")
        _refuse_impossible(run, ls, ls)
        place = np.unique(run << 31 | ls)
        breaks = np.flatnonzero(np.diff(place) != 1)
        starts, stops = place[np.append(0, breaks + 1)[: place.size]], place[np.append(breaks, -1)[: place.size]] + 1
        return cls._of(sweep.from_ranges(starts, stops))

    @classmethod
    def vote(cls, sets: Iterable["LumiSet"], *, at_least: int) -> Self:
        """The lumisections that are in at least `at_least` of the sets.

        Raises ValueError when so many votes are impossible, or when no vote would be needed.
        """
        operands = [lumis._edges for lumis in sets]
        if not 1 <= at_least <= len(operands):
            raise ValueError(
                f"at_least={at_least} of {len(operands)} sets: it must be between 1 and the number of sets"
            )
        return cls._of(sweep.at_least(operands, at_least))

    # Looking into it -----------------------------------------------------------------------------------------------

    @property
    def run_array(self) -> Integers:
        """The run of each canonical range, int64 of shape (n_ranges,), ascending, read-only."""
        return _read_only(self._edges[0::2] >> 32)

    @property
    def first_array(self) -> Integers:
        """The first LS of each canonical range, int64 of shape (n_ranges,), read-only."""
        return _read_only(self._edges[0::2] >> 1 & LS_BITS)

    @property
    def last_array(self) -> Integers:
        """The last LS of each canonical range, int64 of shape (n_ranges,), read-only; OPEN for an open end."""
        return _read_only((self._edges[1::2] >> 1 & LS_BITS) - 1)

    @property
    def runs(self) -> list[int]:
        """The runs that have a lumisection in the set, ascending."""
        runs: list[int] = np.unique(self.run_array).tolist()
        return runs

    @property
    def n_runs(self) -> int:
        """How many runs have a lumisection in the set."""
        return len(self.runs)

    @property
    def n_ranges(self) -> int:
        """How many canonical ranges the set has."""
        return self._edges.size // 2

    @property
    def n_ls(self) -> int:
        """How many lumisections the set has. Raises OpenRangeError naming the run when a range is open-ended."""
        if open_runs := self.open_runs:
            raise OpenRangeError(
                f"run {open_runs[0]} is open-ended and has no number of lumisections yet"
                f"{_and_more(len(open_runs) - 1, 'run')}; cut the set with the lumisections that exist first"
            )
        return int((self._edges[1::2] - self._edges[0::2] + 1).sum()) >> 1

    @property
    def open_runs(self) -> list[int]:
        """The runs whose last range is open-ended, ascending."""
        runs: list[int] = self.run_array[self.last_array == OPEN].tolist()
        return runs

    def ranges(self) -> Iterator[tuple[int, int, int | None]]:
        """The canonical ranges (run, first, last) in order; last is None for an open end."""
        columns = self.run_array.tolist(), self.first_array.tolist(), self.last_array.tolist()
        return ((run, first, None if last == OPEN else last) for run, first, last in zip(*columns, strict=True))

    def to_dict(self) -> dict[int, list[list[int | None]]]:
        """The canonical ranges by run, {run: [[first, last], ...]}, as `from_ranges` takes them."""
        by_run: dict[int, list[list[int | None]]] = {}
        for run, first, last in self.ranges():
            by_run.setdefault(run, []).append([first, last])
        return by_run

    def contains(self, run: int, ls: int) -> bool:
        """Whether this one lumisection is in the set. For many, `mask` is the fast way."""
        if not (1 <= run <= MAX_RUN and ls >= 1):
            return False
        place = run << 32 | min(ls, OPEN) << 1 | 1
        return bool(np.searchsorted(self._edges, place, side="right") & 1)

    def mask(self, runs: npt.ArrayLike, lss: npt.ArrayLike) -> Booleans:
        """Whether each row (run, ls) is in the set: a boolean array of the shape of `runs` and `lss`.

        Takes any integers that numpy can read, or that speak the Arrow protocol, in any order. A row that cannot exist
        (LS 0, a negative run) is outside. The first call builds a table of one byte per LS, kept with the set.
        Raises TypeError for what is not integers, ValueError for missing values or unequal shapes.
        """
        run, ls = integer_array(runs, "run"), integer_array(lss, "LS")
        if run.shape != ls.shape:
            raise ValueError(f"runs have the shape {run.shape} and lumisections {ls.shape}: a row needs one of each")
        if self._lookup is None:
            self._lookup = build_table(self._edges, OPEN) or Search(self._edges, OPEN)
        return self._lookup.mask(run.ravel(), ls.ravel()).reshape(run.shape)

    # Parts of it ---------------------------------------------------------------------------------------------------

    def select_runs(self, runs: Iterable[int]) -> Self:
        """The part of the set in these runs."""
        return self._where(np.isin(self.run_array, integers(list(runs), "run")))

    def drop_runs(self, runs: Iterable[int]) -> Self:
        """The part of the set outside these runs."""
        return self._where(np.isin(self.run_array, integers(list(runs), "run"), invert=True))

    def between(self, first: int | None = None, last: int | None = None) -> Self:
        """The part of the set in the runs from `first` to `last`, both included; None sets no bound."""
        runs = self.run_array
        low = 0 if first is None else np.searchsorted(runs, first, side="left")
        high = runs.size if last is None else np.searchsorted(runs, last, side="right")
        return self._of(self._edges[2 * low : 2 * max(low, high)].copy())

    def _where(self, keep: Booleans) -> Self:
        return self._of(self._edges.reshape(-1, 2)[keep].ravel())

    # The algebra ---------------------------------------------------------------------------------------------------

    def __and__(self, other: "LumiSet") -> Self:
        return self._of(sweep.intersection(self._edges, other._edges)) if _is_set(other) else NotImplemented

    def __or__(self, other: "LumiSet") -> Self:
        return self._of(sweep.union(self._edges, other._edges)) if _is_set(other) else NotImplemented

    def __sub__(self, other: "LumiSet") -> Self:
        return self._of(sweep.difference(self._edges, other._edges)) if _is_set(other) else NotImplemented

    def __xor__(self, other: "LumiSet") -> Self:
        return self._of(sweep.symmetric_difference(self._edges, other._edges)) if _is_set(other) else NotImplemented

    def within(self, universe: "LumiSet") -> "LumiSet":
        """The complement of the set within `universe`: the lumisections there that are not here, `universe - self`."""
        return universe - self

    def __le__(self, other: "LumiSet") -> bool:
        return not self - other if _is_set(other) else NotImplemented

    def __ge__(self, other: "LumiSet") -> bool:
        return not other - self if _is_set(other) else NotImplemented

    # Being a value -------------------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return np.array_equal(self._edges, other._edges) if _is_set(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._edges.tobytes())

    def __bool__(self) -> bool:
        return self._edges.size > 0

    def __len__(self) -> NoReturn:
        raise TypeError("the length of a LumiSet is ambiguous: use n_runs, n_ranges or n_ls")

    def __reduce__(self) -> tuple[Callable[[Integers], Self], tuple[Integers]]:
        return self._of, (self._edges,)

    def __repr__(self) -> str:
        open_runs = self.open_runs
        ls = f"open-ended in {len(open_runs)} run{'s' * (len(open_runs) > 1)}" if open_runs else f"{self.n_ls} LS"
        return f"<LumiSet: {self.n_runs} runs, {self.n_ranges} ranges, {ls}>"


def _is_set(other: object) -> TypeGuard[LumiSet]:
    return isinstance(other, LumiSet)


def _pair(run: int, pair: Sequence[int | None]) -> tuple[int | None, int | None]:
    try:
        first, last = pair
    except (TypeError, ValueError):
        raise LumiRangeError(f"run {run}: {pair!r} is not a range; a range is a pair (first LS, last LS)") from None
    return first, last


def _plain(rows: Iterable[tuple[Any, Any, Any]]) -> dict[int, list[tuple[int, int | None]]]:
    """The rows with numpy's integers made plain ones; refuses what is not an integer."""
    plain: dict[int, list[tuple[int, int | None]]] = {}
    for run, first, last in rows:
        if isinstance(run, bool) or isinstance(first, bool) or isinstance(last, bool):
            raise LumiRangeError(f"run {run!r}, range [{first!r}, {last!r}]: true and false are not numbers")
        try:
            pair = index(first), None if last is None else index(last)
            plain.setdefault(index(run), []).append(pair)
        except TypeError:
            raise LumiRangeError(f"run {run!r}, range [{first!r}, {last!r}]: run and LS must be integers") from None
    return plain


def why_impossible(run: int, first: int, last: int) -> str | None:
    """Why these numbers make no range (`last` may be OPEN), in words, or None when they do."""
    if not 1 <= run <= MAX_RUN:
        return f"a run number lies between 1 and {MAX_RUN}"
    if first < 1:
        return "lumisections are numbered from 1"
    if last < first:
        return (
            "it ends before it begins; an open end is written null, not 0" if last == 0 else "it ends before it begins"
        )
    if first > MAX_LS or last > OPEN:
        return f"no lumisection has a number above {MAX_LS}"
    return None


def _refuse_impossible(run: Integers, first: Integers, last: Integers) -> None:
    possible = (run >= 1) & (run <= MAX_RUN) & (first >= 1) & (last >= first) & (first <= MAX_LS) & (last <= OPEN)
    if not possible.all():
        at = int(np.argmin(possible))
        numbers = int(run[at]), int(first[at]), int(last[at])
        raise LumiRangeError("run {}, range [{}, {}]: {}".format(*numbers, why_impossible(*numbers)))


def _and_more(count: int, noun: str) -> str:
    return f" (and {count} more {noun}{'s' * (count > 1)})" if count else ""


def _read_only(array: Integers) -> Integers:
    array.setflags(write=False)
    return array
