"""Columns: reading run and lumisection numbers out of whatever array the caller has."""

from typing import Any

import numpy as np
import numpy.typing as npt

_LARGEST = 2**63 - 1


def integers(values: Any, what: str) -> npt.NDArray[np.int64]:
    """`values` as a new int64 array of shape (n,); numbers beyond 64 bits saturate, to be refused with their place.

    Raises TypeError for what is not integers, ValueError for missing values and for a shape other than (n,).
    """
    array = integer_array(values, what)
    if array.ndim != 1:
        raise ValueError(f"{what}: an array of the shape {array.shape} was given where one of the shape (n,) is needed")
    return np.minimum(array, _LARGEST).astype(np.int64) if array.dtype == np.uint64 else array.astype(np.int64)


def integer_array(values: Any, what: str) -> npt.NDArray[np.integer]:
    """`values` as an array of integers of its own type and shape, without a copy where numpy can read it in place.

    Accepts sequences, whatever has `__array__` (numpy, pandas, awkward, Arrow), and whatever speaks the Arrow PyCapsule
    protocol. Raises TypeError for what is not integers and ValueError for missing values.
    """
    speaks_arrow = hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__")
    if speaks_arrow and not hasattr(values, "__array__"):
        values = _from_arrow(values, what)
    # numpy drops the mask of a masked array without a word, and with it the fact that a value is missing.
    if isinstance(values, np.ndarray) and np.any(getattr(values, "mask", False)):
        raise ValueError(f"{what}: values are missing (masked); leave such rows out first")
    array = np.asarray(values)
    if not array.size:
        return np.empty(array.shape, np.int64)
    if array.dtype == object:
        array = _from_objects(array, what)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{what}: an array of {array.dtype} was given where integers are needed")
    return array


def _from_arrow(values: Any, what: str) -> Any:
    try:
        import pyarrow  # type: ignore[import-untyped]
    except ImportError as error:
        raise TypeError(f"{what}: an Arrow array was given, and reading it needs the package pyarrow") from error
    column = pyarrow.array(values) if hasattr(values, "__arrow_c_array__") else pyarrow.chunked_array(values)
    if column.null_count:
        raise ValueError(f"{what}: values are missing ({column.null_count} null); leave such rows out first")
    return column


def _from_objects(array: npt.NDArray[Any], what: str) -> npt.NDArray[np.int64]:
    for value in array.flat:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise TypeError(f"{what}: {value!r} is not an integer")
    return np.array([max(-_LARGEST, min(int(value), _LARGEST)) for value in array.flat]).reshape(array.shape)
