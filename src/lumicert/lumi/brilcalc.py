"""Luminosity by lumisection: the table that brilcalc writes with ``lumi --byls``.

The file is CSV. Lines that begin with # are remarks, of which the one that begins ``#run`` names the columns:

    #run:fill,ls,time,beamstatus,E(GeV),delivered(/pb),recorded(/pb),avgpu,source
    297050:5839,12:12,06/16/17 20:55:44,STABLE BEAMS,6500,0.160000792,0.154234862,40.3,HFET

``run:fill`` and ``ls`` hold two numbers each; of an LS, the first is the number that the luminosity has, the second
that of CMS, or 0 where CMS did not record. The unit stands behind the name of the column. ``hz/ub`` and its like is an
*average instantaneous* luminosity; times the length of a lumisection (`SECONDS_PER_LS`) it is the integrated one.

A `ByLs` table keeps whole numbers of 1 /mb (10^-9 /pb, the ninth decimal that brilcalc prints in /pb), so that sums are
exact. A finer figure is rounded to the nearest (half to even) and counted in `n_rounded`: an error of at most
0.5 /mb a lumisection. An LS that the table does not have is *unknown*: it is reported, and never counted as 0.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import IO, Self

import numpy as np
import numpy.typing as npt

from lumicert.lumi.columns import integers
from lumicert.lumi.errors import ByLsError, LuminosityError
from lumicert.lumi.limits import MAX_LS, MAX_RUN
from lumicert.lumi.luminosity import POWERS, SECONDS_PER_LS, Luminosity, parse_unit
from lumicert.lumi.sets import LumiSet
from lumicert.lumi.sweep import Integers

QUANTUM = "/mb"
MAX_FIGURE = 10**12
"""The most that one LS can have, in 1 /mb: 1000 /pb, some 500 times what the LHC will ever deliver in 23 seconds.

