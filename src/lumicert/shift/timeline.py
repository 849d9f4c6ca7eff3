"""What was reported of the lumisections of a run, and what is said of its components so far, as bars."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lumicert.decisions import ranges
from lumicert.decisions.models import Layer
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import Standing
from lumicert.runs.selectors import flags_of_run, luminosity_of_runs

BARNS_IN_PB = 10**12
# the order of the day: the beams, the experiment, the tracker; other flags follow by name
FLAGS = {
    "beam1_stable": "beam 1 stable", "beam2_stable": "beam 2 stable", "beam1_present": "beam 1 present",
    "beam2_present": "beam 2 present", "cms_active": "CMS active", "physics_flag": "physics flag",
    "tibtid_ready": "TIB/TID ready", "tob_ready": "TOB ready", "tecp_ready": "TEC+ ready", "tecm_ready": "TEC− ready",
    "bpix_ready": "BPIX ready", "fpix_ready": "FPIX ready",
}  # fmt: skip
_STATES = {"true": ("good", "yes"), "false": ("bad", "no"), "null": ("unknown", "OMS gave nothing")}

Segment = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, ready for `<ls-bar>`."""

    label: str
    segments: list[Segment]

    @property
    def json(self) -> str:
        return json.dumps(self.segments)


@dataclass(frozen=True, slots=True)
class Luminosity:
    """Recorded and delivered luminosity by lumisection, in inverse picobarns."""

    points: list[tuple[int, float]]
    delivered: list[tuple[int, float]]
    total: float

    @property
    def json(self) -> str:
        """For `<lumi-line>`: what is filled first, then what is drawn over it."""
        return json.dumps(
            [{"name": "recorded", "points": self.points}, {"name": "delivered", "points": self.delivered}]
        )


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lumisections `first` to `last`. A quiet flag says yes everywhere, and need not be looked at."""

    first: int
    last: int
    luminosity: Luminosity | None
    flags: list[Bar]
    quiet_flags: list[Bar]
    # the form has no room for it; the page of the run shows it
    pileup: None = None


def timeline(run: int, lumis: Ranges) -> Timeline:
    """The timeline of a run over the lumisections of a dataset: two queries."""
    reported = flags_of_run(run)
    order = [name for name in FLAGS if name in reported] + sorted(reported.keys() - FLAGS.keys())
    quiet = {name for name in order if not ranges.difference(lumis, reported[name].get("true", ()))}
    return Timeline(
        first=lumis[0][0],
        last=lumis[-1][1],
        luminosity=_luminosity(run),
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


def _luminosity(run: int) -> Luminosity | None:
    reported = luminosity_of_runs([run])
    if not reported.ls.size:
        return None
    lss = reported.ls.tolist()
    # to 1 /ub, which is less than a pixel of the line shows
    recorded, delivered = (
        list(zip(lss, np.round(column / BARNS_IN_PB, 6).tolist(), strict=True))
        for column in (reported.recorded, reported.delivered)
    )
    return Luminosity(recorded, delivered, int(reported.recorded.sum()) / BARNS_IN_PB)


def so_far(component: str, standing: Sequence[Standing], lumis: Ranges) -> Bar | None:
    """What counts now for a component, a person's word over a rule's; None where nobody and no rule spoke."""
    own = [word for word in standing if word.component == component]
    if not own:
        return None
    people = [word for word in own if word.layer == Layer.PERSON]
    covered = ranges.union(*(word.lumis for word in people))
    rules = [(word, ranges.difference(word.lumis, covered)) for word in own if word.layer != Layer.PERSON]
    spoken = [*((word, word.lumis) for word in people), *rules]
    rest = ranges.difference(lumis, ranges.union(*(pieces for _, pieces in spoken)))
    segments = [(first, last, word.status.lower(), _why(word)) for word, pieces in spoken for first, last in pieces]
    silent = [(first, last, "empty", "nobody has said anything") for first, last in rest]
    return Bar(component, sorted([*segments, *silent]))


def _why(word: Standing) -> str:
    who = "a person" if word.layer == Layer.PERSON else "automatic"
    why = ": ".join(part for part in (word.cause, word.comment) if part)
    return f"{who}, event {word.seq}" + (f": {why}" if why else "")
