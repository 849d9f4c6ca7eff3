"""What the commands of `lumicert lumi` do. Each takes the parsed options and returns its exit code."""

import io
import os
import re
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import IO

from lumicert.lumi.brilcalc import QUANTUM, ByLs
from lumicert.lumi.errors import LumiError, OpenRangeError, UsageError
from lumicert.lumi.files import LumiJsonError, ReadResult, dump, dumps, loads
from lumicert.lumi.luminosity import parse_unit
from lumicert.lumi.pairs_csv import read_pairs
from lumicert.lumi.sets import LumiSet

_SHOWN = 20  # ranges that a summary lists
_PROGRESS_AFTER = 0.5  # seconds


# Reading and writing -------------------------------------------------------------------------------------------------


class _Progress:
    """Tells a person at a terminal, and nobody else, how far a long wait has come."""

    def __init__(self, noun: str, total: int | None = None) -> None:
        self.started = time.monotonic()
        self.noun, self.total = noun, total
        self.shown = False

    def __call__(self, done: int) -> None:
        if time.monotonic() - self.started > _PROGRESS_AFTER and sys.stderr.isatty():
            of = f" of {self.total:,}" if self.total else ""
            _tell(f"\r{done:,}{of} {self.noun}")
            self.shown = True

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            _tell("\n")


def _read(name: str, options: Namespace, *, lenient: bool = False) -> ReadResult:
    limit = options.max_mb << 20
    if name == "-":
        data = _stdin().read(limit + 1)
    else:
        with open(name, "rb") as file:
            data = file.read(limit + 1)
    if len(data) > limit:
        raise LumiJsonError(f"{_called(name)}: larger than {options.max_mb} MB; allow more with --max-mb")
    try:
        return loads(data, lenient=lenient, max_bytes=limit)
    except LumiJsonError as error:
        raise LumiJsonError(f"{_called(name)}: {error}", error.problems) from None


def _stdin() -> IO[bytes]:
    if sys.stdin is None:
        raise UsageError("standard input (-) is closed")
    return sys.stdin.buffer


@contextmanager
def _text(name: str) -> Iterator[IO[str]]:
    if name != "-":
        with open(name, encoding="utf-8-sig") as file:
            yield file
        return
    stream = io.TextIOWrapper(_stdin(), encoding="utf-8-sig")
    try:
        yield stream
    finally:
        stream.detach()  # else the process would lose its standard input with the wrapper


def _called(name: str) -> str:
    return "standard input" if name == "-" else name


def _read_all(names: Sequence[str], options: Namespace) -> list[LumiSet]:
    if list(names).count("-") > 1:
        raise UsageError("standard input (-) can be read only once")
    sets = []
    with _Progress("files", len(names)) as progress:
        for done, name in enumerate(names, start=1):
            sets.append(_read(name, options).lumis)
            progress(done)
    return sets


def _write(lumis: LumiSet, options: Namespace) -> int:
    if options.output in (None, "-"):
        text = dumps(lumis, layout=options.layout)
        # A file in this layout has no final newline, and a pipe must carry the file; a prompt needs one.
        needs_newline = sys.stdout.isatty() and not text.endswith("\n")
        _print_all(text + "\n" * needs_newline)
    else:
        dump(lumis, options.output, layout=options.layout)
    return 0


def _say(text: str) -> None:
    _print_all(text + "\n")


