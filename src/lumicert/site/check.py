"""`lumicert check`: what is wrong with this deployment, each finding with its remedy. Nothing is changed.

A *problem* keeps the deployment from being safe or from working; a *note* is worth knowing. Secrets are never shown.
"""

from __future__ import annotations

import argparse
import difflib
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lumicert.site.config import EMBEDDED_URL_VARIABLE, Config
from lumicert.site.errors import ConfigError
from lumicert.site.folders import MARK
from lumicert.site.runtime import database, missing_migrations, reach

OLDEST_POSTGRESQL = 15
# each refuses one way around the log, and must fire in every session
APPEND_ONLY_TRIGGERS = ("decisions_event_append", "decisions_event_keep", "decisions_event_keep_all")
# Django's findings that another line here covers better, or that are the business of the proxy in front
_COVERED = frozenset(
    {
        "security.W004",  # HSTS follows from LUMICERT_PUBLIC_URL
        "security.W005",  # HSTS of subdomains would bind the operator's other hosts
        "security.W008",  # redirecting to https is the proxy's
        "security.W012",  # secure cookies follow from LUMICERT_PUBLIC_URL
        "security.W016",  # as W012
        "security.W018",  # LUMICERT_DEBUG has a line of its own
        "security.W021",  # HSTS preload, as W005
    }
)


class Finding(NamedTuple):
    """One thing to know: the variable or command it is about, what is the matter, what to do."""

    subject: str
    matter: str
    remedy: str
    problem: bool = True

    def __str__(self) -> str:
        kind = "problem" if self.problem else "note"
        return f"{kind}: {self.subject}: {self.matter}\n    {self.remedy}"


def main(argv: Sequence[str]) -> int:
    """Print the findings and return the exit status: 0 no problem, 1 some."""
    parser = argparse.ArgumentParser(prog="lumicert check", description="Say what is wrong with this deployment.")
    parser.parse_args(argv)
    problems = 0
    for finding in findings():
        sys.stdout.write(f"{finding}\n")
        problems += finding.problem
    sys.stdout.write(f"Problems found: {problems}\n")
    return 1 if problems else 0


def findings() -> Iterator[Finding]:
    """All findings, the cheap ones first; what cannot be looked at after a failure is left out."""
    yield from unknown_variables()
    try:
        with database() as config:
            yield from configuration(config)
            yield from data_folder(config)
            yield from of_django()
            yield from of_database(config)
    except ConfigError as error:
        yield Finding("start", str(error), "Nothing starts until this is mended.")


def unknown_variables() -> Iterator[Finding]:
    """Variables that look like ours and are read by nobody: a typo would be silent otherwise."""
    known = {f"LUMICERT_{name.upper()}" for name in Config.model_fields} | {EMBEDDED_URL_VARIABLE}
    # read by the tests alone
    known.add("LUMICERT_REAL_DATA")
    for name in sorted(name for name in os.environ if name.startswith("LUMICERT_") and name not in known):
        near = difflib.get_close_matches(name, known, n=1)
        remedy = f"Did you mean {near[0]}?" if near else "Remove it; docs/operator.md lists the variables."
        yield Finding(name, "nothing reads this variable", remedy)


def configuration(config: Config) -> Iterator[Finding]:
    """What the variables say that a deployment should not."""
    if config.debug:
        yield Finding("LUMICERT_DEBUG", "is on, and errors show the program's inside to strangers", "Unset it.")
    if config.demo:
        yield from _demo(config)
    elif not config.secure:
        yield Finding(
            "LUMICERT_PUBLIC_URL",
            f"is {config.public_url or 'unset'}, so sessions and passwords may travel unencrypted",
            "Put a proxy with TLS in front and set LUMICERT_PUBLIC_URL=https://...",
        )
    if config.secret_key is None:
        yield Finding(
            "LUMICERT_SECRET_KEY",
            f"is unset; the key in {config.data / 'secret-key'} is used",
            "Fine for one machine. Several machines need the same LUMICERT_SECRET_KEY.",
            problem=False,
        )


def _demo(config: Config) -> Iterator[Finding]:
    if config.database_url is not None:
        yield Finding(
            "LUMICERT_DEMO", "lets everybody sign in, and DATABASE_URL names an outside database", "Unset one of them."
        )
    else:
        yield Finding(
            "LUMICERT_DEMO", "lets everybody sign in without a password", "Unset it to certify.", problem=False
        )


def data_folder(config: Config) -> Iterator[Finding]:
    """Who else of this machine may write our data or read our key."""
    if not config.data.exists():
        return
    if config.data.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield Finding("LUMICERT_DATA", f"{config.data} is writable by others", f"chmod go-w {config.data}")
    if not os.access(config.data, os.W_OK):
        yield Finding("LUMICERT_DATA", f"{config.data} is not writable", "Give it to the account that runs Lumicert.")
    if not (config.data / MARK).exists():
        yield Finding(
            "LUMICERT_DATA", f"{config.data} holds other things too", "Give Lumicert a folder alone.", problem=False
        )
    key = config.data / "secret-key"
    if key.exists() and key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("LUMICERT_DATA", f"{key} can be read by others", f"chmod 600 {key}, and sign everybody out")


def of_django() -> Iterator[Finding]:
    """Django's own checks for deployments, with ours among them: every view declares its permission."""
    from django.core import checks

    for message in checks.run_checks(include_deployment_checks=True):
        if message.level >= checks.WARNING and message.id not in _COVERED and not message.is_silenced():
            yield Finding(
                message.id or "check", message.msg, message.hint or "See Django's documentation of the check."
            )


def of_database(config: Config) -> Iterator[Finding]:
    """Whether the database answers, is new enough, is migrated, and guards the log."""
    from django.db import connection

    try:
        reach(config)
    except ConfigError as error:
        yield Finding("DATABASE_URL", str(error), "Start the server, or mend the address.")
        return
    with connection.cursor() as cursor:
        version = cursor.connection.info.server_version
    if version < OLDEST_POSTGRESQL * 10000:
        yield Finding(
            "DATABASE_URL", f"PostgreSQL {version // 10000} is too old", f"Use PostgreSQL {OLDEST_POSTGRESQL} or newer."
        )
        return
    if missing := missing_migrations():
        outside = config.database_url is not None
        remedy = "lumicert manage migrate" if outside else "The next start applies them."
        yield Finding("database", f"{len(missing)} migrations are missing, from {missing[0]} on", remedy, outside)
        return
    yield from _guards_of_the_log()


def _guards_of_the_log() -> Iterator[Finding]:
    from django.db import connection

    query = """SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = to_regclass('decisions_event')"""
    with connection.cursor() as cursor:
        cursor.execute(query)
        # the column is of type "char", which arrives as bytes
        enabled = {name: bytes(state, "ascii") if isinstance(state, str) else state for name, state in cursor}
    for name in APPEND_ONLY_TRIGGERS:
        if enabled.get(name) != b"A":
            yield Finding(
                "database",
                f"the trigger {name} on decisions_event is {'off' if name in enabled else 'missing'}, "
                "so decisions can be changed without a trace",
                f"ALTER TABLE decisions_event ENABLE ALWAYS TRIGGER {name}, or restore it; then lumicert verify-log",
            )
