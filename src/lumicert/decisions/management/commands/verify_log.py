"""`lumicert verify-log`: check the hash chain over the log."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from lumicert.decisions.verify import Anchor, Verification, verify_log


def _anchor(text: str) -> Anchor:
    try:
        return Anchor.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


class Command(BaseCommand):
    help = "Check that the log is what was written. Exit status 1 if it is not."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--expect", type=_anchor, metavar="SEQ:DIGEST", help="an event noted earlier, as this command prints it"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        result = verify_log(expect=options["expect"], progress=self._tell)
        if options["json"]:
            self.stdout.write(json.dumps({"sound": result.sound, **asdict(result)}, indent=2))
        else:
            self.stdout.write(_for_people(result))
        if not result.sound:
            sys.exit(1)

    def _tell(self, done: int, total: int) -> None:
        # a log of one step is checked before anybody can read this
        if done < total or total > 100_000:
            self.stderr.write(f"{done} of {total} events checked")


def _for_people(result: Verification) -> str:
    if result.problems:
        lines = [problem.message for problem in result.problems]
        return "\n".join([f"The log is broken; {result.checked} events, first problems:", *lines])
    if not result.head:
        return "The log is empty."
    return (
        f"{result.checked} events: the log is what was written.\n"
        f"Note this elsewhere, to find a cut-off end later: --expect {result.head}:{result.digest}"
    )
