"""A page of OMS's answer: a document of JSON:API, with the units in `meta.row` of each row.

    {"data": [{"id": "355100", "type": "runs", "attributes": {"run_number": 355100, ...},
               "meta": {"row": {"energy": {"units": "GeV"}, ...}}}, ...],
     "meta": {"totalResourceCount": 7661}}

A page is whole if it has as many rows as were asked for, or as there are in all. One that is cut short is refused: a
lumisection that is missing by mistake would look like one that never was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lumicert.sources.errors import Unexpected

_LONGEST_UNIT = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its attributes, and the units of those that have one. No meta is no units."""

    attributes: dict[str, Any]
    meta: dict[str, Any]

    @property
    def units(self) -> dict[str, str]:
        """The units by attribute."""
        return {name: unit for name in self.meta if (unit := self.unit(name)) is not None}

    def unit(self, name: str) -> str | None:
        """The unit of one attribute, or None."""
        of_one = self.meta.get(name)
        unit = of_one.get("units") if isinstance(of_one, dict) else None
        # a unit is a short text; what is none is as good as missing
        return unit if isinstance(unit, str) and unit.isprintable() and 0 < len(unit) <= _LONGEST_UNIT else None


def read_page(document: Any, limit: int) -> list[Row]:
    """The rows of a page of which `limit` were asked for.

    Raises:
        Unexpected: this is no such document, or rows are missing.
    """
    data, total = _parts(document)
    if len(data) < min(limit, total):
        raise Unexpected(f"the page has {len(data)} of {min(limit, total)} rows (in all there are {total})")
    if len(data) > limit:
        raise Unexpected(f"the page has {len(data)} rows, though only {limit} were asked for")
    return [_row(row) for row in data]


def _parts(document: Any) -> tuple[list[Any], int]:
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, list):
        raise Unexpected("there is no list of rows under data")
    meta = document.get("meta")
    total = meta.get("totalResourceCount") if isinstance(meta, dict) else None
    if isinstance(total, bool) or not isinstance(total, int) or total < len(data):
        raise Unexpected(f"meta.totalResourceCount is {total!r} in a page of {len(data)} rows")
    return data, total


def _row(row: Any) -> Row:
    attributes = row.get("attributes") if isinstance(row, dict) else None
    if not isinstance(attributes, dict):
        raise Unexpected("a row has no attributes")
    meta = row.get("meta")
    units = meta.get("row") if isinstance(meta, dict) else None
    return Row(attributes, units if isinstance(units, dict) else {})
