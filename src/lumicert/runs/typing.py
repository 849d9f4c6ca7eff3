"""What people type of a run or a fill: a run that no source knows, a value over a source's, a value released.

A value that is typed is checked as one of OMS is: the same bounds, the same types. It counts above what a source says
until it is released, and what the source says stays beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from uuid import UUID

import pydantic
from django.db import connection, transaction
from pydantic import JsonValue

from lumicert.accounts.models import User
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import lock_log
from lumicert.decisions.services import Act, append
from lumicert.runs import selectors
from lumicert.runs.events import DatasetRegistered, FillTyped, RunRegistered, RunTyped
from lumicert.runs.intake import ONLINE
from lumicert.runs.models import Fill, Run
from lumicert.sources.oms.attributes import FILLS, RUNS, Attribute, Impossible, check

RUN_TYPES = ("collisions", "cosmics")
# how the strips were read out: OMS does not say, people do
APV_MODES = ("DECO", "PEAK")
BY_HAND = "a person"
# a run of three days
MOST_LS = 12_000
INTEGRATED_UNITS = ("pb^{-1}", "nb^{-1}", "{\\mu}b^{-1}", "fb^{-1}")
_LONGEST_CLASS = 80


class ValueRefused(ValueError):
    """Values that cannot be; `problems` has what is wrong, by the name of the value."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in self.problems.items()))


class AlreadyThere(ValueError):
    """A run that is to be entered is known already."""


def enter_run(
    *,
    run: int,
    run_type: str,
    n_ls: int,
    recorded: str | float | None,
    unit: str = INTEGRATED_UNITS[0],
    others: Mapping[str, JsonValue] | None = None,
    reason: str = "",
    actor: User,
    act: UUID | None = None,
) -> Act:
    """Enter a run that no source has reported, with what the person knows of it.

    Args:
        recorded: integrated luminosity in `unit`, one of INTEGRATED_UNITS; None where there is none, as for cosmics.
        others: more values, under OMS's names.

    Raises:
        AlreadyThere: the run is known; its values are typed on its page.
        ValueRefused: naming each value that cannot be.
    """
    values: dict[str, JsonValue] = {"run_type": run_type, "last_lumisection_number": n_ls, **(others or {})}
    units = {}
    if recorded is not None and recorded != "":
        values["recorded_lumi"], units["recorded_lumi"] = _as_number(recorded), unit
    problems = _problems(RUNS, values, units)
    if not 1 <= n_ls <= MOST_LS:
        problems["last_lumisection_number"] = f"a run has 1 to {MOST_LS:,} lumisections, not {n_ls}"
    if problems:
        raise ValueRefused(problems)
    with transaction.atomic(), connection.cursor() as cursor:
        # the lock first: a run that is unknown now must still be unknown when it is entered
        lock_log(cursor)
        if Run.objects.filter(run=run).exists() and not _entered_by(act):
            raise AlreadyThere(f"run {run} is known already: open its page to type values over those of OMS")
        events = [
            NewEvent(RunRegistered(source=BY_HAND, attributes={}), run),
            NewEvent(_typed(RunTyped, values=values, units=units, reason=reason), run),
            NewEvent(DatasetRegistered(source=BY_HAND), run, ONLINE, lumis=((1, n_ls),)),
        ]
        return append(events=events, actor=actor, origin=Origin.PERSON, act=act)


def type_run(
    *,
    run: int,
    values: Mapping[str, JsonValue],
    units: Mapping[str, str] | None = None,
    released: Sequence[str] = (),
    reason: str = "",
    actor: User,
    act: UUID | None = None,
    expected: int | None = None,
) -> Act:
    """Type values of a run over those of its source, and release others.

    Raises:
        ValueRefused: naming each value that cannot be, or was not typed and so cannot be released.
        Conflict: somebody spoke of the run since event `expected`.
    """
    row = selectors.runs_by_number([run]).get(run)
    if row is None:
        raise ValueRefused({"run": f"run {run} is not known here: enter it first"})
    problems = _problems(RUNS, values, units or {})
    _refuse(problems | _not_typed("run.typed", released, run=run))
    said = _typed(RunTyped, values=values, units=units or {}, released=released, reason=reason)
    return append(events=[NewEvent(said, run)], actor=actor, origin=Origin.PERSON, act=act, expected=expected)


