"""Speed and memory of lumicert.lumi beside its peers, measured in one run and interleaved.

    python benchmarks/lumi.py [--json FILE] [--quick]

Operands: golden and DCS-only 2017 where LUMICERT_REAL_DATA names the folder of the real files, otherwise two seeded
sets of their shape; and two seeded sets of 10,000 runs and 300,000 ranges. Peers: Python's sets of (run, LS), the C
lists of igwn-segments, portion, and coffea's LumiMask where it is installed. Every figure is the best of its rounds,
in which ours and the peers take turns, so that a slow moment of the machine meets them all. Exit code 1 when a bar is
missed.
"""

import argparse
import importlib.util
import json
import operator
import os
import platform
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import igwn_segments
import numpy as np
import portion

from lumicert.lumi import LumiSet, dump, dumps, load, loads

OPERATIONS = {"and": operator.and_, "or": operator.or_, "sub": operator.sub, "xor": operator.xor}
ROWS = 10_000_000
SEED = 2017
SLOW = 100  # times the bar: who takes longer is measured once


@dataclass
class Row:
    """One measurement: what, ours, the bar, and the peers, in one unit; `peers` holds the figures of the others."""

    what: str
    unit: str
    ours: float
    bar: float | None = None
    peers: dict[str, float] = field(default_factory=dict)

    @property
    def missed(self) -> bool:
        return self.bar is not None and self.ours > self.bar

    def line(self) -> str:
        bar = "" if self.bar is None else f"{self.bar:g}"
        verdict = "" if self.bar is None else ("MISSED" if self.missed else "met")
        peers = ", ".join(f"{name} {value:.4g} ({value / self.ours:.1f}x)" for name, value in self.peers.items())
        return f"{self.what:<62} {self.ours:>10.4g} {self.unit:<4} {bar:>6} {verdict:<7} {peers}"


