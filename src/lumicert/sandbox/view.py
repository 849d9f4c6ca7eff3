"""What OMS and the DQM GUI would serve at an instant: the world with the future cut off.

A run that has not begun is not there. One that goes on has no `end_time` and no `duration`, and its number of
lumisections, counters and luminosities grow. It ends; its list of lumisections goes on until the next run begins;
`last_update` moves on once or twice more, with the late corrections that the world holds, and is then quiet. A dataset
is there once it has appeared.

Times are served as text, `2022-10-15T06:00:00Z`; a lumisection is served `LS_DELAY` after its end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np

from lumicert.sandbox.model import (
    ERA_ATTRIBUTES,
    FILL_ATTRIBUTES,
    FLAGS,
    LUMISECTION_ATTRIBUTES,
    RUN_ATTRIBUTES,
    Era,
    Fill,
    Floats,
    Lumisections,
    Resource,
    Run,
    Times,
    Value,
    World,
    units,
)
from lumicert.sandbox.runs import gained

Row = dict[str, Value]
Columns = dict[str, list[Value]]

LS_DELAY = timedelta(seconds=12)
_GROWING_COUNTS = ("l1_triggers_counter", "hlt_physics_counter")
# some 2 MB each for the longest
_KEPT_RUNS = 48


class WorldView:
    """The world as seen at `now` (aware, UTC). Cheap to make: one for each request.

    Attributes:
        world: the whole of it.
        now: the instant of looking.
    """

    def __init__(self, world: World, now: datetime) -> None:
        self.world = world
        self.now = now
        self._shelf = _shelf(world)

    def eras(self) -> list[Row]:
        """Rows of `eras` that have begun, in order of time."""
        return [_era(era, self.now) for era in self.world.eras if era.start_time <= self.now]

    def fills(self) -> list[Row]:
        """Rows of `fills` that have begun, rising by number. A fill that goes on is brought up to date each minute."""
        minute = WorldView(self.world, self.now.replace(second=0, microsecond=0))
        return [minute._fill(fill) for fill in self.world.fills if fill.start_time <= self.now]

    def runs(self) -> list[Row]:
        """Rows of `runs` that have begun, rising by number.

        Runs that are final share their row between views: never change it.
        """
        return [self._run(run) for run in self._begun()]

    def run(self, number: int) -> Row | None:
        """One row of `runs`, or None if there is no such run yet."""
        run = self.world.run(number)
        return self._run(run) if run is not None and run.start_time <= self.now else None

    def lumisections(self, run_number: int) -> Columns:
        """Columns of `lumisections` of one run by attribute, equally long; no rows for an unknown run.

        The columns of a run whose list is complete are shared between views: never change them.
        """
        run = self.world.run(run_number)
        if run is None or run.start_time > self.now:
            return {name: [] for name in LUMISECTION_ATTRIBUTES}
        columns = self._shelf.columns(run_number)
        known = self.known(run)
        if known == len(run.lumisections):
            return columns
        return {name: column[:known] for name, column in columns.items()}

    def datasets(self) -> list[Row]:
        """Rows with `run`, `dataset`, `type`, `version`, `importversion`, `appeared` of what the DQM GUI holds."""
        return [
            {
                "run": one.run_number,
                "dataset": one.dataset,
                "type": "offline_data",
                "version": "",
                "importversion": 1,
                "appeared": text(one.appears),
            }
            for run in self._begun()
            for one in run.datasets
            if one.appears <= self.now
        ]

    def units(self, resource: Resource, number: int | None = None) -> dict[str, str]:
        """Units of a row: of the fill of this number, or of the run of this number (also for its lumisections)."""
        if resource == "fills":
            return units(resource, number in self._shelf.low_fills)
        run = self.world.run(number) if number is not None else None
        return units(resource, run is not None and run.low_luminosity)

    def known(self, run: Run) -> int:
        """How many rows the list of lumisections of this run has by now."""
        until = np.datetime64((self.now - LS_DELAY).astimezone(UTC).replace(tzinfo=None), "s")
        return int(np.searchsorted(run.lumisections.end_time, until, side="right"))

    def _begun(self) -> list[Run]:
        # not a bisection: real runs do not always begin in the order of their numbers
        return [run for run in self.world.runs if run.start_time <= self.now]

    def _run(self, run: Run) -> Row:
        final = self._shelf.row(run)
        if run.end_time is not None and self.now >= run.last_update:
            return final
        row = dict(final)
        for correction in reversed(run.corrections):
            if self.now < correction.at:
                row[correction.attribute] = correction.before
        known = self.known(run)
        if run.end_time is None or self.now < run.end_time:
            row |= _going_on(run, known)
        elif run.delivered_lumi is not None:
            # delivered luminosity counts on in the rows after the end
            row["delivered_lumi"] = gained(run.lumisections.delivered_lumi[:known])
        row["last_update"] = text(_touched(run, known, self.now))
        return row

    def _fill(self, fill: Fill) -> Row:
        final = self._shelf.fill_row(fill)
        if fill.end_time is not None and self.now >= fill.end_time + timedelta(minutes=4):
            return final
        row = dict(final) | {"last_update": text(max(self.now, fill.start_time))}
        if fill.end_time is None or self.now < fill.end_time:
            row |= {
                "end_time": None,
                "duration": None,
                "efficiency_lumi": None,
                "efficiency_time": None,
                "downtime": None,
            }
            row |= self._of_fill_so_far(fill)
        return row

    def _of_fill_so_far(self, fill: Fill) -> Row:
        runs = [run for run in self._shelf.runs_of(fill) if run.start_time <= self.now]
        row: Row = {
            "first_run_number": runs[0].run_number if runs else None,
            "last_run_number": runs[-1].run_number if runs else None,
        }
        if fill.end_stable_beam is not None and fill.end_stable_beam > self.now:
            row |= {"end_stable_beam": None, "dump_ready_to_dump": None}
        if fill.start_stable_beam is None or fill.start_stable_beam > self.now:
            later = ("start_stable_beam", "init_lumi", "peak_lumi", "peak_pileup", "peak_specific_lumi")
            return row | dict.fromkeys(later) | {"stable_beams": False, "delivered_lumi": None, "recorded_lumi": None}
        for name in ("delivered_lumi", "recorded_lumi"):
            row[name] = max((_highest(getattr(run.lumisections, name)[: self.known(run)]) for run in runs), default=0.0)
        return row


class _Shelf:
    """What is prepared once for a world: rows of what is final, columns of the runs looked at last."""

    def __init__(self, world: World) -> None:
        # the shelf is kept by its world: holding the world itself would keep both alive for ever
        self._find: Callable[[int], Run | None] = dict(zip(world.run_numbers, world.runs, strict=True)).get
        self.low_fills = {fill.fill_number for fill in world.fills if fill.low_luminosity}
        self._of_fill: dict[int, list[Run]] = {}
        for run in world.runs:
            if run.fill_number is not None:
                self._of_fill.setdefault(run.fill_number, []).append(run)
        self._rows: dict[int, Row] = {}
        self._fill_rows: dict[int, Row] = {}
        self.columns = lru_cache(maxsize=_KEPT_RUNS)(self._columns)

    def row(self, run: Run) -> Row:
        if run.run_number not in self._rows:
            self._rows[run.run_number] = {name: served(getattr(run, name)) for name in RUN_ATTRIBUTES}
        return self._rows[run.run_number]

    def fill_row(self, fill: Fill) -> Row:
        if fill.fill_number not in self._fill_rows:
            self._fill_rows[fill.fill_number] = {name: served(getattr(fill, name)) for name in FILL_ATTRIBUTES}
        return self._fill_rows[fill.fill_number]

    def runs_of(self, fill: Fill) -> list[Run]:
        return self._of_fill.get(fill.fill_number, [])

    def _columns(self, run_number: int) -> Columns:
        run = self._find(run_number)
        return {} if run is None else _columns(run)


# made once for a world, gone with it
_shelves: WeakKeyDictionary[World, _Shelf] = WeakKeyDictionary()


def _shelf(world: World) -> _Shelf:
    if world not in _shelves:
        _shelves[world] = _Shelf(world)
    return _shelves[world]


def rows(columns: Columns, start: int = 0, stop: int | None = None) -> list[Row]:
    """Rows `start` to `stop` (not included) of columns, as a page of OMS needs them."""
    names = tuple(columns)
    cut = [columns[name][start:stop] for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*cut, strict=True)]


def text(when: datetime) -> str:
    """An instant as OMS writes it: `2022-10-15T06:00:00Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def served(value: datetime | tuple[str, ...] | Value) -> Value:
    """A field as a value of JSON."""
    if isinstance(value, datetime):
        return text(value)
    return list(value) if isinstance(value, tuple) else value


def _era(era: Era, now: datetime) -> Row:
    row = {name: served(getattr(era, name)) for name in ERA_ATTRIBUTES}
    if era.end_time is None or era.end_time > now:
        row |= {"end_time": None, "end_run": None, "end_fill": None}
    return row


def _going_on(run: Run, known: int) -> Row:
    """What differs from the final row while a run goes on with this many lumisections."""
    table = run.lumisections
    row: Row = {"end_time": None, "duration": None, "last_lumisection_number": None}
    # everything grows by whole lumisections, so that `last_update` tells of every change
    share = min(known / run.last_lumisection_number, 1.0) if run.last_lumisection_number else 0.0
    for name in _GROWING_COUNTS:
        count = getattr(run, name)
        row[name] = None if count is None else int(count * share)
    if run.hlt_physics_size is not None:
        row["hlt_physics_size"] = round(run.hlt_physics_size * share, 3)
    if run.last_lumisection_number is None:
        return row
    newest = int(table.lumisection_number[known - 1]) if known else 0
    row["last_lumisection_number"] = min(newest, run.last_lumisection_number)
    row["stable_beam"] = run.stable_beam and bool(table.flag("beam1_stable")[:known].any())
    row["init_lumi"] = _number(table.init_lumi[0]) if known else None
    row["end_lumi"] = _number(table.end_lumi[known - 1]) if known else None
    row["delivered_lumi"] = gained(table.delivered_lumi[:known])
    row["recorded_lumi"] = gained(table.recorded_lumi[:known])
    return row


def _touched(run: Run, known: int, now: datetime) -> datetime:
    """When OMS last changed anything of a run, as of now."""
    moments = [run.start_time, *(one.at for one in run.corrections if one.at <= now)]
    if known:
        moments.append(run.lumisections.end_time[known - 1].item().replace(tzinfo=UTC) + LS_DELAY)
    if run.end_time is not None and run.end_time <= now:
        moments.append(run.end_time)
    return max(moments)


def _highest(cumulative: Floats) -> float:
    known = cumulative[~np.isnan(cumulative)]
    return float(known.max()) if len(known) else 0.0


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _fills(run: Run) -> list[Value]:
    fills = run.lumisections.fill_number
    if fills is None:
        return [run.fill_number] * len(run.lumisections)
    return [fill or None for fill in fills.tolist()]


def _columns(run: Run) -> Columns:
    """All rows of a run's list as columns of values of JSON."""
    table = run.lumisections
    count = len(table)
    columns: Columns = {
        "run_number": [run.run_number] * count,
        "fill_number": _fills(run),
        "lumisection_number": table.lumisection_number.tolist(),
        "start_time": _texts(table.start_time),
        "end_time": _texts(table.end_time),
    }
    columns |= {name: _truths(table, row) for row, name in enumerate(FLAGS)}
    for name in ("init_lumi", "end_lumi", "delivered_lumi", "recorded_lumi", "pileup"):
        columns[name] = _numbers(getattr(table, name))
    indices = table.prescale_index.tolist()
    columns["prescale_index"] = [None if index < 0 else index for index in indices]
    columns["prescale_name"] = [table.prescale_names.get(index) for index in indices]
    columns["dead_time"] = _numbers(table.dead_time)
    return columns


def _texts(times: Times) -> list[Value]:
    return [f"{one}Z" for one in np.datetime_as_string(times, unit="s").tolist()]


def _truths(table: Lumisections, row: int) -> list[Value]:
    values: list[Value] = table.flags[row].tolist()
    for place in np.flatnonzero(table.nulls[row]).tolist():
        values[place] = None
    return values


def _numbers(numbers: Floats) -> list[Value]:
    values: list[Value] = numbers.tolist()
    for place in np.flatnonzero(np.isnan(numbers)).tolist():
        values[place] = None
    return values
