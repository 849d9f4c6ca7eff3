"""`lumicert lumi`: sets of lumisections on the command line.

A set is a JSON file (`-` is standard input); a result goes to standard output, or with `-o` to a file that is replaced
as a whole. Exit codes: 0 done (`diff`: the same, `check`: sound), 1 the answer is no (`diff`: they differ, `check`: not
sound), 2 nothing was done, for the reason given in one line on standard error.
"""

import argparse
import io
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import IO, NoReturn, TypeAlias

from lumicert.lumi.brilcalc import QUANTUM, ByLs
from lumicert.lumi.errors import LumiError, OpenRangeError
from lumicert.lumi.files import LAYOUTS, MAX_BYTES, LumiJsonError, ReadResult, dump, dumps, loads
from lumicert.lumi.luminosity import parse_unit
from lumicert.lumi.pairs_csv import read_pairs
from lumicert.lumi.sets import LumiSet

PROG = "lumicert lumi"
_SHOWN = 20  # ranges that a summary lists
_PROGRESS_AFTER = 0.5  # seconds
_Options: TypeAlias = argparse.Namespace
_Command: TypeAlias = Callable[[_Options], int]


class _UsageError(LumiError):
    """What was typed cannot be done."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command with the arguments after `lumicert lumi`; returns its exit code."""
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read has had enough, which is no fault
        return _without_output(2)
    except KeyboardInterrupt:
        return _failed("interrupted", 130)
    except OSError as error:
        code = _failed(f"{error.filename or 'input or output'}: {error.strerror or error}")
        return code if error.filename else _without_output(code)
    except (LumiError, UnicodeError) as error:
        return _failed(str(error))
    return code


def _run(argv: Sequence[str] | None) -> int:
    try:
        options = build_parser().parse_args(argv)
    except SystemExit as finished:  # argparse has printed the help that was asked for
        return int(finished.code or 0)
    code: int = options.command(options)
    return code


def _failed(message: str, code: int = 2) -> int:
    print(f"{PROG}: {message}", file=sys.stderr)
    return code


def _without_output(code: int) -> int:
    # Python writes what is left in the buffer at exit, and would complain a second time.
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return code


