"""Integrated luminosity: kept in whole inverse barns, shown in inverse picobarns (1 /pb is 10^12 /b)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

BARNS_IN_PB: Final = 10**12
PB: Final = "pb⁻¹"


def in_pb(barns: int) -> Decimal:
    """Whole inverse barns as inverse picobarns, exactly."""
    return Decimal(barns) / BARNS_IN_PB


def rounded_pb(barns: int | None) -> Decimal | None:
    """The same with three decimals, as tables show it; None stays None."""
    return None if barns is None else in_pb(barns).quantize(Decimal("0.001"))