def best_of(rounds: int, calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The best time of each call in ms over the rounds, in each of which the calls take turns."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            best[name] = min(best[name], 1e3 * (time.perf_counter() - begin))
    return best


# The operands --------------------------------------------------------------------------------------------------------


def synthetic(seed: int, n_runs: int, per_run: int, longest: int) -> LumiSet:
    """A seeded set of `n_runs` runs with `per_run` ranges each; ranges have up to `longest` LS, and gaps up to 4."""
    rng = np.random.default_rng(seed)
    steps = np.empty((n_runs, 2 * per_run), np.int64)
    steps[:, 0::2] = rng.integers(2, 6, (n_runs, per_run))
    steps[:, 1::2] = rng.integers(0, longest, (n_runs, per_run))
    edges = np.cumsum(steps, axis=1)
    runs = np.repeat(np.arange(300_000, 300_000 + n_runs), per_run)
    return LumiSet.from_arrays(runs, edges[:, 0::2].ravel(), edges[:, 1::2].ravel())


def year_of_data() -> tuple[str, LumiSet, LumiSet]:
    """Two lists of a year, real where there are real files."""
    folder = os.environ.get("LUMICERT_REAL_DATA")
    if folder:
        golden, dcs = (load(Path(folder) / f"{kind}_2017.json").lumis for kind in ("golden", "dcs"))
        return "golden and DCS-only 2017", golden, dcs
    return "two sets of the shape of 2017", synthetic(SEED, 474, 2, 435), synthetic(SEED + 1, 1016, 1, 545)


def as_python_set(lumis: LumiSet) -> set[tuple[int, int]]:
    return {(run, ls) for run, first, last in lumis.ranges() for ls in range(first, last + 1)}


def as_segments(lumis: LumiSet) -> Any:
    """One list for all runs, the run above the LS: fast for a year, quadratic beyond."""
    segment = igwn_segments.segment
    half_open = (segment(run << 32 | first, run << 32 | last + 1) for run, first, last in lumis.ranges())
    return igwn_segments.segmentlist(half_open)


class SegmentsByRun(dict[int, Any]):
    """One list of igwn-segments a run, the form in which that package is fastest with many runs."""

    def _by_run(self, other: "SegmentsByRun", operation: Callable[[Any, Any], Any]) -> "SegmentsByRun":
        none = igwn_segments.segmentlist()
        results = {run: operation(self.get(run, none), other.get(run, none)) for run in self.keys() | other.keys()}
        return SegmentsByRun({run: result for run, result in results.items() if result})

    def __and__(self, other: "SegmentsByRun") -> "SegmentsByRun":
        return SegmentsByRun({run: both for run in self.keys() & other.keys() if (both := self[run] & other[run])})

    def __or__(self, other: "SegmentsByRun") -> "SegmentsByRun":  # type: ignore[override]
        return self._by_run(other, operator.or_)

    def __sub__(self, other: "SegmentsByRun") -> "SegmentsByRun":
        return self._by_run(other, operator.sub)

    def __xor__(self, other: "SegmentsByRun") -> "SegmentsByRun":
        return self._by_run(other, operator.xor)


def as_segments_by_run(lumis: LumiSet) -> SegmentsByRun:
    by_run = SegmentsByRun()
    for run, first, last in lumis.ranges():
        by_run.setdefault(run, igwn_segments.segmentlist()).append(igwn_segments.segment(first, last + 1))
    return by_run


def as_portion(lumis: LumiSet) -> Any:
    half_open = (portion.closedopen(run << 32 | first, run << 32 | last + 1) for run, first, last in lumis.ranges())
    return portion.Interval(*half_open)


PEERS = {
    "python set": as_python_set,
    "igwn-segments": as_segments,
    "igwn-segments by run": as_segments_by_run,
    "portion": as_portion,
}
BY_NAME = {
    "portion": {"and": operator.and_, "or": operator.or_, "sub": operator.sub, "xor": lambda a, b: (a | b) - (a & b)},
}


# The measurements ----------------------------------------------------------------------------------------------------


def algebra(what: str, a: LumiSet, b: LumiSet, peers: Iterable[str], rounds: int, bar: float) -> list[Row]:
    """Every operator, on operands that each package holds in its own form already."""
    operands = {"ours": (a, b)} | {peer: (PEERS[peer](a), PEERS[peer](b)) for peer in peers}
    rows = []
    for name in OPERATIONS:
        calls = {peer: calling(BY_NAME.get(peer, OPERATIONS)[name], *pair) for peer, pair in operands.items()}
        agree(name, calls)
        times = best_of(1, calls)
        slow = {peer for peer, taken in times.items() if taken > SLOW * bar}
        times |= best_of(rounds, {peer: call for peer, call in calls.items() if peer not in slow})
        rows.append(Row(f"{name}, {what}", "ms", times.pop("ours"), bar, times))
    return rows


def calling(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Callable[[], Any]:
    return lambda: operation(a, b)


def agree(name: str, calls: dict[str, Callable[[], Any]]) -> None:
    """A fast wrong answer is no measurement: every package must find what ours finds."""
    ours = calls["ours"]()
    for peer, call in calls.items():
        theirs = call()
        # The xor of igwn-segments leaves neighbours apart.
        if peer == "igwn-segments":
            theirs.coalesce()
        elif isinstance(theirs, SegmentsByRun):
            theirs = SegmentsByRun({run: one.coalesce() for run, one in theirs.items()})
        if peer != "ours" and theirs != PEERS[peer](ours):
            raise SystemExit(f"{peer} and ours disagree about {name}")


def voting(a: LumiSet, rounds: int) -> Row:
    """The golden JSON of a year: 42 flags, each with some ten gaps of its own in every run."""
    flags = [a - gaps(seed, a, 10 * a.n_runs) for seed in range(42)]
    ranges = sum(flag.n_ranges for flag in flags)
    times = best_of(rounds, {"ours": lambda: LumiSet.vote(flags, at_least=len(flags))})
    return Row(f"42 of 42 flags, {ranges:,} ranges in all", "ms", times["ours"])


def gaps(seed: int, lumis: LumiSet, count: int) -> LumiSet:
    """Seeded short ranges within the ranges of a set."""
    rng = np.random.default_rng(seed)
    at = rng.integers(0, lumis.n_ranges, count)
    firsts = rng.integers(lumis.first_array[at], lumis.last_array[at], endpoint=True)
    return LumiSet.from_arrays(lumis.run_array[at], firsts, firsts + rng.integers(0, 4, count))


def masking(what: str, lumis: LumiSet, rounds: int, bar: float | None) -> list[Row]:
    """A mask of 10^7 random rows, of the two types that such columns come in."""
    rng = np.random.default_rng(SEED)
    every_run = lumis.run_array
    runs, lss = every_run[rng.integers(0, every_run.size, ROWS)], rng.integers(1, 2_500, ROWS)
    edges = np.stack([every_run << 32 | lumis.first_array, every_run << 32 | lumis.last_array + 1], axis=1).ravel()
    rows = []
    for dtype in (np.int64, np.uint32):
        run, ls = runs.astype(dtype), lss.astype(dtype)
        calls = {
            "ours": calling(lumis.mask, run, ls),
            "numpy searchsorted": lambda: np.searchsorted(edges, runs << 32 | lss, side="right") & 1 == 1,
        } | coffea_mask(lumis, run, ls)
        masks = {name: call() for name, call in calls.items()}
        if any((mask != masks["ours"]).any() for mask in masks.values()):
            raise SystemExit("the masks differ")
        times = best_of(rounds, calls)
        rows.append(Row(f"mask of {ROWS:,} {np.dtype(dtype).name} rows, {what}", "ms", times.pop("ours"), bar, times))
    return rows


def coffea_mask(lumis: LumiSet, runs: Any, lss: Any) -> dict[str, Callable[[], Any]]:
    if importlib.util.find_spec("coffea") is None:
        return {}
    from coffea.lumi_tools import LumiMask

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(dumps(lumis))
        file.flush()
        return {"coffea LumiMask": calling(LumiMask(file.name), runs, lss)}


def memory(lumis: LumiSet) -> list[Row]:
    """What one set keeps, and what it keeps once it has made a mask."""
    columns = lumis.run_array, lumis.first_array, lumis.last_array
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = LumiSet.from_arrays(*columns)
    alone, _ = tracemalloc.get_traced_memory()
    kept.mask([300_000], [1])
    with_table, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [
        Row("memory of the 10,000-run set", "MB", (alone - before) / 1e6, 10),
        Row("the same with its table for masks", "MB", (with_table - before) / 1e6),
    ]


def files(what: str, lumis: LumiSet, rounds: int) -> list[Row]:
    """Reading, strictly, and writing a file's text; json alone is the floor."""
    text = dumps(lumis)
    read = best_of(rounds, {"ours": lambda: loads(text), "json.loads alone": lambda: json.loads(text)})
    ranges = lumis.to_dict()
    built = best_of(rounds, {"ours": lambda: LumiSet.from_ranges(ranges)})
    written = best_of(rounds, {"ours": lambda: dumps(lumis)})
    return [
        Row(f"read strictly, {what}", "ms", read.pop("ours"), None, read),
        Row(f"build from a dict, {what}", "ms", built["ours"]),
        Row(f"write, {what}", "ms", written["ours"]),
    ]


def start(lumis: LumiSet, rounds: int) -> Row:
    """The whole process of `lumicert lumi count`, warm, its byte-code compiled as an installer leaves it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "golden.json"
        dump(lumis, path)
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        counting = [sys.executable, "-m", "lumicert.lumi.cli", "count", str(path)]
        commands = {"ours": counting, "import numpy alone": [sys.executable, "-c", "import numpy"]}
        calls = {name: processing(command, environment) for name, command in commands.items()}
        best_of(1, calls)
        times = {name: taken / 1e3 for name, taken in best_of(rounds, calls).items()}
    return Row("whole process of `count`", "s", times.pop("ours"), 0.25, times)


def processing(command: list[str], environment: dict[str, str]) -> Callable[[], object]:
    return lambda: subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def measure(quick: bool) -> Iterator[Row]:
    year, a, b = year_of_data()
    big_a, big_b = synthetic(SEED, 10_000, 30, 60), synthetic(SEED + 1, 10_000, 30, 60)
    big = f"{big_a.n_runs:,} runs, {big_a.n_ranges:,} ranges"
    many, few = (50, 3) if quick else (400, 8)
    yield from algebra(year, a, b, PEERS, many, 0.06)
    yield from algebra(big, big_a, big_b, ["igwn-segments by run"], few, 25)
    yield voting(a, few)
    yield from masking(year, a, few, 60)
    yield from masking(big, big_a, few, None)
    yield from memory(big_a)
    yield from files(year, a, few)
    yield from files(big, big_a, 2)
    yield start(a, few)


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed and memory of lumicert.lumi beside its peers.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file too")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    options = parser.parse_args()
    machine = (
        f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores, {platform.machine()}"
    )
    print(f"{machine}\n{'':<62} {'ours':>10} {'':<4} {'bar':>6} {'':<7} peers (and how many times slower)")
    rows = []
    for row in measure(options.quick):
        rows.append(row)
        print(row.line(), flush=True)
    if options.json:
        options.json.write_text(
            json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=2) + "\n"
        )
    return int(any(row.missed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
