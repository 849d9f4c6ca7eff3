"""Files of lumisections: the JSON of CMS golden and DCS-only lists.

The format is one object, run number (as text) to a list of closed ranges: ``{"315257": [[1, 88], [91, 92]]}``. A range
``[5, null]`` is open-ended. `schema()` has it as a JSON Schema, version 1.

The *strict* reader refuses what no tool reads in the same way: a range that ends before it begins, ranges that overlap,
numbers that are not whole or are true or false, LS below 1, a run that is written twice or cannot exist. Ranges in any
order, ranges that touch, and a run with no range are sound. The *lenient* reader repairs and says what it did. Where
the meaning is certain it keeps it (overlaps are merged, a run's two lists united, 5.0 is 5, LS 0 is cut off). Where it
would have to guess, it leaves the range out: a repair must not make lumisections good that nobody certified.

Layouts, all with runs in numeric order:

- ``line``: one line with the spacing of Python's json.dumps and a final newline, as Cert_294927-306462 of 2017;
- ``runs``: one run a line, indented by two; a run whose line would be longer than 80 characters has one range a line;
  no final newline; as Cert_314472-325175 of 2018;
- ``cmssw``: as CMSSW's LumiList.writeJSON: json.dumps with a newline after every ``]],`` and at the end.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import NoneType
from typing import Any, NoReturn, TypeAlias

import numpy as np

from lumicert.lumi.errors import LumiError
from lumicert.lumi.limits import LAYOUTS, MAX_BYTES, MAX_RUN, OPEN, Layout
from lumicert.lumi.sets import LumiSet, why_impossible

_LINE_WIDTH = 80
_Pairs: TypeAlias = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Repair:
    """One fault of a file, and what the lenient reader did about it. `run` and `range` are as written."""

    run: str
    range: str
    problem: str
    action: str

    @property
    def where(self) -> str:
        """The place, in words."""
        return f"run {self.run}, range {self.range}" if self.range else f"run {self.run}"

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; {self.action}"


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a file holds, and what had to be repaired to read it (nothing, by the strict reader)."""

    lumis: LumiSet
    repairs: tuple[Repair, ...] = ()


