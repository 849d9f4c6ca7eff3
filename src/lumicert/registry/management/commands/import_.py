"""`lumicert import`: take in published lists and OMS exports as events."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

import pydantic
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lumicert.accounts.models import User
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import ActRefused
from lumicert.registry import imports
from lumicert.registry.reading import BadInput, dataset_name, name_of, read_list
from lumicert.runs import fetching, outside
from lumicert.runs.services import TRACKER_COMPONENTS, Imported, PublishedList, import_oms_export
from lumicert.sources.errors import SourceError, SourceFormatError

_REFUSALS = (BadInput, SourceFormatError, imports.NameTaken, ActRefused, pydantic.ValidationError)


class Progress:
    """What is being done, on standard error: a line that changes on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.on_terminal = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        percent = f", {100 * done // total} % of {total:,}" if total else ""
        line = f"{what}{percent}, {time.monotonic() - self.began:.1f} s"
        # to the start of the line, and what was there is cleared
        sys.stderr.write(f"\r\033[K{line}" if self.on_terminal else f"{line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self.on_terminal:
            sys.stderr.write("\r\033[K")


class Command(BaseCommand):
    help = "Take in published lists and OMS exports as events. The same files again change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = "A move from CertHelper is a command of its own: lumicert import certhelper --help."
        what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
        pair = what.add_parser("lists", help="a published pair: a DCS-only list and its golden JSON")
        pair.add_argument("--dcs", type=Path, required=True, metavar="FILE")
        pair.add_argument("--golden", type=Path, required=True, metavar="FILE")
        pair.add_argument("--class", dest="klass", required=True, metavar="NAME", help="such as Collisions18")
        pair.add_argument("--dataset", required=True, metavar="NAME", help="such as /PromptReco/Collisions2018/DQM")
        pair.add_argument(
            "--component", action="append", dest="components", metavar="NAME",
            help=f"once for each; without it {', '.join(TRACKER_COMPONENTS)}",
        )  # fmt: skip
        export = what.add_parser("oms-export", help="an export of OMS: runs and lumisections as CSV, plain or gzipped")
        export.add_argument("--runs", type=Path, required=True, metavar="FILE")
        export.add_argument("--lumisections", type=Path, required=True, metavar="FILE")
        live = what.add_parser("oms", help="runs from OMS itself, with their fills and lumisections")
        live.add_argument("--runs", type=_run_range, required=True, metavar="FIRST-LAST")
        one = what.add_parser("list", help="one list, to compare with; it decides nothing")
        one.add_argument("file", type=Path, metavar="FILE")
        one.add_argument("--name", required=True)
        one.add_argument("--purpose", choices=["dcs", "golden", "other"], required=True)
        for command in (pair, export, one):
            _add_actor(command)

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Progress()
        if options["what"] == "oms":
            try:
                first, last = options["runs"]
                summary = _from_oms(first, last, progress)
            finally:
                progress.end()
            self.stdout.write(summary)
            return
        actor = _actor(options["actor"])
        try:
            done = _DOERS[options["what"]](options, actor, progress)
        except _REFUSALS as error:
            raise CommandError(imports.in_words(error)) from error
        finally:
            progress.end()
        self.stdout.write(done.summary)


def _run_range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    try:
        numbers = int(first), int(last or first)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no range of runs such as 355100-362760") from None
    if not 1 <= numbers[0] <= numbers[1] < 2**31:
        raise ArgumentTypeError(f"{text!r} is no range of runs: the first is at least 1 and not behind the last")
    return numbers


def _from_oms(first: int, last: int, progress: Progress) -> str:
    """Fetch a range; what was taken in before OMS failed stays, and the same call goes on from there."""
    oms = outside.oms()
    if oms is None:
        raise CommandError("OMS is not set up: LUMICERT_OMS_URL says where it is (docs/operator.md)")
    before, runs, new, at = current_seq(), 0, 0, first
    try:
        for step in fetching.fetch_range(oms, first, last):
            runs, at = step.done, step.run + 1
            new += step.taken.act is not None
            progress(f"run {step.run}: {runs:,} runs read, {new:,} with something new", 0, 0)
    except SourceError as error:
        raise CommandError(f"{error} {runs:,} runs are in; go on with --runs {at}-{last}.") from error
    events = current_seq() - before
    return f"{runs:,} runs read, {new:,} with something new; {events:,} events appended"


def _add_actor(parser: ArgumentParser) -> None:
    parser.add_argument("--actor", metavar="USER", help="the account that imports; without it the import has no author")


def _actor(name: str | None) -> User | None:
    if name is None:
        return None
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist:
        raise CommandError(f"there is no account '{name}'") from None


def _read(path: Path, name: str) -> PublishedList:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    return read_list(data, name=name, file_name=str(path))


def _lists(options: dict[str, Any], actor: User | None, progress: Progress) -> Imported:
    progress("reading the lists", 0, 2)
    return imports.import_pair(
        dcs=_read(options["dcs"], name_of(options["dcs"].name)),
        golden=_read(options["golden"], name_of(options["golden"].name)),
        klass=options["klass"],
        dataset=dataset_name(options["dataset"]),
        actor=actor,
        components=options["components"] or TRACKER_COMPONENTS,
        progress=progress,
    )


def _oms_export(options: dict[str, Any], actor: User | None, progress: Progress) -> Imported:
    for path in (options["runs"], options["lumisections"]):
        if path.is_dir():
            raise BadInput(f"{path} is a folder; name the file in it")
    return import_oms_export(runs=options["runs"], lumisections=options["lumisections"], actor=actor, progress=progress)


def _list(options: dict[str, Any], actor: User | None, progress: Progress) -> Imported:
    published = _read(options["file"], options["name"])
    return imports.import_one(published=published, purpose=options["purpose"], actor=actor)


_DOERS = {"lists": _lists, "oms-export": _oms_export, "list": _list}
