"""What OMS's attributes can be, as tables, and the check of a value against them.

OMS makes mistakes: it once returned a negative number of colliding bunches. A value that cannot be is *rejected*: it is
left out, which makes it unknown, and its text is kept with the reason. An attribute that is missing altogether is
another matter: OMS renamed it, and going on would quietly lose it, so that is `Unexpected`. Null is a value. What OMS
serves and no table knows is kept as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from lumicert.lumi.luminosity import Luminosity
from lumicert.sources.errors import Unexpected
from lumicert.sources.oms.units import UnknownUnit, instantaneous, integrated

Value = str | int | float | bool | list[str] | None
Kind = Literal["integer", "number", "truth", "text", "texts", "time", "integrated", "instantaneous"]

LONGEST_TEXT = 4000
_NAME = re.compile(r"[A-Za-z]\w{0,99}", re.ASCII)
MOST_TEXTS = 500

# the LHC delivers 1 /fb in its best fills, at 2e34; ten and fifty times that cannot be
MOST_INTEGRATED = Luminosity(10, "/fb")
MOST_INSTANTANEOUS = Decimal("1E36")


class Impossible(ValueError):
    """A value that cannot be. The text says why."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an attribute can be.

    Attributes:
        kind: its type; luminosities are numbers that are judged with their unit.
        least, most: bounds of a number, included.
        always: OMS always serves it, if only as null.
    """

    kind: Kind
    least: float = 0
    most: float = 1e15
    always: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one row: see `lumicert.sources.oms.models.OmsRun`."""

    attributes: dict[str, Value] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)


Table = Mapping[str, Attribute]


def _all(kind: Kind, names: str, least: float = 0, most: float = 1e15, always: bool = False) -> dict[str, Attribute]:
    return dict.fromkeys(names.split(), Attribute(kind, least, most, always))


RUNS: Table = {
    **_all("integer", "fill_number", 1, 10**6, always=True),
    **_all("integer", "last_lumisection_number", 0, 2**30 - 1, always=True),
    **_all("integer", "duration", 0, 10**8, always=True),
    **_all("integer", "initial_prescale_index", -1, 10**4),
    **_all("integer", "hlt_physics_counter l1_triggers_counter"),
    **_all("number", "energy", 0, 10**4, always=True),
    **_all("number", "b_field", -5, 5, always=True),
    **_all("number", "hlt_physics_rate hlt_physics_size hlt_physics_throughput l1_rate", 0, 10**9),
    **_all("integrated", "recorded_lumi delivered_lumi", always=True),
    **_all("instantaneous", "init_lumi end_lumi", always=True),
    **_all("truth", "stable_beam", always=True),
    **_all("truth", "tier0_transfer"),
    **_all("time", "start_time end_time last_update", always=True),
    **_all("texts", "components", always=True),
    **_all("text", "sequence hlt_key l1_menu l1_hlt_mode trigger_mode fill_type_runtime", always=True),
    **_all("text", "l1_key l1_key_stripped l1_hlt_mode_stripped clock_type cmssw_version injection_scheme"),
    **_all("text", "fill_type_party1 fill_type_party2"),
}

FILLS: Table = {
    **_all("integer", "bunches_beam1 bunches_beam2 bunches_target", 0, 3564),
    **_all("integer", "bunches_colliding", 0, 3564, always=True),
    **_all("integer", "first_run_number last_run_number", 1, 2**31 - 1),
    **_all("integer", "duration downtime", 0, 10**8),
    **_all("number", "energy", 0, 10**4, always=True),
    **_all("number", "b_field", -5, 5),
    **_all("number", "beta_star", 0, 10**5),
    **_all("number", "crossing_angle", -(10**4), 10**4),
    **_all("number", "intensity_beam1 intensity_beam2", 0, 10**6),
    **_all("number", "efficiency_lumi efficiency_time", 0, 200),
    **_all("number", "peak_pileup", 0, 1000, always=True),
    **_all("number", "peak_specific_lumi", 0, 10**6),
    **_all("integrated", "recorded_lumi delivered_lumi", always=True),
    **_all("instantaneous", "init_lumi peak_lumi", always=True),
    **_all("time", "start_time end_time start_stable_beam end_stable_beam", always=True),
    **_all("time", "dump_ready_to_dump last_update"),
    **_all("truth", "stable_beams"),
    **_all("text", "era fill_type_runtime injection_scheme", always=True),
    **_all("text", "fill_type_party1 fill_type_party2"),
}

ERAS: Table = {
    **_all("integer", "start_run end_run", 1, 2**31 - 1, always=True),
    **_all("integer", "start_fill end_fill", 1, 10**6),
    **_all("time", "start_time end_time"),
}

