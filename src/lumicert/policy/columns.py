"""Columns and frames: what a policy is evaluated on.

A frame is a table with one row a lumisection and one column a variable. Columns of certification hold few distinct
values, so a column is *coded*: an array of small integers, one a row, and the list of values they stand for. Columns
that share one array of codes (all attributes of a run share the index of the run) are recognised by the identity of
that array, and conditions over them are evaluated once a code instead of once a row: share it.

Codes of type uint8 are the fastest by far; wider ones are narrowed where the number of values allows it, once a frame.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from lumicert.policy.values import UNKNOWN, Value, json_value

Codes: TypeAlias = npt.NDArray[np.integer[Any]]
Mask: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]


class Numbers:
    """Numbers with nulls and unknowns: float64 `values`, and the masks `null` and `unknown` (None where there is none).

    Where a mask is set the value is 0 and means nothing.
    """

    __slots__ = ("null", "unknown", "values")

    def __init__(self, values: Floats, null: Mask | None, unknown: Mask | None) -> None:
        self.values, self.null, self.unknown = values, null, unknown

    def __getitem__(self, rows: "slice | npt.NDArray[Any]") -> "Numbers":
        return Numbers(self.values[rows], _part(self.null, rows), _part(self.unknown, rows))

    def unknown_as_null(self) -> "Numbers":
        if self.unknown is None:
            return self
        return Numbers(self.values, self.unknown if self.null is None else self.unknown | self.null, None)

    def value(self, row: int) -> Value:
        if self.unknown is not None and self.unknown[row]:
            return UNKNOWN
        if self.null is not None and self.null[row]:
            return None
        return float(self.values[row])


def _part(mask: Mask | None, rows: "slice | npt.NDArray[Any]") -> Mask | None:
    return None if mask is None else mask[rows]


class Column:
    """One variable over all rows; make one with `coded`, `numbers` or `constant`.

    Exactly one of these holds: `codes` is an array and `values` what they stand for; `codes` is None and `values` is
    the one value of every row; `numeric` is set and `values` is empty.
    """

    def __init__(self, codes: Codes | None, values: tuple[Value, ...], numeric: Numbers | None = None) -> None:
        self.codes, self.values, self.numeric = codes, values, numeric

    @classmethod
    def coded(cls, codes: npt.ArrayLike, values: Sequence[Value]) -> "Column":
        """`values[codes[row]]` is the value of a row; a value is JSON data or UNKNOWN.

        Raises ValueError for codes that are no one-dimensional array of integers within the list of values, or a
        value that is not JSON; the message names the first one.
        """
        array = np.asarray(codes)
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise ValueError(f"codes must be a one-dimensional array of integers, not {array.dtype} of {array.shape}")
        checked = tuple(_checked(value, place) for place, value in enumerate(values))
        if array.size and (array.min() < 0 or array.max() >= len(checked)):
            row = int(np.argmax((array < 0) | (array >= len(checked))))
            raise ValueError(f"row {row} has code {array[row]}, and there are {len(checked)} values")
        return cls(array, checked)

    @classmethod
    def numbers(
        cls, values: npt.ArrayLike, *, null: npt.ArrayLike | None = None, unknown: npt.ArrayLike | None = None
    ) -> "Column":
        """Many different numbers; the Boolean masks say in which rows the value is null or unknown instead.

        Raises ValueError for masks of another length or type, and for a number that is not finite and not masked.
        """
        array = np.array(values, dtype=np.float64)
        if array.ndim != 1:
            raise ValueError(f"numbers must be a one-dimensional array, not of shape {array.shape}")
        nulls, unknowns = _mask(null, array.size, "null"), _mask(unknown, array.size, "unknown")
        # What a source leaves in place of a missing number (often NaN) must not get into any arithmetic.
        for mask in (nulls, unknowns):
            if mask is not None:
                array[mask] = 0.0
        if not np.isfinite(array).all():
            row = int(np.argmin(np.isfinite(array)))
            raise ValueError(f"row {row} is {array[row]}, no finite number: mark it as null or unknown")
        array += 0.0  # as everywhere, the sign of zero is dropped on entry
        return cls(None, (), Numbers(array, nulls, unknowns))

    @classmethod
    def constant(cls, value: Value) -> "Column":
        """The same value in every row. Raises ValueError for a value that is not JSON."""
        return cls(None, (_checked(value, 0),))

    def __len__(self) -> int:
        """The number of rows; 0 for a constant, which fits any frame."""
        return len(self.codes) if self.codes is not None else 0 if self.numeric is None else len(self.numeric.values)

    @property
    def is_constant(self) -> bool:
        return self.codes is None and self.numeric is None

    def value(self, row: int) -> Value:
        """The value of one row."""
        if self.numeric is not None:
            return self.numeric.value(row)
        return self.values[0 if self.codes is None else int(self.codes[row])]

    @cached_property
    def distinct(self) -> tuple[npt.NDArray[np.intp], tuple[Value, ...]]:
        """For each code the number of its value among the distinct values, and these values."""
        numbers: dict[tuple[str, object], int] = {}
        kept: list[Value] = []
        index = np.empty(len(self.values), dtype=np.intp)
        for code, value in enumerate(self.values):
            # With its type, because to Python 1, 1.0 and True are the same key.
            key = (type(value).__name__, repr(value) if isinstance(value, list | dict) else value)
            if key not in numbers:
                numbers[key] = len(kept)
                kept.append(value)
            index[code] = numbers[key]
        return index, tuple(kept)

    @cached_property
    def value_numbers(self) -> Numbers | None:
        """The values of the codes as numbers, one a code, if all of them are numbers, null or UNKNOWN; else None."""
        if not all(value is None or value is UNKNOWN or type(value) in {int, float} for value in self.values):
            return None
        null = np.array([value is None for value in self.values], dtype=bool)
        unknown = np.array([value is UNKNOWN for value in self.values], dtype=bool)
        numbers = (float(value) if isinstance(value, int | float) else 0.0 for value in self.values)
        array = np.fromiter(numbers, dtype=np.float64, count=len(self.values))
        return Numbers(array, null if null.any() else None, unknown if unknown.any() else None)


def _checked(value: Value, place: int) -> Value:
    if value is UNKNOWN:
        return value
    try:
        return json_value(value)  # type: ignore[return-value]  # Json is Value without UNKNOWN; lists are invariant
    except (TypeError, ValueError) as error:
        raise ValueError(f"value {place}: {error}") from None


def _mask(given: npt.ArrayLike | None, size: int, name: str) -> Mask | None:
    if given is None:
        return None
    mask = np.asarray(given)
    if mask.dtype != np.bool_ or mask.shape != (size,):
        raise ValueError(f"the mask `{name}` must be {size} booleans, not {mask.dtype} of shape {mask.shape}")
    return mask if mask.any() else None


class Frame:
    """Columns of one length by the name of their variable. A variable without a column is UNKNOWN in every row."""

    def __init__(self, n_rows: int, columns: Mapping[str, Column]) -> None:
        for name, column in columns.items():
            if not column.is_constant and len(column) != n_rows:
                raise ValueError(f"column {name} has {len(column)} rows, and the frame has {n_rows}")
        self.n_rows = n_rows
        self.columns = dict(columns)
        self._narrowed: dict[int, Codes] = {}
        self._n_values: dict[int, int] = {}
        for column in columns.values():
            # Codes that are shared stay below the shortest list of values, so that one tells the type for all.
            known = self._n_values.get(id(column.codes), len(column.values))
            self._n_values[id(column.codes)] = min(known, len(column.values))

    def column(self, name: str) -> Column:
        return self.columns.get(name, _ALL_UNKNOWN)

    def row(self, row: int, names: Iterable[str]) -> dict[str, Value]:
        """The values of one row, by the names of the variables.

        Raises IndexError if there is no such row.
        """
        if not 0 <= row < self.n_rows:
            raise IndexError(f"there is no row {row}: the frame has {self.n_rows} rows, counted from 0")
        return {name: self.column(name).value(row) for name in names}

    def take(self, rows: npt.NDArray[np.integer[Any]], names: Iterable[str]) -> "Frame":
        """The frame of these rows and variables; columns that share their codes go on sharing them."""
        taken: dict[int, Codes] = {}
        columns: dict[str, Column] = {}
        for name in names:
            column = self.column(name)
            if column.numeric is not None:
                columns[name] = Column(None, (), column.numeric[rows])
            elif column.codes is not None:
                key = id(column.codes)
                if key not in taken:
                    taken[key] = self.narrowed(column.codes)[rows]
                columns[name] = Column(taken[key], column.values)
            else:
                columns[name] = column
        return Frame(len(rows), columns)

    def narrowed(self, codes: Codes) -> Codes:
        """The codes of a column of this frame in the narrowest unsigned type that holds them."""
        kind = np.min_scalar_type(max(self._n_values[id(codes)] - 1, 0))
        if codes.dtype.itemsize <= kind.itemsize:
            return codes
        # A frame is evaluated many times while a policy is edited; the copy is made once.
        if id(codes) not in self._narrowed:
            self._narrowed[id(codes)] = codes.astype(kind)
        return self._narrowed[id(codes)]


_ALL_UNKNOWN = Column.constant(UNKNOWN)
