"""Verdicts over many rows at a time.

A *condition* here is an object that gives, for a range of rows, two planes of booleans: `true`, where the verdict is
IN, and `maybe`, where it is not OUT. In Kleene's logic `and` is `&` on both planes, `or` is `|`, and `not` swaps and
inverts them; where nothing is unknown the two planes are one and the same array, and the work halves. Compares and
bitwise operations on bytes are what numpy does fastest: one condition costs about 2 microseconds per 65,536 rows,
where looking verdicts up in a table costs 50.

Planes belong to whoever asked for them, and may be changed in place.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from lumicert.policy.columns import Codes, Mask
from lumicert.policy.values import IN, OUT, UNDECIDED, Verdict

# Ranges of rows that keep a dozen planes and the codes they come from in the second-level cache.
CHUNK = 131_072
# Beyond this many compares, gathering from a table is cheaper.
_MOST_COMPARES = 12

Verdicts: TypeAlias = npt.NDArray[np.uint8]
Planes: TypeAlias = tuple[Mask, Mask]


class Condition(Protocol):
    def planes(self, rows: slice) -> Planes: ...


class Fixed:
    """The same verdict in every row."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def planes(self, rows: slice) -> Planes:
        size = rows.stop - rows.start
        true = np.full(size, self.verdict == IN)
        return true, (np.ones(size, dtype=bool) if self.verdict == UNDECIDED else true)


class Table:
    """One verdict a code: `verdicts[codes[row]]` is the verdict of a row."""

    def __init__(self, codes: Codes, verdicts: Verdicts) -> None:
        self.codes, self.verdicts = codes, verdicts

    def planes(self, rows: slice) -> Planes:
        true = self._is_in(rows)
        if self._is_undecided is None:
            return true, true
        maybe = self._is_undecided(rows)
        maybe |= true
        return true, maybe

    @cached_property
    def _is_in(self) -> Callable[[slice], Mask]:
        return _membership(self.codes, self.verdicts, IN)

    @cached_property
    def _is_undecided(self) -> Callable[[slice], Mask] | None:
        return _membership(self.codes, self.verdicts, UNDECIDED) if int(UNDECIDED) in self.verdicts else None


def _membership(codes: Codes, verdicts: Verdicts, wanted: Verdict) -> Callable[[slice], Mask]:
    """The function that tells which rows of a range have a code of the wanted verdict."""
    # As a plain integer: numpy takes five times as long over a small array if it meets an enum.
    table = verdicts == int(wanted)
    chosen, others = table.nonzero()[0].tolist(), (~table).nonzero()[0].tolist()
    if min(len(chosen), len(others)) > _MOST_COMPARES:
        return lambda rows: np.take(table, codes[rows])
    if len(chosen) <= len(others):
        return lambda rows: _any_of(codes[rows], chosen)

    def none_of(rows: slice) -> Mask:
        found = _any_of(codes[rows], others)
        return np.logical_not(found, out=found)

    return none_of


def _any_of(codes: Codes, chosen: Sequence[int]) -> Mask:
    if not chosen:
        return np.zeros(len(codes), dtype=bool)
    found: Mask = codes == chosen[0]
    for code in chosen[1:]:
        found |= codes == code
    return found


class Computed:
    """A condition whose planes come from a function; it must return fresh arrays."""

    def __init__(self, planes: Callable[[slice], Planes]) -> None:
        self.planes = planes


class Given:
    """Verdicts that are already there, one a row."""

    def __init__(self, verdicts: Verdicts) -> None:
        self._verdicts = verdicts

    def planes(self, rows: slice) -> Planes:
        part = self._verdicts[rows]
        return part == IN, part != OUT


class _Joined:
    """`and` or `or` of at least two conditions."""

    def __init__(self, conjunction: bool, children: Sequence[Condition]) -> None:
        self._children = children
        self._join = np.bitwise_and if conjunction else np.bitwise_or

    def planes(self, rows: slice) -> Planes:
        true, maybe = self._children[0].planes(rows)
        for child in self._children[1:]:
            child_true, child_maybe = child.planes(rows)
            # The second plane is made only once something is unknown, and before the first one changes.
            if maybe is not true:
                self._join(maybe, child_maybe, out=maybe)
            elif child_maybe is not child_true:
                maybe = self._join(true, child_maybe)
            split = maybe is not true
            self._join(true, child_true, out=true)
            maybe = maybe if split else true
        return true, maybe


