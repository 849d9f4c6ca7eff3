"""`lumicert sandbox`: a simulated CERN on this machine, and what drives it.

`serve` prints the addresses and credentials that clients need as lines ``NAME=value``, and runs until it is told to
stop (SIGTERM or Ctrl-C). The other commands speak to a running one: its address and key are given by ``--url`` and
``--key``, by the file that ``serve --ready-file`` wrote, or by the variables SANDBOX_URL and SANDBOX_KEY. Exit codes:
0 done, 2 nothing was done, for the reason given in one line on standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicert.sandbox.faults import DOORS, Kind

if TYPE_CHECKING:
    from lumicert.sandbox.model import World
    from lumicert.sandbox.remote import Remote

PROG = "lumicert sandbox"


class UsageError(ValueError):
    """What was asked cannot be done; the message says what to ask instead."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command with the arguments after `lumicert sandbox`; returns its exit code."""
    try:
        options = build_parser().parse_args(argv)
    except SystemExit as finished:  # argparse has printed what there is to say
        return int(finished.code or 0)
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except (OSError, ValueError, RuntimeError) as error:
        print(f"{PROG}: {error}", file=sys.stderr)
        return 2
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(prog=PROG, description="A simulated CERN on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands.add_parser("serve", help="run a simulated CERN until told to stop"))
    _add_generate(commands.add_parser("generate", help="generate a world and tell what is in it"))
    _add_fault(commands.add_parser("fault", help="let something go wrong"))
    _add_faults(commands.add_parser("faults", help="list or clear what goes wrong"))
    _add_clock(commands.add_parser("clock", help="tell or change sandbox time"))
    _add_brilcalc(commands.add_parser("brilcalc", help="luminosity, as brilcalc writes it"))
    return parser


def _add_world(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", choices=("shift", "week", "year"), default="shift", help="how much happens (shift)")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another world (1)")


def _add_serve(parser: argparse.ArgumentParser) -> None:
    _add_world(parser)
    parser.add_argument("--runs", type=Path, help="serve an export of OMS's runs (CSV) instead of a generated world")
    parser.add_argument("--lumisections", type=Path, help="the export of the lumisections that belongs to --runs")
    parser.add_argument("--at", type=_instant, help="sandbox time at the start (when something is about to happen)")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the sandbox a real second (1)")
    parser.add_argument("--port", type=int, default=8001, help="0 for any that is free (8001)")
    parser.add_argument("--client-id", help="of the client of the SSO that may edit (lumicert)")
    parser.add_argument("--client-secret", help="its secret (sandbox-secret)")
    parser.add_argument("--redirect-uri", action="append", default=[], help="where it may have people sent back to")
    parser.add_argument("--page-limit", type=int, default=5000, help="the most rows of a page of OMS (5000)")
    parser.add_argument("--key", help="of the control door (a new one)")
    parser.add_argument("--ready-file", type=Path, help="write the addresses here once all doors are open")
    parser.set_defaults(command=_serve)


def _add_generate(parser: argparse.ArgumentParser) -> None:
    _add_world(parser)
    parser.set_defaults(command=_generate)


def _add_running(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="of the running sandbox")
    parser.add_argument("--key", help="of its control door")
    parser.add_argument("--ready-file", type=Path, help="that `serve` wrote, instead of --url and --key")


def _add_fault(parser: argparse.ArgumentParser) -> None:
    _add_running(parser)
    parser.add_argument("kind", choices=[str(kind) for kind in Kind], help="what goes wrong")
    parser.add_argument("--door", choices=(*DOORS, "all"), default="all", help="where (all)")
    parser.add_argument("--path", default="", help="only where the path contains this regular expression")
    parser.add_argument("--run", type=int, help="only for this run")
    parser.add_argument("--times", type=int, help="only so many answers (until cleared)")
    parser.add_argument("--seconds", type=float, help="how slow, how skewed, or how late a value changes")
    parser.add_argument("--field", help="the attribute that is null, renamed, negative, huge or changed")
    parser.add_argument("--value", type=_value, help="what is put there")
    parser.set_defaults(command=_fault)


def _add_faults(parser: argparse.ArgumentParser) -> None:
    _add_running(parser)
    parser.add_argument("--clear", nargs="?", const="all", metavar="ID", help="clear one, or all")
    parser.set_defaults(command=_faults)


def _add_clock(parser: argparse.ArgumentParser) -> None:
    _add_running(parser)
    parser.add_argument("--at", type=_instant, help="set it")
    parser.add_argument("--advance", type=float, metavar="SECONDS", help="jump ahead")
    parser.add_argument("--speed", type=float, help="run so many times as fast as real time; 0 is frozen")
    parser.set_defaults(command=_clock)


def _add_brilcalc(parser: argparse.ArgumentParser) -> None:
    _add_running(parser)
    parser.add_argument("-r", "--run", help="a run")
    parser.add_argument("-f", "--fill", help="a fill")
    parser.add_argument("--begin", help="from this run, fill or time (mm/dd/yy hh:mm:ss)")
    parser.add_argument("--end", help="to this one, it included")
    parser.add_argument("--byls", action="store_true", help="a row a lumisection")
    parser.add_argument("-u", "--unit", default="/ub", help="/pb, /ub, hz/ub, ... (/ub)")
    parser.set_defaults(command=_brilcalc)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _value(text: str) -> Any:
    """JSON where it is JSON, else the text as it stands."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _serve(options: argparse.Namespace) -> None:
    # imported here, for the other commands start in no time without a server and a generator
    from lumicert.sandbox.realm import DEMO_CLIENT, DEMO_SECRET
    from lumicert.sandbox.server import Sandbox, Setup

    setup = Setup(
        port=options.port,
        at=options.at,
        speed=options.speed,
        client_id=options.client_id or DEMO_CLIENT,
        client_secret=options.client_secret or DEMO_SECRET,
        redirect_uris=tuple(options.redirect_uri),
        page_limit=options.page_limit,
        control_key=options.key,
    )
    told_to_stop = threading.Event()
    # before the world is made: a year takes seconds, in which one may want to stop too
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_stop.set())
    world = _world(options)
    if told_to_stop.is_set():
        return
    with Sandbox(world, setup) as sandbox:
        _announce(sandbox.addresses(), options.ready_file)
        told_to_stop.wait()


def _world(options: argparse.Namespace) -> World:
    if (options.runs is None) != (options.lumisections is None):
        raise UsageError("--runs and --lumisections belong together: give both, or neither")
    if options.runs is not None:
        from lumicert.sandbox.real import read

        return read(options.runs, options.lumisections)
    from lumicert.sandbox.generator import generate

    return generate(options.size, options.seed)


def _announce(addresses: Mapping[str, str], ready_file: Path | None) -> None:
    lines = "".join(f"{name}={value}\n" for name, value in addresses.items())
    print(lines, end="", flush=True)
    if ready_file is not None:
        # whole or not at all, and for the owner only: who waits for the file reads the control key in it
        partial = ready_file.with_name(f"{ready_file.name}.partial")
        partial.touch(mode=0o600)
        partial.write_text(lines)
        partial.replace(ready_file)


def _generate(options: argparse.Namespace) -> None:
    from lumicert.sandbox.generator import generate

    world = generate(options.size, options.seed)
    lumisections = sum(len(run.lumisections) for run in world.runs)
    print(f"{world.start:%Y-%m-%d %H:%M} to {world.end:%Y-%m-%d %H:%M} UTC, sha256 {world.digest()}")
    print(f"{len(world.fills)} fills, {len(world.runs)} runs, {lumisections} lumisections")


def _fault(options: argparse.Namespace) -> None:
    names = ("path", "run", "times", "seconds", "field", "value")
    more = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    placed = _running(options).fault(options.kind, options.door, **more)
    print(f"fault {placed['id']}: {_told(placed)}")


def _faults(options: argparse.Namespace) -> None:
    remote = _running(options)
    if options.clear is not None:
        print(f"{remote.clear(None if options.clear == 'all' else int(options.clear))} cleared")
        return
    for placed in remote.faults():
        print(f"fault {placed['id']}: {_told(placed)}")


def _told(placed: Mapping[str, Any]) -> str:
    left = "until cleared" if placed["left"] is None else f"{placed['left']} more times"
    where = f" where the path contains {placed['path']}" if placed["path"] else ""
    return f"{placed['kind']} at {placed['door']}{where}, {left}"


def _clock(options: argparse.Namespace) -> None:
    remote = _running(options)
    asked = {name: getattr(options, name) for name in ("at", "advance", "speed")}
    now = remote.set_clock(**asked) if any(value is not None for value in asked.values()) else remote.now()
    print(f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _brilcalc(options: argparse.Namespace) -> None:
    asked = {name: getattr(options, name) for name in ("run", "fill", "begin", "end", "unit")}
    given = {name: value for name, value in asked.items() if value is not None}
    print(_running(options).brilcalc(given | {"byls": str(options.byls).lower()}), end="")


def _running(options: argparse.Namespace) -> Remote:
    from lumicert.sandbox.remote import Remote, read_ready_file

    told: dict[str, str] = dict(os.environ)
    if options.ready_file is not None:
        told |= read_ready_file(options.ready_file)
    url, key = options.url or told.get("SANDBOX_URL"), options.key or told.get("SANDBOX_KEY")
    if not url:
        raise UsageError("which sandbox? give --url and --key, --ready-file, or set SANDBOX_URL and SANDBOX_KEY")
    return Remote(url, key or "")