# What can be typed ---------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{message}; see {self.prog} --help")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `command` of the parsed options is the function to call with them."""
    parser = _Parser(prog=PROG, description="Sets of lumisections: algebra, comparison, counting, luminosity.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: _Command, text: str, *, writes: bool = True) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text)
        one.set_defaults(command=command, name=name)
        one.add_argument(
            "--max-mb", type=_size_limit, default=MAX_BYTES >> 20, metavar="N", help="largest JSON file, in MB"
        )
        if writes:
            one.add_argument("-o", "--output", metavar="OUT", help="write to this file instead of standard output")
            one.add_argument("--layout", choices=LAYOUTS, default="runs", help="how the JSON is laid out (%(default)s)")
        return one

    _add_algebra(add)
    _add_selection(add)
    _add_questions(add)
    return parser


def _add_algebra(add: Callable[..., argparse.ArgumentParser]) -> None:
    for name, text in (
        ("and", "Lumisections in both A and B"),
        ("or", "Lumisections in A, in B or in both"),
        ("sub", "Lumisections in A and not in B"),
        ("xor", "Lumisections in exactly one of A and B"),
    ):
        _add_two(add(name, _combine, text))
    _add_two(add("diff", _diff, "Compare A and B; exit code 0 if they are the same, 1 if not", writes=False))
    vote = add("vote", _vote, "Lumisections in at least N of the files")
    vote.add_argument("--at-least", type=int, required=True, metavar="N")
    vote.add_argument("files", nargs="+", metavar="FILE")
    merge = add("merge", _merge, "Lumisections in any of the files")
    merge.add_argument("files", nargs="+", metavar="FILE[:MIN-MAX]", help="a file, or only its runs MIN to MAX")


def _add_two(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B")


def _add_selection(add: Callable[..., argparse.ArgumentParser]) -> None:
    chosen = add("filter", _filter, "The part of A in some runs")
    chosen.add_argument("a", metavar="A")
    chosen.add_argument("--min", type=int, metavar="RUN", help="no run before this one")
    chosen.add_argument("--max", type=int, metavar="RUN", help="no run after this one")
    chosen.add_argument("--runs", type=_run_list, metavar="RUN,RUN,...", help="only these runs")
    chosen.add_argument("--skip-runs", type=_run_list, metavar="RUN,RUN,...", help="all but these runs")
    table = add("from-csv", _from_csv, "The lumisections of a table with a run and an LS on every line")
    table.add_argument("file", metavar="CSV")
    table.add_argument("--run-column", metavar="COLUMN", help="name of the column, or its number from 1")
    table.add_argument("--ls-column", metavar="COLUMN", help="name of the column, or its number from 1")
    table.add_argument("--lenient", action="store_true", help="leave out bad lines and report them")


def _add_questions(add: Callable[..., argparse.ArgumentParser]) -> None:
    add("count", _count, "Runs, ranges and lumisections of A", writes=False).add_argument("a", metavar="A")
    check = add("check", _check, "Say what is wrong with a file; exit code 0 if it is sound, 1 if not")
    check.add_argument("a", metavar="A")
    check.add_argument("--lenient", action="store_true", help="repair, and say how; -o keeps the repaired set")
    lumi = add("luminosity", _luminosity, "Recorded and delivered luminosity of A", writes=False)
    lumi.add_argument("a", metavar="A")
    lumi.add_argument("--by-ls", required=True, metavar="CSV", help="the output of brilcalc lumi --byls")
    lumi.add_argument("--unit", default="/pb", help="for example /pb or /fb (%(default)s)")


def _size_limit(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,4}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is no size in MB; give a whole number from 1")
    return int(text)


def _run_list(text: str) -> list[int]:
    if not re.fullmatch(r"\s*\d{1,10}(\s*,\s*\d{1,10})*\s*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of runs; separate them by commas")
    return [int(run) for run in text.split(",")]


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
            print(f"\r{done:,}{of} {self.noun}", end="", file=sys.stderr, flush=True)
            self.shown = True

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            print(file=sys.stderr)


def _read(name: str, options: _Options, *, lenient: bool = False) -> ReadResult:
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
        raise _UsageError("standard input (-) is closed")
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


def _read_all(names: Sequence[str], options: _Options) -> list[LumiSet]:
    if list(names).count("-") > 1:
        raise _UsageError("standard input (-) can be read only once")
    sets = []
    with _Progress("files", len(names)) as progress:
        for done, name in enumerate(names, start=1):
            sets.append(_read(name, options).lumis)
            progress(done)
    return sets


def _write(lumis: LumiSet, options: _Options) -> int:
    if options.output in (None, "-"):
        text = dumps(lumis, layout=options.layout)
        # A file in this layout has no final newline, and a pipe must carry the file; a prompt needs one.
        needs_newline = sys.stdout.isatty() and not text.endswith("\n")
        _print_all(text + "\n" * needs_newline)
    else:
        dump(lumis, options.output, layout=options.layout)
    return 0


def _print_all(text: str) -> None:
    # Where Python is told not to buffer, a write to a full disk or a closed pipe may take a part and not say so.
    sys.stdout.flush()
    rest = memoryview(text.encode())
    while rest:
        rest = rest[sys.stdout.buffer.write(rest) :]


# The commands --------------------------------------------------------------------------------------------------------


def _combine(options: _Options) -> int:
    a, b = _read_all((options.a, options.b), options)
    results = {"and": LumiSet.__and__, "or": LumiSet.__or__, "sub": LumiSet.__sub__, "xor": LumiSet.__xor__}
    return _write(results[options.name](a, b), options)


def _diff(options: _Options) -> int:
    a, b = _read_all((options.a, options.b), options)
    if a == b:
        print(f"{options.a} and {options.b} are the same: {_size(a)}")
        return 0
    for name, only in ((options.a, a - b), (options.b, b - a)):
        print(f"only in {_called(name)}: {_size(only)}")
        if only:
            print(dumps(only))
    print(f"in both: {_size(a & b)}")
    return 1


def _vote(options: _Options) -> int:
    n_files = len(options.files)
    if not 1 <= options.at_least <= n_files:
        raise _UsageError(f"--at-least {options.at_least} of {n_files} files: it must lie between 1 and {n_files}")
    return _write(LumiSet.vote(_read_all(options.files, options), at_least=options.at_least), options)


def _merge(options: _Options) -> int:
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
        raise _UsageError(f"{text}: the window of runs ends at {last}, before it begins at {first}")
    return match[1], first, last


def _filter(options: _Options) -> int:
    lumis = _read(options.a, options).lumis.between(options.min, options.max)
    if options.runs is not None:
        lumis = lumis.select_runs(options.runs)
    return _write(lumis.drop_runs(options.skip_runs or ()), options)


def _count(options: _Options) -> int:
    lumis = _read(options.a, options).lumis
    n_ls = lumis.n_ls
    print(f"runs          {lumis.n_runs}\nranges        {lumis.n_ranges}\nlumisections  {n_ls}")
    return 0


def _check(options: _Options) -> int:
    try:
        result = _read(options.a, options, lenient=options.lenient)
    except LumiJsonError as error:
        for problem in error.problems:
            print(f"{problem.where}: {problem.problem}")
        print(f"{_called(options.a)}: {_several(len(error.problems), 'problem')}" if error.problems else error)
        return 1
    for repair in result.repairs:
        print(repair)
    if options.output is not None:
        _write(result.lumis, options)
    verdict = f"{_several(len(result.repairs), 'repair')}, leaving" if result.repairs else "sound,"
    print(f"{_called(options.a)}: {verdict} {_size(result.lumis)}")
    return 0


def _from_csv(options: _Options) -> int:
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
        print(f"{PROG}: {_called(options.file)}: {bad}; left out", file=sys.stderr)
    return _write(result.lumis, options)


def _lines(file: IO[str]) -> Iterator[str]:
    """The lines of a table; one that never ends is cut, so that it cannot fill the memory, and then cannot be read."""
    return iter(lambda: file.readline(100_000), "")


def _luminosity(options: _Options) -> int:
    unit = parse_unit(options.unit)
    if options.a == options.by_ls == "-":
        raise _UsageError("standard input (-) can be read only once")
    lumis = _read(options.a, options).lumis
    table = _by_ls(options.by_ls)
    total = table.integrate(lumis)
    print(f"recorded      {total.recorded.to(unit)}\ndelivered     {total.delivered.to(unit)}")
    print(f"lumisections  {total.n_ls}, of which {total.missing.n_ls} have no luminosity in the table: not in the sums")
    if table.n_rounded:
        print(f"rounded       {_several(table.n_rounded, 'figure')} of the table, finer than 1 {QUANTUM}")
    for run, first, last in islice(total.missing.ranges(), _SHOWN):
        print(f"unknown       run {run}, LS {first}" + f"-{last}" * (last != first))
    if total.missing.n_ranges > _SHOWN:
        print(f"unknown       and {_several(total.missing.n_ranges - _SHOWN, 'more range')}")
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


if __name__ == "__main__":
    sys.exit(main())
