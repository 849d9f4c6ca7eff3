"""The LHC's part: when each fill is injected, brought to stable beams and dumped, and how its luminosity goes.

Inside a fill the instantaneous luminosity is held level at first (2022 levelled by separation), then decays
exponentially. All its integrals are closed formulas, so what was delivered by an instant needs no summing.

Instants are whole seconds since 1970 (`int`), luminosity is in 10^34 or, for a fill of low luminosity, in
10^30 cm^-2 s^-1, its integrals in /pb or microbarn^-1 alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from lumicert.sandbox.model import Bools, Floats
from lumicert.sandbox.plan import Period, Scheme

ORBIT_HZ = 11245.5
_LOW = frozenset({"pilot", "vdm", "low-pu", "ions"})
# what OMS gives for circulating beams that do not collide
_NOISE_FLOOR = 1.7288e-08


@dataclass(frozen=True, slots=True, kw_only=True)
class Beam:
    """One fill as the machine sees it.

    Attributes:
        injected, stable, dumped: instants; None where the fill did not get that far. `dumped` is set if injected is.
        start, end: from the end of the fill before to the end of this one.
        level: luminosity at the start of stable beams; it is held for `levelled` seconds, then falls by 1/e in
            `lifetime` seconds.
        hold: seconds for which OMS keeps the fill's count after the dump.
    """

    number: int
    period: Period
    scheme: Scheme | None
    start: int
    end: int
    injected: int | None = None
    stable: int | None = None
    dumped: int | None = None
    level: float = 0.0
    levelled: float = 0.0
    lifetime: float = 1.0
    hold: int = 0

    @property
    def low(self) -> bool:
        """Whether OMS gives this fill in 10^30 and inverse microbarns."""
        return self.period.programme in _LOW

    @property
    def integral(self) -> float:
        """What a second at luminosity 1 delivers, in the fill's integrated unit: 10^34 cm^-2 is 0.01 /pb."""
        return 1.0 if self.low else 0.01

    @property
    def energy(self) -> int:
        """GeV a beam; OMS truncates what the machine reports, one below the round number."""
        return 450 if self.period.programme == "pilot" else 6799

    def present(self, at: Floats) -> Bools:
        """Whether beams circulate at these instants."""
        if self.injected is None or self.dumped is None:
            return np.zeros(len(at), dtype=np.bool_)
        return np.asarray((at >= self.injected) & (at < self.dumped))

    def stable_at(self, at: Floats) -> Bools:
        """Whether stable beams are declared at these instants."""
        if self.stable is None or self.dumped is None:
            return np.zeros(len(at), dtype=np.bool_)
        # the declaration is withdrawn some minutes after the beams are gone, as in 2018
        return np.asarray((at >= self.stable) & (at < self.dumped + 0.42 * self.hold))

    def luminosity(self, at: Floats) -> Floats:
        """Instantaneous luminosity at these instants."""
        if self.stable is None or self.dumped is None:
            return np.zeros(len(at))
        age = np.clip(at - self.stable, 0, None)
        shape = np.exp(-np.clip(age - self.levelled, 0, None) / self.lifetime)
        # beams are brought into collision during the last five minutes before stable beams
        rise = np.clip((at - self.stable + 300) / 300, 0, 1) ** 2
        return np.where(self.present(at), np.maximum(self.level * shape * rise, _NOISE_FLOOR), 0.0)

    def delivered(self, at: Floats) -> Floats:
        """Integrated luminosity of stable beams up to these instants, at the dump's amount after the dump."""
        if self.stable is None or self.dumped is None:
            return np.zeros(len(at))
        age = np.clip(np.minimum(at, self.dumped) - self.stable, 0, None)
        decayed = self.lifetime * -np.expm1(-np.clip(age - self.levelled, 0, None) / self.lifetime)
        return np.asarray(self.integral * self.level * (np.minimum(age, self.levelled) + decayed))

    def counting(self, at: Floats) -> Bools:
        """Whether OMS's count of this fill still stands; it starts again from nothing `hold` s after the dump."""
        if self.stable is None or self.dumped is None:
            return np.zeros(len(at), dtype=np.bool_)
        return np.asarray((at >= self.stable) & (at < self.dumped + self.hold))

    def pileup(self, luminosity: Floats) -> Floats:
        """Mean number of interactions a crossing: luminosity times cross section, over pairs times orbits a second."""
        if self.scheme is None:
            return np.zeros(len(luminosity))
        scale, section = (1e30 if self.low else 1e34), cross_section(self.period)
        return np.asarray(luminosity * (scale * section / (self.scheme.colliding * ORBIT_HZ)))


