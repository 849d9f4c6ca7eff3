"""Tables of single lumisections: text with a run and an LS on every line.

Cells are separated by commas, semicolons, tabs, blanks or colons, whichever the first line has (looked for in this
order). Blank lines and lines that begin with # are remarks. The first other line may name the columns; the run and LS
columns are found by their usual names, or by a given name or number (from 1). A table that names no columns has them
first and second.
"""

import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lumicert.lumi.errors import LumiCsvError
from lumicert.lumi.limits import MAX_LS, MAX_RUN
from lumicert.lumi.sets import LumiSet

_NAMES = {
    "run": ("run", "runnumber", "runnr"),
    "ls": ("ls", "lumi", "lumisection", "lumisectionnumber", "luminosityblock", "lsnumber"),
}
_SHOWN = 10  # places that an error lists


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that gives no lumisection: its number from 1, and why."""

    number: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.problem}"


@dataclass(frozen=True, slots=True)
class CsvResult:
    """The set of all pairs, and the lines that were left out (none, by the strict reader)."""

    lumis: LumiSet
    skipped: tuple[BadLine, ...] = ()


def read_pairs(
    lines: Iterable[str],
    *,
    run_column: str | None = None,
    ls_column: str | None = None,
    lenient: bool = False,
    progress: Callable[[int], object] | None = None,
) -> CsvResult:
    """The lumisections of a table. Columns are names or numbers from 1; `progress` gets the number of lines at times.

    Raises LumiCsvError with the number of every line (the first ten) that gives no lumisection, unless `lenient`,
    which leaves them out and returns them; and in any case when a named column is not there.
    """
    reader = _Reader(run_column, ls_column, progress)
    for number, line in enumerate(lines, start=1):
        reader.take(number, line)
    if reader.bad and not lenient:
        raise _refusal(reader.bad)
    return CsvResult(LumiSet.from_pairs(reader.runs, reader.lss), tuple(reader.bad))


def _refusal(bad: list[BadLine]) -> LumiCsvError:
    if len(bad) == 1:
        return LumiCsvError(str(bad[0]))
    numbers = ", ".join(str(line.number) for line in bad[:_SHOWN]) + ", ..." * (len(bad) > _SHOWN)
    return LumiCsvError(f"{bad[0]}; {len(bad)} lines give no lumisection: {numbers}")


class _Reader:
    def __init__(self, run_column: str | None, ls_column: str | None, progress: Callable[[int], object] | None) -> None:
        self.wanted = {"run": run_column, "ls": ls_column}
        self.progress = progress
        self.delimiter: str | None = None
        self.places: dict[str, int] | None = None
        self.runs: list[int] = []
        self.lss: list[int] = []
        self.bad: list[BadLine] = []

    def take(self, number: int, line: str) -> None:
        """Takes one line: a remark, the names, a pair, or a bad line."""
        if self.progress and number % 50_000 == 0:
            self.progress(number)
        if not line.strip() or line.startswith("#"):
            return
        if self.places is None:
            self.delimiter = next((mark for mark in ",;\t" if mark in line), None)
            if self.delimiter is None and len(line.split()) == 1:
                self.delimiter = ":"
            cells = self._cells(line)
            is_header = not any(map(_is_number, cells))
            self.places = self._find(cells if is_header else [], number)
            if is_header:
                return
        self._row(number, self._cells(line), self.places)

    def _cells(self, line: str) -> list[str]:
        if self.delimiter is None:
            return line.split()
        try:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=self.delimiter, skipinitialspace=True))]
        except csv.Error:  # a cell without end, or a byte 0: no columns, and so a bad line
            return []

    def _find(self, header: list[str], number: int) -> dict[str, int]:
        try:
            places = {column: self._place(column, default, header) for default, column in enumerate(_NAMES)}
        except LumiCsvError as error:
            there = f"the table has the columns {', '.join(header)[:200]}" if header else "the table names no columns"
            raise LumiCsvError(f"line {number}: {error}; {there}") from None
        if places["run"] == places["ls"]:
            raise LumiCsvError(f"line {number}: run and LS cannot both be column {places['run'] + 1}")
        return places

    def _place(self, column: str, default: int, header: list[str]) -> int:
        wanted = self.wanted[column]
        if wanted is not None and _is_number(wanted) and int(wanted) >= 1:
            return int(wanted) - 1
        if wanted is not None:
            if wanted not in header:
                raise LumiCsvError(f"no column {wanted!r}")
            return header.index(wanted)
        if not header:
            return default
        plain = [re.sub(r"[\W_]", "", name).lower() for name in header]
        for name in _NAMES[column]:
            if name in plain:
                return plain.index(name)
        raise LumiCsvError(f"cannot tell which column is the {column}, name it")

    def _row(self, number: int, cells: list[str], places: dict[str, int]) -> None:
        if len(cells) <= max(places.values()):
            needed = max(places.values()) + 1
            self.bad.append(BadLine(number, f"{len(cells)} columns where {needed} or more are needed"))
            return
        run, ls = cells[places["run"]], cells[places["ls"]]
        for what, text, highest in (("run", run, MAX_RUN), ("LS", ls, MAX_LS)):
            if not _is_number(text) or not 1 <= int(text) <= highest:
                self.bad.append(BadLine(number, f"{text[:40]!r} is no {what} (a whole number from 1 to {highest})"))
                return
        self.runs.append(int(run))
        self.lss.append(int(ls))


def _is_number(text: str) -> bool:
    return len(text) <= 10 and text.isascii() and text.isdecimal()
