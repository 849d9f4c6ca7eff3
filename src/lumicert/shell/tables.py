"""The table component: `{% include "shell/table.html" with table=table %}`.

A table has columns, of which a column of numbers is right aligned and carries its unit in the header, and rows of
cells. Cells are escaped by the template unless they are safe strings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


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
