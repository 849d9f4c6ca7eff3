"""A small world for the tests: one run with one dataset, and people who speak of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from lumicert.accounts.models import User
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import current_seq, standing
from lumicert.decisions.services import Act, append
from lumicert.runs.events import (
    DatasetRegistered,
    FillReported,
    LuminosityReported,
    LumisectionsReported,
    RunRegistered,
    RunReported,
)

RUN = 315257
DATASET = "/PromptReco/Collisions2018A/DQM"
PIXEL = "tracker-pixel"
MARK = f"/runs/{RUN}/mark"


def register(
    run: int = RUN, *datasets: str, lumis: Ranges = ((1, 92),), klass: str = "Collisions18", **attributes: Any
) -> Act:
    """A run with its datasets (one, unless named), as an import would bring it."""
    registered = NewEvent(RunRegistered(source="a test", klass=klass, attributes=attributes), run)
    names = datasets or (DATASET,)
    events = [NewEvent(DatasetRegistered(source="a test"), run, name, lumis=lumis) for name in names]
    return append(events=[registered, *events], actor=None, origin=Origin.IMPORT)


def report(run: int = RUN, **flags: dict[str, Ranges]) -> Act:
    """Flags of the run's lumisections 1 to 3, with 0.5, 0 and 1 /pb recorded."""
    luminosity = LuminosityReported(
        unit="/pb", lumis=((1, 3),), recorded=["0.5", "0", "1"], delivered=["0.6", "0.1", "1.1"]
    )
    payload = LumisectionsReported.model_validate({"source": "a test", "flags": flags, "luminosity": luminosity})
    return append(events=[NewEvent(payload, run, lumis=((1, 3),))], actor=None, origin=Origin.IMPORT)


def tell(run: int = RUN, *, state: str = "final", units: Any = None, rejected: Any = None, **attributes: Any) -> Act:
    """A source says something new of a run as a whole."""
    said = _told(state, units, rejected, attributes)
    return append(events=[NewEvent(RunReported.model_validate(said), run)], actor=None, origin=Origin.AUTOMATIC)


def tell_fill(fill: int, *, state: str = "final", units: Any = None, rejected: Any = None, **attributes: Any) -> Act:
    """A source says something new of a fill."""
    said = _told(state, units, rejected, attributes) | {"fill": fill}
    return append(events=[NewEvent(FillReported.model_validate(said))], actor=None, origin=Origin.AUTOMATIC)


def _told(state: str, units: Any, rejected: Any, attributes: Any) -> dict[str, Any]:
    return {
        "source": "OMS",
        "fetched_at": datetime.now(UTC),
        "state": state,
        "attributes": attributes,
        "units": units or {},
        "rejected": rejected or {},
    }


def say(
    status: str | None, lumis: Ranges, *, by: User | None = None, component: str = PIXEL, comment: str = "why not"
) -> Act:
    """Somebody, or a rule where there is nobody, says what a component's status is."""
    layer = Layer.PERSON if by else Layer.AUTOMATIC
    said = ComponentStatusSaid.model_validate({"layer": layer, "status": status, "comment": comment})
    origin = Origin.PERSON if by else Origin.AUTOMATIC
    return append(events=[NewEvent(said, RUN, DATASET, component, lumis)], actor=by, origin=origin)


def form(**typed: Any) -> dict[str, Any]:
    """What a browser sends to mark: all fields right, but for those that are given."""
    right = {
        "dataset": DATASET, "component": PIXEL, "lumis": "5-9", "status": "BAD", "cause": "", "comment": "PS trip",
        "expected": current_seq(), "act": str(uuid4()),
    }  # fmt: skip
    return right | typed


def stands() -> dict[str, list[tuple[str, Ranges]]]:
    """What stands in the run, by layer."""
    found: dict[str, list[tuple[str, Ranges]]] = {}
    for item in standing(run=RUN):
        found.setdefault(item.layer, []).append((item.status, item.lumis))
    return found
