"""A small world for tests: runs, datasets, statuses and flags, appended as events."""

from __future__ import annotations

import json
from decimal import Decimal

from lumicert.accounts.models import User
from lumicert.decisions.events import ComponentStatusSaid, Status
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.ranges import Ranges, count
from lumicert.decisions.services import Act, append
from lumicert.golden.policies import PolicyVersion
from lumicert.runs.events import DatasetRegistered, LuminosityReported, LumisectionsReported, RunRegistered

DATASET = "/PromptReco/Collisions2018A/DQM"
TRACKER = ("tracker-pixel", "tracker-strip", "tracker-track")


def register(
    run: int, lumis: Ranges, *, dataset: str = DATASET, klass: str = "Collisions18", **attributes: object
) -> Act:
    """A run with one dataset."""
    events = [
        NewEvent(RunRegistered(source="test", klass=klass, attributes=attributes), run),
        NewEvent(DatasetRegistered(source="test"), run, dataset, lumis=lumis),
    ]
    return append(events=events, actor=None, origin=Origin.IMPORT)


def say(
    run: int,
    component: str,
    status: Status | None,
    lumis: Ranges,
    *,
    by: User | None = None,
    comment: str = "",
    dataset: str = DATASET,
) -> Act:
    """Somebody, or without `by` a rule, says a status."""
    layer = Layer.PERSON if by else Layer.AUTOMATIC
    payload = ComponentStatusSaid(layer=layer, status=status, comment=comment)
    origin = Origin.PERSON if by else Origin.AUTOMATIC
    return append(events=[NewEvent(payload, run, dataset, component, lumis)], actor=by, origin=origin)


def good_run(run: int, lumis: Ranges = ((1, 100),)) -> None:
    """A run of which the whole tracker is GOOD, automatically."""
    register(run, lumis)
    for component in TRACKER:
        say(run, component, "GOOD", lumis)


def report(run: int, lumis: Ranges, flags: dict[str, dict[str, Ranges]], *, each: str | None = None) -> Act:
    """OMS reports flags, and with `each` that much recorded luminosity in /pb for every lumisection."""
    luminosity = None
    if each is not None:
        n = count(lumis)
        delivered = str(Decimal(each) * 2)
        luminosity = LuminosityReported(unit="/pb", lumis=lumis, recorded=[each] * n, delivered=[delivered] * n)
    payload = LumisectionsReported.model_validate({"source": "test", "flags": flags, "luminosity": luminosity})
    return append(events=[NewEvent(payload, run, lumis=lumis)], actor=None, origin=Origin.IMPORT)


def policy(rule: object, *, unknown_as_null: bool = False) -> PolicyVersion:
    return PolicyVersion("test", 1, json.dumps(rule), unknown_as_null=unknown_as_null, comment="", seq=None)


def is_status(component: str, status: str = "GOOD") -> dict[str, object]:
    return {"==": [{"var": f"lumisection.rr.{component}"}, status]}


def flag(name: str) -> dict[str, object]:
    return {"==": [{"var": f"lumisection.oms.{name}"}, True]}
