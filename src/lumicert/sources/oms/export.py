"""Readers of OMS's resources `runs` and `lumisections` exported as CSV, plain or gzipped.

The header names OMS attributes. An empty cell is *null*: OMS was asked and had nothing to say. Truth values are `True`
and `False`, components are separated by spaces. `recorded_lumi` and `delivered_lumi` of a lumisection are in /pb and
*cumulative over the fill*: a lumisection's own is its value minus that of the lumisection before it in the fill.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import IO

from lumicert.sources.errors import SourceFormatError
from lumicert.sources.oms.own_luminosity import Own, Reading, own_luminosity
from lumicert.sources.oms.ranges import Ranges, ranges_of

Value = str | int | float | bool | list[str] | None

# a year of CMS is some 60 MB of CSV; this bounds what a small gzipped upload can unpack to
MOST_BYTES = 1_000_000_000
LONGEST_LINE = 100_000

_TRUTH = {"True": True, "true": True, "False": False, "false": False, "": None}
_TRUTH_NAMES = {True: "true", False: "false", None: "null"}
_RUN_TRUTHS = frozenset({"stable_beam", "tier0_transfer"})
_RUN_INTEGERS = frozenset(
    {"fill_number", "initial_prescale_index", "last_lumisection_number", "hlt_physics_counter", "duration",
     "l1_triggers_counter"}
)  # fmt: skip
_RUN_NUMBERS = frozenset(
    {"energy", "b_field", "init_lumi", "end_lumi", "recorded_lumi", "delivered_lumi", "hlt_physics_rate",
     "hlt_physics_size", "hlt_physics_throughput", "l1_rate"}
)  # fmt: skip
_FLAG_NAMES = frozenset({"cms_active", "physics_flag"})
_FLAG_ENDINGS = ("_ready", "_present", "_stable")


@dataclass(frozen=True, slots=True)
class ExportedRun:
    """One row of `runs`: attributes under OMS's names, without `run_number`."""

    run: int
    attributes: dict[str, Value]


@dataclass(frozen=True, slots=True)
class ExportedLumisections:
    """All rows of one run in `lumisections`.

    Attributes:
        lumis: the lumisections that have a row.
        flags: for each flag, the lumisections with the value `true`, `false` or `null`.
        with_luminosity: those of which the own luminosity can be told.
        recorded, delivered: their own luminosity in /pb, in ascending order, exact.
    """

    run: int
    lumis: Ranges
    flags: dict[str, dict[str, Ranges]]
    with_luminosity: Ranges
    recorded: list[Decimal]
    delivered: list[Decimal]


