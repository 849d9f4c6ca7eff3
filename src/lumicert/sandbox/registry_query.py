"""Run Registry's filter language: which rows a filter wants, in which order, and which page of them.

A filter is an object of conditions that all must hold: `{"run_number": {"and": [{">=": 1}, {"<": 9}]}}`.
A condition stands under the path of a value; a plain value there is equality, a list means any of its values, null that
there is none. `and` and `or` stand above conditions and above paths. `like` is PostgreSQL's without regard to case, `%`
any text. What is compared with null is neither true nor false, so the row is not wanted.

The original splits a filter by table and joins the parts by "and"; here the tree holds as it is written, as its authors
meant it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

Test = Callable[[Any], bool]

_JOIN: Mapping[str, Callable[[Any], bool]] = {"and": all, "or": any}


class BadQuery(ValueError):
    """What was asked makes no sense; the message is what the original, its database or its runtime say."""


class Valued(Protocol):
    """A row whose values are asked for by path."""

    def value(self, path: str) -> Any:
        """The value at a path such as `rr_attributes.class`; None where there is none. Raises BadQuery."""


def wants(asked: Any, row: Valued) -> bool:
    """Whether a filter wants a row. Raises BadQuery."""
    if not isinstance(asked, dict):
        raise BadQuery("Cannot convert undefined or null to object")
    return all(_holds(key, condition, row) for key, condition in asked.items())


def page_of(rows: Sequence[Any], page: Any, size: Any) -> tuple[Sequence[Any], int | None]:
    """A page of rows, and how many pages there are; None where a page has no size. Raises BadQuery."""
    if size is None:
        return rows, None
    if type(page) is not int or type(size) is not int:
        raise BadQuery("invalid input syntax for type bigint")
    if page * size < 0:
        raise BadQuery("OFFSET must not be negative")
    return rows[page * size : (page + 1) * size], -(-len(rows) // size) if size else None


def ordered(rows: Sequence[Valued], sortings: Any) -> list[Any]:
    """The rows by `[[path, "ASC"], ...]`; rows that are equal stay in their order. Raises BadQuery."""
    if not isinstance(sortings, list):
        raise BadQuery("Cannot read property 'map' of undefined")
    found = list(rows)
    for sorting in reversed(sortings):
        path, way = _sorting(sorting)
        found.sort(key=lambda row: _rank(row.value(path)), reverse=way == "DESC")
    return found


def _sorting(sorting: Any) -> tuple[str, str]:
    match sorting:
        case [str() as path, "ASC" | "DESC" as way]:
            return path, way
    raise BadQuery("Order must be type of array or instance of a valid sequelize method")


def _rank(value: Any) -> tuple[int, float, str]:
    """PostgreSQL has null behind everything."""
    if value is None:
        return 1, 0.0, ""
    number = isinstance(value, int | float)
    return 0, float(value) if number else 0.0, "" if number else str(value)


def _holds(key: str, condition: Any, row: Valued) -> bool:
    if key.lower() in _JOIN:
        return _JOIN[key.lower()]([wants(one, row) for one in _listed(condition)])
    return _meets(row.value(key), condition)


def _meets(value: Any, condition: Any) -> bool:
    if isinstance(condition, list):
        return any(_compared("=", value, one) for one in condition)
    if not isinstance(condition, dict):
        return _compared("=", value, condition)
    return all(_one(operator, value, wanted) for operator, wanted in condition.items())


def _one(operator: str, value: Any, wanted: Any) -> bool:
    if operator.lower() in _JOIN:
        return _JOIN[operator.lower()]([_meets(value, one) for one in _listed(wanted)])
    return _compared(operator, value, wanted)


def _listed(conditions: Any) -> list[Any]:
    return conditions if isinstance(conditions, list) else [conditions]


def _compared(operator: str, value: Any, wanted: Any) -> bool:
    test = _OPERATORS.get(operator.lower())
    if test is None:
        raise BadQuery(f"Invalid value {{ '{operator}': ... }}")
    if wanted is None and operator in ("=", "<>"):
        return (value is None) == (operator == "=")
    if value is None or wanted is None:
        return False
    if isinstance(value, list):
        # `datasets_in_gui`: whatever the operator, whether it is one of them
        return wanted in value
    return test(*_same_kind(value, wanted))


def _same_kind(value: Any, wanted: Any) -> tuple[Any, Any]:
    """Both as what is wanted: JSON is text to PostgreSQL, cast to the type that it is compared with."""
    if isinstance(wanted, bool):
        return value is True or str(value).lower() == "true", wanted
    if isinstance(wanted, int | float):
        try:
            return float(value), float(wanted)
        except (TypeError, ValueError):
            raise BadQuery(f'invalid input syntax for type double precision: "{value}"') from None
    if isinstance(value, bool):
        return str(value).lower(), str(wanted)
    if isinstance(value, int | float) and isinstance(wanted, str):
        return _same_kind(value, _number(wanted))
    return str(value), str(wanted)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadQuery(f'invalid input syntax for type integer: "{text}"') from None


def _like(value: Any, pattern: Any) -> bool:
    if not isinstance(value, str):
        raise BadQuery("operator does not exist: integer ~~* unknown")
    parts = (".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in str(pattern))
    return re.fullmatch("".join(parts), value, re.IGNORECASE | re.DOTALL) is not None


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: bool(value == wanted),
    "<>": lambda value, wanted: bool(value != wanted),
    "<": lambda value, wanted: bool(value < wanted),
    ">": lambda value, wanted: bool(value > wanted),
    "<=": lambda value, wanted: bool(value <= wanted),
    ">=": lambda value, wanted: bool(value >= wanted),
    "like": _like,
    "notlike": lambda value, wanted: not _like(value, wanted),
}
