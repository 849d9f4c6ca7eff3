"""Masks: which of many (run, ls) rows are in a set of lumisections.

A *table* holds one byte per lumisection of every run of the set, runs packed one behind the other. A row costs one
look-up of its run (where its bytes begin and end) and one of its byte, which is several times faster than a binary
search over all ranges. The last byte of a run stands for every LS behind its last edge: outside, or inside when the
run's last range is open-ended. A set whose numbers are spread too far for a table is searched instead.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lumicert.lumi.sweep import Integers

Booleans: TypeAlias = npt.NDArray[np.bool_]

CHUNK = 65_536  # rows; the scratch arrays of one chunk stay in the second-level cache
MAX_CELLS = 1 << 26  # bytes of lumisections, and entries of runs, above which a table is not worth its memory
RUN_BITS = LS_BITS = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Table:
    """The dense table of a set: one byte per LS in `cells`, shape (n_cells,).

    Row r of `rows`, shape (last run - first run + 3,), belongs to the run `origin` + r and packs where its bytes begin
    and where the last one is: begin << 32 | end.
    """

    cells: Booleans
    rows: Integers
    origin: int

    def mask(self, runs: npt.NDArray[np.integer], lss: npt.NDArray[np.integer]) -> Booleans:
        """Whether each (run, ls) is inside, shape (n,), for two integer arrays of shape (n,)."""
        inside = np.empty(runs.size, bool)
        scratch = np.empty((3, min(CHUNK, runs.size)), np.int64)
        for at in range(0, runs.size, CHUNK):
            chunk = slice(at, at + CHUNK)
            self._fill(runs[chunk], lss[chunk], inside[chunk], scratch)
        return inside

    def _fill(
        self, runs: npt.NDArray[np.integer], lss: npt.NDArray[np.integer], inside: Booleans, scratch: Integers
    ) -> None:
        at, end, cell = scratch[:, : runs.size]
        np.subtract(runs, self.origin, out=at, dtype=np.int64, casting="unsafe")
        # Clipping sends a run outside the table to the first or last row, which belong to no run and hold nothing.
        np.take(self.rows, at, out=end, mode="clip")
        np.maximum(lss, 0, out=cell, dtype=np.int64, casting="unsafe")
        np.minimum(cell, LS_BITS, out=cell)
        np.right_shift(end, 32, out=at)
        cell += at
        end &= 0xFFFFFFFF
        np.minimum(cell, end, out=cell)
        np.take(self.cells, cell, out=inside, mode="clip")


@dataclass(frozen=True, slots=True)
class Search:
    """The same by binary search over canonical `edges`; only open-ended ranges contain the LS number `open_ls`."""

    edges: Integers
    open_ls: int

    def mask(self, runs: npt.NDArray[np.integer], lss: npt.NDArray[np.integer]) -> Booleans:
        """Whether each (run, ls) is inside, shape (n,), for two integer arrays of shape (n,)."""
        # A run or an LS of 0 lies before every range of its kind, so that is where impossible numbers go.
        run = runs.astype(np.int64)
        run[(run < 0) | (run > RUN_BITS)] = 0
        ls = np.clip(lss, 0, self.open_ls, dtype=np.int64, casting="unsafe")
        inside: Booleans = (np.searchsorted(self.edges, run << 32 | ls << 1 | 1, side="right") & 1).astype(bool)
        return inside


def build_table(edges: Integers, open_ls: int) -> Table | None:
    """The table of canonical `edges`, or None where it would be too large.

    `open_ls` is the last LS number of an open-ended range.
    """
    if not edges.size:
        return Table(np.zeros(1, bool), np.zeros(2, np.int64), 0)
    runs = edges[0::2] >> 32
    lss = (edges >> 1) & LS_BITS
    firsts, stops = lss[0::2], lss[1::2]
    is_open = stops > open_ls
    # The edges are in order, so the last range of a run holds the run's last edge.
    last_of_run = np.flatnonzero(np.append(runs[1:] != runs[:-1], True))
    ends = np.where(is_open, firsts, stops)[last_of_run]
    n_cells, span = 1 + int(ends.sum()) + ends.size, int(runs[-1] - runs[0]) + 3
    if max(n_cells, span) > MAX_CELLS:
        return None
    begins = 1 + np.append(0, np.cumsum(ends + 1)[:-1])
    begin = np.repeat(begins, np.diff(last_of_run, prepend=-1))
    steps = np.zeros(n_cells + 1, np.int8)
    steps[begin + firsts] = 1
    # An open-ended range stays inside through its run's last byte and stops on the byte behind, the next run's LS 0.
    steps[begin + np.where(is_open, firsts + 1, stops)] = -1
    rows = np.zeros(span, np.int64)
    rows[runs[last_of_run] - runs[0] + 1] = begins << 32 | (begins + ends)
    return Table(np.cumsum(steps, dtype=np.int8).view(np.bool_), rows, int(runs[0]) - 1)
