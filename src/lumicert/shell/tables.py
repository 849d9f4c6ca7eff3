"""The table component: `{% include "shell/table.html" with table=table %}`.

A table has columns, of which a column of numbers is right aligned and carries its unit in the header, and rows of
cells. Cells are escaped by the template unless they are safe strings.

A large table lets people choose its columns (`shell/columns.html`, `col` in the address) and its order
(`shell/headings.html`, `sort`, with `-` before it for the largest first).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.http import QueryDict


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, the unit of its numbers (`pb⁻¹`), and whether it holds numbers."""

    label: str
    unit: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a name for those who hear it, and the sentence that stands there when it is empty.

    Raises:
        ValueError: a row has another number of cells than there are columns.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    empty: str

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} of '{self.caption}' has {len(row)} cells for {len(self.columns)} columns"
                )

    def cells(self) -> Iterator[list[tuple[Column, Any]]]:
        """The rows, each cell beside its column."""
        return ([*zip(self.columns, row, strict=True)] for row in self.rows)


# ---- choosing columns and order ----


class Choosable(Protocol):
    """A column that people choose: `key` is its name in the address, `sort` that in an order, or empty."""

    @property
    def key(self) -> str: ...

    @property
    def sort(self) -> str: ...


C = TypeVar("C", bound=Choosable)


@dataclass(frozen=True, slots=True)
class Heading(Generic[C]):
    """The head of a column: the direction that the table is sorted in by it, and the address that sorts it so."""

    column: C
    direction: str
    address: str


def chosen_columns(
    columns: Iterable[C], keys: Sequence[str], *, usual: Sequence[str], always: Sequence[str]
) -> list[C]:
    """The columns of these keys in their own order, those of `always` among them; the usual where none is known."""
    there = list(columns)
    wanted = {*keys} & {column.key for column in there} or {*usual}
    return [column for column in there if column.key in wanted.union(always)]


def headings(query: QueryDict, columns: Iterable[C], sort: str) -> list[Heading[C]]:
    """The headings of a table that is sorted so; `query` is that of its address."""
    kept = query.copy()
    for name in ("sort", "page"):
        kept.pop(name, None)
    asked = f"{kept.urlencode()}&" if kept else ""
    return [_heading(column, sort, asked) for column in columns]


def _heading(column: C, sort: str, asked: str) -> Heading[C]:
    if not column.sort:
        return Heading(column, "", "")
    direction = {column.sort: "ascending", f"-{column.sort}": "descending"}.get(sort, "")
    # what is largest, or newest, is what is looked for first
    wanted = column.sort if direction == "descending" else f"-{column.sort}"
    return Heading(column, direction, f"?{asked}sort={wanted}")
