"""`lumicert admin`: the local administrators, who get in when CERN's sign-in service is away."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from lumicert.people import attempts
from lumicert.people.services import NotDone, make_local_admin, set_password


class Command(BaseCommand):
    help = "make a local administrator, set the password of a local account, or unlock it"

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        for what, words in (
            ("create", "make a local account with the role administrator"),
            ("password", "set the password of a local account"),
        ):
            one = commands.add_parser(what, help=f"{words}; the password is asked for, or read from standard input")
            one.add_argument("name")
        unlocking = commands.add_parser("unlock", help="end the lock of an account after too many wrong passwords")
        unlocking.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "unlock":
            self._unlock(options["name"])
        else:
            self._change(options)

    def _unlock(self, name: str) -> None:
        ended = attempts.unlock(name)
        locks = "1 lock" if ended == 1 else f"{ended} locks"
        self.stdout.write(f"ended {locks} of {name}" if ended else f"{name} is not locked")

    def _change(self, options: dict[str, Any]) -> None:
        change = make_local_admin if options["what"] == "create" else set_password
        try:
            user = change(username=options["name"], password=_password())
        except NotDone as refusal:
            raise CommandError(str(refusal)) from refusal
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        attempts.unlock(options["name"])
        done = f"made the administrator {user}" if options["what"] == "create" else f"set the password of {user}"
        self.stdout.write(f"{done}; signing in with it is written into the log")


def _password() -> str:
    """The password: never an argument, which everybody on the machine could read in the list of processes."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise CommandError("The two are not the same; nothing was done.")
    return first
