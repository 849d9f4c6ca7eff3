"""A page of a table of many rows that costs what a page of few does.

Rows are sorted by an index, so that a row whose sorted value is not known stands in no order: such rows come last,
whichever way the table is sorted. Rows are counted to a thousand: beyond that nobody reads the number, and counting on
would cost more than the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, Generic, TypeVar

from django.db.models import Model, QuerySet

from lumicert.shell.fields import number_of

ROWS_A_PAGE: Final = 100
MOST_COUNTED: Final = 1000
# behind it the database would be asked to pass over more rows than it can count
MOST_PAGES: Final = 10**8
_ROWS_A_FETCH = 1000

M = TypeVar("M", bound=Model)
R = TypeVar("R", covariant=True)


@dataclass(frozen=True, slots=True)
class Passing(Generic[M]):
    """The rows that pass: all of them; those whose sorted value is known, in its order; and the rest, or None."""

    all: QuerySet[M]
    known: QuerySet[M]
    unknown: QuerySet[M] | None


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """A page of a table. `found` counts those that pass, MOST_COUNTED of them at most; `more` beyond that."""

    rows: Sequence[R]
    number: int
    found: int
    more: bool
    has_next: bool

    @property
    def pages(self) -> int | None:
        """How many pages there are; None where that was not counted."""
        return None if self.more else max(1, -(-self.found // ROWS_A_PAGE))


@dataclass(frozen=True, slots=True)
class Place:
    """Which page it is of rows that were all counted; a page is `size` rows long."""

    number: int
    found: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are: one of nothing, too."""
        return max(1, -(-self.found // self.size))

    @property
    def has_next(self) -> bool:
        """Whether there is a page behind this one."""
        return self.number < self.pages

    @property
    def rows(self) -> slice:
        """Its part of all rows."""
        return slice((self.number - 1) * self.size, self.number * self.size)


def place_of(number: int, *, found: int, size: int) -> Place:
    """The page with this number; one that is not there is the last."""
    last = Place(1, found, size).pages
    return Place(min(max(1, number), last), found, size)


def page_of(passing: Passing[M], number: int, shown: Callable[[Sequence[M]], Sequence[R]]) -> Page[R]:
    """A page; one that is not there is the last.

    Args:
        shown: makes what the table shows of the rows of a page.
    """
    found = _read(passing, number)
    counted = _counted(passing, number, len(found))
    if not found and number > 1:
        number = max(1, -(-counted // ROWS_A_PAGE))
        found = _read(passing, number)
    has_next = len(found) > ROWS_A_PAGE
    return Page(shown(found[:ROWS_A_PAGE]), number, min(counted, MOST_COUNTED), counted > MOST_COUNTED, has_next)


def all_of(passing: Passing[M], shown: Callable[[Sequence[M]], Sequence[R]]) -> Iterator[R]:
    """All that pass, in the same order."""
    parts = [passing.known] if passing.unknown is None else [passing.known, passing.unknown]
    rows = chain.from_iterable(part.iterator(chunk_size=_ROWS_A_FETCH) for part in parts)
    while part := list(islice(rows, _ROWS_A_FETCH)):
        yield from shown(part)


def number_in(text: str | None) -> int:
    """The page that an address names, the first where it names none."""
    return number_of(text, MOST_PAGES) or 1


def _read(passing: Passing[M], number: int) -> list[M]:
    """A page, and one row more, which tells that there is a next one."""
    first, wanted = (number - 1) * ROWS_A_PAGE, ROWS_A_PAGE + 1
    found = list(passing.known[first : first + wanted])
    if len(found) < wanted and passing.unknown is not None:
        # of a page that begins behind all that are known, where among the unknown it begins
        behind = 0 if found else max(0, first - passing.known.order_by().count())
        found += passing.unknown[behind : behind + wanted - len(found)]
    return found


def _counted(passing: Passing[M], number: int, n_read: int) -> int:
    """How many pass, counted to one beyond MOST_COUNTED; a last page that was read tells it without counting."""
    if n_read <= ROWS_A_PAGE and (n_read or number == 1):
        return (number - 1) * ROWS_A_PAGE + n_read
    return passing.all.order_by().values("run")[: MOST_COUNTED + 1].count()
