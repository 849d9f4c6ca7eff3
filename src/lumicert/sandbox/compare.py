"""The simulated world held against a real export of OMS: the same figures of both, side by side.

    python -m lumicert.sandbox.compare --runs RUNS.csv.gz --lumisections LUMISECTIONS.csv.gz

prints the tables of docs/sandbox.md. The export of 2018A is the first month of a year: commissioning, many short runs,
an intensity ramp. The part of the simulated year that corresponds to it is its own intensity ramp (2022B and 2022C);
the whole year stands beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lumicert.sandbox.generator import generate
from lumicert.sandbox.model import LS_SECONDS, Floats, Run, World
from lumicert.sandbox.real import read

RAMP_ERAS = ("2022B", "2022C")
BITS = (
    "beam1_present", "beam1_stable", "cms_active", "physics_flag", "bpix_ready", "fpix_ready", "tibtid_ready",
    "tob_ready", "tecp_ready", "tecm_ready",
)  # fmt: skip
GROUPS = ("collisions", "cosmics", "other beam", "without fill", "private")
_QUANTILES = (10, 25, 50, 75, 90)
_LEAST_FOR_LIFETIME = 300


@dataclass(frozen=True, slots=True)
class Figures:
    """What is compared of a world; every figure is named as its row of the tables.

    Attributes:
        shares: share of runs in each of `GROUPS`, percent.
        lengths: quantiles (10, 25, 50, 75, 90 %) of lumisections a run, by group.
        bits: percent of listed lumisections with each bit of `BITS` true, by kind of lumisections.
        others: single figures.
    """

    shares: dict[str, float]
    lengths: dict[str, tuple[float, ...]]
    bits: dict[str, dict[str, float]]
    others: dict[str, float]


def group(run: Run) -> str:
    """Which of `GROUPS` a run is in, from what OMS serves alone."""
    if run.sequence != "GLOBAL-RUN":
        return "private"
    if run.stable_beam:
        return "collisions"
    if run.fill_number is None:
        return "without fill"
    return "cosmics" if run.fill_type_runtime == "COSMICS" else "other beam"


def figures(runs: Iterable[Run]) -> Figures:
    """The figures of these runs.

    Raises:
        ValueError: if there are no collision runs with lumisections among them.
    """
    known = list(runs)
    by_group = {name: [run for run in known if group(run) == name] for name in GROUPS}
    listed = {name: [run for run in members if len(run.lumisections)] for name, members in by_group.items()}
    if not listed["collisions"]:
        raise ValueError("There are no collision runs with lumisections to compare.")
    return Figures(
        shares={name: 100 * len(members) / len(known) for name, members in by_group.items()},
        lengths={name: _lengths(by_group[name]) for name in GROUPS[:3]},
        bits={
            "collision runs": _bits(listed["collisions"], lambda run: np.ones(len(run.lumisections), dtype=np.bool_)),
            "stable beams": _bits(listed["collisions"], lambda run: run.lumisections.flag("beam1_stable")),
            "cosmics runs": _bits(listed["cosmics"], lambda run: np.ones(len(run.lumisections), dtype=np.bool_)),
        },
        others=dict(_others(known, listed["collisions"])),
    )


def _lengths(runs: Sequence[Run]) -> tuple[float, ...]:
    counts = [run.last_lumisection_number for run in runs if run.last_lumisection_number is not None]
    return tuple(float(value) for value in np.percentile(counts, _QUANTILES)) if counts else ()


def _bits(runs: Sequence[Run], chosen: Callable[[Run], npt.NDArray[np.bool_]]) -> dict[str, float]:
    masks = [chosen(run) for run in runs]
    total = sum(int(mask.sum()) for mask in masks)
    return {
        bit: 100
        * sum(int((run.lumisections.flag(bit) & mask).sum()) for run, mask in zip(runs, masks, strict=True))
        / total
        for bit in BITS
    }


def _others(runs: Sequence[Run], collisions: Sequence[Run]) -> Iterator[tuple[str, float]]:
    listed = [run for run in runs if len(run.lumisections)]
    # by number, not by count: a gap in the list must not shorten its tail
    after = [int(run.lumisections.lumisection_number[-1]) - (run.last_lumisection_number or 0) for run in listed]
    yield "rows listed after the end of a run, median", float(np.median(after))
    yield "rows listed after the end of a run, 90 %", float(np.percentile(after, 90))
    yield "runs with a gap in their list, %", 100 * float(np.mean([_gaps(run) > 0 for run in listed]))
    pauses = _pauses(runs)
    yield "pause between global runs, LS, median", float(np.median(pauses))
    yield "pause between global runs, LS, 90 %", float(np.percentile(pauses, 90))
    lifetimes = _lifetimes(collisions)
    yield "lifetime of luminosity, h, median", float(np.median(lifetimes))
    yield "lifetime of luminosity, h, 25 %", float(np.percentile(lifetimes, 25))
    yield "lifetime of luminosity, h, 75 %", float(np.percentile(lifetimes, 75))
    yield "delivered but not recorded, % of delivered", _lost(collisions)
    yield "not recorded in runs of 100 LS and more, %", _lost([r for r in collisions if len(r.lumisections) >= 100])
    yield "tracker ready after stable beams, LS, median", float(np.median(_ramps(collisions)))
    yield "pile-up in stable beams, median", float(np.median(_pileups(collisions)))
    yield "luminosity null, % of rows", 100 * _null_share(listed)


def _gaps(run: Run) -> int:
    """Numbers left out below the highest that is listed."""
    return int(run.lumisections.lumisection_number[-1]) - len(run.lumisections)


def _pauses(runs: Sequence[Run]) -> list[float]:
    # private runs fill the pauses between the others and would hide them
    everyone = [run for run in runs if run.sequence == "GLOBAL-RUN"]
    return [
        (after.start_time - run.end_time).total_seconds() / LS_SECONDS
        for run, after in pairwise(everyone)
        if run.end_time is not None and len(run.lumisections)
    ]


def _lifetimes(runs: Sequence[Run]) -> list[float]:
    """Hours in which a fill's luminosity falls by 1/e, from a straight line through its logarithm against time.

    Fitted over the second half of the lumisections, which no levelling reaches.
    """
    fills: dict[int, list[Run]] = {}
    for run in runs:
        if run.fill_number is not None:
            fills.setdefault(run.fill_number, []).append(run)
    fitted = (_lifetime(members) for members in fills.values())
    return [hours for hours in fitted if hours is not None]


def _lifetime(runs: Sequence[Run]) -> float | None:
    hours = np.concatenate([run.lumisections.start_time.astype(np.int64) / 3600 for run in runs])
    luminosity = np.concatenate([_in_stable_beams(run, run.lumisections.init_lumi) for run in runs])
    # rows after a dump or in a scan would bend the line
    use = luminosity > 0.05 * np.nanmax(luminosity, initial=0.0)
    if int(use.sum()) < _LEAST_FOR_LIFETIME:
        return None
    half = int(use.sum()) // 2
    slope = float(np.polyfit(hours[use][half:], np.log(luminosity[use][half:]), 1)[0])
    return -1 / slope if slope < 0 else None


def _in_stable_beams(run: Run, column: Floats) -> Floats:
    return np.where(run.lumisections.flag("beam1_stable") & run.lumisections.flag("cms_active"), column, np.nan)


def _lost(runs: Sequence[Run]) -> float:
    delivered = sum(run.delivered_lumi or 0.0 for run in runs if not run.low_luminosity)
    recorded = sum(run.recorded_lumi or 0.0 for run in runs if not run.low_luminosity)
    return 100 * (1 - recorded / delivered)


def _ramps(runs: Sequence[Run]) -> list[int]:
    """Lumisections from the first in stable beams to the first with the whole tracker ready."""
    found = []
    for run in runs:
        stable = run.lumisections.flag("beam1_stable")
        ready = np.logical_and.reduce([run.lumisections.flag(bit) for bit in BITS[4:]])
        if stable.any() and not stable[0] and (ready & stable).any():
            found.append(int(np.argmax(ready & stable) - np.argmax(stable)))
    # a world of runs that all began in stable beams has no ramp to measure
    return found or [0]


def _pileups(runs: Sequence[Run]) -> Floats:
    values = np.concatenate([_in_stable_beams(run, run.lumisections.pileup) for run in runs if not run.low_luminosity])
    return np.asarray(values[values > 1])


def _null_share(runs: Sequence[Run]) -> float:
    nulls = sum(int(np.isnan(run.lumisections.recorded_lumi).sum()) for run in runs)
    return nulls / sum(len(run.lumisections) for run in runs)


def with_lists(world: World) -> list[Run]:
    """The runs up to the last but one that has lumisections: an export may break off in the middle of a run."""
    numbers = [run.run_number for run in world.runs if len(run.lumisections)]
    return [run for run in world.runs if run.run_number < numbers[-1]]


def in_ramp(world: World) -> list[Run]:
    """The runs of the simulated intensity ramp."""
    return [run for run in world.runs if run.era in RAMP_ERAS]


def tables(columns: Mapping[str, Figures]) -> str:
    """The figures of several worlds as Markdown, one column each, named as in `columns`."""
    heads = list(columns)
    every = list(columns.values())
    parts = [
        _table("Runs, % of all", heads, [(name, [f"{one.shares[name]:.1f}" for one in every]) for name in GROUPS]),
        _table(
            "Lumisections a run: 10, 25, 50, 75, 90 %",
            heads,
            [
                (name, [", ".join(f"{value:.0f}" for value in one.lengths[name]) for one in every])
                for name in GROUPS[:3]
            ],
        ),
    ]
    for kind in every[0].bits:
        rows = [(f"`{bit}`", [f"{one.bits[kind][bit]:.1f}" for one in every]) for bit in BITS]
        parts.append(_table(f"Bit true, % of lumisections: {kind}", heads, rows))
    parts.append(
        _table("Other", heads, [(name, [f"{one.others[name]:.2f}" for one in every]) for name in every[0].others])
    )
    return "\n".join(parts)


def _table(title: str, heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    lines = [f"| {' | '.join([title, *heads])} |", f"|---|{'---:|' * len(heads)}"]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: prints the tables, returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lumicert.sandbox.compare", description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=Path, required=True, help="export of OMS's resource runs, CSV, plain or gzipped")
    parser.add_argument("--lumisections", type=Path, required=True, help="export of OMS's resource lumisections")
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulated year (default 1)")
    chosen = parser.parse_args(arguments)
    year = generate("year", chosen.seed)
    columns = {
        "real, 2018A": figures(with_lists(read(chosen.runs, chosen.lumisections))),
        "simulated ramp": figures(in_ramp(year)),
        "simulated year": figures(year.runs),
    }
    sys.stdout.write(tables(columns))
    return 0


if __name__ == "__main__":
    sys.exit(main())
