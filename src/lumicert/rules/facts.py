"""What is known of runs, and the tables that rules are evaluated on.

*Null* is what a source reported, *unknown* is what nobody obtained: an attribute that is missing, a flag in a
lumisection that none of its values covers. A *segment* is a row of adjacent lumisections of one run in which no flag
changes; rules about lumisections are evaluated once a segment, of which a run has a dozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from lumicert.decisions.ranges import LAST_POSSIBLE_LS, Ranges, canonical
from lumicert.policy import UNKNOWN, Column, Frame, Json, Value
from lumicert.rules.names import FLAGS, included_component

Flags = Mapping[str, Mapping[str, Ranges]]
Integers = npt.NDArray[np.int64]

_FLAG_VALUES: tuple[tuple[str, Value], ...] = (("false", False), ("true", True), ("null", None))
# runs lie one after the other on one line of lumisections, far enough apart
_RUN_LENGTH = 2 * LAST_POSSIBLE_LS


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one run.

    Attributes:
        attributes: under OMS's names, with what people typed already in place of what OMS said. A missing one is
            unknown, None is what OMS reported as null.
        flags: for each flag the lumisections in which it is `true`, `false` or `null`, disjoint; elsewhere it is
            unknown.
        lumis: the lumisections of the run.
        decided: what a person decided, under `run_type`, `class` and `significant`; it stands above the rules, and
            what follows from it is derived from it.
    """

    run: int
    attributes: Mapping[str, Json]
    flags: Flags = field(default_factory=dict)
    lumis: Ranges = ()
    decided: Mapping[str, Json] = field(default_factory=dict)

    def value(self, name: str) -> Value:
        """The value of a variable in a rule about the run."""
        return self._in_any_lumisection(name) if name in FLAGS else self.attribute(name)

    def attribute(self, name: str) -> Value:
        """The value of an attribute, or of `<component>_included`, which follows from `components`."""
        if name == "run_number":
            return self.run
        component = included_component(name)
        if component is None or name in self.attributes:
            # JSON is a value; the two types differ only in what their lists and objects may hold
            return cast(Value, self.attributes.get(name, UNKNOWN))
        components = self.attributes.get("components")
        if not isinstance(components, list):
            return UNKNOWN
        # null, never false, where the component took no part: the published rules ask for it so
        return True if component in components else None

    def _in_any_lumisection(self, flag: str) -> Value:
        """True if true in any lumisection; false if it is known in all of them, null counting as false."""
        by_value = self.flags.get(flag, {})
        if by_value.get("true"):
            return True
        told = canonical(item for ranges in by_value.values() for item in ranges)
        known = all(any(low <= first and last <= high for low, high in told) for first, last in self.lumis)
        return False if self.lumis and known else UNKNOWN


class Batch:
    """Several runs side by side, in the order given."""

    def __init__(self, facts: Iterable[Facts]) -> None:
        self.facts: Sequence[Facts] = tuple(facts)

    def runs_frame(self, variables: Iterable[str]) -> Frame:
        """One row a run."""
        # one array for all columns: rules then see each row once, however many variables they ask for
        rows = np.arange(len(self.facts))
        return Frame(
            len(self.facts),
            {name: Column.coded(rows, [facts.value(name) for facts in self.facts]) for name in variables},
        )

    def segments(self, variables: Iterable[str]) -> Segments:
        """The segments that rules over these variables need: flags that nobody asks for cut nothing."""
        names = sorted(variables)
        universe = _on_one_line([facts.lumis for facts in self.facts])
        edges = {name: self._edges(name) for name in names if name in FLAGS}
        cuts = np.unique(np.concatenate([universe.ravel(), *(each.ravel() for of in edges.values() for each in of)]))
        places = np.flatnonzero(_covered(cuts, universe))
        owner, first = np.divmod(cuts[places], _RUN_LENGTH)
        # behind a covered cut there is another one, at the latest the end of what covers it
        length = cuts[places + 1] - cuts[places]
        narrow = owner.astype(np.min_scalar_type(len(self.facts)))
        columns = {name: self._by_run(name, narrow) for name in names if name not in FLAGS}
        columns |= {name: _coded([_covered(cuts, each)[places] for each in of]) for name, of in edges.items()}
        return Segments(narrow, first, first + length - 1, Frame(len(places), columns))

    def _by_run(self, name: str, owner: npt.NDArray[Any]) -> Column:
        # all share the array of owners, so that rules see each of them once a run
        return Column.coded(owner, [facts.attribute(name) for facts in self.facts] or [UNKNOWN])

    def _edges(self, flag: str) -> list[Integers]:
        """Where the flag is false, true and null."""
        by_run = [facts.flags.get(flag, {}) for facts in self.facts]
        return [_on_one_line([by_value.get(value, ()) for by_value in by_run]) for value, _ in _FLAG_VALUES]


@dataclass(frozen=True, slots=True)
class Segments:
    """Segments of a batch, sorted; arrays have one entry a segment.

    Attributes:
        owner: the place of its run in the batch.
        first, last: its lumisections, both included.
        frame: the variables that were asked for, one row a segment.
    """

    owner: npt.NDArray[Any]
    first: Integers
    last: Integers
    frame: Frame


def _coded(where: Sequence[npt.NDArray[np.bool_]]) -> Column:
    """The column of a flag that is false, true and null there, and unknown elsewhere."""
    codes = np.zeros(len(where[0]), dtype=np.uint8)
    for code, mask in enumerate(where, start=1):
        codes[mask] = code
    return Column.coded(codes, [UNKNOWN, *(value for _, value in _FLAG_VALUES)])


def _covered(cuts: Integers, edges: Integers) -> npt.NDArray[np.bool_]:
    """Which of the stretches between a cut and the next lie in the ranges; the ends of ranges are cuts."""
    begun = np.bincount(np.searchsorted(cuts, edges[:, 0]), minlength=len(cuts))
    ended = np.bincount(np.searchsorted(cuts, edges[:, 1]), minlength=len(cuts))
    covered: npt.NDArray[np.bool_] = np.cumsum(begun - ended) > 0
    return covered


def _on_one_line(ranges_of_runs: Sequence[Ranges]) -> Integers:
    """Half-open ranges, of shape (number of ranges, 2), on the line where the runs lie one after the other."""
    numbers = chain.from_iterable(chain.from_iterable(ranges_of_runs))
    edges = np.fromiter(numbers, dtype=np.int64).reshape(-1, 2)
    starts = np.arange(len(ranges_of_runs)) * _RUN_LENGTH
    edges += np.repeat(starts, [len(ranges) for ranges in ranges_of_runs])[:, np.newaxis]
    # behind the last lumisection, so that adjacent ranges share a cut
    edges[:, 1] += 1
    return edges
