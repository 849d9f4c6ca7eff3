"""`lumicert lumi`: sets of lumisections on the command line.

A set is a JSON file (`-` is standard input); a result goes to standard output, or with `-o` to a file that is replaced
as a whole. Exit codes: 0 done (`diff`: the same, `check`: sound), 1 the answer is no (`diff`: they differ, `check`: not
sound), 2 nothing was done, for the reason given in one line on standard error.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from lumicert.lumi.errors import LumiError, UsageError
from lumicert.lumi.limits import LAYOUTS, MAX_BYTES

PROG = "lumicert lumi"


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
    if "numpy" not in sys.modules:
        # numpy starts a thread a core for linear algebra, which no command needs and every start would wait for.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from lumicert.lumi import commands

    command: Callable[[argparse.Namespace], int] = getattr(commands, options.command)
    return command(options)


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
        raise UsageError(f"{message}; see {self.prog} --help")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `command` of the parsed options names the function in `lumicert.lumi.commands`."""
    parser = _Parser(prog=PROG, description="Sets of lumisections: algebra, comparison, counting, luminosity.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: str, text: str, *, writes: bool = True) -> argparse.ArgumentParser:
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
        _add_two(add(name, "combine", text))
    _add_two(add("diff", "diff", "Compare A and B; exit code 0 if they are the same, 1 if not", writes=False))
    vote = add("vote", "vote", "Lumisections in at least N of the files")
    vote.add_argument("--at-least", type=int, required=True, metavar="N")
    vote.add_argument("files", nargs="+", metavar="FILE")
    merge = add("merge", "merge", "Lumisections in any of the files")
    merge.add_argument("files", nargs="+", metavar="FILE[:MIN-MAX]", help="a file, or only its runs MIN to MAX")


def _add_two(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B")


def _add_selection(add: Callable[..., argparse.ArgumentParser]) -> None:
    chosen = add("filter", "filter_runs", "The part of A in some runs")
    chosen.add_argument("a", metavar="A")
    chosen.add_argument("--min", type=int, metavar="RUN", help="no run before this one")
    chosen.add_argument("--max", type=int, metavar="RUN", help="no run after this one")
    chosen.add_argument("--runs", type=_run_list, metavar="RUN,RUN,...", help="only these runs")
    chosen.add_argument("--skip-runs", type=_run_list, metavar="RUN,RUN,...", help="all but these runs")
    table = add("from-csv", "from_csv", "The lumisections of a table with a run and an LS on every line")
    table.add_argument("file", metavar="CSV")
    table.add_argument("--run-column", metavar="COLUMN", help="name of the column, or its number from 1")
    table.add_argument("--ls-column", metavar="COLUMN", help="name of the column, or its number from 1")
    table.add_argument("--lenient", action="store_true", help="leave out bad lines and report them")


def _add_questions(add: Callable[..., argparse.ArgumentParser]) -> None:
    add("count", "count", "Runs, ranges and lumisections of A", writes=False).add_argument("a", metavar="A")
    check = add("check", "check", "Say what is wrong with a file; exit code 0 if it is sound, 1 if not")
    check.add_argument("a", metavar="A")
    check.add_argument("--lenient", action="store_true", help="repair, and say how; -o keeps the repaired set")
    lumi = add("luminosity", "luminosity", "Recorded and delivered luminosity of A", writes=False)
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


if __name__ == "__main__":
    sys.exit(main())
