"""The simulated CERN as data: eras, fills, runs and lumisections with the attributes that OMS serves.

Concepts:

- A *World* is everything that will ever have happened: each value here is the final one. What OMS knows of it at an
  instant is the business of `lumicert.sandbox.view`.
- A *fill* is one load of beam in the LHC, a *run* one stretch of CMS data taking, a *lumisection* 2**18 orbits of the
  LHC: 23.31 s of a run.
- Field names of `Era`, `Fill`, `Run` and columns of `Lumisections` are OMS's attribute names, so that they can be
  served without a table of translation. Fields below the mark "sandbox truth" are never served: they say what the
  generator did, for tests and training to ask for.
- Luminosity of a lumisection is *cumulative over the fill*, as OMS gives it: a lumisection's own is its value minus
  that of the lumisection before it. The count starts again from nothing when the beams are dumped.
- A luminosity is in the unit of its row: low-luminosity and heavy-ion rows (`low_luminosity`) in 10^30 and microbarn,
  all others in 10^34 and picobarn. See `units`.

Times are aware datetimes in UTC with whole seconds; columns of times are `datetime64[s]`, in UTC too.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Value = str | int | float | bool | list[str] | None
Resource = Literal["eras", "fills", "runs", "lumisections"]
Kind = Literal["collisions", "special", "cosmics", "commissioning", "private"]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Times = npt.NDArray[np.datetime64]

# 2**18 orbits of the LHC at 11,245.5 Hz
LS_SECONDS = 2**18 / 11245.5

# every truth value that OMS serves for a lumisection, in the order of the rows of `Lumisections.flags`
FLAGS: tuple[str, ...] = (
    "beam1_present", "beam2_present", "beam1_stable", "beam2_stable", "cms_active", "physics_flag",
    "bpix_ready", "fpix_ready", "tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready",
    "ebp_ready", "ebm_ready", "eep_ready", "eem_ready", "esp_ready", "esm_ready",
    "hbhea_ready", "hbheb_ready", "hbhec_ready", "hf_ready", "ho_ready",
    "dtp_ready", "dtm_ready", "dt0_ready", "cscp_ready", "cscm_ready", "rpc_ready", "gemp_ready", "gemm_ready",
    "castor_ready", "zdc_ready", "rp_time_ready", "rp_sect_45_ready", "rp_sect_56_ready",
)  # fmt: skip
FLAG_ROW: Mapping[str, int] = {name: row for row, name in enumerate(FLAGS)}

_INTEGRATED = {False: "pb^{-1}", True: "{\\mu}b^{-1}"}
_INSTANTANEOUS = {False: "10^{34}cm^{-2}s^{-1}", True: "10^{30}cm^{-2}s^{-1}"}
_FIXED_UNITS: Mapping[Resource, Mapping[str, str]] = {
    "eras": {},
    "fills": {
        "b_field": "T",
        "beta_star": "cm",
        "crossing_angle": "{\\mu}rad",
        "duration": "s",
        "downtime": "s",
        "efficiency_lumi": "%",
        "efficiency_time": "%",
        "energy": "GeV",
        "intensity_beam1": "10^{11}",
        "intensity_beam2": "10^{11}",
        "peak_specific_lumi": "10^{30}cm^{-2}s^{-1}(10^{11}p)^{-2}",
    },
    "runs": {
        "b_field": "T",
        "duration": "s",
        "energy": "GeV",
        "hlt_physics_rate": "Hz",
        "hlt_physics_size": "GB",
        "hlt_physics_throughput": "GB/s",
        "l1_rate": "Hz",
    },
    "lumisections": {"dead_time": "%"},
}
_LUMINOSITIES: Mapping[Resource, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "eras": ((), ()),
    "fills": (("delivered_lumi", "recorded_lumi"), ("init_lumi", "peak_lumi")),
    "runs": (("delivered_lumi", "recorded_lumi"), ("init_lumi", "end_lumi")),
    "lumisections": (("delivered_lumi", "recorded_lumi"), ("init_lumi", "end_lumi")),
}


def units(resource: Resource, low: bool = False) -> dict[str, str]:
    """The unit of every attribute that has one, as OMS writes it in `meta.row`.

    Args:
        resource: which of OMS's resources.
        low: whether the row is one of low luminosity or heavy ions (`low_luminosity` of a fill or run).
    """
    integrated, instantaneous = _LUMINOSITIES[resource]
    return (
        dict(_FIXED_UNITS[resource])
        | dict.fromkeys(integrated, _INTEGRATED[low])
        | dict.fromkeys(instantaneous, _INSTANTANEOUS[low])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Era:
    """A period of data taking under one name, such as `2022F`."""

    era: str
    start_run: int
    end_run: int | None
    start_fill: int | None
    end_fill: int | None
    start_time: datetime
    end_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One fill of the LHC; lengths and angles in the units of `units("fills")`, efficiencies in percent."""

    fill_number: int
    era: str
    start_time: datetime
    end_time: datetime | None
    start_stable_beam: datetime | None = None
    end_stable_beam: datetime | None = None
    stable_beams: bool = False
    duration: int | None = None
    downtime: int | None = None
    energy: float | None = None
    b_field: float | None = None
    fill_type_party1: str = "PROTON"
    fill_type_party2: str = "PROTON"
    fill_type_runtime: str = "PROTONS"
    injection_scheme: str | None = None
    bunches_beam1: int | None = None
    bunches_beam2: int | None = None
    bunches_colliding: int | None = None
    bunches_target: int | None = None
    beta_star: float | None = None
    crossing_angle: float | None = None
    intensity_beam1: float | None = None
    intensity_beam2: float | None = None
    init_lumi: float | None = None
    peak_lumi: float | None = None
    peak_pileup: float | None = None
    peak_specific_lumi: float | None = None
    delivered_lumi: float | None = None
    recorded_lumi: float | None = None
    efficiency_lumi: float | None = None
    efficiency_time: float | None = None
    dump_ready_to_dump: datetime | None = None
    first_run_number: int | None = None
    last_run_number: int | None = None
    last_update: datetime | None = None
    # sandbox truth
    low_luminosity: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Lumisections:
    """The lumisections of one run, in order; n of them. A number that OMS leaves out of its list has no place here.

    Attributes:
        lumisection_number: int32[n], rising.
        start_time, end_time: datetime64[s][n].
        flags: bool[len(FLAGS), n]; False where null.
        nulls: bool[len(FLAGS), n]: where OMS serves null for the flag.
        init_lumi, end_lumi: float64[n], instantaneous luminosity at the edges; NaN is null.
        delivered_lumi, recorded_lumi: float64[n], cumulative over the fill at the end of the lumisection; NaN is null.
        pileup: float64[n], mean number of interactions a crossing; NaN is null.
        prescale_index: int32[n]; -1 is null.
        prescale_names: name of each prescale index, shared between runs of one menu.
        dead_time: float64[n], percent.
        fill_number: int32[n], 0 is null; None where all are of the run's fill.
    """

    lumisection_number: Integers
    start_time: Times
    end_time: Times
    flags: Bools
    nulls: Bools
    init_lumi: Floats
    end_lumi: Floats
    delivered_lumi: Floats
    recorded_lumi: Floats
    pileup: Floats
    prescale_index: Integers
    prescale_names: Mapping[int, str]
    dead_time: Floats
    fill_number: Integers | None = None

    def __len__(self) -> int:
        return len(self.lumisection_number)

    def flag(self, name: str) -> Bools:
        """The flag where it is known to be true, bool[n]."""
        return np.asarray(self.flags[FLAG_ROW[name]] & ~self.nulls[FLAG_ROW[name]])


