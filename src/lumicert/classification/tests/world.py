"""A small world for tests of rules: runs that a source reported, and drafts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lumicert.accounts.models import User
from lumicert.classification.writing import text_of
from lumicert.decisions.ranges import Ranges, difference
from lumicert.rules.documents import read_document, written_document
from lumicert.rules.names import FLAGS
from lumicert.rules.selectors import current
from lumicert.runs.intake import Report, take_run
from lumicert.runs.lumisections import Lumisections
from lumicert.runs.typing import type_run

FETCHED = datetime(2022, 7, 5, 12, 0, tzinfo=UTC)
COLLISIONS: dict[str, Any] = {
    "fill_number": 7920,
    "hlt_key": "/cdaq/physics/Run2022/2e34/v1.4.0/HLT/V3",
    "stable_beam": True,
    "tier0_transfer": True,
    "hlt_physics_counter": 1_000_000,
    "components": ["CSC", "DT", "ECAL", "PIXEL", "RPC", "TRACKER"],
    "last_lumisection_number": 20,
    "end_time": "2022-07-05T12:10:00Z",
}
_BEAM = ("beam1_present", "beam2_present", "beam1_stable", "beam2_stable")


def collisions(run: int, *, lumis: Ranges = ((1, 20),), off: dict[str, Ranges] | None = None, **changes: Any) -> None:
    """A source reports a collision run in which every bit is true, but for the ranges in `off`."""
    bits: dict[str, dict[str, Ranges]] = {
        flag: {"true": difference(lumis, dark), "false": dark} if (dark := (off or {}).get(flag)) else {"true": lumis}
        for flag in FLAGS
    }
    _take(run, {**COLLISIONS, **changes}, Lumisections(lumis=lumis, flags=bits))


def cosmics(run: int, *, lumis: Ranges = ((1, 20),)) -> None:
    """A source reports a run without beams."""
    bits: dict[str, dict[str, Ranges]] = {flag: {"false" if flag in _BEAM else "true": lumis} for flag in FLAGS}
    changes = {"hlt_key": "/cdaq/cosmic/commissioning2022/v1.2.0/HLT/V1", "stable_beam": False, "fill_number": None}
    _take(run, {**COLLISIONS, **changes}, Lumisections(lumis=lumis, flags=bits))


def _take(run: int, attributes: dict[str, Any], lumisections: Lumisections) -> None:
    take_run(
        run=run, report=Report(attributes), lumisections=lumisections, whole=True, fetched_at=FETCHED, state="ended"
    )


def decide(run: int, actor: User, **values: Any) -> None:
    """A person types values of a run; `klass` is its class."""
    typed = {"class" if name == "klass" else name: value for name, value in values.items()}
    type_run(run=run, values=typed, actor=actor)


def renamed(name: str = "Collisions23") -> str:
    """The rules of classes, with another name for the class of the first rule, as text."""
    document = written_document(current("class").document)
    document["rules"][0]["class"] = name
    return text_of(read_document("class", document))
