"""What goes wrong in a run, written into its draft before luminosity is counted, and told on the run as truth.

Each incident of `NAMES` is one function that changes a `Draft` in place and returns what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lumicert.sandbox.model import FLAG_ROW, Bools, Floats, Incident

# what trips together: a whole detector, or one of its high-voltage partitions
PARTITIONS: Mapping[str, tuple[str, ...]] = {
    "TRACKER": ("tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready"),
    "PIXEL": ("bpix_ready", "fpix_ready"),
    "TOB": ("tob_ready",),
    "TEC+": ("tecp_ready",),
    "EB-": ("ebm_ready",),
    "HBHEa": ("hbhea_ready",),
    "HF": ("hf_ready",),
    "DT0": ("dt0_ready",),
    "CSC+": ("cscp_ready",),
    "RPC": ("rpc_ready",),
    "GEM-": ("gemm_ready",),
}
TRACKER_FLAGS = ("bpix_ready", "fpix_ready", "tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready")


@dataclass(slots=True)
class Draft:
    """The lumisections of a run while it is made; n of them, numbered from 1 without gaps.

    Attributes:
        inside: how many of them lie inside the run; those after it are OMS's tail.
        flags, nulls: bool[len(FLAGS), n].
        dead_time: float64[n], percent.
        listed: bool[n]: whether OMS lists it.
        no_luminosity: bool[n]: where OMS has null for luminosities.
        hlt_factor: by how much the HLT rate of the run is more than usual.
    """

    inside: int
    flags: Bools
    nulls: Bools
    dead_time: Floats
    listed: Bools
    no_luminosity: Bools
    hlt_factor: float = 1.0

    def row(self, name: str) -> Bools:
        """The row of one flag, for changing."""
        row: Bools = self.flags[FLAG_ROW[name]]
        return row

    def first_stable(self) -> int:
        """Position of the first lumisection in stable beams, 0 if there is none."""
        return int(np.argmax(self.row("beam1_stable")))


def _stretch(draft: Draft, shortest: int, longest: int, rng: np.random.Generator) -> slice:
    """A stretch somewhere inside the run, in stable beams where there are some."""
    first = min(draft.first_stable() + 4, draft.inside - 1)
    start = int(rng.integers(first, max(first + 1, draft.inside - shortest)))
    return slice(start, min(start + int(rng.integers(shortest, longest + 1)), draft.inside))


def _told(name: str, where: slice, detail: str) -> Incident:
    return Incident(name, (where.start + 1, where.stop), detail)


def partition_trip(draft: Draft, rng: np.random.Generator) -> Incident:
    """A partition's high voltage trips and is brought back."""
    partition = str(rng.choice(list(PARTITIONS)))
    where = _stretch(draft, 3, 40, rng)
    for flag in PARTITIONS[partition]:
        draft.row(flag)[where] = False
        if flag in TRACKER_FLAGS:
            draft.row("physics_flag")[where] = False
    return _told("partition_trip", where, f"{partition} tripped and was ramped up again")


def late_hv_ramp(draft: Draft, rng: np.random.Generator) -> Incident:
    """The tracker's high voltage comes late after stable beams."""
    start = draft.first_stable()
    where = slice(start, min(start + int(rng.integers(12, 180)), draft.inside))
    for flag in (*TRACKER_FLAGS, "physics_flag"):
        draft.row(flag)[where] = False
    return _told("late_hv_ramp", where, "the tracker's high voltage was ramped late after stable beams")


def lost_clock(draft: Draft, rng: np.random.Generator) -> Incident:
    """The LHC clock is lost: nothing is recorded until the run's end."""
    where = slice(max(draft.inside - int(rng.integers(2, 12)), 0), draft.inside)
    draft.row("cms_active")[where] = False
    draft.dead_time[where] = 100.0
    return _told("lost_clock", where, "the LHC clock was lost; nothing was recorded until the run was stopped")


def noisy_hcal(draft: Draft, rng: np.random.Generator) -> Incident:
    """Noise in HCAL fills the trigger."""
    where = _stretch(draft, 10, 120, rng)
    draft.dead_time[where] = np.round(rng.uniform(18, 45, where.stop - where.start), 3)
    # noise is often the first sign of a trip, and passes with it
    tripped = slice(where.start, min(where.start + 3, where.stop))
    draft.row("hbheb_ready")[tripped] = False
    draft.hlt_factor = 3.4
    return _told("noisy_hcal", where, "noise of HCAL filled the trigger: dead time and HLT rate were high")


def missing_ls(draft: Draft, rng: np.random.Generator) -> Incident:
    """OMS leaves lumisections out of its list."""
    where = _stretch(draft, 1, 4, rng)
    draft.listed[where] = False
    return _told("missing_ls", where, "OMS does not list these lumisections")


def null_bits(draft: Draft, rng: np.random.Generator) -> Incident:
    """OMS has null for some readiness bits."""
    where = _stretch(draft, 1, 15, rng)
    for flag in PARTITIONS[str(rng.choice(list(PARTITIONS)))]:
        draft.flags[FLAG_ROW[flag], where] = False
        draft.nulls[FLAG_ROW[flag], where] = True
    return _told("null_bits", where, "OMS has null for readiness bits of a partition")


def null_luminosity(draft: Draft, rng: np.random.Generator) -> Incident:
    """OMS has no luminosity for the last lumisections of the list."""
    where = slice(max(len(draft.listed) - int(rng.integers(5, 40)), draft.inside), len(draft.listed))
    draft.no_luminosity[where] = True
    return _told("null_luminosity", where, "OMS has null for the luminosity after the run's end")


MAKERS: Mapping[str, Callable[[Draft, np.random.Generator], Incident]] = {
    "partition_trip": partition_trip,
    "late_hv_ramp": late_hv_ramp,
    "lost_clock": lost_clock,
    "noisy_hcal": noisy_hcal,
    "missing_ls": missing_ls,
    "null_bits": null_bits,
    "null_luminosity": null_luminosity,
}
# no_fill and still_going are made where runs are laid out, not in their lumisections
NAMES: tuple[str, ...] = (*MAKERS, "no_fill", "still_going")

# for a run of 30 lumisections and more; tuned so that bits and gaps come out as often as in 2018A
_CHANCES: Mapping[str, float] = {
    "partition_trip": 0.13,
    "lost_clock": 0.03,
    "noisy_hcal": 0.06,
    "missing_ls": 0.008,
    "null_bits": 0.05,
    "null_luminosity": 0.22,
}
_NEEDS_BEAM = frozenset({"lost_clock", "noisy_hcal", "late_hv_ramp"})


def by_chance(draft: Draft, rng: np.random.Generator) -> tuple[str, ...]:
    """The incidents that happen to a run by bad luck; short runs have none of their own."""
    if draft.inside < 30:
        return ()
    stable = bool(draft.row("beam1_stable")[: draft.inside].any())
    drawn = [name for name, chance in _CHANCES.items() if rng.random() < chance]
    if stable and draft.first_stable() < draft.inside - 12 and rng.random() < 0.07:
        # first, because the other incidents happen to what is ready
        drawn.insert(0, "late_hv_ramp")
    return tuple(name for name in drawn if stable or name not in _NEEDS_BEAM)


def happen(draft: Draft, names: tuple[str, ...], rng: np.random.Generator) -> tuple[Incident, ...]:
    """Make these incidents in the draft, in this order."""
    told = (MAKERS[name](draft, rng) for name in names if name in MAKERS)
    return tuple(incident for incident in told if incident.lumis is None or incident.lumis[0] <= incident.lumis[1])
