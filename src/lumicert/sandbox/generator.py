"""The generator of the simulated data-taking year: a world from a size and a seed.

`generate` lays out the fills (`beams`), then what CMS does around them (`schedule`), then makes each run from its
stretch of time (`runs`). The same size and seed give the same world to the last bit (`World.digest`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

import numpy as np

from lumicert.sandbox.beams import Beam, beams
from lumicert.sandbox.detector import as_served
from lumicert.sandbox.model import Era, Fill, Run, World
from lumicert.sandbox.plan import FIRST_FILL, FIRST_RUN, LAST_RUN, Period, Scheme, Size, periods
from lumicert.sandbox.runs import at, build
from lumicert.sandbox.schedule import Segment, schedule
from lumicert.sandbox.shift import FIRST_SHIFT_RUN, OPENING, shift_beams, shift_segments

_SIZES: tuple[Size, ...] = ("shift", "week", "year")
_FIRST_WEEK_FILL, _FIRST_WEEK_RUN, _LAST_WEEK_RUN = 8260, 360090, 360560


def generate(size: Size, seed: int = 1) -> World:
    """The world of this size: `shift` (8 h), `week` or `year`.

    Raises:
        ValueError: for an unknown size.
    """
    plan = periods(size)
    rng = np.random.default_rng((seed, _SIZES.index(size)))
    if size == "shift":
        fills = shift_beams(plan[0])
        segments = shift_segments(fills)
        numbers = list(range(FIRST_SHIFT_RUN, FIRST_SHIFT_RUN + len(segments)))
    else:
        fills = list(beams(plan, FIRST_FILL if size == "year" else _FIRST_WEEK_FILL, rng))
        segments = _last_goes_on(schedule(fills, rng))
        bounds = (FIRST_RUN, LAST_RUN) if size == "year" else (_FIRST_WEEK_RUN, _LAST_WEEK_RUN)
        numbers = _numbers(len(segments), *bounds, rng)
    runs = _runs(segments, numbers, seed)
    served = tuple(_fill(beam, runs) for beam in fills)
    return World(
        seed=seed,
        size=size,
        start=plan[0].start,
        end=plan[-1].end,
        opening=OPENING if size == "shift" else plan[-1].end - timedelta(days=1),
        eras=_eras(plan, runs, served),
        fills=served,
        runs=runs,
    )


def _last_goes_on(segments: list[Segment]) -> list[Segment]:
    """Let the last run that has lumisections go on: a world has no quiet end."""
    place = max(index for index, one in enumerate(segments) if one.kind != "private")
    last = replace(segments[place], ends=False, without_fill=False)
    return [*segments[:place], last]


def _numbers(count: int, first: int, last: int, rng: np.random.Generator) -> list[int]:
    """Rising run numbers; those left out are local runs that OMS does not list."""
    # without replacement: a number is used once
    others = rng.choice(np.arange(first + 1, last + 1), size=count - 1, replace=False)
    return [first, *(int(number) for number in np.sort(others))]


def _runs(segments: Sequence[Segment], numbers: Sequence[int], seed: int) -> tuple[Run, ...]:
    """Each run, knowing when the next begins and what its fill recorded before it."""
    recorded: dict[int, float] = defaultdict(float)
    made: list[Run] = []
    for place, (number, segment) in enumerate(zip(numbers, segments, strict=True)):
        after = segments[place + 1].start if place + 1 < len(segments) else segment.end
        fill = segment.beam.number
        run, recorded[fill] = build(number, segment, after, recorded[fill], seed)
        made.append(run)
    return tuple(made)


def _fill(beam: Beam, runs: Iterable[Run]) -> Fill:
    """OMS's row of a fill, with what its runs recorded."""
    mine = [run for run in runs if run.fill_number == beam.number]
    start, end = at(beam.start), at(beam.end)
    base = Fill(
        fill_number=beam.number,
        era=beam.period.era,
        start_time=start,
        end_time=end,
        duration=beam.end - beam.start,
        b_field=3.8 if beam.period.b_on else 0.0,
        fill_type_runtime="COSMICS" if beam.scheme is None else _runtime(beam),
        fill_type_party1=_party(beam),
        fill_type_party2=_party(beam),
        energy=float(beam.energy) if beam.stable else 0.0,
        first_run_number=mine[0].run_number if mine else None,
        last_run_number=mine[-1].run_number if mine else None,
        last_update=end + timedelta(minutes=4),
        low_luminosity=beam.low,
    )
    return _with_scheme(base, beam, beam.scheme, mine) if beam.scheme else base