def _tell(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _print_all(text: str) -> None:
    # Where Python is told not to buffer, a write to a full disk or a closed pipe may take a part and not say so.
    sys.stdout.flush()
    rest = memoryview(text.encode(errors="surrogateescape"))  # as Python decodes the names of files
    while rest:
        rest = rest[sys.stdout.buffer.write(rest) :]


# The commands --------------------------------------------------------------------------------------------------------


def combine(options: Namespace) -> int:
    a, b = _read_all((options.a, options.b), options)
    results = {"and": LumiSet.__and__, "or": LumiSet.__or__, "sub": LumiSet.__sub__, "xor": LumiSet.__xor__}
    return _write(results[options.name](a, b), options)


def diff(options: Namespace) -> int:
    a, b = _read_all((options.a, options.b), options)
    if a == b:
        _say(f"{options.a} and {options.b} are the same: {_size(a)}")
        return 0
    for name, only in ((options.a, a - b), (options.b, b - a)):
        _say(f"only in {_called(name)}: {_size(only)}")
        if only:
            _say(dumps(only))
    _say(f"in both: {_size(a & b)}")
    return 1


def vote(options: Namespace) -> int:
    n_files = len(options.files)
    if not 1 <= options.at_least <= n_files:
        raise UsageError(f"--at-least {options.at_least} of {n_files} files: it must lie between 1 and {n_files}")
    return _write(LumiSet.vote(_read_all(options.files, options), at_least=options.at_least), options)


def merge(options: Namespace) -> int:
    windows = [_window(text) for text in options.files]
    sets = _read_all([name for name, _, _ in windows], options)
    parts = [lumis.between(first, last) for lumis, (_, first, last) in zip(sets, windows, strict=True)]
    return _write(LumiSet.vote(parts, at_least=1), options)


def _window(text: str) -> tuple[str, int | None, int | None]:
    """The file and the window of runs in `FILE:MIN-MAX`, either bound open; a colon elsewhere belongs to the name."""
    match = re.fullmatch(r"(.+):(\d*)-(\d*)", text, re.ASCII | re.DOTALL)
    if not match or not (match[2] or match[3]) or os.path.exists(text):
        return text, None, None
    first, last = (int(bound) if bound else None for bound in match.group(2, 3))
    if first is not None and last is not None and last < first:
        raise UsageError(f"{text}: the window of runs ends at {last}, before it begins at {first}")
    return match[1], first, last


def filter_runs(options: Namespace) -> int:
    lumis = _read(options.a, options).lumis.between(options.min, options.max)
    if options.runs is not None:
        lumis = lumis.select_runs(options.runs)
    return _write(lumis.drop_runs(options.skip_runs or ()), options)


def count(options: Namespace) -> int:
    lumis = _read(options.a, options).lumis
    n_ls = lumis.n_ls
    _say(f"runs          {lumis.n_runs}\nranges        {lumis.n_ranges}\nlumisections  {n_ls}")
    return 0


def check(options: Namespace) -> int:
    try:
        result = _read(options.a, options, lenient=options.lenient)
    except LumiJsonError as error:
        for problem in error.problems:
            _say(f"{problem.where}: {problem.problem}")
        _say(f"{_called(options.a)}: {_several(len(error.problems), 'problem')}" if error.problems else str(error))
        return 1
    for repair in result.repairs:
        _say(str(repair))
    if options.output is not None:
        _write(result.lumis, options)
    verdict = f"{_several(len(result.repairs), 'repair')}, leaving" if result.repairs else "sound,"
    _say(f"{_called(options.a)}: {verdict} {_size(result.lumis)}")
    return 0


def from_csv(options: Namespace) -> int:
    with _Progress("lines") as progress, _text(options.file) as file:
        try:
            result = read_pairs(
                _lines(file),
                run_column=options.run_column,
                ls_column=options.ls_column,
                lenient=options.lenient,
                progress=progress,
            )
        except UnicodeDecodeError:
            raise LumiError(f"{_called(options.file)}: not UTF-8 text") from None
        except LumiError as error:
            raise LumiError(f"{_called(options.file)}: {error}") from None
    for bad in result.skipped:
        _tell(f"lumicert lumi: {_called(options.file)}: {bad}; left out\n")
    return _write(result.lumis, options)


def _lines(file: IO[str]) -> Iterator[str]:
    """The lines of a table; one that never ends is cut, so that it cannot fill the memory, and then cannot be read."""
    return iter(lambda: file.readline(100_000), "")


def luminosity(options: Namespace) -> int:
    unit = parse_unit(options.unit)
    if options.a == options.by_ls == "-":
        raise UsageError("standard input (-) can be read only once")
    lumis = _read(options.a, options).lumis
    table = _by_ls(options.by_ls)
    total = table.integrate(lumis)
    _say(f"recorded      {total.recorded.to(unit)}\ndelivered     {total.delivered.to(unit)}")
    _say(f"lumisections  {total.n_ls}, of which {total.missing.n_ls} have no luminosity in the table: not in the sums")
    if table.n_rounded:
        _say(f"rounded       {_several(table.n_rounded, 'figure')} of the table, finer than 1 {QUANTUM}")
    for run, first, last in islice(total.missing.ranges(), _SHOWN):
        _say(f"unknown       run {run}, LS {first}" + f"-{last}" * (last != first))
    if total.missing.n_ranges > _SHOWN:
        _say(f"unknown       and {_several(total.missing.n_ranges - _SHOWN, 'more range')}")
    return 0


def _by_ls(name: str) -> ByLs:
    with _Progress("lines") as progress, _text(name) as file:
        try:
            return ByLs.parse(file, progress=progress)
        except LumiError as error:
            raise LumiError(f"{_called(name)}: {error}") from None


def _size(lumis: LumiSet) -> str:
    runs = _several(lumis.n_runs, "run")
    try:
        return f"{lumis.n_ls} LS in {runs}"
    except OpenRangeError:
        return f"open-ended, in {runs}"


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
