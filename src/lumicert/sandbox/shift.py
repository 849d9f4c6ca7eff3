"""The shift that a demo shows: one fill, laid out by hand so that something happens every minute at 60 times speed.

The clock of a demo opens while a cosmics run draws to its end. Within two minutes of a watch (two hours of the
sandbox) that run ends, a collision run begins, grows through the start of stable beams, ends, and the next begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from lumicert.sandbox.beams import ORBIT_HZ, Beam
from lumicert.sandbox.model import Kind
from lumicert.sandbox.plan import SHIFT_START, Period
from lumicert.sandbox.schedule import Segment

FIRST_SHIFT_RUN, FIRST_SHIFT_FILL = 360440, 8276
OPENING = SHIFT_START + timedelta(minutes=58)

# minutes after the start of the shift
_STABLE, _DUMPED = 105, 420
_PILEUP = 52.0


def _minute(minutes: float) -> int:
    return int(SHIFT_START.timestamp() + minutes * 60)


def shift_beams(period: Period) -> list[Beam]:
    """One fill with stable beams from 7:45 to 13:00."""
    scheme = period.schemes[0]
    beam = Beam(
        number=FIRST_SHIFT_FILL,
        period=period,
        scheme=scheme,
        start=_minute(0),
        end=_minute(480),
        injected=_minute(65),
        stable=_minute(_STABLE),
        dumped=_minute(_DUMPED),
        level=_PILEUP * scheme.colliding * ORBIT_HZ / 80e7,
        levelled=2 * 3600.0,
        lifetime=13 * 3600.0,
        hold=300,
    )
    return [beam]


def shift_segments(beams: Sequence[Beam]) -> list[Segment]:
    """A private run, cosmics, three collision runs, and a private run and cosmics after the dump."""
    beam = beams[0]

    def segment(start: float, end: float, kind: Kind, *incidents: str) -> Segment:
        return Segment(start=_minute(start), end=_minute(end), kind=kind, beam=beam, incidents=incidents, luck=False)

    return [
        segment(2, 6, "private"),
        segment(12, 62, "cosmics"),
        segment(70, 150, "collisions", "late_hv_ramp"),
        segment(155, 300, "collisions", "partition_trip", "null_bits"),
        segment(306, 432, "collisions", "noisy_hcal", "missing_ls"),
        segment(438, 442, "private"),
        segment(446, 478, "cosmics"),
    ]
