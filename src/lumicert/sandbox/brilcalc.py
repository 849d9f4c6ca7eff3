"""brilcalc's door: luminosity as the command ``brilcalc lumi --output-style csv`` writes it, ``/brilcalc/lumi``.

Parameters are named for brilcalc's options: `run` or `fill`, or `begin` and `end` (run numbers, fill numbers of up to
5 digits, or times ``mm/dd/yy hh:mm:ss``); `byls` for a row a lumisection; `unit` (``/pb``, ``hz/ub``, ... ; ``/ub`` if
not given, as in brilcalc).

The rows are made of OMS's cumulative luminosity: a lumisection's own is its value minus that of the lumisection before
it in the fill. One that OMS left out has no row, and its luminosity stands with the next. What OMS gives for a whole
run is its last value minus its first, and so lacks the first lumisection; brilcalc, here too, has it. The LS number is
that of the luminosity, then that of CMS, or 0 where CMS did not take data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from lumicert.sandbox.clock import Clock
from lumicert.sandbox.model import LS_SECONDS, World
from lumicert.sandbox.view import Row, WorldView, rows

PATH = "/brilcalc/lumi"
# what 1 /pb is in the unit
UNITS: Mapping[str, float] = {"/fb": 1e-3, "/pb": 1.0, "/nb": 1e3, "/ub": 1e6, "/mb": 1e9, "/b": 1e12}
_IN_PB: Mapping[str, float] = {"pb^{-1}": 1.0, "{\\mu}b^{-1}": 1e-6}
_TAG = "#Data tag : online , Norm tag: None"
_OPTIONS = frozenset({"run", "fill", "begin", "end", "byls", "unit"})


class Unknown(ValueError):
    """A parameter that is not understood; the message says which."""


@dataclass(frozen=True, slots=True)
class _Ls:
    """One lumisection; luminosities in /pb, its own."""

    run: int
    fill: int
    number: int
    start: datetime
    status: str
    energy: int
    delivered: float
    recorded: float
    pileup: float
    active: bool


@dataclass(frozen=True, slots=True)
class _Unit:
    """`per_ls` is what 1 /pb in a lumisection is in the unit: of ``hz/ub`` it is an average rate."""

    text: str
    per_ls: float

    def figure(self, in_pb: float) -> str:
        return f"{in_pb * self.per_ls:.9f}"

    def heads(self, prefix: str = "") -> str:
        return f"{prefix}delivered({self.text}),{prefix}recorded({self.text})"


class BrilcalcDoor:
    """Serves what the luminometers have measured."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock

    def routes(self) -> list[BaseRoute]:
        """What the door answers."""
        return [Route(PATH, self.lumi)]

    async def lumi(self, request: Request) -> Response:
        """The table."""
        try:
            return PlainTextResponse(table(WorldView(self.world, self.clock.now()), request.query_params))
        except Unknown as error:
            return PlainTextResponse(f"{error}\n", 400)


def table(view: WorldView, options: Mapping[str, str]) -> str:
    """brilcalc's CSV for the options of the module's docstring. Raises Unknown."""
    unknown = set(options) - _OPTIONS
    if unknown:
        raise Unknown(f"brilcalc lumi has no option {', '.join(sorted(unknown))}")
    unit = _unit(options.get("unit", "/ub"))
    found = list(_measured(view, _chooser(options)))
    by_ls = options.get("byls", "").lower() in ("1", "true", "yes")
    lines = _by_ls(found, unit) if by_ls else _by_run(found, unit)
    return "\n".join([_TAG, *lines, *_summary(found, unit)]) + "\n"


def _unit(text: str) -> _Unit:
    rate = text.startswith("hz/")
    name = text.removeprefix("hz")
    if name not in UNITS:
        raise Unknown(f"unit {text!r} is not known; there are {', '.join(UNITS)} and these with hz before them")
    return _Unit(text, UNITS[name] / (LS_SECONDS if rate else 1.0))


def _chooser(options: Mapping[str, str]) -> Callable[[Row], bool]:
    """Which runs are meant."""
    if not options.keys() & {"run", "fill", "begin", "end"}:
        raise Unknown("say which: run, fill, or begin and end")
    # a list of tests, for options add to each other: a fill from a run on
    tests: list[Callable[[Row], bool]] = []
    for name, attribute in (("run", "run_number"), ("fill", "fill_number")):
        if name in options:
            tests.append(_equals(attribute, _number(name, options[name])))
    if "begin" in options:
        tests.append(_beyond(*_bound("begin", options["begin"]), sign=1))
    if "end" in options:
        tests.append(_beyond(*_bound("end", options["end"]), sign=-1))
    return lambda run: all(test(run) for test in tests)


