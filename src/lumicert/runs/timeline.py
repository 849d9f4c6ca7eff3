"""What OMS reported of the lumisections of a run, ready to be drawn: luminosity, pile-up, and a bar a flag.

A flag is *quiet* where it is true in every lumisection of the dataset: it need not be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lumicert.decisions import ranges
from lumicert.decisions.ranges import Ranges
from lumicert.runs.amounts import BARNS_IN_PB
from lumicert.runs.selectors import flags_of_run, luminosity_of_runs, series_of_run
from lumicert.shell.bars import Bar, lines_json

# the order of the day: the beams, the experiment, the tracker; other flags follow by name
FLAGS = {
    "beam1_present": "beam 1 present", "beam2_present": "beam 2 present", "beam1_stable": "beam 1 stable",
    "beam2_stable": "beam 2 stable", "cms_active": "CMS active", "physics_flag": "physics flag",
    "tibtid_ready": "TIB/TID ready", "tob_ready": "TOB ready", "tecp_ready": "TEC+ ready", "tecm_ready": "TEC− ready",
    "bpix_ready": "BPIX ready", "fpix_ready": "FPIX ready",
}  # fmt: skip
_STATES = {"true": ("good", "yes"), "false": ("bad", "no"), "null": ("unknown", "OMS gave nothing")}


@dataclass(frozen=True, slots=True)
class Luminosity:
    """Recorded and delivered luminosity by lumisection, in /pb; lumisections without any are not there."""

    points: list[tuple[int, float]]
    delivered: list[tuple[int, float]]
    total: float

    @property
    def json(self) -> str:
        return lines_json({"recorded": self.points, "delivered": self.delivered})


@dataclass(frozen=True, slots=True)
class Pileup:
    """Mean number of interactions a crossing, by lumisection."""

    points: list[tuple[int, float]]

    @property
    def json(self) -> str:
        return lines_json({"pile-up": self.points})


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lumisections `first` to `last` of a run."""

    first: int
    last: int
    luminosity: Luminosity | None
    pileup: Pileup | None
    flags: list[Bar]
    quiet_flags: list[Bar]


def timeline(run: int, lumis: Ranges, *, at: int | None = None, with_pileup: bool = True) -> Timeline:
    """The timeline of a run over the lumisections of a dataset, now or as of an event: three queries.

    Args:
        with_pileup: False where the page has no room for it.
    """
    reported = flags_of_run(run, at=at)
    order = [name for name in FLAGS if name in reported] + sorted(reported.keys() - FLAGS.keys())
    quiet = {name for name in order if not ranges.difference(lumis, reported[name].get("true", ()))}
    return Timeline(
        first=lumis[0][0] if lumis else 1,
        last=lumis[-1][1] if lumis else 1,
        luminosity=_luminosity(run, at),
        pileup=_pileup(run, at) if with_pileup else None,
        flags=[_flag(name, reported[name]) for name in order if name not in quiet],
        quiet_flags=[_flag(name, reported[name]) for name in order if name in quiet],
    )


def _flag(name: str, by_value: Mapping[str, Ranges]) -> Bar:
    label = FLAGS.get(name, name)
    segments = [
        (first, last, _STATES[value][0], f"{label}: {_STATES[value][1]}")
        for value, lumis in by_value.items()
        for first, last in lumis
    ]
    return Bar(label, sorted(segments))


def _luminosity(run: int, at: int | None) -> Luminosity | None:
    reported = luminosity_of_runs([run], at=at)
    if not reported.ls.size:
        return None
    lss = reported.ls.tolist()
    # to 1 /ub, which is less than a pixel of the line shows
    recorded, delivered = (
        list(zip(lss, np.round(column / BARNS_IN_PB, 6).tolist(), strict=True))
        for column in (reported.recorded, reported.delivered)
    )
    return Luminosity(recorded, delivered, int(reported.recorded.sum()) / BARNS_IN_PB)


def _pileup(run: int, at: int | None) -> Pileup | None:
    numbers = series_of_run(run, at=at).get("pileup", {})
    return Pileup([(ls, round(number, 2)) for ls, number in sorted(numbers.items())]) if numbers else None
