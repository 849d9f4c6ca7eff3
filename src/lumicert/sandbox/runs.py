"""From a stretch of time to a run with the attributes that OMS would serve for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from lumicert.sandbox.beams import Beam
from lumicert.sandbox.datasets import datasets
from lumicert.sandbox.detector import lumisections
from lumicert.sandbox.incidents import Draft
from lumicert.sandbox.model import LS_SECONDS, Correction, Floats, Incident, Kind, Lumisections, Run, Value
from lumicert.sandbox.plan import Programme
from lumicert.sandbox.schedule import Segment

_ALL = (
    "CSC", "CTPPS", "CTPPS_TOT", "DAQ", "DCS", "DQM", "DT", "ECAL", "ES", "GEM", "HCAL", "PIXEL", "PIXEL_UP", "RPC",
    "SCAL", "TCDS", "TRACKER", "TRG",
)  # fmt: skip
_PRIVATE: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("PRIVATE-GLOBAL-CALO", 0.40, ("DAQ", "ECAL", "ES", "HCAL", "TCDS")),
    ("PRIVATE-GLOBAL-CTPPS", 0.38, ("CTPPS", "DAQ", "TCDS")),
    ("PRIVATE-GLOBAL-PIXEL", 0.12, ("DAQ", "PIXEL", "TCDS")),
    ("PRIVATE-GLOBAL-GEM", 0.08, ("DAQ", "GEM", "TCDS")),
    ("PRIVATE-GLOBAL-DT", 0.02, ("DAQ", "DT", "TCDS")),
)


@dataclass(frozen=True, slots=True)
class _Menu:
    """What the trigger is set to: HLT key, mode of L1 and HLT, and rates in Hz (L1, HLT)."""

    hlt_key: str
    mode: str
    l1_rate: float
    hlt_rate: float
    event_mb: float


_MENUS: dict[Kind, _Menu] = {
    "collisions": _Menu("/cdaq/physics/Run2022/2e34/v1.4.0/HLT/V3", "collisions2022", 88000.0, 2300.0, 1.05),
    "cosmics": _Menu("/cdaq/cosmic/commissioning2022/v1.2.0/HLT/V1", "cosmics2022", 850.0, 190.0, 0.55),
    "commissioning": _Menu("/cdaq/circulating/2022/v1.1.0/HLT/V2", "circulating2022", 1200.0, 160.0, 0.5),
}
_SPECIALS: dict[Programme, _Menu] = {
    "pilot": _Menu("/cdaq/special/2022/900GeV/v1.1.0/HLT/V1", "collisions2022", 21000.0, 1400.0, 0.7),
    "vdm": _Menu("/cdaq/special/2022/VdM/v1.0.2/HLT/V2", "vdm2022", 22000.0, 26000.0, 0.3),
    "low-pu": _Menu("/cdaq/special/2022/LowPU/v1.0.1/HLT/V1", "collisions2022", 42000.0, 4200.0, 0.6),
    "ions": _Menu("/cdaq/physics/Run2022HI/v1.2.0/HLT/V1", "collisionsHeavyIons2022", 9000.0, 2100.0, 1.4),
}


def build(number: int, segment: Segment, after: int, recorded_before: float, seed: int) -> tuple[Run, float]:
    """A run, and what its fill has recorded at its end (fill's unit).

    Args:
        number: the run's number.
        segment: its times, kind and fill.
        after: the instant at which the next run begins.
        recorded_before: what the fill had recorded before it.
        seed: of the world; chance in a run depends on it and on the run's number alone.
    """
    rng = np.random.default_rng((seed, number))
    if segment.kind == "private":
        return _private(number, segment, rng), recorded_before
    columns, incidents, draft = lumisections(segment, after, recorded_before, rng)
    run = _global(number, segment, columns, incidents, draft, rng)
    recorded = columns.recorded_lumi[~np.isnan(columns.recorded_lumi)]
    return run, max(recorded_before, float(recorded.max(initial=0.0)))


def at(seconds: float) -> datetime:
    """The instant so many whole seconds after 1970."""
    return datetime.fromtimestamp(int(seconds), UTC)


def _private(number: int, segment: Segment, rng: np.random.Generator) -> Run:
    which = int(rng.choice(len(_PRIVATE), p=[share for _, share, _ in _PRIVATE]))
    sequence, _, components = _PRIVATE[which]
    end = at(segment.end)
    return Run(
        run_number=number,
        start_time=at(segment.start),
        end_time=end,
        last_update=end + timedelta(seconds=int(rng.integers(5, 60))),
        duration=segment.end - segment.start,
        sequence=sequence,
        components=components,
        trigger_mode="MANUAL",
        clock_type="LOCAL",
        cmssw_version=None,
        hlt_key="/cdaq/test/minidaq/2022/PassThrough/V4" if rng.random() < 0.2 else None,
        stable_beam=False,
        tier0_transfer=False,
        era=segment.beam.period.era,
        lumisections=_none(segment),
    )


def _none(segment: Segment) -> Lumisections:
    """No lumisections."""
    nothing = Segment(start=segment.start, end=segment.start, kind="private", beam=segment.beam)
    return lumisections(nothing, segment.start, 0.0, np.random.default_rng(0))[0]


def _global(
    number: int,
    segment: Segment,
    columns: Lumisections,
    incidents: tuple[Incident, ...],
    draft: Draft,
    rng: np.random.Generator,
) -> Run:
    beam = segment.beam
    menu = _menu(segment)
    end = at(segment.end) if segment.ends else None
    # a run is touched until the last row of its list is there
    listed = int(columns.end_time[-1].astype(np.int64)) if len(columns) else segment.end
    closed = at(max(segment.end, listed)) + timedelta(seconds=int(rng.integers(15, 90)))
    stable = bool(columns.flag("beam1_stable")[columns.lumisection_number <= draft.inside].any())
    known_fill = not segment.without_fill
    # OMS joins a run to its fill to find most of its numbers: without a fill they stay empty
    rates = _rates(menu, segment, draft, rng)
    served: dict[str, Value] = dict(rates) if known_fill else {}
    served |= _trigger(menu, rng) | (_fill(segment, columns, draft) if known_fill else {})
    corrections = _corrections(served, closed, rng) if segment.ends and known_fill else ()
    truth = incidents + (() if known_fill else (Incident("no_fill", None, "OMS does not know the fill of this run"),))
    truth += () if segment.ends else (Incident("still_going", None, "the run goes on beyond the end of the world"),)
    # what is too short for reconstruction never reaches the Tier-0
    significant = draft.inside >= 5 and known_fill
    return Run(
        run_number=number,
        start_time=at(segment.start),
        end_time=end,
        last_update=max((one.at for one in corrections), default=closed),
        duration=segment.end - segment.start if segment.ends else None,
        sequence="GLOBAL-RUN",
        components=_components(segment, rng),
        clock_type="LHC" if beam.present(np.array([segment.start]))[0] else "LOCAL",
        cmssw_version="CMSSW_12_4_10",
        stable_beam=stable and known_fill,
        tier0_transfer=significant or rng.random() < 0.3,
        b_field=round(3.8008 + rng.normal(0, 0.0004), 4) if beam.period.b_on else round(rng.uniform(0.015, 0.021), 4),
        last_lumisection_number=draft.inside if known_fill else None,
        era=beam.period.era,
        kind=segment.kind,
        low_luminosity=beam.low,
        incidents=truth,
        corrections=corrections,
        datasets=datasets(number, segment, rng) if significant and segment.ends else (),
        lumisections=columns,
        **served,  # type: ignore[arg-type]
    )


def _menu(segment: Segment) -> _Menu:
    if segment.kind in ("cosmics", "commissioning"):
        return _MENUS[segment.kind]
    return _SPECIALS.get(segment.beam.period.programme, _MENUS["collisions"])


def _components(segment: Segment, rng: np.random.Generator) -> tuple[str, ...]:
    out = {"CTPPS", "CTPPS_TOT"} if segment.kind == "cosmics" and not segment.beam.period.schemes else set()
    if rng.random() < 0.08:
        out.add(str(rng.choice(["GEM"] if segment.kind == "collisions" else ["GEM", "RPC", "CSC", "ES", "PIXEL"])))
    if segment.beam.period.programme == "ions":
        out.add("CTPPS")
        return tuple(sorted({*_ALL, "ZDC"} - out))
    return tuple(name for name in _ALL if name not in out)


def _rates(menu: _Menu, segment: Segment, draft: Draft, rng: np.random.Generator) -> dict[str, Value]:
    """Rates and counters; without a lumisection nothing was triggered."""
    seconds = draft.inside * LS_SECONDS
    if not draft.inside:
        return {}
    l1 = round(menu.l1_rate * rng.uniform(0.8, 1.12), 3)
    hlt = round(menu.hlt_rate * rng.uniform(0.75, 1.15) * draft.hlt_factor, 3)
    size = round(hlt * seconds * menu.event_mb * rng.uniform(0.95, 1.05) / 1000, 3)
    return {
        "l1_rate": l1,
        "l1_triggers_counter": int(l1 * seconds),
        "hlt_physics_rate": hlt,
        "hlt_physics_counter": int(hlt * seconds),
        "hlt_physics_size": size,
        "hlt_physics_throughput": round(size / seconds, 8),
    }


def _trigger(menu: _Menu, rng: np.random.Generator) -> dict[str, Value]:
    version = int(rng.integers(20, 130))
    return {
        "hlt_key": menu.hlt_key,
        "l1_key": f"l1_trg_{menu.mode}/v{version}",
        "l1_key_stripped": f"{menu.mode}/v{version}",
        "l1_menu": "L1Menu_Collisions2022_v1_4_0",
        "l1_hlt_mode": menu.mode,
        "l1_hlt_mode_stripped": f"{menu.mode}/v{version + 12}",
        "trigger_mode": f"l1_hlt_{menu.mode}/v{version + 12}",
    }


def _fill(segment: Segment, columns: Lumisections, draft: Draft) -> dict[str, Value]:
    """What OMS takes from the fill, and the run's luminosities: differences over its lumisections."""
    beam = segment.beam
    ions = beam.period.programme == "ions"
    cosmics = segment.kind == "cosmics"
    party = "PB82" if ions else "PROTON"
    inside = columns.lumisection_number <= draft.inside
    return {
        "fill_number": beam.number,
        "fill_type_party1": party,
        "fill_type_party2": party,
        "fill_type_runtime": "COSMICS" if cosmics else ("PB_PB" if ions else "PROTONS"),
        "injection_scheme": beam.scheme.name if beam.scheme else None,
        "energy": 0 if cosmics else _energy(beam, segment),
        "initial_prescale_index": int(columns.prescale_index[0]) if len(columns) else None,
        "init_lumi": _edge(columns.init_lumi[inside], 0),
        "end_lumi": _edge(columns.end_lumi[inside], -1),
        "delivered_lumi": gained(columns.delivered_lumi),
        "recorded_lumi": gained(columns.recorded_lumi),
    }


def _energy(beam: Beam, segment: Segment) -> int:
    """GeV a beam at the start of the run: nothing before injection, that of injection until the ramp."""
    if not beam.present(np.array([segment.start]))[0]:
        return 0
    # the energy is that of the moment when the run began, even if the ramp comes later
    ramped = beam.stable is not None and segment.start > beam.stable - 3000
    return beam.energy if ramped else 450


def _edge(values: Floats, place: int) -> float | None:
    known = values[~np.isnan(values)]
    return float(known[place]) if len(known) else None


def gained(cumulative: Floats) -> float:
    """A run's luminosity from its lumisections' cumulative ones, as OMS has it: the highest less the first."""
    known = cumulative[~np.isnan(cumulative)]
    return max(round(float(known.max() - known[0]), 12), 0.0) if len(known) else 0.0


def _corrections(served: dict[str, Value], closed: datetime, rng: np.random.Generator) -> tuple[Correction, ...]:
    """What OMS had otherwise until some time after the end: for most runs a counter, for some the luminosity."""
    later = closed + timedelta(seconds=int(rng.integers(2700, 4500)))
    counter = served.get("hlt_physics_counter")
    found: list[Correction] = []
    if isinstance(counter, int) and counter and rng.random() < 0.6:
        found.append(Correction(later, "hlt_physics_counter", int(counter * 0.998)))
    recorded = served.get("recorded_lumi")
    if isinstance(recorded, float) and recorded and rng.random() < 0.35:
        second = later + timedelta(seconds=int(rng.integers(1800, 7200)))
        found.append(Correction(second, "recorded_lumi", round(recorded * 0.995, 12)))
    return tuple(found)