It finds figures under the wrong unit, and keeps the sum of millions of lumisections within 64 bits.
"""

_LINE_LIMIT = 10_000  # characters
_WIDE = Context(prec=2 * _LINE_LIMIT)  # digits, more than a line can hold: scaling must not round before we look
_HEADER = re.compile(r"(\w+)\s*\(\s*(hz/)?(.+?)\s*\)", re.IGNORECASE)
_FIGURE = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_RUN = re.compile(r"(\d{1,10})(?::\d+)?", re.ASCII)
_LS = re.compile(r"(\d{1,10})(?::(\d{1,10}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Integrated:
    """What a set of lumisections adds up to: exact sums over those that have a value, and the set of those without."""

    recorded: Luminosity
    delivered: Luminosity
    n_ls: int
    missing: LumiSet


@dataclass(frozen=True, slots=True)
class ByLs:
    """Recorded and delivered luminosity of single lumisections, in whole 1 /mb.

    `runs`, `lss`, `recorded`, `delivered` are int64 arrays of one shape (n,), sorted by run and LS, without repeats;
    make one with `from_arrays`, `parse` or `read`. `n_rounded` counts the figures that were finer than 1 /mb.
    """

    runs: Integers
    lss: Integers
    recorded: Integers
    delivered: Integers
    n_rounded: int = 0

    @classmethod
    def from_arrays(
        cls,
        runs: npt.ArrayLike,
        lss: npt.ArrayLike,
        recorded: npt.ArrayLike,
        delivered: npt.ArrayLike,
        *,
        n_rounded: int = 0,
    ) -> Self:
        """The table of integer arrays of shape (n,), luminosities in 1 /mb, in any order.

        Rows that repeat each other are kept once. Raises ByLsError naming the run and LS that has two values, a
        negative one or an impossible one, and LumiRangeError for a run or LS that cannot exist.
        """
        named = {"run": runs, "LS": lss, "recorded": recorded, "delivered": delivered}
        columns = [integers(values, what) for what, values in named.items()]
        if len({column.size for column in columns}) > 1:
            raise ByLsError(f"columns of {[column.size for column in columns]} rows do not make a table")
        LumiSet.from_pairs(columns[0], columns[1])
        _refuse_implausible(*columns)
        table = np.unique(np.stack(columns, axis=1), axis=0)
        repeated = np.flatnonzero((table[1:, :2] == table[:-1, :2]).all(axis=1))
        if repeated.size:
            run, ls, *_ = table[repeated[0]].tolist()
            raise ByLsError(f"run {run}, LS {ls} is there twice, with different values")
        frozen = [_frozen(column) for column in table.T]
        return cls(frozen[0], frozen[1], frozen[2], frozen[3], n_rounded)

    @classmethod
    def read(cls, path: str | os.PathLike[str], *, progress: Callable[[int], object] | None = None) -> Self:
        """Reads a file. `progress` is called with the number of lines now and then.

        Raises OSError when it cannot be opened, ByLsError with the file and the number of the line.
        """
        with open(path, encoding="utf-8-sig") as file:
            try:
                return cls.parse(file, progress=progress)
            except ByLsError as error:
                raise ByLsError(f"{os.fspath(path)}: {error}") from None

    @classmethod
    def parse(cls, file: IO[str], *, progress: Callable[[int], object] | None = None) -> Self:
        """Reads an open text file. Raises ByLsError with the number of the line."""
        reader = _Reader(progress)
        try:
            for number, line in enumerate(_lines(file), start=1):
                reader.take(number, line)
        except UnicodeDecodeError:
            raise ByLsError("not UTF-8 text") from None
        return cls.from_arrays(*reader.columns(), n_rounded=reader.n_rounded)

    @property
    def covered(self) -> LumiSet:
        """The lumisections that have a value."""
        return LumiSet.from_pairs(self.runs, self.lss)

    def at(self, run: int, ls: int) -> tuple[Luminosity, Luminosity] | None:
        """Recorded and delivered of one lumisection in /pb, or None where it is unknown."""
        place = np.searchsorted(self.runs << 31 | self.lss, run << 31 | ls)
        if place == self.runs.size or (self.runs[place], self.lss[place]) != (run, ls):
            return None
        return _in_pb(self.recorded[place]), _in_pb(self.delivered[place])

    def integrate(self, lumis: LumiSet) -> Integrated:
        """The luminosity of a set of lumisections, in /pb. Raises OpenRangeError for an open-ended set."""
        n_ls = lumis.n_ls
        inside = lumis.mask(self.runs, self.lss)
        return Integrated(
            recorded=_in_pb(self.recorded[inside].sum()),
            delivered=_in_pb(self.delivered[inside].sum()),
            n_ls=n_ls,
            missing=lumis - self.covered,
        )


def _frozen(column: Integers) -> Integers:
    column = np.ascontiguousarray(column)
    column.setflags(write=False)
    return column


def _in_pb(quanta: np.int64) -> Luminosity:
    return Luminosity(int(quanta), QUANTUM).to("/pb")


def _refuse_implausible(runs: Integers, lss: Integers, recorded: Integers, delivered: Integers) -> None:
    for name, figures in (("recorded", recorded), ("delivered", delivered)):
        wrong = np.flatnonzero((figures < 0) | (figures > MAX_FIGURE))
        if wrong.size:
            at = wrong[0]
            raise ByLsError(f"run {runs[at]}, LS {lss[at]}: {figures[at]} {QUANTUM} {name} in one lumisection")


def _lines(file: IO[str]) -> Iterator[str]:
    """The lines of a file; one that never ends does not fill the memory."""
    while line := file.readline(_LINE_LIMIT):
        yield line


class _Scale:
    """How the figures of one column become 1 /mb."""

    def __init__(self, name: str, unit: str, *, instantaneous: bool) -> None:
        self.name = f"{name}({'hz' * instantaneous}{unit})"
        self.power = POWERS[unit] - POWERS[QUANTUM]
        self.factor = SECONDS_PER_LS if instantaneous else None

    def quanta(self, text: str) -> tuple[int, bool]:
        """The figure in 1 /mb, and whether it had to be rounded."""
        exact: Decimal | Fraction = Decimal(text).scaleb(self.power, _WIDE)
        if self.factor is not None:
            exact = Fraction(exact) * self.factor
        whole = round(exact)
        return whole, whole != exact


class _Reader:
    """Reads line by line; keeps rows as (run, ls, recorded, delivered)."""

    def __init__(self, progress: Callable[[int], object] | None) -> None:
        self.progress = progress
        self.places: dict[str, int] = {}
        self.scales: dict[str, _Scale] = {}
        self.rows: dict[tuple[int, int], tuple[int, int, int]] = {}
        self.n_rounded = 0

    def columns(self) -> Iterable[Integers]:
        """Four arrays: run, ls, recorded, delivered."""
        if not self.places:
            raise ByLsError('no line of column names, "#run:fill,ls,...,delivered(/pb),recorded(/pb)", and so no units')
        rows = [(*key, recorded, delivered) for key, (recorded, delivered, _) in self.rows.items()]
        return np.array(rows, np.int64).reshape(-1, 4).T

    def take(self, number: int, line: str) -> None:
        """Takes one line. Raises ByLsError with its number."""
        if self.progress and number % 20_000 == 0:
            self.progress(number)
        try:
            if line.startswith("#run"):
                self._header(line)
            elif line.strip() and not line.startswith("#"):
                self._row(number, line.rstrip("\n").split(","))
        except (ByLsError, LuminosityError) as error:
            raise ByLsError(f"line {number}: {error}") from None

    def _header(self, line: str) -> None:
        names = [name.strip() for name in line.lstrip("#").split(",")]
        self.places, self.scales = {"run": 0}, {}
        for place, name in enumerate(names):
            if name.lower() in ("ls", "recorded", "delivered"):
                self.places[name.lower()] = place
            if (match := _HEADER.fullmatch(name)) and match[1].lower() in ("recorded", "delivered"):
                column = match[1].lower()
                self.places[column] = place
                unit = parse_unit(f"/{match[3]}" if match[2] else match[3])
                self.scales[column] = _Scale(column, unit, instantaneous=bool(match[2]))
        for column in ("ls", "recorded", "delivered"):
            if column not in self.places:
                raise ByLsError(f"no column {column}; there are {', '.join(names)}")
        for column in ("recorded", "delivered"):
            if column not in self.scales:
                raise ByLsError(f"the column {column} has no unit; brilcalc writes {column}(/pb)")

    def _row(self, number: int, cells: list[str]) -> None:
        if not self.places:
            raise ByLsError("a row before the line of column names, which begins #run")
        if len(cells) <= max(self.places.values()):
            raise ByLsError(f"{len(cells)} cells where {max(self.places.values()) + 1} or more are needed")
        key = self._run(cells[0].strip()), self._ls(cells[self.places["ls"]].strip())
        recorded, delivered = self._figure(cells, "recorded"), self._figure(cells, "delivered")
        if recorded is None or delivered is None:
            return
        *known, before = self.rows.get(key, (recorded, delivered, number))
        if known != [recorded, delivered]:
            raise ByLsError(f"run {key[0]}, LS {key[1]} has another value than on line {before}")
        self.rows[key] = recorded, delivered, before

    def _run(self, text: str) -> int:
        match = _RUN.fullmatch(text)
        if not match or not 1 <= int(match[1]) <= MAX_RUN:
            raise ByLsError(f"{text!r} is no run, or run:fill")
        return int(match[1])

    def _ls(self, text: str) -> int:
        match = _LS.fullmatch(text)
        if not match or not 1 <= int(match[1]) <= MAX_LS or match[2] not in (None, "0", match[1]):
            raise ByLsError(f"{text!r} is no lumisection; brilcalc writes 12:12, or 12:0 where CMS did not record")
        return int(match[1])

    def _figure(self, cells: list[str], column: str) -> int | None:
        """The figure in 1 /mb; None where the cell has none, which leaves the lumisection unknown."""
        text = cells[self.places[column]].strip()
        if text.lower() in ("", "nan", "none", "null", "-"):
            return None
        if not _FIGURE.fullmatch(text):
            raise ByLsError(f"{text!r} is no luminosity, in the column {self.scales[column].name}")
        quanta, rounded = self.scales[column].quanta(text)
        if quanta > MAX_FIGURE:
            name = self.scales[column].name
            raise ByLsError(f"{text} in the column {name} is impossible for one lumisection; is the unit right?")
        self.n_rounded += rounded
        return quanta