def cross_section(period: Period) -> float:
    """Inelastic cross section in cm^2: 80 mb for protons on protons, 7.7 b for lead on lead."""
    return 7.7e-24 if period.programme == "ions" else 80e-27


def beams(periods: tuple[Period, ...], first: int, rng: np.random.Generator) -> Iterator[Beam]:
    """The fills of these periods, numbered from `first`, one after the other without a gap between them."""
    number = first
    for period in periods:
        at, end = int(period.start.timestamp()), int(period.end.timestamp())
        while at < end:
            beam = _without_beam(number, period, at, rng) if not period.schemes else _with_beam(number, period, at, rng)
            if beam.end > end:
                # the programme changes at its date: what would not be over by then is not begun
                beam = Beam(number=number, period=period, scheme=None, start=at, end=end)
            yield beam
            number, at = number + 1, beam.end


def _without_beam(number: int, period: Period, start: int, rng: np.random.Generator) -> Beam:
    return Beam(number=number, period=period, scheme=None, start=start, end=start + int(rng.uniform(14, 40) * 3600))


def _with_beam(number: int, period: Period, start: int, rng: np.random.Generator) -> Beam:
    # one fill in five waits for a repair first
    repair = rng.lognormal(np.log(4.5 * 3600), 0.7) if rng.random() < 0.2 else 0.0
    injected = start + int(repair + 1800 + rng.exponential(2400))
    scheme = period.scheme(datetime.fromtimestamp(start, UTC))
    if rng.random() < _FAILS[period.programme]:
        dumped = injected + int(rng.uniform(0.25, 4.5 if period.programme == "ramp" else 1.5) * 3600)
        return Beam(
            number=number, period=period, scheme=scheme, start=start, end=dumped + 300, injected=injected, dumped=dumped
        )
    # before the machine is commissioned it takes twice as long to get there
    slow = 2.2 if period.programme == "ramp" else 1.0
    stable = injected + int(rng.uniform(4200, 7800) * slow)
    dumped = stable + _stable_seconds(period, rng)
    low = period.programme in _LOW
    pileup = rng.uniform(*_PILEUP[period.programme])
    level = pileup * scheme.colliding * ORBIT_HZ / cross_section(period) / (1e30 if low else 1e34)
    return Beam(
        number=number,
        period=period,
        scheme=scheme,
        start=start,
        end=dumped + int(rng.uniform(300, 900)),
        injected=injected,
        stable=stable,
        dumped=dumped,
        level=level,
        levelled=rng.uniform(0, 5.5) * 3600 if period.programme == "physics" else 0.0,
        lifetime=rng.normal(13.2, 1.8) * 3600,
        hold=int(rng.uniform(230, 400)),
    )


def _stable_seconds(period: Period, rng: np.random.Generator) -> int:
    """Two thirds of the fills are kept until it pays to refill; the others are lost at any moment."""
    mean = {"physics": 12.5, "ramp": 8.0}.get(period.programme, 5.0)
    if rng.random() < 0.66:
        return int(max(rng.normal(mean, mean / 6), 0.6) * 3600)
    return int(rng.uniform(0.05, 1.0) * mean * 3600)


# share of fills that never reach stable beams
_FAILS = {"pilot": 0.5, "ramp": 0.62, "physics": 0.45, "vdm": 0.3, "low-pu": 0.3, "ions": 0.4}
# interactions a crossing at the start of stable beams, from and to
_PILEUP = {
    "pilot": (0.01, 0.05),
    "ramp": (42.0, 60.0),
    "physics": (49.0, 56.0),
    "vdm": (0.4, 0.7),
    "low-pu": (1.8, 2.2),
    "ions": (0.002, 0.004),
}