def type_fill(
    *,
    fill: int,
    values: Mapping[str, JsonValue],
    units: Mapping[str, str] | None = None,
    released: Sequence[str] = (),
    reason: str = "",
    actor: User,
    act: UUID | None = None,
    expected: int | None = None,
) -> Act:
    """Type values of a fill over those of its source, and release others. A fill that nobody knows is made so.

    Raises:
        ValueRefused: naming each value that cannot be, or was not typed and so cannot be released.
        Conflict: somebody spoke of the fill since event `expected`.
    """
    problems = _problems(FILLS, values, units or {})
    if not Fill.objects.filter(fill=fill).exists() and not 1 <= fill <= 10**6:
        problems["fill"] = f"{fill} is not a fill number"
    _refuse(problems | _not_typed("fill.typed", released, fill=fill))
    said = _typed(FillTyped, fill=fill, values=values, units=units or {}, released=released, reason=reason)
    return append(events=[NewEvent(said)], actor=actor, origin=Origin.PERSON, act=act, expected=expected)


def _refuse(problems: Mapping[str, str]) -> None:
    if problems:
        raise ValueRefused(problems)


def _entered_by(act: UUID | None) -> bool:
    return act is not None and Event.objects.filter(act=act).exists()


def _typed(payload: type[RunTyped] | type[FillTyped], **said: object) -> RunTyped | FillTyped:
    try:
        return payload.model_validate(said)
    except pydantic.ValidationError as error:
        problems = {str(item["loc"][0]) if item["loc"] else "values": item["msg"] for item in error.errors()}
        raise ValueRefused(problems) from error


def _problems(
    table: Mapping[str, Attribute], values: Mapping[str, JsonValue], units: Mapping[str, str]
) -> dict[str, str]:
    found = {}
    for name, value in values.items():
        if problem := _problem(table, name, value, units.get(name)):
            found[name] = problem
    return found


def _problem(table: Mapping[str, Attribute], name: str, value: JsonValue, unit: str | None) -> str:
    if name in _OWN_PROBLEMS and table is RUNS:
        return _OWN_PROBLEMS[name](value)
    try:
        check(table.get(name), value, unit)
    except Impossible as why:
        return f"{value!r} is {why}" if not str(why)[0].isdigit() else str(why)
    if unit is not None and name in {"recorded_lumi", "delivered_lumi"} and unit not in INTEGRATED_UNITS:
        return f"{unit!r} is not one of {', '.join(INTEGRATED_UNITS)}"
    return ""


def _problem_of_type(value: JsonValue) -> str:
    return "" if value in RUN_TYPES else f"{value!r} is not one of {' and '.join(RUN_TYPES)}"


def _problem_of_apv_mode(value: JsonValue) -> str:
    return "" if value in APV_MODES else f"{value!r} is not one of {' and '.join(APV_MODES)}"


def _problem_of_class(value: JsonValue) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_CLASS:
        return f"a class is a name of at most {_LONGEST_CLASS} characters, such as Collisions22"
    return ""


def _problem_of_significance(value: JsonValue) -> str:
    return "" if isinstance(value, bool) else f"{value!r} is neither true nor false"


# of values that OMS does not serve
_OWN_PROBLEMS = {
    "run_type": _problem_of_type,
    "apv_mode": _problem_of_apv_mode,
    "class": _problem_of_class,
    "significant": _problem_of_significance,
}


def _not_typed(
    kind: str, released: Sequence[str], *, run: int | None = None, fill: int | None = None
) -> dict[str, str]:
    said = (
        Event.objects.filter(kind=kind, run=run)
        if fill is None
        else Event.objects.filter(kind=kind, payload__fill=fill)
    )
    typed: set[str] = set()
    for event in said.order_by("seq"):
        typed = (typed | event.payload["values"].keys()) - set(event.payload["released"])
    return {
        name: f"{name} was not typed by anybody, so there is nothing to release"
        for name in released
        if name not in typed
    }


def _as_number(text: str | float) -> JsonValue:
    try:
        number = float(text)
    except ValueError:
        # as it was typed, so that the refusal shows it
        return str(text)
    return number if math.isfinite(number) else str(text)
