"""The lumisections of a run, read in columns: a flag becomes sets of lumisections, a number a list beside its set.

A lumisection is told by its number, never by its place in the answer: where OMS leaves one out, it is left out here.
For each attribute a lumisection is in one of three states: it has a value (null is one), it was rejected (its value
cannot be; `rejected` says why), or it is not there. Recorded and delivered luminosity are cumulative over the fill as
OMS gives them; here each lumisection has its own (`lumicert.sources.oms.own_luminosity`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any

import numpy as np

from lumicert.sources.errors import Unexpected
from lumicert.sources.oms.attributes import LUMISECTIONS, Attribute, Impossible, check, is_name, require, shown
from lumicert.sources.oms.numbers import Numbers, read_numbers
from lumicert.sources.oms.own_luminosity import Reading, own_luminosity
from lumicert.sources.oms.pages import Row
from lumicert.sources.oms.ranges import Ranges, ranges_of

Series = tuple[Ranges, list[Decimal]]

FLAG_VALUES = ("false", "true", "null")

# what says which lumisection it is, or is worked out apart from the others
_APART = frozenset(
    {"run_number", "lumisection_number", "fill_number", "start_time", "end_time", "recorded_lumi", "delivered_lumi"}
)
_CODES: dict[bool | None, int] = {False: 0, True: 1, None: 2}
# stands for a flag that was rejected
_REJECTED = 3
_NOTHING = type(None)
_ANY_TEXT = Attribute("text")
_ANY_NUMBER = Attribute("number", least=-1e300, most=1e300)


@dataclass(frozen=True, slots=True)
class OmsLumisections:
    """Lumisections of one run. Shared between those who asked at once: do not change it.

    Attributes:
        run: its number.
        lumis: the lumisections that OMS has.
        flags: for each flag, those with the value `true`, `false` and `null`.
        labels: for each text (`prescale_name`), those that have it; null is in none.
        series: for each number (pileup, init_lumi, end_lumi, prescale_index, dead_time, ...), those that have one and
            their exact values, in ascending order.
        units: of the series, as OMS writes them.
        unit: of recorded and delivered luminosity, as OMS writes it; empty where it gives no luminosity.
        with_luminosity: those of which the own luminosity can be told.
        recorded, delivered: their own luminosity, exact, in ascending order.
        rejected: for each attribute, the first value that cannot be, why, and how many more there are.
    """

    run: int
    lumis: Ranges
    flags: dict[str, dict[str, Ranges]]
    labels: dict[str, dict[str, Ranges]]
    series: dict[str, Series]
    units: dict[str, str]
    unit: str
    with_luminosity: Ranges
    recorded: list[Decimal]
    delivered: list[Decimal]
    rejected: dict[str, str]


@dataclass(slots=True)
class _Table:
    """Rows of one run in ascending order, and what was read from them so far."""

    run: int
    rows: Sequence[Row]
    lumis: list[int]
    flags: dict[str, dict[str, Ranges]] = field(default_factory=dict)
    labels: dict[str, dict[str, Ranges]] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        try:
            return [row.attributes[name] for row in self.rows]
        except KeyError:
            ls = next(ls for ls, row in zip(self.lumis, self.rows, strict=True) if name not in row.attributes)
            raise Unexpected(f"LS {ls} has no {name}, which others have; was it renamed?") from None

    def reject(self, name: str, wrong: list[tuple[int, str]]) -> None:
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            self.rejected[name] = f"LS {wrong[0][0]}: {wrong[0][1]}{more}"


def read_lumisections(run: int, rows: Iterable[Row], before: Row | None = None) -> OmsLumisections:
    """What OMS says of the run's lumisections.

    Args:
        run: the run that was asked for.
        rows: its rows, in any order.
        before: the lumisection before the first of them in the fill, if any: of this run or of the one before.

    Raises:
        Unexpected: a row is of another run or has no number, one comes twice, or an attribute is missing.
    """
    table = _table(run, rows)
    # of all rows: what only some have must not be lost quietly
    for name in dict.fromkeys(chain.from_iterable(row.attributes for row in table.rows)):
        if name not in _APART and is_name(name):
            _read_column(table, name)
    unit, readings = _readings(table, before)
    own = own_luminosity(readings[len(readings) - len(table.rows) :], readings[: len(readings) - len(table.rows)])
    told = [(ls, one) for ls, one in zip(table.lumis, own, strict=True) if one is not None]
    return OmsLumisections(
        run=run,
        lumis=ranges_of(table.lumis),
        flags=table.flags,
        labels=table.labels,
        series=table.series,
        units=table.units,
        unit=unit,
        with_luminosity=ranges_of([ls for ls, _ in told]),
        recorded=[one.recorded for _, one in told],
        delivered=[one.delivered for _, one in told],
        rejected=table.rejected,
    )


def _table(run: int, rows: Iterable[Row]) -> _Table:
    numbered = sorted(((_number_of(run, row), row) for row in rows), key=lambda pair: pair[0])
    lumis = [ls for ls, _ in numbered]
    if twice := [ls for ls, following in pairwise(lumis) if ls == following]:
        raise Unexpected(f"LS {twice[0]} comes twice")
    if numbered:
        require(LUMISECTIONS, numbered[0][1].attributes)
    return _Table(run, [row for _, row in numbered], lumis)


def _number_of(run: int, row: Row) -> int:
    ls, of = row.attributes.get("lumisection_number"), row.attributes.get("run_number")
    if type(ls) is not int or not 1 <= ls < 2**30:
        raise Unexpected(f"the lumisection_number of a row is {shown(ls)}, not a number from 1 on")
    if of != run:
        raise Unexpected(f"LS {ls} is of run {shown(of)}, though run {run} was asked for")
    return ls


def _read_column(table: _Table, name: str) -> None:
    column = table.column(name)
    kind = _kind(name, column)
    if kind == "truth":
        table.flags[name] = _flag(table, name, column)
    elif kind == "text":
        table.labels[name] = _label(table, name, column)
    else:
        table.series[name] = _series(table, name, column)


def _kind(name: str, column: list[Any]) -> str:
    if known := LUMISECTIONS.get(name):
        return known.kind
    kinds = set(map(type, column)) - {_NOTHING}
    # an unknown attribute that is null throughout is taken for a flag, as most are
    if kinds <= {bool}:
        return "truth"
    return "text" if kinds == {str} else "number"


def _flag(table: _Table, name: str, column: list[Any]) -> dict[str, Ranges]:
    if set(map(type, column)) <= {bool, _NOTHING}:
        codes = bytes(map(_CODES.__getitem__, column))
    else:
        # 1 is no truth value, though Python's dict would take it for one
        codes = bytes([_CODES[value] if value is None or value is True or value is False else _REJECTED
                       for value in column])  # fmt: skip
        places = [place for place, code in enumerate(codes) if code == _REJECTED]
        table.reject(
            name, [(table.lumis[place], f"{shown(column[place])}: neither true nor false") for place in places]
        )
    by_value: dict[str, list[tuple[int, int]]] = {}
    for first, last in _stretches(table.lumis, codes):
        if codes[first] != _REJECTED:
            by_value.setdefault(FLAG_VALUES[codes[first]], []).append((table.lumis[first], table.lumis[last]))
    return {value: tuple(ranges) for value, ranges in by_value.items()}


def _stretches(lumis: list[int], codes: bytes) -> list[tuple[int, int]]:
    """First and last places of neighbouring lumisections with the same code."""
    values = np.frombuffer(codes, dtype=np.uint8)
    changes = (values[1:] != values[:-1]) | (np.diff(np.asarray(lumis)) != 1)
    starts = np.flatnonzero(changes) + 1
    return list(zip([0, *starts.tolist()], [*(starts - 1).tolist(), len(lumis) - 1], strict=True))


def _label(table: _Table, name: str, column: list[Any]) -> dict[str, Ranges]:
    attribute = LUMISECTIONS.get(name, _ANY_TEXT)
    by_text: dict[str, list[int]] = {}
    wrong: list[tuple[int, str]] = []
    for ls, text in zip(table.lumis, column, strict=True):
        try:
            if text is not None:
                by_text.setdefault(str(check(attribute, text, None)), []).append(ls)
        except Impossible as why:
            wrong.append((ls, f"{shown(text)}: {why}"))
    table.reject(name, wrong)
    return {text: ranges_of(lumis) for text, lumis in by_text.items()}


def _series(table: _Table, name: str, column: list[Any]) -> Series:
    units = [row.unit(name) for row in table.rows]
    numbers = read_numbers(LUMISECTIONS.get(name, _ANY_NUMBER), column, units)
    table.reject(name, [(table.lumis[place], why) for place, why in numbers.wrong])
    if numbers.unit:
        table.units[name] = numbers.unit
    pairs = [(ls, value) for ls, value in zip(table.lumis, numbers.values, strict=True) if value is not None]
    return ranges_of([ls for ls, _ in pairs]), [value for _, value in pairs]


def _readings(table: _Table, before: Row | None) -> tuple[str, list[Reading]]:
    """The unit of the luminosity, and the cumulative values of `before`, if any, and of the rows."""
    rows = [*([before] if before else []), *table.rows]
    recorded, delivered = (_luminosity(table, name, rows) for name in ("recorded_lumi", "delivered_lumi"))
    unit = recorded.unit or delivered.unit
    values = zip(rows, recorded.values, _same_unit(delivered, unit), strict=True)
    return unit, [_reading(row.attributes, one, other) for row, one, other in values]


def _same_unit(numbers: Numbers, unit: str) -> list[Decimal | None]:
    return numbers.within(unit).values if numbers.unit else numbers.values


def _luminosity(table: _Table, name: str, rows: list[Row]) -> Numbers:
    units = [row.unit(name) for row in rows]
    numbers = read_numbers(LUMISECTIONS[name], [row.attributes.get(name) for row in rows], units)
    if not numbers.unit or not any(value is not None for value in numbers.values):
        # a number without any unit could be a million times what it seems, and a unit without a number says nothing
        wrong = [(place, "without a unit") for place, value in enumerate(numbers.values) if value is not None]
        numbers = Numbers("", [None] * len(rows), [*numbers.wrong, *wrong])
    skipped = len(rows) - len(table.rows)
    table.reject(name, [(table.lumis[place - skipped], why) for place, why in numbers.wrong if place >= skipped])
    return numbers


def _reading(attributes: dict[str, Any], recorded: Decimal | None, delivered: Decimal | None) -> Reading:
    fill = attributes["fill_number"]
    known = fill if type(fill) is int else None
    return Reading(known, attributes["run_number"], attributes["lumisection_number"], recorded, delivered)