def join(conjunction: bool, children: Sequence[Condition]) -> Condition:
    """`and` (conjunction) or `or`; children over the same codes are joined as tables, before any row is looked at."""
    merge = np.minimum if conjunction else np.maximum
    fixed: Verdict = IN if conjunction else OUT
    # The tables keep their codes alive, so the identity of an array cannot be taken by another one meanwhile.
    tables: dict[int, Table] = {}
    others: list[Condition] = []
    for child in children:
        if isinstance(child, Fixed):
            fixed = min(fixed, child.verdict) if conjunction else max(fixed, child.verdict)
        elif isinstance(child, Table):
            known = tables.get(id(child.codes))
            tables[id(child.codes)] = _joined_tables(merge, known, child) if known else child
        else:
            others.append(child)
    return _joined(conjunction, fixed, [*map(simplified, tables.values()), *others])


def _joined_tables(merge: np.ufunc, left: Table, right: Table) -> Table:
    # Columns that share codes may list different numbers of values; codes beyond the shorter list do not occur.
    size = min(len(left.verdicts), len(right.verdicts))
    return Table(left.codes, merge(left.verdicts[:size], right.verdicts[:size]))


def _joined(conjunction: bool, fixed: Verdict, children: list[Condition]) -> Condition:
    neutral, deciding = (IN, OUT) if conjunction else (OUT, IN)
    verdicts = {child.verdict for child in children if isinstance(child, Fixed)} | {fixed}
    if deciding in verdicts:
        return Fixed(deciding)
    varying = [child for child in children if not isinstance(child, Fixed)]
    # An unknown operand caps an `and` at undecided, and lifts an `or` to it, in every row.
    if UNDECIDED in verdicts:
        varying.append(Fixed(UNDECIDED))
    if not varying:
        return Fixed(neutral)
    return varying[0] if len(varying) == 1 else _Joined(conjunction, varying)


def simplified(table: Table) -> Condition:
    """The table, or the one verdict that it has everywhere."""
    # A column without values has no rows either, so any verdict will do.
    first = table.verdicts[0] if len(table.verdicts) else OUT
    return Fixed(Verdict(int(first))) if (table.verdicts == first).all() else table


def negate(condition: Condition) -> Condition:
    if isinstance(condition, Fixed):
        return Fixed(Verdict(2 - condition.verdict))
    if isinstance(condition, Table):
        return Table(condition.codes, np.uint8(2) - condition.verdicts)

    def planes(rows: slice) -> Planes:
        true, maybe = condition.planes(rows)
        if maybe is true:
            inverted = np.logical_not(true, out=true)
            return inverted, inverted
        return np.logical_not(maybe, out=maybe), np.logical_not(true, out=true)

    return Computed(planes)


def choose(branches: Sequence[tuple[Condition, Condition]], otherwise: Condition) -> Condition:
    """`if`: the first branch whose condition holds, else `otherwise`; what all reachable branches agree on."""
    if len(branches) == 1 and isinstance(otherwise, Fixed) and otherwise.verdict == OUT:
        return join(True, branches[0])  # Run Registry stores its rules as {"if": [rule, true, false]}

    # From the last branch to the first, in a loop: a chain may be longer than Python's stack is deep.
    def planes(rows: slice) -> Planes:
        true, maybe = otherwise.planes(rows)
        for condition, then in reversed(branches):
            true, maybe = _chosen(condition.planes(rows), then.planes(rows), (true, maybe))
        return true, maybe

    return Computed(planes)


def _chosen(condition: Planes, then: Planes, otherwise: Planes) -> Planes:
    true = (condition[0] & then[0]) | (~condition[1] & otherwise[0]) | (then[0] & otherwise[0])
    if all(planes[0] is planes[1] for planes in (condition, then, otherwise)):
        return true, true
    return true, (condition[1] & then[1]) | (~condition[0] & otherwise[1])


def run(condition: Condition, n_rows: int, out: Verdicts) -> Verdicts:
    """The verdicts of all rows, in `out`."""
    for start in range(0, n_rows, CHUNK):
        rows = slice(start, min(start + CHUNK, n_rows))
        true, maybe = condition.planes(rows)
        # OUT, UNDECIDED and IN are 0, 1 and 2 of the two planes set.
        np.add(true.view(np.uint8), maybe.view(np.uint8), out=out[rows])
    return out
