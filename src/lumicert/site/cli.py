"""The `lumicert` command: one table of subcommands, each imported only when it is asked for.

`lumicert lumi` is a tool for scripts and notebooks, so this module imports next to nothing: no Django, no pydantic.
Exit status: 0 done; 1 a check found something; 2 the call or the environment is wrong; 130 Ctrl-C; 143 SIGTERM.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lumicert.site import stopping
from lumicert.site.errors import ConfigError


class Command(NamedTuple):
    """One subcommand: its line of help, and either a `module:function` or the name of a Django command."""

    help: str
    function: str = ""
    django: str = ""


COMMANDS: dict[str, Command] = {
    "demo": Command("try the product: a database of its own, seeded data, five accounts", "lumicert.site.demo:main"),
    "serve": Command("serve the product", "lumicert.site.serve:main"),
    "worker": Command("run the background jobs", "lumicert.site.worker:main"),
    "check": Command("say what is wrong with this deployment", "lumicert.site.check:main"),
    "sandbox": Command("a simulated CERN: OMS, SSO, DQM GUI, and faults on command", "lumicert.sandbox.cli:main"),
    "lumi": Command("algebra on golden JSON files: and, or, sub, diff, merge, count, ...", "lumicert.lumi.cli:main"),
    "golden": Command("build a golden JSON from the decisions", django="golden"),
    "events": Command("read the log of decisions", django="events"),
    "import": Command("take in published lists and OMS exports as events", django="import_"),
    "import certhelper": Command("move here from CertHelper: take in its database", django="import_certhelper"),
    "admin": Command("make a local administrator, for when CERN's sign-in is away; set a password", django="admin"),
    "rebuild": Command("compute everything again from the log, or check that it agrees", django="rebuild"),
    "verify-log": Command("check the hash chain over the log", django="verify_log"),
    "manage": Command("Django's own commands: migrate, createsuperuser, shell, ...", "lumicert.site.runtime:manage"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. No error that a person can mend ends in a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _dispatch(arguments)
        sys.stdout.flush()
    except ConfigError as error:
        print(f"lumicert: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader has seen enough; without this Python complains when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception:
        # what a signal was thrown into may have passed it on as an error of its own
        if (number := stopping.thrown()) is None:
            raise
        return 128 + number
    return status


def _dispatch(arguments: list[str]) -> int:
    if not arguments:
        print(_usage(), file=sys.stderr)
        return 2
    name, *rest = arguments
    if rest and f"{name} {rest[0]}" in COMMANDS:
        # a kind of import that has a room of its own
        name, rest = f"{name} {rest[0]}", rest[1:]
    if name in {"-h", "--help", "help"}:
        print(_usage())
        return 0
    if name in {"-V", "--version"}:
        print(f"lumicert {importlib.import_module('importlib.metadata').version('lumicert')}")
        return 0
    if name not in COMMANDS:
        return _unknown(name)
    return _run(name, rest)


def _run(name: str, arguments: list[str]) -> int:
    command = COMMANDS[name]
    if command.django:
        run_command = importlib.import_module("lumicert.site.runtime").run_command
        stopping.throw_signals()
        return int(run_command(name, command.django, arguments))
    module, _, function = command.function.partition(":")
    run: Callable[[Sequence[str]], int] = getattr(importlib.import_module(module), function)
    if name != "lumi":
        stopping.throw_signals()
    return run(arguments)


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:<{width}} {command.help}" for name, command in COMMANDS.items())
    return (
        f"usage: lumicert COMMAND ...\n\nCertification of collider data.\n\n{lines}\n\n"
        "`lumicert COMMAND --help` says more. Variables of the environment: docs/operator.md."
    )


def _unknown(name: str) -> int:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "`lumicert --help` lists the commands."
    print(f"lumicert: there is no command '{name}'; {hint}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
