"""`lumicert import certhelper`: move from CertHelper's database."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lumicert.accounts.models import User
from lumicert.certhelper.importing import CannotImport, import_certhelper
from lumicert.certhelper.schema import NotCertHelper
from lumicert.decisions.services import ActRefused


class Command(BaseCommand):
    help = "Take in the database of CertHelper as events. It is only read; doing it again takes in what is new."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--url", required=True, metavar="URL",
            help="such as postgresql://reader@host:6600/certhelper; the password may be in PGPASSWORD or ~/.pgpass",
        )  # fmt: skip
        parser.add_argument("--check", action="store_true", help="write nothing; say what would be imported")
        parser.add_argument("--json", type=Path, metavar="FILE", help="the report with every row, as JSON")
        parser.add_argument("--actor", metavar="USER", help="the account that imports; without it there is no author")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path | None = options["json"]
        if target is not None and not target.absolute().parent.is_dir():
            raise CommandError(f"{target} cannot be written: there is no folder {target.absolute().parent}")
        try:
            report = import_certhelper(
                url=options["url"], actor=_actor(options["actor"]), check=options["check"], progress=Progress()
            )
        except (NotCertHelper, CannotImport, ActRefused) as error:
            raise CommandError(str(error)) from error
        if target is not None:
            target.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False))
        self.stdout.write(report.as_text())


class Progress:
    """What is being read, on standard error, at most once a second."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.told = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - self.told < 1:
            return
        self.told = now
        sys.stderr.write(f"{what}: {done:,} of {total:,}, {now - self.began:.1f} s\n")


def _actor(name: str | None) -> User | None:
    if name is None:
        return None
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist:
        raise CommandError(f"there is no account '{name}'") from None
