"""`lumicert rebuild`: make every projection again from the log, or check that they agree with it."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from lumicert.decisions import projections
from lumicert.decisions.projections import Check


class Command(BaseCommand):
    help = (
        "Make every table that follows from the log again. With --check: change nothing, exit status 1 if one differs."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare the tables with the log, changing nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check(as_json=options["json"])
        else:
            self._rebuild(as_json=options["json"])

    def _rebuild(self, *, as_json: bool) -> None:
        started = time.monotonic()
        made = projections.rebuild(progress=self._tell)
        if as_json:
            self.stdout.write(json.dumps(made, indent=2))
            return
        took = time.monotonic() - started
        self.stdout.write(f"{len(made['tables'])} tables made again from {made['upto']} events in {took:.1f} s")

    def _check(self, *, as_json: bool) -> None:
        found = projections.check(progress=self._tell)
        same = all(each.same for each in found)
        if as_json:
            tables = [{**asdict(each), "same": each.same} for each in found]
            self.stdout.write(json.dumps({"same": same, "tables": tables}, indent=2))
        else:
            self.stdout.write("\n".join(_line(each) for each in found))
        if not same:
            if not as_json:
                self.stdout.write("`lumicert rebuild` makes them again from the log, which is what counts.")
            sys.exit(1)

    def _tell(self, table: str) -> None:
        self.stderr.write(f"{table} ...")


def _line(check: Check) -> str:
    if check.same:
        return f"{check.table}: {check.rows} rows, as the log says"
    return (
        f"{check.table}: DIFFERS from the log: {check.missing} rows are missing or changed, "
        f"{check.surplus} of its {check.rows} rows do not follow from the log"
    )
