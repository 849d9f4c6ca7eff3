"""What a source might report, made short for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lumicert.decisions.ranges import Ranges, difference
from lumicert.runs.events import State
from lumicert.runs.intake import Report, Taken, take_run
from lumicert.runs.lumisections import Lumisections

RUN = 355100
BEGIN = datetime(2022, 7, 5, 12, 0, tzinfo=UTC)

COLLISIONS: dict[str, Any] = {
    "fill_number": 7920,
    "energy": 6800,
    "b_field": 3.8,
    "hlt_key": "/cdaq/physics/Run2022/2e34/v1.4.0/HLT/V3",
    "stable_beam": True,
    "tier0_transfer": True,
    "start_time": "2022-07-05T12:00:00Z",
    "end_time": None,
    "last_update": "2022-07-05T12:10:00Z",
    "last_lumisection_number": 20,
    "recorded_lumi": 8.25,
    "components": ["DAQ", "DCS", "DT", "ECAL", "PIXEL", "TRACKER", "TRG"],
}
UNITS = {"recorded_lumi": "pb^{-1}", "energy": "GeV", "b_field": "T"}
ALL_ON = ("beam1_present", "beam2_present", "beam1_stable", "beam2_stable", "cms_active", "bpix_ready", "fpix_ready",
          "dt0_ready", "dtp_ready", "dtm_ready", "tecm_ready", "tecp_ready", "tibtid_ready", "tob_ready")  # fmt: skip


def report(**changes: Any) -> Report:
    """What OMS says of a collision run."""
    return Report({**COLLISIONS, **changes}, UNITS)


def lumisections(first: int, last: int, **flags: Ranges) -> Lumisections:
    """Lumisections with every bit true, but for the ranges in which a named one is false; 1 /nb in each."""
    lumis: Ranges = ((first, last),)
    off = {name: {"false": ranges, "true": difference(lumis, ranges)} for name, ranges in flags.items()}
    return Lumisections(
        lumis=lumis,
        flags={**{name: {"true": lumis} for name in ALL_ON if name not in flags}, **off},
        labels={"prescale_name": {"2p0E34": lumis}},
        series={"pileup": dict.fromkeys(range(first, last + 1), 50.5)},
        luminosity=dict.fromkeys(range(first, last + 1), (10**9, 2 * 10**9)),
    )


def take(
    *,
    minute: int = 0,
    run: int = RUN,
    said: Report | None = None,
    lumis: Lumisections | None = None,
    whole: bool = True,
    state: State = "ended",
) -> Taken:
    """Take a report that was fetched `minute` minutes after the beginning."""
    return take_run(
        run=run,
        report=said or report(),
        lumisections=lumis,
        whole=whole,
        fetched_at=BEGIN + timedelta(minutes=minute),
        state=state,
    )
