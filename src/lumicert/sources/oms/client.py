"""Asking OMS's aggregation API (v1): runs, fills, eras and lumisections.

Pages are asked for by key, not by place: after the rows up to run 355200 come those above it. So no row is lost or
doubled when others appear or move in between, and a reading that was cut short goes on from its last row. Every page
is held against the number of rows that OMS says there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar

from lumicert.sources.errors import Unexpected
from lumicert.sources.http import Credentials, Door, Query
from lumicert.sources.oms.lumisections import OmsLumisections, read_lumisections
from lumicert.sources.oms.models import OmsEra, OmsFill, OmsRun, number, read_era, read_fill, read_run
from lumicert.sources.oms.pages import Row, read_page

T = TypeVar("T")

AUDIENCE = "cmsoms-prod"
"""The audience of OMS's tokens."""

RUNS_A_PAGE = 500
LUMISECTIONS_A_PAGE = 5000


class OmsClient:
    """Reads OMS. Safe to share between threads.

    Args:
        door: to `https://cmsoms.cern.ch/agg/api/v1`.
        tokens: of the audience `cmsoms-prod`; None where OMS asks for none.
        rows_a_page, lumisections_a_page: how many rows are asked for at once.

    Every method raises SourceDown, SourceRefused and SourceChanged.
    """

    def __init__(
        self,
        door: Door,
        tokens: Credentials | None,
        *,
        rows_a_page: int = RUNS_A_PAGE,
        lumisections_a_page: int = LUMISECTIONS_A_PAGE,
    ) -> None:
        self._door = door
        self._tokens = tokens
        self._rows = rows_a_page
        self._lumisections = lumisections_a_page

    def run(self, run: int) -> OmsRun | None:
        """One run, or None if OMS has no such run."""
        return self._one("runs", "run_number", run, f"run {run}", read_run)

    def fill(self, fill: int) -> OmsFill | None:
        """One fill, or None if OMS has no such fill."""
        return self._one("fills", "fill_number", fill, f"fill {fill}", read_fill)

    def runs(
        self, first: int | None = None, last: int | None = None, updated_since: datetime | None = None
    ) -> Iterator[OmsRun]:
        """Runs from `first` to `last`, both included, page by page.

        They come by rising number; to go on after an interruption, begin behind the last. With `updated_since` (aware),
        they come by rising `last_update` from then on: go on from that of the last run. One that changes meanwhile
        comes again, and the later is right.
        """
        limits = _limits("run_number", first, last)
        if updated_since is None:
            return self._by_number("runs", "run_number", limits, read_run)
        return self._by_update("runs", "run_number", limits, updated_since, read_run)

    def last_updated(self, limit: int = 50) -> list[OmsRun]:
        """The runs that changed last, the latest first."""
        query = {"sort": "-last_update", **_page(limit)}
        return self._get("runs", query, f"the last {limit} changes of runs", limit, _each(read_run))

    def fills(self, numbers: Iterable[int] | None = None, updated_since: datetime | None = None) -> Iterator[OmsFill]:
        """The fills of these numbers that OMS has, by number; or those that changed, as `runs`."""
        if updated_since is not None:
            return self._by_update("fills", "fill_number", {}, updated_since, read_fill)
        if numbers is None:
            return self._by_number("fills", "fill_number", {}, read_fill)
        return self._numbered_fills(sorted(set(numbers)))

    def eras(self) -> list[OmsEra]:
        """All eras, in the order of their runs."""
        query = {"sort": "start_run", **_page(self._lumisections)}
        return self._get("eras", query, "the eras", self._lumisections, _each(read_era))

    def lumisections(self, run: int, after: int = 0) -> OmsLumisections:
        """All lumisections of a run above `after`, complete. For a run that OMS does not know there are none."""
        # the one before the first is read too, because luminosity is counted over the fill
        rows = list(self._lumisection_rows(run, max(after - 1, 0)))
        before = rows.pop(0) if rows and after and number(rows[0], "lumisection_number") == after else None
        if before is None and rows and number(rows[0], "lumisection_number") == 1:
            before = self._last_before(run, rows[0].attributes.get("fill_number"))
        try:
            return read_lumisections(run, rows, before)
        except Unexpected as unexpected:
            raise self._door.changed(f"the lumisections of run {run}", str(unexpected)) from unexpected

    def _lumisection_rows(self, run: int, after: int) -> Iterator[Row]:
        limits = {"filter[run_number][EQ]": run, "filter[lumisection_number][GT]": after}
        what = f"the lumisections of run {run}{f' above {after}' if after else ''}"
        yield from self._pages("lumisections", "lumisection_number", limits, what, self._lumisections, _same)

    def _last_before(self, run: int, fill: Any) -> Row | None:
        """The last lumisection of the fill in an earlier run."""
        if type(fill) is not int:
            return None
        query = {
            "filter[fill_number][EQ]": fill,
            "filter[run_number][LT]": run,
            "sort": "-run_number,-lumisection_number",
            **_page(1),
        }
        what = f"the last lumisection of fill {fill} before run {run}"
        found = self._get("lumisections", query, what, 1, list)
        return found[0] if found else None

    def _numbered_fills(self, numbers: list[int]) -> Iterator[OmsFill]:
        wanted = set(numbers)
        while numbers:
            # OMS cannot be asked for a list, but neighbours are a range
            near = [fill for fill in numbers if fill < numbers[0] + self._rows]
            numbers = numbers[len(near) :]
            limits = _limits("fill_number", near[0], near[-1])
            found = self._by_number("fills", "fill_number", limits, read_fill)
            yield from (fill for fill in found if fill.fill in wanted)

    def _one(self, resource: str, key: str, value: int, what: str, make: Callable[[Row], T]) -> T | None:
        def read(rows: list[Row]) -> T | None:
            if [number(row, key) for row in rows] not in ([], [value]):
                raise Unexpected(f"there are {len(rows)} rows, or one of another number")
            return make(rows[0]) if rows else None

        return self._get(resource, {f"filter[{key}][EQ]": value, **_page(2)}, what, 2, read)

    def _by_number(self, resource: str, key: str, limits: Query, make: Callable[[Row], T]) -> Iterator[T]:
        between = " ".join(f"{name.split('[')[-1][:2]} {value}" for name, value in limits.items())
        what = f"{resource} by number {between}".rstrip()
        return self._pages(resource, key, limits, what, self._rows, make)

    def _pages(
        self, resource: str, key: str, limits: Query, what: str, size: int, make: Callable[[Row], T]
    ) -> Iterator[T]:
        """All rows within the limits, by rising key."""
        above = f"filter[{key}][GT]"
        first = latest = int(limits.get(above, 0))
        while True:
            query = {**limits, above: latest, "sort": key, **_page(size)}
            page = what if latest == first else f"{what} (page above {latest})"
            keys, made = self._get(resource, query, page, size, _rising(key, latest, make))
            yield from made
            if len(keys) < size:
                return
            latest = keys[-1]

    def _by_update(
        self, resource: str, key: str, limits: Query, since: datetime, make: Callable[[Row], T]
    ) -> Iterator[T]:
        """All rows that changed from `since` on, by rising time of change."""
        seen: set[tuple[str, int]] = set()
        later = "GE"
        while True:
            query = {**limits, f"filter[last_update][{later}]": _time(since), "sort": f"last_update,{key}"}
            what = f"{resource} that changed since {_time(since)}"
            page = self._get(resource, query | _page(self._rows), what, self._rows, _by_time(key, make))
            yield from (made for mark, made in page if mark not in seen)
            if len(page) < self._rows:
                return
            # the next page begins at the instant at which this one ends: others may have changed then, too
            seen, (at, latest) = {mark for mark, _ in page}, page[-1][0]
            since, before, later = datetime.fromisoformat(at), since, "GE"
            if since == before:
                same = {**limits, "filter[last_update][EQ]": _time(since), f"filter[{key}][GT]": latest}
                yield from self._pages(resource, key, same, f"{what} or just then", self._rows, make)
                later = "GT"

    def _get(self, resource: str, query: Query, what: str, limit: int, read: Callable[[list[Row]], T]) -> T:
        return self._door.get(
            f"/{resource}",
            query,
            what=what,
            read=lambda document: read(read_page(document, limit)),
            credentials=self._tokens,
        )


