"""Runs, fills and eras as OMS gave them: its attribute names, its units, its texts of times.

An attribute is in one of three states: it has a value (null is one: OMS was asked and has none), it is *rejected*
(OMS gave what cannot be; `rejected` has its text and why), or it is not there. The last two are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lumicert.sources.errors import Unexpected
from lumicert.sources.oms.attributes import ERAS, FILLS, RUNS, Value, read_attributes, shown
from lumicert.sources.oms.pages import Row


@dataclass(frozen=True, slots=True)
class OmsRun:
    """One row of `runs`. Shared between those who asked at once: do not change it.

    Attributes:
        run: its number.
        attributes: under OMS's names, without `run_number`.
        units: of the attributes that have one, as OMS writes them; see `lumicert.sources.oms.units`.
        rejected: the text of what cannot be, and why.
    """

    run: int
    attributes: dict[str, Value]
    units: dict[str, str]
    rejected: dict[str, str]


@dataclass(frozen=True, slots=True)
class OmsFill:
    """One row of `fills`, as `OmsRun`; without `fill_number`."""

    fill: int
    attributes: dict[str, Value]
    units: dict[str, str]
    rejected: dict[str, str]


@dataclass(frozen=True, slots=True)
class OmsEra:
    """One row of `eras`, as `OmsRun`; without `era`."""

    era: str
    attributes: dict[str, Value]
    units: dict[str, str]
    rejected: dict[str, str]


def read_run(row: Row) -> OmsRun:
    """Raises Unexpected for a row without its number or without an attribute that OMS always serves."""
    read = read_attributes(RUNS, "run_number", row.attributes, row.units)
    return OmsRun(number(row, "run_number"), read.attributes, read.units, read.rejected)


def read_fill(row: Row) -> OmsFill:
    """As `read_run`."""
    read = read_attributes(FILLS, "fill_number", row.attributes, row.units)
    return OmsFill(number(row, "fill_number"), read.attributes, read.units, read.rejected)


def read_era(row: Row) -> OmsEra:
    """As `read_run`."""
    name: Any = row.attributes.get("era")
    if not isinstance(name, str) or not name:
        raise Unexpected(f"the era of a row is {shown(name)}, not a name")
    read = read_attributes(ERAS, "era", row.attributes, row.units)
    return OmsEra(name, read.attributes, read.units, read.rejected)


def number(row: Row, name: str) -> int:
    """The number that names a row. Raises Unexpected: a row without it cannot be told from others."""
    value: Any = row.attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**31:
        raise Unexpected(f"the {name} of a row is {shown(value)}, not a number from 1 on")
    return value
