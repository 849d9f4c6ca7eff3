"""When what happens: the periods of the simulated year, and what the LHC and CMS mean to do in each.

A *period* is a stretch of days under one era name with one programme. The dates follow the LHC's 2022: cosmics first
(MWGR and CRUZET without field, CRAFT with it), collisions at 450 GeV, an intensity ramp, physics, a long stop in
August, a van der Meer scan, a short heavy-ion run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Size = Literal["shift", "week", "year"]
Programme = Literal["cosmics", "pilot", "ramp", "physics", "vdm", "low-pu", "ions"]

FIRST_RUN, LAST_RUN, FIRST_FILL = 355100, 362760, 7920


@dataclass(frozen=True, slots=True)
class Scheme:
    """A filling scheme: its name as OMS gives it, bunches a beam, and pairs colliding in CMS."""

    name: str
    bunches: int
    colliding: int


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time with one programme.

    Attributes:
        era: OMS's era.
        start, end: aware UTC; `end` is the start of what follows.
        b_on: whether the solenoid is on (3.8 T).
        schemes: filling schemes in the order of their use, spread evenly over the period.
    """

    era: str
    programme: Programme
    start: datetime
    end: datetime
    b_on: bool = True
    schemes: tuple[Scheme, ...] = ()

    def scheme(self, at: datetime) -> Scheme:
        """The filling scheme in use at this instant."""
        place = int(len(self.schemes) * ((at - self.start) / (self.end - self.start)))
        return self.schemes[min(max(place, 0), len(self.schemes) - 1)]

    @property
    def dataset_era(self) -> str:
        """The era as it stands in the names of datasets: `Run2022F`, `HIRun2022A`, `Commissioning2022`."""
        return f"Run{self.era}" if self.era[0].isdigit() else self.era


_PILOT = (Scheme("Single_3b_2_2_2_PilotBeam", 3, 2),)
_RAMP = (
    Scheme("Single_12b_8_8_8_2018", 12, 8),
    Scheme("25ns_75b_62_32_62_12bpi_9inj", 75, 62),
    Scheme("25ns_315b_302_237_240_48bpi_11inj", 315, 302),
    Scheme("25ns_603b_590_526_547_48bpi_17inj", 603, 590),
    Scheme("25ns_987b_974_878_917_48bpi_25inj", 987, 974),
    Scheme("25ns_1227b_1214_1054_1102_144bpi_14inj", 1227, 1214),
)
_RAMP_2 = (
    Scheme("25ns_1551b_1538_1404_1443_144bpi_17inj", 1551, 1538),
    Scheme("25ns_1935b_1922_1602_1672_192bpi_17inj_3INDIV", 1935, 1922),
    Scheme("25ns_2413b_2400_1836_1845_240bpi_12inj_1INDIV", 2413, 2400),
)
_FULL = (Scheme("25ns_2462b_2450_1737_1735_180bpi_17inj_2INDIV", 2462, 2450),)
_VDM = (Scheme("525ns_146b_124_35_22_8bpi_20inj_VdM", 146, 124),)
_IONS = (Scheme("50ns_27b_23_9_0_PbPb_4bpi_8inj", 27, 23),)


def _day(month: int, day: int, hour: int = 6) -> datetime:
    return datetime(2022, month, day, hour, tzinfo=UTC)


# order and dates matter: fills are numbered through, each period ends where the next begins
_YEAR = (
    Period("MWGR2022", "cosmics", _day(6, 20), _day(6, 22), b_on=False),
    Period("CRUZET2022", "cosmics", _day(6, 22), _day(6, 25), b_on=False),
    Period("CRAFT2022", "cosmics", _day(6, 25), _day(7, 1)),
    Period("2022A", "pilot", _day(7, 1), _day(7, 5), schemes=_PILOT),
    Period("2022B", "ramp", _day(7, 5), _day(7, 19), schemes=_RAMP),
    Period("2022C", "ramp", _day(7, 19), _day(8, 1), schemes=_RAMP_2),
    Period("2022D", "physics", _day(8, 1), _day(8, 23), schemes=_FULL),
    Period("Commissioning2022", "cosmics", _day(8, 23), _day(9, 14)),
    Period("2022E", "physics", _day(9, 14), _day(10, 8), schemes=_FULL),
    Period("2022F", "physics", _day(10, 8), _day(11, 4), schemes=_FULL),
    Period("2022F", "vdm", _day(11, 4), _day(11, 6), schemes=_VDM),
    Period("2022F", "low-pu", _day(11, 6), _day(11, 7), schemes=(_RAMP[2],)),
    Period("2022G", "physics", _day(11, 7), _day(11, 18), schemes=_FULL),
    Period("HIRun2022A", "ions", _day(11, 18), _day(11, 20), schemes=_IONS),
    Period("2022G", "physics", _day(11, 20), _day(11, 28), schemes=_FULL),
)

# a Saturday in the middle of 2022F
SHIFT_START = _day(10, 15)
SHIFT_END = SHIFT_START + timedelta(hours=8)


def periods(size: Size) -> tuple[Period, ...]:
    """The periods of a world of this size.

    Raises:
        ValueError: for an unknown size.
    """
    if size == "year":
        return _YEAR
    if size == "week":
        return (Period("2022F", "physics", _day(10, 10), _day(10, 17), schemes=_FULL),)
    if size == "shift":
        return (Period("2022F", "physics", SHIFT_START, SHIFT_END, schemes=_FULL),)
    raise ValueError(f"There is no sandbox of size {size!r}: choose shift, week or year.")
