"""A query of OMS's aggregation API: which rows, in which order, which part of them, and with what about them.

The language is that of the public client `omsapi`:

- ``filter[attribute][OPERATOR]=value``, all of which must hold; without an operator EQ. A row where the attribute is
  null passes no filter, NEQ neither, as in SQL.
- ``sort=-a,b``: by `a` falling, then by `b`. Null comes last, in a falling order first, as Oracle has it.
- ``page[offset]`` and ``page[limit]``; ``fields=a,b``; ``include=meta|presentation_timestamp|data_only``.
- ``group[...]`` is taken and has no effect: none of the resources served here can be grouped.

Everything else is refused, for a filter that is silently ignored is a wrong answer.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Row = Mapping[str, Any]

DEFAULT_LIMIT = 100
INCLUDES = ("meta", "presentation_timestamp", "data_only")
_FILTER = re.compile(r"filter\[(\w+)\](?:\[(\w+)\])?")
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "NEQ": operator.ne,
    "LT": operator.lt,
    "GT": operator.gt,
    "LE": operator.le,
    "GE": operator.ge,
}
OPERATORS = (*_ORDERED, "LIKE", "CT")


class BadQuery(ValueError):
    """A query that OMS would refuse; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on an attribute."""

    attribute: str
    operator: str
    value: Any
    holds: Callable[[Any], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of a resource. `sort` has pairs (attribute, falling); `fields` None is all of them."""

    filters: tuple[Filter, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    offset: int = 0
    limit: int = DEFAULT_LIMIT
    fields: tuple[str, ...] | None = None
    include: frozenset[str] = frozenset()

    def wanted(self, rows: Iterable[Row]) -> list[Row]:
        """All rows that pass, in order."""
        found = [row for row in rows if all(one.holds(row[one.attribute]) for one in self.filters)]
        # from the last key to the first: Python's sort keeps the order of equals, falling too
        for attribute, falling in reversed(self.sort):
            found.sort(key=_null_last(attribute), reverse=falling)
        return found

    def page(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The part that is asked for."""
        return rows[self.offset : self.offset + self.limit]

    def on(self, attribute: str) -> list[Filter]:
        """The conditions on one attribute."""
        return [one for one in self.filters if one.attribute == attribute]


def parse(parameters: Sequence[tuple[str, str]], types: Mapping[str, str], most: int) -> Query:
    """The query of URL parameters on a resource with attributes of `types` and at most `most` rows a page.

    Raises BadQuery naming the parameter that is unknown or has a value that cannot be.
    """
    filters: list[Filter] = []
    given: dict[str, Any] = {}
    for name, value in parameters:
        if match := _FILTER.fullmatch(name):
            filters.append(_filter(match[1], match[2] or "EQ", value, types))
        elif name == "sort":
            given["sort"] = tuple(_sort_key(one, types) for one in value.split(","))
        elif name in ("page[offset]", "page[limit]"):
            given[name[5:-1]] = _whole(name, value)
        elif name == "fields" or name.startswith("fields["):
            given["fields"] = tuple(_known(one, types) for one in value.split(","))
        elif name == "include":
            given["include"] = frozenset(_include(one) for one in value.split(","))
        elif not name.startswith("group["):
            raise BadQuery(f"the parameter {name!r} is not known")
    if not 1 <= given.get("limit", DEFAULT_LIMIT) <= most:
        raise BadQuery(f"page[limit]={given['limit']}: a page has 1 to {most} rows")
    return Query(filters=tuple(filters), **given)


def _known(attribute: str, types: Mapping[str, str]) -> str:
    if attribute not in types:
        raise BadQuery(f"there is no attribute {attribute!r}")
    return attribute


def _sort_key(text: str, types: Mapping[str, str]) -> tuple[str, bool]:
    attribute = _known(text.removeprefix("-"), types)
    if types[attribute] == "list":
        raise BadQuery(f"the attribute {attribute!r} is a list, by which rows cannot be sorted")
    return attribute, text.startswith("-")


def _include(text: str) -> str:
    if text not in INCLUDES:
        raise BadQuery(f"include={text!r} is not known; there are {', '.join(INCLUDES)}")
    return text


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise BadQuery(f"{name}={text!r} is no whole number from 0")
    return int(text)


def _null_last(attribute: str) -> Callable[[Row], tuple[bool, Any]]:
    def key(row: Row) -> tuple[bool, Any]:
        # values of one attribute compare, null with nothing: it is told apart first
        value = row[attribute]
        return (True, 0) if value is None else (False, value)

    return key


def _filter(attribute: str, name: str, text: str, types: Mapping[str, str]) -> Filter:
    kind = types[_known(attribute, types)]
    name = name.upper()
    if name not in OPERATORS:
        raise BadQuery(f"{name!r} is no operator of a filter; there are {', '.join(OPERATORS)}")
    if name in _ORDERED:
        value = _typed(attribute, text, kind)
        return Filter(attribute, name, value, _compared(_ORDERED[name], value))
    pattern = re.compile(_like(text) if name == "LIKE" else f".*{re.escape(text)}.*", re.IGNORECASE | re.DOTALL)
    return Filter(attribute, name, text, _matched(pattern))


def _compared(compare: Callable[[Any, Any], bool], value: Any) -> Callable[[Any], bool]:
    def holds(found: Any) -> bool:
        # of a list, such as the components, one that fits suffices
        if isinstance(found, list):
            return any(compare(one, value) for one in found)
        return found is not None and compare(found, value)

    return holds


def _matched(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    def holds(found: Any) -> bool:
        if isinstance(found, list):
            return any(pattern.fullmatch(one) for one in found)
        return found is not None and pattern.fullmatch(str(found)) is not None

    return holds


def _like(text: str) -> str:
    """SQL's LIKE as a regular expression: % is anything, _ one character."""
    return "".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in text)


def _typed(attribute: str, text: str, kind: str) -> Any:
    try:
        return _READERS[kind](text)
    except (ValueError, KeyError):
        raise BadQuery(f"filter on {attribute!r}: {text!r} is no {kind}") from None


def _instant(text: str) -> str:
    """Normalised to the form in which times are served, in which the order of texts is that of times."""
    read = datetime.fromisoformat(text)
    # OMS's times are UTC, and so are those that do not say
    read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return read.strftime("%Y-%m-%dT%H:%M:%SZ")


_READERS: Mapping[str, Callable[[str], Any]] = {
    "integer": int,
    "float": float,
    "boolean": lambda text: {"true": True, "false": False}[text.lower()],
    "datetime": _instant,
    "string": str,
    "list": str,
}