def _equals(attribute: str, number: int) -> Callable[[Row], bool]:
    return lambda run: run[attribute] == number


def _beyond(attribute: str, bound: Any, *, sign: int) -> Callable[[Row], bool]:
    def test(run: Row) -> bool:
        value: Any = run[attribute]
        return value is not None and (value >= bound if sign > 0 else value <= bound)

    return test


def _bound(name: str, text: str) -> tuple[str, int | str]:
    if text.isdecimal():
        # fills have 4 or 5 digits, runs 6: brilcalc tells them apart in the same way
        return ("run_number" if len(text) > 5 else "fill_number"), int(text)
    try:
        at = datetime.strptime(text, "%m/%d/%y %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise Unknown(f"{name}={text!r} is no run, fill or time mm/dd/yy hh:mm:ss") from None
    return "start_time", at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise Unknown(f"{name}={text!r} is no number")
    return int(text)


def _measured(view: WorldView, wanted: Callable[[Row], bool]) -> Iterator[_Ls]:
    """The lumisections with beam of the runs that are wanted."""
    known = view.runs()
    fills = {run["fill_number"] for run in known if run["fill_number"] is not None and wanted(run)}
    delivered: dict[Any, float] = {}
    recorded: dict[Any, float] = {}
    for run in known:
        fill, number = run["fill_number"], run["run_number"]
        if fill not in fills or not isinstance(number, int):
            continue
        factor = _IN_PB[view.units("lumisections", number)["delivered_lumi"]]
        # all runs of a fill are gone through, also those that are not wanted: each goes on where the one before ended
        for row in rows(view.lumisections(number)):
            own = _own(row["delivered_lumi"], fill, delivered), _own(row["recorded_lumi"], fill, recorded)
            # OMS may say nothing of the beams, or that they are gone at the end of the lumisection that lost them
            beams = row["beam1_present"] is not False and row["beam2_present"] is not False
            if wanted(run) and own[0] is not None and (beams or own[0] > 0):
                yield _ls(run, row, own[0] * factor, (own[1] or 0.0) * factor)


def _own(cumulative: Any, fill: Any, before: dict[Any, float]) -> float | None:
    """A lumisection's own luminosity; OMS begins to count anew when the beams are dumped."""
    if cumulative is None:
        return None
    last, before[fill] = before.get(fill, 0.0), cumulative
    return float(cumulative - last if cumulative >= last else cumulative)


def _ls(run: Row, row: Mapping[str, Any], delivered: float, recorded: float) -> _Ls:
    stable = row["beam1_stable"] is not False and row["beam2_stable"] is not False
    return _Ls(
        run=row["run_number"],
        fill=row["fill_number"],
        number=row["lumisection_number"],
        start=datetime.fromisoformat(row["start_time"]),
        status="STABLE BEAMS" if stable else "ADJUST",
        energy=int(str(run["energy"] or 0)),
        delivered=delivered,
        recorded=recorded,
        pileup=row["pileup"] or 0.0,
        active=bool(row["cms_active"]),
    )


def _by_ls(found: Iterable[_Ls], unit: _Unit) -> Iterator[str]:
    yield f"#run:fill,ls,time,beamstatus,E(GeV),{unit.heads()},avgpu,source"
    for ls in found:
        figures = f"{unit.figure(ls.delivered)},{unit.figure(ls.recorded)},{ls.pileup:.1f}"
        numbers = f"{ls.run}:{ls.fill},{ls.number}:{ls.number if ls.active else 0}"
        yield f"{numbers},{ls.start:%m/%d/%y %H:%M:%S},{ls.status},{ls.energy},{figures},HFET"


def _by_run(found: Iterable[_Ls], unit: _Unit) -> Iterator[str]:
    yield f"#run:fill,time,nls,ncms,{unit.heads()}"
    runs: dict[tuple[int, int], list[_Ls]] = {}
    for ls in found:
        runs.setdefault((ls.run, ls.fill), []).append(ls)
    for (run, fill), lumis in runs.items():
        yield f"{run}:{fill},{lumis[0].start:%m/%d/%y %H:%M:%S},{_totals(lumis, unit)}"


def _summary(found: list[_Ls], unit: _Unit) -> Iterator[str]:
    yield "#Summary:"
    yield f"#nfill,nrun,nls,ncms,{unit.heads('tot')}"
    yield f"#{len({ls.fill for ls in found})},{len({ls.run for ls in found})},{_totals(found, unit)}"


def _totals(lumis: list[_Ls], unit: _Unit) -> str:
    delivered, recorded = (sum(getattr(ls, name) for ls in lumis) for name in ("delivered", "recorded"))
    return f"{len(lumis)},{sum(ls.active for ls in lumis)},{unit.figure(delivered)},{unit.figure(recorded)}"
