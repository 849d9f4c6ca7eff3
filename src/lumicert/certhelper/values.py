"""A row of a run or a fill as attributes under OMS's names, in one unit each.

CertHelper keeps the unit of a value as free text beside it, and people could type it. A unit that is understood is
converted exactly; a value in a unit that is not, or in none, means nothing, so it is left out and told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import JsonValue

from lumicert.sources.oms.attributes import FILLS, RUNS, Attribute, Impossible, check
from lumicert.sources.oms.units import UnknownUnit, exact, parse

PB = "pb^{-1}"
INSTANTANEOUS = "10^{34}cm^{-2}s^{-1}"
# what every value is converted to; these are also what a table that lacks the column of a unit means by it
UNITS: Mapping[str, str] = {
    "b_field": "T",
    "energy": "GeV",
    "recorded_lumi": PB,
    "delivered_lumi": PB,
    "init_lumi": INSTANTANEOUS,
    "end_lumi": INSTANTANEOUS,
    "peak_lumi": INSTANTANEOUS,
    "beta_star": "cm",
    "crossing_angle": r"{\mu}rad",
    "intensity_beam1": "10^{11}",
    "intensity_beam2": "10^{11}",
    "peak_specific_lumi": "10^{30}cm^{-2}s^{-1}(10^{11}p)^{-2}",
}
_RENAMED = {"fill_id": "fill_number", "lumisections": "last_lumisection_number"}
_NOT_VALUES = frozenset({"run_number", "fill_number", "run_type"})
_PHYSICS = ("/cdaq/physics", "/cdaq/special")


@dataclass(frozen=True, slots=True)
class Values:
    """What a row says; `problems` has what of it cannot be taken, each as (why, what stood there).

    `units` are those of `UNITS`, for the values that have one. Null is absent: the original writes it for what it does
    not know and for what OMS had nothing to say of.
    """

    attributes: dict[str, JsonValue] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)


def of_run(row: Mapping[str, Any]) -> Values:
    """The attributes of a row of `oms_omsrun`, with `run_type` where the original knew it."""
    found = _values(RUNS, row)
    if run_type := known_type(row):
        found.attributes["run_type"] = run_type
    return found


def of_fill(row: Mapping[str, Any]) -> Values:
    """The attributes of a row of `oms_omsfill`."""
    return _values(FILLS, row)


def known_type(row: Mapping[str, Any]) -> str:
    """The type of a run, empty where the original says cosmics only because it knows nothing else.

    It computes the type on each save: collisions where the HLT key is one of physics and beams were stable, cosmics
    otherwise, so also of a run of which it has no values. Source: rule R4 of CertHelper.
    """
    run_type, key, stable = str(row["run_type"] or ""), row.get("hlt_key"), row.get("stable_beam")
    if run_type == "collisions":
        return run_type
    decided = key and (stable is not None or not any(part in key for part in _PHYSICS))
    return run_type if run_type == "cosmics" and decided else ""


def _values(table: Mapping[str, Attribute], row: Mapping[str, Any]) -> Values:
    found = Values()
    for column, value in row.items():
        name = _RENAMED.get(column, column)
        if column in _NOT_VALUES or name.endswith("_unit") or value is None or value == "":
            continue
        try:
            unit = row.get(f"{column}_unit", UNITS[name]) if name in UNITS else None
            found.attributes[name] = _value(name, value, unit, table.get(name))
        except (Impossible, UnknownUnit) as why:
            found.problems.append((f"{name}: {why}", f"{value!r}"))
        else:
            if name in UNITS:
                found.units[name] = UNITS[name]
    return found


def _value(name: str, value: Any, unit: str | None, attribute: Attribute | None) -> JsonValue:
    if isinstance(value, float) and not math.isfinite(value):
        raise Impossible("no finite number")
    if name == "components":
        value = re.findall(r"[\w+-]+", value)
    if name in UNITS:
        value = converted(value, unit, UNITS[name])
    # a luminosity is judged with its unit; another number is in the unit of its bounds by now
    return check(attribute, value, UNITS.get(name))  # type: ignore[return-value]  # a list of texts is JSON too


def converted(value: float, unit: str | None, wanted: str) -> int | float:
    r"""The number in another unit, by exact powers of ten.

    >>> converted(266.922, "{\\mu}b^{-1}", "pb^{-1}")
    0.000266922

    Raises:
        UnknownUnit: there is no unit, or not one of the same kind.
    """
    if unit is None or not unit.strip():
        raise UnknownUnit("it has no unit")
    mine, target = parse(unit), parse(wanted)
    if mine.base != target.base:
        raise UnknownUnit(f"{unit!r} is no unit of it, such as {wanted!r} is")
    number = exact(value) if isinstance(value, float) else Decimal(value)
    moved = number * mine.factor / target.factor
    return int(moved) if isinstance(value, int) and moved == moved.to_integral_value() else float(moved)
