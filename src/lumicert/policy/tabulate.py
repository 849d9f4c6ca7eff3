"""Tabulation: judging each distinct combination of values once, instead of each row.

A *coding* says which combination of values each position holds, where the positions are the codes of a column or the
rows of a frame, and lists the combinations. Crossing two codings gives the coding of both together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lumicert.policy.columns import Column, Numbers
from lumicert.policy.values import UNKNOWN, Value

# Up to this many, combinations are judged without looking for those that occur.
_FEW = 4096


@dataclass(frozen=True)
class Coding:
    """`combinations[index[position]]` are the values of the variables `names` at a position."""

    names: tuple[str, ...]
    index: npt.NDArray[np.integer[Any]]
    combinations: Sequence[tuple[Value, ...]]


def of_columns(columns: Sequence[tuple[str, Column]], size: int) -> Coding:
    """The coding of columns that share their codes; the positions are the codes below `size`."""
    codings = []
    for name, column in columns:
        index, values = column.distinct
        codings.append(Coding((name,), index[:size], [(value,) for value in values]))
    return crossed(codings)


def of_numbers(name: str, numbers: Numbers) -> Coding:
    """The coding of numbers; the positions are the rows."""
    distinct, index = np.unique(numbers.values, return_inverse=True)
    combinations: list[tuple[Value, ...]] = [(float(value),) for value in distinct]
    marks: tuple[tuple[Value, npt.NDArray[np.bool_] | None], ...] = ((None, numbers.null), (UNKNOWN, numbers.unknown))
    for value, mask in marks:
        if mask is not None:
            index[mask] = len(combinations)
            combinations.append((value,))
    return Coding((name,), index, combinations)


def crossed(codings: Iterable[Coding]) -> Coding:
    """The coding of all variables together; codings must have the same positions."""
    first, *others = codings
    for other in others:
        first = _crossed(first, other)
    return first


def _crossed(left: Coding, right: Coding) -> Coding:
    width = len(right.combinations)
    size = len(left.combinations) * width
    # In one unsigned type: numpy would go over to floats where signed and unsigned 64-bit integers meet.
    kind = np.min_scalar_type(size)
    mixed = left.index.astype(kind) * kind.type(width) + right.index.astype(kind)
    present: Iterable[int] = range(size)
    # Finding those that occur needs a sort of all positions, which is worth it only to save many judgements.
    if size > _FEW:
        occurring, mixed = np.unique(mixed, return_inverse=True)
        present = occurring.tolist()
    combinations = [left.combinations[pair // width] + right.combinations[pair % width] for pair in present]
    return Coding(left.names + right.names, mixed, combinations)