def _limits(key: str, first: int | None, last: int | None) -> dict[str, str | int]:
    limits: dict[str, str | int] = {}
    if first is not None:
        limits[f"filter[{key}][GT]"] = first - 1
    if last is not None:
        limits[f"filter[{key}][LE]"] = last
    return limits


def _page(limit: int) -> dict[str, str | int]:
    return {"page[offset]": 0, "page[limit]": limit}


def _time(instant: datetime) -> str:
    """As OMS writes times. Raises ValueError for a time without its zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone; give an aware time")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _same(row: Row) -> Row:
    return row


def _each(make: Callable[[Row], T]) -> Callable[[list[Row]], list[T]]:
    return lambda rows: [make(row) for row in rows]


def _rising(key: str, above: int, make: Callable[[Row], T]) -> Callable[[list[Row]], tuple[list[int], list[T]]]:
    def read(rows: list[Row]) -> tuple[list[int], list[T]]:
        keys = [number(row, key) for row in rows]
        # what does not rise is a filter or an order that OMS did not follow: reading on would never end
        if falls := [pair for pair in pairwise([above, *keys]) if pair[1] <= pair[0]]:
            raise Unexpected(f"{key} {falls[0][1]} comes after {falls[0][0]}, though a rising order was asked for")
        return keys, [make(row) for row in rows]

    return read


def _by_time(key: str, make: Callable[[Row], T]) -> Callable[[list[Row]], list[tuple[tuple[str, int], T]]]:
    def read(rows: list[Row]) -> list[tuple[tuple[str, int], T]]:
        marks = [(_changed_at(row), number(row, key)) for row in rows]
        times = [datetime.fromisoformat(at) for at, _ in marks]
        if times != sorted(times):
            raise Unexpected("the rows do not come by rising last_update")
        return [(mark, make(row)) for mark, row in zip(marks, rows, strict=True)]

    return read


def _changed_at(row: Row) -> str:
    at: Any = row.attributes.get("last_update")
    try:
        if datetime.fromisoformat(at).tzinfo is not None:
            return str(at)
    except (TypeError, ValueError):
        pass
    raise Unexpected(f"the last_update of a row is {at!r}, not a time with its zone")