@dataclass(frozen=True, slots=True)
class Incident:
    """What went wrong in a run, by the generator's own doing.

    Attributes:
        name: one of `lumicert.sandbox.incidents.NAMES`.
        lumis: first and last lumisection concerned, or None for the whole run.
        detail: a sentence for people.
    """

    name: str
    lumis: tuple[int, int] | None
    detail: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A value that OMS corrects at `at`: until then it serves `before`, from then on the run's own field."""

    at: datetime
    attribute: str
    before: Value


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset of the DQM GUI, and the instant at which it appears there."""

    run_number: int
    dataset: str
    appears: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run with the attributes of OMS, and what lets time pass.

    `end_time` None is a run that goes on beyond the world's end. Rates in Hz, `hlt_physics_size` in GB over the run,
    `hlt_physics_throughput` in GB/s, `b_field` in tesla, `energy` in GeV a beam, `duration` in seconds.
    """

    run_number: int
    start_time: datetime
    end_time: datetime | None
    last_update: datetime
    sequence: str
    components: tuple[str, ...]
    trigger_mode: str
    clock_type: str | None
    cmssw_version: str | None
    duration: int | None
    stable_beam: bool
    tier0_transfer: bool | None
    b_field: float | None = None
    fill_number: int | None = None
    fill_type_party1: str | None = None
    fill_type_party2: str | None = None
    fill_type_runtime: str | None = None
    injection_scheme: str | None = None
    energy: int | None = None
    hlt_key: str | None = None
    l1_key: str | None = None
    l1_key_stripped: str | None = None
    l1_menu: str | None = None
    l1_hlt_mode: str | None = None
    l1_hlt_mode_stripped: str | None = None
    l1_rate: float | None = None
    l1_triggers_counter: int | None = None
    hlt_physics_rate: float | None = None
    hlt_physics_size: float | None = None
    hlt_physics_throughput: float | None = None
    hlt_physics_counter: int | None = None
    initial_prescale_index: int | None = None
    last_lumisection_number: int | None = None
    init_lumi: float | None = None
    end_lumi: float | None = None
    delivered_lumi: float | None = None
    recorded_lumi: float | None = None
    # sandbox truth
    era: str = ""
    kind: Kind = "private"
    low_luminosity: bool = False
    incidents: tuple[Incident, ...] = ()
    corrections: tuple[Correction, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    lumisections: Lumisections = field(repr=False, compare=False)

    def has(self, incident: str) -> bool:
        """Whether the generator made this incident in the run."""
        return any(one.name == incident for one in self.incidents)


_NOT_SERVED = frozenset({"era", "kind", "low_luminosity", "incidents", "corrections", "datasets", "lumisections"})
ERA_ATTRIBUTES: tuple[str, ...] = tuple(one.name for one in fields(Era))
FILL_ATTRIBUTES: tuple[str, ...] = tuple(one.name for one in fields(Fill) if one.name != "low_luminosity")
RUN_ATTRIBUTES: tuple[str, ...] = tuple(one.name for one in fields(Run) if one.name not in _NOT_SERVED)
LUMISECTION_ATTRIBUTES: tuple[str, ...] = (
    "run_number", "fill_number", "lumisection_number", "start_time", "end_time", *FLAGS, "init_lumi", "end_lumi",
    "delivered_lumi", "recorded_lumi", "pileup", "prescale_index", "prescale_name", "dead_time",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class World:
    """Everything that will ever have happened.

    Attributes:
        size: `shift`, `week`, `year`, or `real` for a world made of an export.
        start, end: the first and the last instant worth looking at.
        opening: the instant at which a demo sets its clock: something is about to happen.
        runs, fills, eras: in the order of their numbers and times.
    """

    seed: int
    size: str
    start: datetime
    end: datetime
    opening: datetime
    eras: tuple[Era, ...]
    fills: tuple[Fill, ...]
    runs: tuple[Run, ...]

    @cached_property
    def run_numbers(self) -> list[int]:
        """The numbers of all runs, rising."""
        return [run.run_number for run in self.runs]

    def run(self, number: int) -> Run | None:
        """The run of this number, or None."""
        place = bisect_right(self.run_numbers, number) - 1
        return self.runs[place] if place >= 0 and self.runs[place].run_number == number else None

    def with_incident(self, name: str) -> list[Run]:
        """The runs in which the generator made this incident."""
        return [run for run in self.runs if run.has(name)]

    def digest(self) -> str:
        """SHA-256 (hexadecimal) of every value: two worlds of one digest are the same to the last bit."""
        sha = hashlib.sha256()
        for part in self._parts():
            sha.update(part)
        return sha.hexdigest()

    def _parts(self) -> Iterator[bytes]:
        yield repr((self.seed, self.size, self.start, self.end, self.opening, self.eras, self.fills)).encode()
        for run in self.runs:
            # the representation of a run leaves out its lumisections, whose bytes follow
            yield repr(run).encode()
            columns: list[Any] = [getattr(run.lumisections, one.name) for one in fields(Lumisections)]
            yield from (
                column.tobytes() if isinstance(column, np.ndarray) else repr(column).encode() for column in columns
            )
