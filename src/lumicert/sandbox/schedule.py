"""CMS's part of the day: from the fills of the LHC to the stretches of time that become runs.

Runs follow each other and never overlap. Around stable beams there are collision runs, cut where shifters restarted;
between them cosmics runs, commissioning with circulating beam, and short private runs of single subsystems.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lumicert.sandbox.beams import Beam
from lumicert.sandbox.model import LS_SECONDS, Kind

# habits below read best in lumisections
LS = LS_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run to be: from `start` to `end`, seconds since 1970.

    Attributes:
        beam: the fill in which it starts.
        incidents: names of incidents that must happen in it; others come by chance where `luck` is true.
        without_fill: OMS does not know the fill.
        ends: false for a run that goes on beyond the world's end.
    """

    start: int
    end: int
    kind: Kind
    beam: Beam
    incidents: tuple[str, ...] = ()
    luck: bool = True
    without_fill: bool = False
    ends: bool = True


@dataclass(frozen=True, slots=True)
class _Habits:
    """How long runs last: chance of a short one, its median, the long one's median and spread (seconds, sigma)."""

    short: float
    short_median: float
    median: float
    sigma: float


# in the ramp most runs are trials of a few minutes, in physics most last until something fails
_COLLISIONS = {
    "physics": _Habits(0.2, 22 * LS, 760 * LS, 0.75),
    "ramp": _Habits(0.55, 20 * LS, 340 * LS, 1.1),
}
_SPECIAL = _Habits(0.5, 18 * LS, 180 * LS, 0.9)
_COSMICS = _Habits(0.30, 8 * LS, 85 * LS, 0.9)
_COSMICS_SEASON = _Habits(0.25, 12 * LS, 160 * LS, 1.0)
_CIRCULATING = _Habits(0.3, 11 * LS, 85 * LS, 0.95)
# how often CMS takes nothing for a while after a run: seldom while the machine is commissioned
_IDLE = {"ramp": 0.06, "pilot": 0.06, "cosmics": 0.75, "physics": 0.7}
_IDLE_SECONDS = 12600.0
_PRIVATE = _Habits(0.45, 70.0, 170.0, 0.9)


def schedule(beams: list[Beam], rng: np.random.Generator) -> list[Segment]:
    """The runs of these fills in order of time."""
    segments: list[Segment] = []
    free = float(beams[0].start)
    for beam in beams:
        free = max(free, float(beam.start))
        if beam.stable is not None and beam.dumped is not None:
            # CMS starts its run before stable beams, so that the ramp of high voltage is in the data
            lead = max(beam.stable - rng.uniform(10, 60) * LS, free + 120)
            segments += _between(beam, free, lead - 60, rng)
            cut = list(_collisions(beam, lead, min(beam.dumped + rng.uniform(5, 45) * LS, beam.end - 30), rng))
            segments += cut
            free = float(cut[-1].end)
        segments += _between(beam, free, beam.end, rng)
        free = max(free, float(segments[-1].end)) if segments else free
    return segments


def _length(habits: _Habits, rng: np.random.Generator) -> float:
    if rng.random() < habits.short:
        return float(np.clip(rng.lognormal(np.log(habits.short_median), 0.7), 20, 7200))
    return float(np.clip(rng.lognormal(np.log(habits.median), habits.sigma), 60, 52000))


def _pause(rng: np.random.Generator) -> float:
    """Seconds between two runs: the median restart takes five minutes."""
    return float(np.clip(rng.lognormal(np.log(280), 0.65), 45, 3600))


def _collisions(beam: Beam, start: float, end: float, rng: np.random.Generator) -> Iterator[Segment]:
    habits = _COLLISIONS.get(beam.period.programme, _SPECIAL)
    kind: Kind = "collisions" if beam.period.programme in _COLLISIONS or beam.period.programme == "ions" else "special"
    at = start
    while True:
        stop = at + max(_length(habits, rng), 60)
        # in stable beams every minute costs luminosity: restarts are quicker than at other times
        pause = _pause(rng) * 0.55
        # nobody stops a run for a restart that would not pay before the dump
        if stop + pause + 10 * LS >= end:
            yield Segment(start=int(at), end=int(end), kind=kind, beam=beam)
            return
        yield Segment(start=int(at), end=int(stop), kind=kind, beam=beam)
        at = stop + pause


def _between(beam: Beam, start: float, end: float, rng: np.random.Generator) -> Iterator[Segment]:
    """Whatever CMS does while there is nothing to collide."""
    season = not beam.period.schemes
    at = start + _pause(rng)
    while at < end:
        kind = _pastime(beam, at, season, rng)
        stop = min(at + _length(_habits(kind, season), rng), end - 30)
        if kind == "cosmics" and beam.injected is not None and at < beam.injected < stop and rng.random() < 0.85:
            # the magnets of the detector stay on, but cosmics are over when the first bunch is announced
            stop = max(float(beam.injected - 30), at + 30)
        if stop - at < 15:
            return
        yield Segment(start=int(at), end=int(stop), kind=kind, beam=beam, without_fill=rng.random() < 0.1)
        idle = rng.exponential(_IDLE_SECONDS) if rng.random() < _IDLE.get(beam.period.programme, 0.6) else 0.0
        at = stop + _pause(rng) + idle


def _pastime(beam: Beam, at: float, season: bool, rng: np.random.Generator) -> Kind:
    if rng.random() < (0.45 if season else 0.36):
        return "private"
    return "commissioning" if beam.present(np.array([at]))[0] or rng.random() < 0.2 else "cosmics"


def _habits(kind: Kind, season: bool) -> _Habits:
    if kind == "private":
        return _PRIVATE
    if kind == "commissioning":
        return _CIRCULATING
    return _COSMICS_SEASON if season else _COSMICS