class LumiJsonError(LumiError):
    """A file that is not sound. `problems` has every fault that a lenient reader would repair; none, if it cannot."""

    def __init__(self, message: str, problems: tuple[Repair, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


# Reading -----------------------------------------------------------------------------------------------------------


def load(path: str | os.PathLike[str], *, lenient: bool = False, max_bytes: int = MAX_BYTES) -> ReadResult:
    """Reads a file. Raises OSError when it cannot be opened, LumiJsonError naming the file, the run and the range."""
    with open(path, "rb") as file:
        data = file.read(max_bytes + 1)
    try:
        return loads(data, lenient=lenient, max_bytes=max_bytes)
    except LumiJsonError as error:
        raise LumiJsonError(f"{os.fspath(path)}: {error}", error.problems) from None


def loads(text: str | bytes, *, lenient: bool = False, max_bytes: int = MAX_BYTES) -> ReadResult:
    """Reads text (or UTF-8 bytes). `max_bytes` bounds the memory that a wrong file can take.

    Raises LumiJsonError naming the first unsound run and range, and how many more there are.
    """
    if len(text) > max_bytes:
        raise LumiJsonError(
            f"larger than {max_bytes:,} bytes: no list of lumisections is; raise the limit if this one is"
        )
    pairs = _parsed(text)
    lumis = _plain(pairs)
    if lumis is not None:
        return ReadResult(lumis)
    reader = _Careful()
    result = ReadResult(reader.read(pairs), tuple(reader.repairs))
    if result.repairs and not lenient:
        raise _refusal(result.repairs)
    return result


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the format, version 1."""
    text = Path(__file__).with_name("schema").joinpath("lumi_json-1.schema.json").read_text("utf-8")
    return dict(json.loads(text))


def _refusal(problems: tuple[Repair, ...]) -> LumiJsonError:
    others = len(problems) - 1
    more = f" (and {others} more {'problems' if others > 1 else 'problem'})" if others else ""
    return LumiJsonError(f"{problems[0].where}: {problems[0].problem}{more}", problems)


class _Object(list[tuple[str, Any]]):
    """A JSON object as its pairs, because a dict would keep only the last of two equal keys."""


def _no_constant(name: str) -> NoReturn:
    raise LumiJsonError(f"{name} is not a number that JSON knows")


def _parsed(text: str | bytes) -> _Pairs:
    if not text.strip():
        raise LumiJsonError("empty: a set without lumisections is written {}")
    try:
        document = text if isinstance(text, str) else text.decode("utf-8")
        value = json.loads(document.removeprefix("\ufeff"), object_pairs_hook=_Object, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise LumiJsonError(f"not UTF-8 text: byte {error.start + 1} cannot be read") from None
    except json.JSONDecodeError as error:
        raise LumiJsonError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise LumiJsonError("nested too deeply: a list of lumisections is {run: [[first, last], ...]}") from None
    except MemoryError:
        raise LumiJsonError("too large for the memory of this machine") from None
    except LumiJsonError:
        raise
    except ValueError:  # Python refuses to convert numbers of thousands of digits
        raise LumiJsonError("a number in it has thousands of digits") from None
    if not isinstance(value, _Object):
        raise LumiJsonError(f"{_shown(value)} at the top where an object {{run: [[first, last], ...]}} is expected")
    return value


def _plain(pairs: _Pairs) -> LumiSet | None:
    """The set, when all is as it should be, by a few sweeps over the whole file; None hands over to `_Careful`."""
    keys, values = [key for key, _ in pairs], [value for _, value in pairs]
    if len(set(keys)) < len(keys) or not all(map(_is_run, keys)) or set(map(type, values)) - {list}:
        return None
    ranges = list(chain.from_iterable(values))
    if set(map(type, ranges)) - {list} or set(map(len, ranges)) - {2}:
        return None
    firsts, lasts = [first for first, _ in ranges], [last for _, last in ranges]
    if set(map(type, firsts)) - {int} or set(map(type, lasts)) - {int, NoneType}:
        return None
    runs = np.repeat(np.array(keys, np.int64), [len(value) for value in values])
    return _disjoint(runs, firsts, lasts)


def _disjoint(runs: Any, firsts: list[int], lasts: list[int | None]) -> LumiSet | None:
    # An LS as high as OPEN must not pass for an open end, nor overflow.
    if max(firsts, default=0) >= OPEN or max((last or 0 for last in lasts), default=0) >= OPEN:
        return None
    first, last = np.array(firsts, np.int64), np.array([OPEN if last is None else last for last in lasts], np.int64)
    if (first < 1).any() or (last < first).any():
        return None
    order = np.lexsort((first, runs))
    begins, ends = (runs << 32 | first)[order], (runs << 32 | last)[order]
    return None if (begins[1:] <= ends[:-1]).any() else LumiSet.from_arrays(runs, first, last)


def _is_run(key: str) -> bool:
    # isdecimal alone would take the digits of every script, and int() would make the same run of them.
    return key.isascii() and key.isdecimal() and key[0] != "0" and len(key) <= 10 and int(key) <= MAX_RUN


class _Careful:
    """Reads run by run and range by range; every departure from the format is a `Repair`."""

    def __init__(self) -> None:
        self.repairs: list[Repair] = []
        self.run = ""

    def _note(self, written: str, problem: str, action: str) -> None:
        self.repairs.append(Repair(self.run, written, problem, action))

    def read(self, pairs: _Pairs) -> LumiSet:
        by_run: dict[int, list[tuple[int, int]]] = {}
        for key, value in pairs:
            self.run = _shown(key)[1:-1]  # escaped: a message must not carry control characters to a terminal
            run = self._run(key)
            if run is None:
                continue
            if run in by_run:
                self._note("", "the run is written more than once", "its lists were united")
            by_run.setdefault(run, []).extend(self._ranges(value))
        for run, ranges in by_run.items():
            self.run = str(run)
            self._note_overlaps(ranges)
        rows = [(run, first, last) for run, ranges in by_run.items() for first, last in ranges]
        return LumiSet.from_arrays(*np.array(rows, np.int64).reshape(-1, 3).T)

    def _run(self, key: str) -> int | None:
        if _is_run(key):
            return int(key)
        digits = key.strip().lstrip("0")
        if _is_run(digits):
            self._note("", "this is not how a run number is written", f"read as {digits}")
            return int(digits)
        self._note("", f"a run number is a whole number between 1 and {MAX_RUN}", "left out")
        return None

    def _ranges(self, value: Any) -> Iterator[tuple[int, int]]:
        if isinstance(value, list) and not isinstance(value, _Object):
            return (pair for pair in map(self._range, value) if pair is not None)
        self._note(_shown(value), "a list of ranges [[first, last], ...] is expected", "left out")
        return iter(())

    def _range(self, value: Any) -> tuple[int, int] | None:
        if not isinstance(value, list) or isinstance(value, _Object) or len(value) != 2:
            hint = "; a single lumisection is [5, 5]" if isinstance(value, int) else ""
            self._note(_shown(value), f"a range is a pair [first, last]{hint}", "left out")
            return None
        first = self._number(value, value[0])
        last = OPEN if value[1] is None else self._number(value, value[1])
        if first is None or last is None:
            return None
        if first < 1 <= last:
            self._note(_shown(value), "lumisections are numbered from 1", "it now begins at 1")
            first = 1
        problem = why_impossible(1, first, last)
        if problem is None and last == OPEN and value[1] is not None:
            problem = f"no lumisection has a number above {OPEN - 1}"
        if problem is not None:
            self._note(_shown(value), problem, "left out")
            return None
        return first, last

    def _number(self, value: Any, number: Any) -> int | None:
        if type(number) is int:
            return number
        if isinstance(number, float) and number.is_integer() and abs(number) <= OPEN:
            self._note(_shown(value), f"{number!r} is not written as a whole number", f"read as {int(number)}")
            return int(number)
        if isinstance(number, str) and len(number) <= 10 and number.isascii() and number.isdecimal():
            self._note(_shown(value), f"{_shown(number)} is text and not a number", f"read as {int(number)}")
            return int(number)
        self._note(_shown(value), f"{_shown(number)} is not a whole number", "left out")
        return None

    def _note_overlaps(self, ranges: Iterable[tuple[int, int]]) -> None:
        reached, reached_by = 0, (0, 0)
        for first, last in sorted(ranges):
            if first <= reached:
                self._note(_shown(_written(first, last)), f"it overlaps {_shown(_written(*reached_by))}", "merged")
            if last > reached:
                reached, reached_by = last, (first, last)


def _written(first: int, last: int) -> list[int | None]:
    return [first, None if last == OPEN else last]


def _shown(value: Any) -> str:
    """The value as it stands in the file, cut where it is long."""
    try:
        text = json.dumps(dict(value) if isinstance(value, _Object) else value)
    except (ValueError, RecursionError):
        text = "a value"
    return text if len(text) <= 60 else text[:57] + "..."


# Writing -----------------------------------------------------------------------------------------------------------


def dumps(lumis: LumiSet, *, layout: Layout = "runs") -> str:
    """The text of a set in one of the three layouts, byte for byte as CMS files have it."""
    if layout not in LAYOUTS:
        raise ValueError(f"{layout!r} is no layout; choose one of {', '.join(LAYOUTS)}")
    by_run = _ranges_by_run(lumis)
    if layout == "runs":
        return _one_run_a_line(by_run)
    separator = ",\n " if layout == "cmssw" else ", "
    return "{" + separator.join(f'"{run}": {ranges}' for run, ranges in by_run.items()) + "}\n"


def _ranges_by_run(lumis: LumiSet) -> dict[int, str]:
    """The ranges of each run as JSON. Only strings: a year of lists keeps Python's garbage collector busy."""
    runs, starts = np.unique(lumis.run_array, return_index=True)
    lasts = ["null" if last == OPEN else last for last in lumis.last_array.tolist()]
    texts = [f"[{first}, {last}]" for first, last in zip(lumis.first_array.tolist(), lasts, strict=True)]
    stops = [*starts.tolist()[1:], len(texts)][: len(runs)]
    return {
        run: f"[{', '.join(texts[start:stop])}]"
        for run, start, stop in zip(runs.tolist(), starts.tolist(), stops, strict=True)
    }


def _one_run_a_line(by_run: dict[int, str]) -> str:
    lines = []
    for at, (run, ranges) in enumerate(by_run.items(), start=1):
        line = f'  "{run}": {ranges}' + "," * (at < len(by_run))
        if len(line) > _LINE_WIDTH:
            broken = ranges[1:-1].replace("], [", "],\n    [")
            line = f'  "{run}": [\n    {broken}\n  ]' + "," * (at < len(by_run))
        lines.append(line)
    return "\n".join(["{", *lines, "}"]) if lines else "{}"


def dump(lumis: LumiSet, path: str | os.PathLike[str], *, layout: Layout = "runs") -> None:
    """Writes a set to a file, whole or not at all: a reader never sees half of it. Raises OSError."""
    write_whole(path, dumps(lumis, layout=layout))


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Writes text to a file through a neighbour that then takes its place; devices and pipes are written directly."""
    target = Path(path).resolve()  # a link keeps pointing to its file, which is what gets replaced
    if target.exists() and not target.is_file():
        target.write_text(text, "utf-8")
        return
    neighbour = target.with_name(f".{target.name[:200]}.{os.urandom(4).hex()}")
    try:
        with open(neighbour, "x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            neighbour.chmod(target.stat().st_mode & 0o7777)
        neighbour.replace(target)
    except OSError as error:
        neighbour.unlink(missing_ok=True)
        # The person asked for this file and has never heard of its neighbour.
        raise type(error)(error.errno, error.strerror, os.fspath(path)) from None
