"""A world made of an export of OMS: the sandbox can then serve real runs and lumisections over its OMS door.

The files are CSV, plain or gzipped, with OMS's attribute names in the header; an empty cell is null, truth values are
`True` and `False`, components are separated by spaces. What the export lacks stays null. The export gives no times of
lumisections: they are counted from the start of the run, 23.31 s each. Fills are put together from their runs.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from lumicert.sandbox.model import FLAG_ROW, FLAGS, LS_SECONDS, Era, Fill, Floats, Kind, Lumisections, Run, World

Cells = Mapping[str, str]

_INTEGERS = ("fill_number", "energy", "initial_prescale_index", "last_lumisection_number", "hlt_physics_counter")
_NUMBERS = (
    "b_field", "init_lumi", "end_lumi", "recorded_lumi", "delivered_lumi", "hlt_physics_rate", "hlt_physics_size",
    "l1_rate",
)  # fmt: skip
_TEXTS = (
    "fill_type_party1", "fill_type_party2", "fill_type_runtime", "l1_hlt_mode", "l1_key_stripped", "l1_menu",
    "hlt_key", "l1_key", "clock_type", "cmssw_version",
)  # fmt: skip


class BadExport(ValueError):
    """The file is not an export of OMS; the message says where and what."""


def read(runs: Path, lumisections: Path) -> World:
    """The world of an export.

    Args:
        runs: rows of OMS's `runs`.
        lumisections: rows of OMS's `lumisections`; those of runs without a row in `runs` are left out.

    Raises:
        BadExport: for a file that lacks what every run or lumisection has, or holds what cannot be read.
        OSError: for a file that cannot be opened.
    """
    # read first: a run is made together with its lumisections
    tables = dict(_by_run(lumisections))
    found = sorted(
        (_checked(cells, tables.get(cells["run_number"], [])) for cells in _rows(runs, ("run_number", "start_time"))),
        key=lambda run: run.run_number,
    )
    if not found:
        raise BadExport(f"{runs.name} holds no runs: export OMS's resource `runs` again.")
    ordered = tuple(found)
    era = f"{ordered[0].start_time.year}A"
    end = max(run.end_time or run.start_time for run in ordered)
    return World(
        seed=0,
        size="real",
        start=ordered[0].start_time,
        end=end,
        opening=end,
        eras=(_era(era, ordered, end),),
        fills=tuple(_fills(era, ordered)),
        runs=ordered,
    )


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as lines:
        reader = csv.DictReader(lines)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise BadExport(f"{path.name} has no column {missing[0]!r}: is it an export of OMS with its header?")
        yield from reader


def _by_run(path: Path) -> dict[str, list[dict[str, str]]]:
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    for cells in _rows(path, ("run_number", "lumisection_number")):
        tables[cells["run_number"]].append(cells)
    return tables


def _checked(cells: Cells, table: list[dict[str, str]]) -> Run:
    try:
        return _run(cells, table)
    except (ValueError, TypeError) as wrong:
        number = cells["run_number"]
        raise BadExport(f"Run {number} of the export cannot be read ({wrong}): export it again.") from wrong


def _run(cells: Cells, table: list[dict[str, str]]) -> Run:
    start, end = _time(cells["start_time"]), _time(cells.get("end_time", ""))
    if start is None:
        raise ValueError("it has no start_time, which OMS gives for every run")
    columns = _lumisections(start, table)
    stable = cells.get("stable_beam") == "True"
    return Run(
        run_number=int(cells["run_number"]),
        start_time=start,
        end_time=end,
        last_update=_last_update(end or start, columns),
        duration=int((end - start).total_seconds()) if end else None,
        sequence=cells.get("sequence", ""),
        components=tuple(cells.get("components", "").split()),
        trigger_mode=cells.get("trigger_mode", ""),
        stable_beam=stable,
        tier0_transfer=_truth(cells.get("tier0_transfer", "")),
        kind=_kind(cells, stable),
        lumisections=columns,
        **_values(cells),  # type: ignore[arg-type]
    )


def _values(cells: Cells) -> dict[str, str | int | float | None]:
    """The attributes that are copied, each read as what it is."""
    read_as: tuple[tuple[Iterable[str], Callable[[str], str | int | float]], ...] = (
        (_INTEGERS, lambda cell: int(float(cell))),
        (_NUMBERS, float),
        (_TEXTS, str),
    )
    return {name: convert(cells[name]) if cells.get(name) else None for names, convert in read_as for name in names}


def _kind(cells: Cells, stable: bool) -> Kind:
    if stable:
        return "collisions"
    if cells.get("sequence") != "GLOBAL-RUN":
        return "private"
    return "cosmics" if cells.get("fill_type_runtime") == "COSMICS" else "commissioning"


def _last_update(end: datetime, columns: Lumisections) -> datetime:
    """The export does not tell; nothing can have changed before the list of lumisections was complete."""
    listed = columns.end_time[-1].item().replace(tzinfo=UTC) if len(columns) else end
    return max(end, listed) + timedelta(minutes=1)


def _time(cell: str) -> datetime | None:
    return datetime.fromisoformat(cell.replace("Z", "+00:00")) if cell else None


def _truth(cell: str) -> bool | None:
    return None if cell == "" else cell == "True"


def _lumisections(start: datetime, table: list[dict[str, str]]) -> Lumisections:
    ordered = sorted(table, key=lambda cells: float(cells["lumisection_number"]))
    # an export by way of a table with nulls writes whole numbers as 12.0
    numbers = np.array([int(float(cells["lumisection_number"])) for cells in ordered], dtype=np.int32)
    begins = start.timestamp() + (numbers - 1) * LS_SECONDS
    flags = np.zeros((len(FLAGS), len(ordered)), dtype=np.bool_)
    nulls = np.ones((len(FLAGS), len(ordered)), dtype=np.bool_)
    for name, row in FLAG_ROW.items():
        words = [cells.get(name, "") for cells in ordered]
        flags[row] = [word == "True" for word in words]
        nulls[row] = [word == "" for word in words]
    return Lumisections(
        lumisection_number=numbers,
        start_time=np.round(begins).astype("datetime64[s]"),
        end_time=np.round(begins + LS_SECONDS).astype("datetime64[s]"),
        flags=flags,
        nulls=nulls,
        init_lumi=_column(ordered, "init_lumi"),
        end_lumi=_column(ordered, "end_lumi"),
        delivered_lumi=_column(ordered, "delivered_lumi"),
        recorded_lumi=_column(ordered, "recorded_lumi"),
        pileup=_column(ordered, "pileup"),
        prescale_index=np.full(len(ordered), -1, dtype=np.int32),
        prescale_names={},
        dead_time=np.full(len(ordered), np.nan),
        # the list of a run goes on into the next fill
        fill_number=np.array([int(float(cells.get("fill_number") or 0)) for cells in ordered], dtype=np.int32),
    )


def _column(table: list[dict[str, str]], name: str) -> Floats:
    return np.array([float(cells[name]) if cells.get(name) else np.nan for cells in table], dtype=np.float64)


def _fills(era: str, runs: tuple[Run, ...]) -> Iterator[Fill]:
    """A fill is known by its runs alone: it lasts from the start of its first run to that of the next fill's first."""
    groups: dict[int, list[Run]] = defaultdict(list)
    for run in runs:
        if run.fill_number is not None:
            groups[run.fill_number].append(run)
    numbers = sorted(groups)
    last = max((run.end_time or run.start_time for run in runs), default=None)
    ends = [groups[after][0].start_time for _, after in pairwise(numbers)] + [last]
    for number, end in zip(numbers, ends, strict=True):
        yield _fill(number, era, groups[number], end)


def _fill(number: int, era: str, runs: list[Run], end: datetime | None) -> Fill:
    stable = [run for run in runs if run.stable_beam]
    first = (stable or runs)[0]
    start = runs[0].start_time
    return Fill(
        fill_number=number,
        era=era,
        start_time=start,
        end_time=end,
        duration=int((end - start).total_seconds()) if end else None,
        stable_beams=bool(stable),
        energy=None if first.energy is None else float(first.energy),
        fill_type_party1=first.fill_type_party1 or "PROTON",
        fill_type_party2=first.fill_type_party2 or "PROTON",
        fill_type_runtime=first.fill_type_runtime or "PROTONS",
        first_run_number=runs[0].run_number,
        last_run_number=runs[-1].run_number,
        last_update=end,
    )


def _era(name: str, runs: tuple[Run, ...], end: datetime) -> Era:
    fills = [run.fill_number for run in runs if run.fill_number is not None]
    return Era(
        era=name,
        start_run=runs[0].run_number,
        end_run=runs[-1].run_number,
        start_fill=min(fills, default=None),
        end_fill=max(fills, default=None),
        start_time=runs[0].start_time,
        end_time=end,
    )
