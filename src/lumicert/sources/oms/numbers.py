"""A column of numbers that OMS served, as exact numbers in one unit.

OMS chooses the unit of a luminosity for each row. Here the first unit of the column holds for all of it, and the others
are converted exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lumicert.sources.oms.attributes import Attribute, Impossible, bounds, check_number, shown
from lumicert.sources.oms.units import UnknownUnit, exact, parse

_NOTHING = type(None)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column.

    Attributes:
        unit: as OMS writes it; empty if the column has none.
        values: a number a row; None for null and for what cannot be.
        wrong: the places of what cannot be, each with its text and why.
    """

    unit: str
    values: list[Decimal | None]
    wrong: list[tuple[int, str]]

    def within(self, unit: str) -> Numbers:
        """The same in another unit of the same kind."""
        if unit == self.unit:
            return self
        factor = parse(self.unit).factor / parse(unit).factor
        return Numbers(unit, [None if value is None else value * factor for value in self.values], self.wrong)


def read_numbers(attribute: Attribute, column: Sequence[Any], units: Sequence[str | None]) -> Numbers:
    """The column; `units` has the unit of each row, or None."""
    unit = next(filter(None, units), "")
    if set(units) <= {unit or None} and _all_possible(attribute, column, unit or None):
        return Numbers(unit, [None if value is None else exact(value) for value in column], [])
    numbers = Numbers(unit, [], [])
    for place, (value, own) in enumerate(zip(column, units, strict=True)):
        try:
            numbers.values.append(_number(attribute, value, own, unit))
        except (Impossible, UnknownUnit) as why:
            numbers.values.append(None)
            numbers.wrong.append((place, f"{shown(value)}: {why}"))
    return numbers


def _all_possible(attribute: Attribute, column: Sequence[Any], unit: str | None) -> bool:
    """Whether a glance shows that every value can be; it is what makes a run of 2,000 lumisections fast."""
    kinds = set(map(type, column)) - {_NOTHING}
    if not kinds <= {int, float} or (attribute.kind == "integer" and float in kinds):
        return False
    given: list[float] = [value for value in column if value is not None]
    if not given:
        return True
    try:
        least, most = bounds(attribute, unit)
    except Impossible:
        return False
    return least <= min(given) and max(given) <= most


def _number(attribute: Attribute, value: Any, own: str | None, unit: str) -> Decimal | None:
    if value is None:
        return None
    possible = check_number(attribute, value, own)
    if (own or "") == unit:
        return exact(possible)
    if own is None:
        raise Impossible(f"without a unit, though others have {unit}")
    mine, wanted = parse(own), parse(unit)
    if mine.base != wanted.base:
        raise Impossible(f"in {own}, though others are in {unit}")
    return exact(possible) * (mine.factor / wanted.factor)
