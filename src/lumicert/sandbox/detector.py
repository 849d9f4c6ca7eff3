"""The detector's part: the lumisections of a run, from its times and its fill.

A run's list goes on after the run: OMS lists lumisections until the next run begins, not active, with the fill's
delivered luminosity counting on. `last_lumisection_number` is the last one inside the run. The first lumisection of a
run is cut short: CMS is live in a sixth of it.

The tracker's high voltage comes one to three lumisections after stable beams; the muon chambers and ES soon after.
Readiness bits are those of the detector control system, whether or not the partition takes part in the run. CASTOR is
gone since 2018 and always null; the ZDC is null outside ion runs, the proton spectrometer without its partition.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lumicert.sandbox.beams import Beam
from lumicert.sandbox.incidents import TRACKER_FLAGS, Draft, by_chance, happen
from lumicert.sandbox.model import FLAG_ROW, FLAGS, LS_SECONDS, Bools, Floats, Incident, Integers, Lumisections
from lumicert.sandbox.schedule import Segment

MOST_AFTER = 70
# live share of a run's first lumisection; its median in 2018A is 0.176
_FIRST_LIVE = 0.17
_CALORIMETERS = (
    "ebp_ready", "ebm_ready", "eep_ready", "eem_ready", "hbhea_ready", "hbheb_ready", "hbhec_ready", "hf_ready",
    "ho_ready",
)  # fmt: skip
_MUONS = ("dtp_ready", "dtm_ready", "dt0_ready", "cscp_ready", "cscm_ready", "rpc_ready")
_SOON = ("esp_ready", "esm_ready", "gemp_ready", "gemm_ready")
_ROMAN_POTS = ("rp_time_ready", "rp_sect_45_ready", "rp_sect_56_ready")

COLLISION_NAMES: Mapping[int, str] = {
    0: "Circulating", 1: "Emergency", 2: "2.0E34", 3: "1.8E34", 4: "1.6E34", 5: "1.4E34", 6: "1.2E34", 7: "1.0E34",
    8: "8.0E33", 9: "6.0E33",
}  # fmt: skip
COSMIC_NAMES: Mapping[int, str] = {0: "Cosmics", 1: "Cosmics + High Random"}
# operators go to the next column when luminosity falls below its step, in 10^34
_STEPS = np.array([1.8, 1.6, 1.4, 1.2, 1.0, 0.8, 0.6])


def lumisections(
    segment: Segment, after: int, recorded_before: float, rng: np.random.Generator
) -> tuple[Lumisections, tuple[Incident, ...], Draft]:
    """The lumisections of a run.

    Args:
        segment: the run to be.
        after: the instant at which the next run begins; the list goes on until then.
        recorded_before: what earlier runs of the fill recorded, in the fill's unit.
        rng: the run's own source of chance.

    Returns:
        the lumisections, the incidents in them, and the draft that they were made of.
    """
    inside = max(int((segment.end - segment.start) / LS_SECONDS - rng.uniform(0.5, 2.3)), 0)
    total = inside + min(max(int((after - segment.start) / LS_SECONDS) - inside, 0), MOST_AFTER) if inside else 0
    edges: Floats = segment.start + np.arange(total + 1, dtype=np.float64) * LS_SECONDS
    draft = _draft(segment, edges, inside, rng)
    names = segment.incidents + (by_chance(draft, rng) if segment.luck and segment.kind != "private" else ())
    incidents = happen(draft, names, rng)
    return _counted(segment, draft, edges, recorded_before, rng), incidents, draft


def _draft(segment: Segment, edges: Floats, inside: int, rng: np.random.Generator) -> Draft:
    count = len(edges) - 1
    draft = Draft(
        inside=inside,
        flags=np.zeros((len(FLAGS), count), dtype=np.bool_),
        nulls=np.zeros((len(FLAGS), count), dtype=np.bool_),
        dead_time=np.zeros(count),
        listed=np.ones(count, dtype=np.bool_),
        no_luminosity=np.zeros(count, dtype=np.bool_),
    )
    middles = (edges[:-1] + edges[1:]) / 2
    _set_beam(draft, segment.beam, middles)
    draft.row("cms_active")[:inside] = True
    _set_voltage(draft, segment, middles, rng)
    _set_nulls(draft, segment)
    # dead time grows with the trigger rate, and that with luminosity
    busy = 0.8 + 1.5 * (0.0 if segment.beam.low else 1.0) * segment.beam.luminosity(middles)
    draft.dead_time[:inside] = np.round(busy[:inside] * rng.uniform(0.8, 1.25, inside), 3)
    return draft


def _set_beam(draft: Draft, beam: Beam, middles: Floats) -> None:
    draft.row("beam1_present")[:] = draft.row("beam2_present")[:] = beam.present(middles)
    draft.row("beam1_stable")[:] = draft.row("beam2_stable")[:] = beam.stable_at(middles)


def _set_voltage(draft: Draft, segment: Segment, middles: Floats, rng: np.random.Generator) -> None:
    """Which high voltages are on: in stable beams, and in those cosmics runs that use the tracker."""
    beam = segment.beam
    cosmics = segment.kind == "cosmics"
    season = not beam.period.schemes
    whole_run = cosmics and rng.random() < (0.72 if season else 0.52)
    # a cosmics run begins while its high voltage is still ramping
    off_again = int(rng.uniform(1, 6))
    for flag in TRACKER_FLAGS:
        draft.row(flag)[:] = _ramped(segment, middles, rng) | (whole_run & (np.arange(len(middles)) >= off_again))
    draft.row("physics_flag")[:] = np.logical_and.reduce([draft.row(flag) for flag in TRACKER_FLAGS])
    # after the end of a run the flag stands or falls with the next run's preparation
    if rng.random() < 0.35:
        draft.row("physics_flag")[draft.inside :] = False
    for flag in _CALORIMETERS:
        draft.row(flag)[:] = rng.random() < 0.985
    muons = cosmics or segment.kind == "commissioning"
    for flag in _MUONS:
        draft.row(flag)[:] = _ramped(segment, middles, rng) | (muons and not season and rng.random() < 0.6) | whole_run
    for flag in _SOON:
        draft.row(flag)[:] = _ramped(segment, middles, rng) | (whole_run and rng.random() < 0.8)
    # the pots are moved in only once the beams have settled
    inserted = beam.stable_at(middles - rng.uniform(300, 1200)) & beam.stable_at(middles)
    for flag in _ROMAN_POTS:
        draft.row(flag)[:] = inserted & (beam.period.programme == "physics")


def _ramped(segment: Segment, middles: Floats, rng: np.random.Generator) -> Bools:
    """On from one to three lumisections after stable beams until the dump."""
    stable = segment.beam.stable_at(middles)
    late = segment.beam.stable_at(middles - rng.uniform(0.8, 2.2) * LS_SECONDS)
    return np.asarray(late & stable & segment.beam.present(middles))


def _set_nulls(draft: Draft, segment: Segment) -> None:
    unknown = ["castor_ready"]
    if segment.beam.period.programme == "ions":
        draft.row("zdc_ready")[:] = draft.row("beam1_stable")
    else:
        unknown.append("zdc_ready")
    if segment.beam.period.programme != "physics":
        unknown += _ROMAN_POTS
    for flag in unknown:
        draft.nulls[FLAG_ROW[flag]] = True


def _counted(
    segment: Segment, draft: Draft, edges: Floats, recorded_before: float, rng: np.random.Generator
) -> Lumisections:
    """The draft with luminosities, as OMS rounds them."""
    beam = segment.beam
    luminosity = beam.luminosity(edges) * (1 + 0.002 * rng.standard_normal(len(edges)))
    delivered = beam.delivered(edges)
    live = draft.row("cms_active") * (1 - draft.dead_time / 100)
    # the count begins in the middle of the first lumisection
    live[:1] *= _FIRST_LIVE
    recorded = recorded_before + np.cumsum(np.diff(delivered) * live)
    counting = beam.counting(edges[1:])
    columns = {
        "init_lumi": as_served(luminosity[:-1]),
        "end_lumi": as_served(luminosity[1:]),
        "delivered_lumi": np.where(counting, as_served(delivered[1:]), 0.0),
        "recorded_lumi": np.where(counting, as_served(recorded), 0.0),
    }
    for column in columns.values():
        column[draft.no_luminosity] = np.nan
    listed = draft.listed
    # OMS gives whole seconds, so a lumisection seems to last 23 or 24
    whole = np.round(edges).astype("datetime64[s]")
    return Lumisections(
        lumisection_number=np.arange(1, len(listed) + 1, dtype=np.int32)[listed],
        start_time=whole[:-1][listed],
        end_time=whole[1:][listed],
        flags=draft.flags[:, listed],
        nulls=draft.nulls[:, listed],
        **{name: column[listed] for name, column in columns.items()},
        pileup=np.round(beam.pileup(np.where(columns["init_lumi"] > 0, luminosity[:-1], 0.0)), 8)[listed],
        prescale_index=_prescale(segment, luminosity[:-1], draft.row("beam1_stable"))[listed],
        prescale_names=COSMIC_NAMES if segment.kind == "cosmics" else COLLISION_NAMES,
        dead_time=draft.dead_time[listed],
    )


def as_served(values: Floats) -> Floats:
    """OMS stores single precision in thousandths of its unit and gives twelve decimals; it keeps the order."""
    single: Floats = (values * 1000).astype(np.float32).astype(np.float64)
    return np.asarray(np.round(single / 1000, 12))


def _prescale(segment: Segment, luminosity: Floats, stable: Bools) -> Integers:
    """The prescale column in use: one for each step of luminosity, looser as it falls; the first outside collisions."""
    if segment.kind == "cosmics":
        return np.zeros(len(luminosity), dtype=np.int32)
    scaled = luminosity * (1e-4 if segment.beam.low else 1.0)
    # an operator changes the column once for a step, so noise must not bring the former one back
    steadied = np.minimum.accumulate(np.where(stable, scaled, np.inf))
    index = 2 + np.searchsorted(-_STEPS, -steadied, side="left")
    return np.where(stable, np.minimum(index, 9), 0).astype(np.int32)