def _party(beam: Beam) -> str:
    return "PB82" if beam.period.programme == "ions" else "PROTON"


def _runtime(beam: Beam) -> str:
    return "PB_PB" if beam.period.programme == "ions" else "PROTONS"


def _with_scheme(base: Fill, beam: Beam, scheme: Scheme, runs: Sequence[Run]) -> Fill:
    filled = replace(
        base,
        injection_scheme=scheme.name,
        bunches_beam1=scheme.bunches,
        bunches_beam2=scheme.bunches,
        bunches_colliding=scheme.colliding,
        bunches_target=scheme.colliding,
        dump_ready_to_dump=at(beam.dumped) if beam.dumped else None,
    )
    if beam.stable is None or beam.dumped is None:
        return filled
    charge = 0.016 if beam.period.programme == "ions" else (0.9 if beam.low else 1.21)
    # not drawn: a fill's row must not change when another draw is added before it
    wobble = 1 + (beam.number * 37 % 41 - 20) / 2000
    intensity = round(scheme.bunches * charge * wobble, 6)
    return _with_luminosity(
        replace(
            filled,
            stable_beams=True,
            start_stable_beam=at(beam.stable),
            end_stable_beam=at(beam.dumped),
            beta_star=1917.0 if beam.period.programme == "vdm" else (1100.0 if beam.energy == 450 else 30.0),
            crossing_angle=0.0 if beam.low else 160.0,
            intensity_beam1=intensity,
            intensity_beam2=round(intensity * 0.997, 6),
        ),
        beam,
        runs,
    )


def _with_luminosity(fill: Fill, beam: Beam, runs: Sequence[Run]) -> Fill:
    """A fill with stable beams: its luminosities, and how much of them CMS recorded."""
    if beam.stable is None or beam.dumped is None or beam.scheme is None:
        return fill
    recorded = max((float(np.nanmax(run.lumisections.recorded_lumi)) for run in runs if run.stable_beam), default=0.0)
    delivered = float(as_served(beam.delivered(np.array([float(beam.dumped)])))[0])
    seconds = beam.dumped - beam.stable
    down = _not_running(beam.stable, beam.dumped, runs)
    charges = (fill.intensity_beam1 or 1.0) * (fill.intensity_beam2 or 1.0) / beam.scheme.bunches
    peak = round(beam.level, 12)
    return replace(
        fill,
        init_lumi=peak,
        peak_lumi=peak,
        peak_pileup=round(float(beam.pileup(np.array([beam.level]))[0]), 6),
        peak_specific_lumi=round(beam.level * (1.0 if beam.low else 1e4) / charges, 6),
        delivered_lumi=delivered,
        recorded_lumi=recorded,
        efficiency_lumi=round(100 * recorded / delivered, 4) if delivered else None,
        efficiency_time=round(100 * (1 - down / seconds), 4),
        downtime=down,
    )


def _not_running(start: int, end: int, runs: Sequence[Run]) -> int:
    """Seconds of stable beams in which no run of the fill went on."""
    covered = 0
    for run in runs:
        stop = int(run.end_time.timestamp()) if run.end_time else end
        covered += max(min(stop, end) - max(int(run.start_time.timestamp()), start), 0)
    return max(end - start - covered, 0)


def _eras(plan: Sequence[Period], runs: Sequence[Run], fills: Sequence[Fill]) -> tuple[Era, ...]:
    """One row for each stretch under one name."""
    made = []
    for name, group in groupby(plan, key=lambda period: period.era):
        stretch = list(group)
        start, end = stretch[0].start, stretch[-1].end
        mine = [run.run_number for run in runs if start <= run.start_time < end]
        filled = [fill.fill_number for fill in fills if start <= fill.start_time < end]
        made.append(
            Era(
                era=name,
                start_run=mine[0] if mine else 0,
                end_run=mine[-1] if mine else None,
                start_fill=filled[0] if filled else None,
                end_fill=filled[-1] if filled else None,
                start_time=start,
                end_time=end,
            )
        )
    return tuple(made)