LUMISECTIONS: Table = {
    **_all("integer", "fill_number", 1, 10**6, always=True),
    **_all("integer", "prescale_index", -1, 10**4),
    **_all("text", "prescale_name"),
    **_all("number", "pileup dead_time", 0, 1000),
    **_all("integrated", "recorded_lumi delivered_lumi", always=True),
    **_all("instantaneous", "init_lumi end_lumi", always=True),
    **_all("truth", "beam1_present beam2_present beam1_stable beam2_stable cms_active physics_flag", always=True),
    **_all("truth", "bpix_ready fpix_ready tibtid_ready tob_ready tecp_ready tecm_ready", always=True),
    **_all("truth", "ebp_ready ebm_ready eep_ready eem_ready esp_ready esm_ready hbhea_ready hbheb_ready hbhec_ready"),
    **_all("truth", "hf_ready ho_ready dtp_ready dtm_ready dt0_ready cscp_ready cscm_ready rpc_ready gemp_ready"),
    **_all("truth", "gemm_ready castor_ready zdc_ready rp_time_ready rp_sect_45_ready rp_sect_56_ready"),
    **_all("time", "start_time end_time"),
}


def read_attributes(table: Table, key: str, served: Mapping[str, Any], units: Mapping[str, str]) -> Read:
    """One row, checked against its table; `key`, the attribute that names the row, is left out.

    Raises:
        Unexpected: naming the attributes that OMS always serves and that are not there.
    """
    require(table, served)
    read = Read(units={name: unit for name, unit in units.items() if name in served})
    for name, value in served.items():
        if name == key:
            continue
        # a name that is none could not be stored, nor asked for
        if not is_name(name):
            read.rejected[shown(name)] = "no name of an attribute"
            continue
        try:
            read.attributes[name] = check(table.get(name), value, units.get(name))
        except Impossible as why:
            read.rejected[name] = f"{shown(value)}: {why}"
    return read


def is_name(text: str) -> bool:
    """Whether an attribute can have this name."""
    return _NAME.fullmatch(text) is not None


def require(table: Table, served: Mapping[str, Any]) -> None:
    """Raises Unexpected naming the attributes that OMS always serves and that are not there."""
    if missing := [name for name, attribute in table.items() if attribute.always and name not in served]:
        raise Unexpected(f"there is no {' and no '.join(missing)}; was it renamed?")


def check(attribute: Attribute | None, value: Any, unit: str | None) -> Value:
    """The value, if it can be. Raises Impossible."""
    if attribute is None:
        return _extra(value)
    return None if value is None else _CHECKS[attribute.kind](attribute, value, unit)


def check_number(attribute: Attribute, value: Any, unit: str | None) -> int | float:
    """The value of a numeric attribute, if it can be. Raises Impossible."""
    return (_integer if attribute.kind == "integer" else _number)(attribute, value, unit)


def shown(value: Any) -> str:
    """The value as OMS wrote it, for people; a long one cut."""
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "..."


def _extra(value: Any) -> Value:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _texts(_ANY, value, None) if isinstance(value, list) else _text(_ANY, value, None)


@lru_cache(maxsize=1024)
def bounds(attribute: Attribute, unit: str | None) -> tuple[float, float]:
    """The least and the most that a number can be, in its unit. Raises Impossible for a unit that is not known."""
    try:
        if attribute.kind == "integrated" and unit is not None:
            return 0, float(MOST_INTEGRATED.to("/b").value / integrated(1, unit).to("/b").value)
        if attribute.kind == "instantaneous" and unit is not None:
            return 0, float(MOST_INSTANTANEOUS / instantaneous(1, unit))
    except UnknownUnit as unknown:
        raise Impossible(str(unknown)) from unknown
    return attribute.least, attribute.most


def _number(attribute: Attribute, value: Any, unit: str | None) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Impossible("not a number")
    least, most = bounds(attribute, unit)
    of_unit = f" {unit}" if unit else ""
    if value < least:
        raise Impossible(f"below {least:g}{of_unit}, the least that can be")
    if value > most:
        raise Impossible(f"above {most:g}{of_unit}, the most that can be")
    return value


def _integer(attribute: Attribute, value: Any, unit: str | None) -> int:
    number = _number(attribute, value, unit)
    if number != int(number):
        raise Impossible("not a whole number")
    return int(number)


def _truth(attribute: Attribute, value: Any, unit: str | None) -> bool:
    if not isinstance(value, bool):
        raise Impossible("neither true nor false")
    return value


def _text(attribute: Attribute, value: Any, unit: str | None) -> str:
    if not isinstance(value, str):
        raise Impossible("not a text")
    if len(value) > LONGEST_TEXT:
        raise Impossible(f"longer than {LONGEST_TEXT} characters")
    # PostgreSQL stores no text with it
    if "\0" in value:
        raise Impossible("it holds the character NUL")
    return value


def _texts(attribute: Attribute, value: Any, unit: str | None) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_TEXTS:
        raise Impossible(f"not a list of at most {MOST_TEXTS} texts")
    return [_text(attribute, text, unit) for text in value]


def _time(attribute: Attribute, value: Any, unit: str | None) -> str:
    text = _text(attribute, value, unit)
    try:
        aware = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        raise Impossible("not a time of ISO 8601") from None
    if not aware:
        raise Impossible("a time without its zone")
    return text


_ANY = Attribute("text")
_CHECKS: dict[Kind, Callable[[Attribute, Any, str | None], Value]] = {
    "integer": _integer,
    "number": _number,
    "truth": _truth,
    "text": _text,
    "texts": _texts,
    "time": _time,
    "integrated": _number,
    "instantaneous": _number,
}