@dataclass(slots=True)
class _Row:
    run: int
    ls: int
    flags: tuple[bool | None, ...]
    reading: Reading
    own: Own | None = field(default=None)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file, and how to complain about it."""

    file: str
    number: int
    cells: Mapping[str, str]

    def wrong(self, column: str, wanted: str) -> SourceFormatError:
        value = self.cells.get(column)
        return SourceFormatError(f"{self.file}, line {self.number}, {column}: '{value}' is not {wanted}")

    def integer(self, column: str) -> int | None:
        text = self.cells[column]
        if text == "":
            return None
        try:
            return int(text)
        except ValueError:
            raise self.wrong(column, "an integer") from None

    def positive(self, column: str) -> int:
        number = self.integer(column)
        if number is None or not 1 <= number < 2**31:
            raise self.wrong(column, "a number from 1 on")
        return number

    def decimal(self, column: str) -> Decimal | None:
        text = self.cells[column]
        if text == "":
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise self.wrong(column, "a number") from None
        if not number.is_finite():
            raise self.wrong(column, "a finite number")
        return number

    def truth(self, column: str) -> bool | None:
        try:
            return _TRUTH[self.cells[column]]
        except KeyError:
            raise self.wrong(column, "True or False") from None


def read_runs(path: Path) -> list[ExportedRun]:
    """The runs of an export, in ascending order.

    Raises:
        SourceFormatError: naming line, column and value; also for a run that comes twice.
    """
    runs: dict[int, ExportedRun] = {}
    for line in _lines(path, required={"run_number"}):
        run = line.positive("run_number")
        if run in runs:
            raise line.wrong("run_number", "new: the run was there before")
        runs[run] = ExportedRun(run, {name: _attribute(line, name) for name in line.cells if name != "run_number"})
    return [runs[run] for run in sorted(runs)]


def _attribute(line: _Line, name: str) -> Value:
    text = line.cells[name]
    if name in _RUN_TRUTHS:
        return line.truth(name)
    if name in _RUN_INTEGERS:
        return line.integer(name)
    if name in _RUN_NUMBERS:
        number = line.decimal(name)
        return None if number is None else int(number) if number == number.to_integral_value() else float(number)
    if name == "components":
        return text.split() if text else None
    return text or None


def read_lumisections(path: Path) -> list[ExportedLumisections]:
    """The lumisections of an export, by run in ascending order.

    Raises:
        SourceFormatError: naming line, column and value; also for a lumisection that comes twice.
    """
    required = {"run_number", "lumisection_number", "fill_number", "recorded_lumi", "delivered_lumi"}
    rows: list[_Row] = []
    names: list[str] = []
    seen: set[tuple[int, int]] = set()
    for line in _lines(path, required=required):
        names = names or [name for name in line.cells if name in _FLAG_NAMES or name.endswith(_FLAG_ENDINGS)]
        row = _row(line, names)
        if (row.run, row.ls) in seen:
            raise line.wrong("lumisection_number", f"new: LS {row.ls} of run {row.run} was there before")
        seen.add((row.run, row.ls))
        rows.append(row)
    rows.sort(key=attrgetter("run", "ls"))
    for row, own in zip(rows, own_luminosity([row.reading for row in rows]), strict=True):
        row.own = own
    return [_of_run(run, list(group), names) for run, group in groupby(rows, key=attrgetter("run"))]


def _row(line: _Line, names: list[str]) -> _Row:
    fill, run, ls = line.integer("fill_number"), line.positive("run_number"), line.positive("lumisection_number")
    reading = Reading(fill, run, ls, line.decimal("recorded_lumi"), line.decimal("delivered_lumi"))
    return _Row(run, ls, tuple([line.truth(name) for name in names]), reading)


def _of_run(run: int, rows: list[_Row], names: list[str]) -> ExportedLumisections:
    flags: dict[str, dict[str, Ranges]] = {}
    for index, name in enumerate(names):
        by_value: dict[str, list[int]] = {}
        for row in rows:
            by_value.setdefault(_TRUTH_NAMES[row.flags[index]], []).append(row.ls)
        flags[name] = {value: ranges_of(lss) for value, lss in by_value.items()}
    owning = [(row.ls, row.own) for row in rows if row.own is not None]
    return ExportedLumisections(
        run=run,
        lumis=ranges_of([row.ls for row in rows]),
        flags=flags,
        with_luminosity=ranges_of([ls for ls, _ in owning]),
        recorded=[own.recorded for _, own in owning],
        delivered=[own.delivered for _, own in owning],
    )


def _lines(path: Path, *, required: set[str]) -> Iterator[_Line]:
    try:
        with _text(path) as text:
            yield from _rows(path.name, _bounded(path.name, text), required)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceFormatError(f"{path.name}: the gzip file is damaged ({error})") from error
    except UnicodeDecodeError as error:
        raise SourceFormatError(f"{path.name}: this is not text in UTF-8 ({error.reason})") from error


def _rows(name: str, lines: Iterator[str], required: set[str]) -> Iterator[_Line]:
    reader = csv.reader(lines, strict=True)
    try:
        header = next(reader, [])
        _check_header(name, header, required)
        for cells in reader:
            if len(cells) != len(header):
                wrong = f"{len(cells)} cells, but the header has {len(header)}"
                raise SourceFormatError(f"{name}, line {reader.line_num}: {wrong}")
            yield _Line(name, reader.line_num, dict(zip(header, cells, strict=True)))
    except csv.Error as error:
        raise SourceFormatError(f"{name}, line {reader.line_num}: this is not CSV ({error})") from error


def _check_header(name: str, header: list[str], required: set[str]) -> None:
    if missing := required - set(header):
        columns = ", ".join(sorted(missing))
        raise SourceFormatError(f"{name}, line 1: the columns {columns} are missing; is this an OMS export?")
    if len(set(header)) != len(header):
        raise SourceFormatError(f"{name}, line 1: a column comes twice")


def _bounded(name: str, text: IO[str]) -> Iterator[str]:
    """The lines, as long as they are lines of CSV: a small gzipped file can unpack to anything."""
    size = 0
    while line := text.readline(LONGEST_LINE):
        size += len(line)
        if len(line) == LONGEST_LINE or size > MOST_BYTES:
            raise SourceFormatError(f"{name}: more than {MOST_BYTES} bytes, or a line of {LONGEST_LINE}, is no export")
        yield line


def _text(path: Path) -> IO[str]:
    try:
        with path.open("rb") as raw:
            magic = raw.read(2)
    except OSError as error:
        raise SourceFormatError(f"{path.name} cannot be read: {error.strerror}") from error
    opener = gzip.open if magic == b"\x1f\x8b" else open
    return opener(path, "rt", encoding="utf-8", newline="")
