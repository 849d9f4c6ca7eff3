"""How long a golden rule of 48 conditions takes, and how much longer an interpreter would take per lumisection.

    python benchmarks/policy.py [--json FILE]

Frames have the shape of real certification: run attributes share the index of the run (300 lumisections a run), and
each of 20 statuses and 25 OMS bits has its own codes, a few per cent of which are not good. In the variant "unknowns"
some lumisections are covered by no source. The interpreter is this package's exact evaluator, row by row on a sample.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lumicert.policy import UNKNOWN, Column, Frame, Policy, Value
from lumicert.policy.scalar import judge

STATUSES: list[Value] = ["GOOD", "BAD", "STANDBY", "EXCLUDED", "NOTSET", "EMPTY", UNKNOWN]
BITS: list[Value] = [True, False, None, UNKNOWN]
SAMPLE = 5_000


def golden_rule() -> dict[str, object]:
    run = [
        {"<=": [6000, {"var": "run.oms.energy"}, 7000]},
        {">=": [{"var": "run.oms.b_field"}, 3.7]},
        {"in": ["25ns", {"var": "run.oms.injection_scheme"}]},
    ]
    statuses = [{"==": [{"var": f"lumisection.rr.component-{i}"}, "GOOD"]} for i in range(20)]
    bits = [{"==": [{"var": f"lumisection.oms.bit_{i}"}, True]} for i in range(25)]
    return {"and": [*run, *statuses, *bits]}


def frame(n_rows: int, unknowns: bool) -> Frame:
    random = np.random.default_rng(1)
    n_runs = max(n_rows // 300, 1)
    runs = (np.arange(n_rows) // 300).clip(max=n_runs - 1).astype(np.uint16)
    columns = {
        "run.oms.energy": Column.coded(
            runs, random.choice([6499.0, 6500.0, 450.0], n_runs, p=[0.5, 0.45, 0.05]).tolist()
        ),
        "run.oms.b_field": Column.coded(runs, (3.8 - 0.05 * random.random(n_runs)).tolist()),
        "run.oms.injection_scheme": Column.coded(
            runs, random.choice(["25ns_2556b", "25ns_1916b", "Single"], n_runs).tolist()
        ),
    }
    for i in range(20):
        values = STATUSES if unknowns else STATUSES[:-1]
        columns[f"lumisection.rr.component-{i}"] = Column.coded(codes(random, n_rows, len(values)), values)
    for i in range(25):
        values = BITS if unknowns else BITS[:-1]
        columns[f"lumisection.oms.bit_{i}"] = Column.coded(codes(random, n_rows, len(values)), values)
    return Frame(n_rows, columns)


def codes(random: np.random.Generator, n_rows: int, n_values: int) -> np.ndarray:
    """Good (code 0) but for one lumisection in a hundred."""
    drawn = random.integers(0, 256, n_rows, dtype=np.uint8)
    return np.where(drawn < n_values, drawn, np.uint8(0))


def seconds(function: Callable[[], object], repeats: int) -> list[float]:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times


def interpreted(policy: Policy, data: Frame) -> list[int]:
    rows = [data.row(row, policy.variables) for row in range(SAMPLE)]
    return [int(judge(policy.root, row)[0]) for row in rows]


def measure(n_rows: int, unknowns: bool, repeats: int) -> dict[str, object]:
    policy, data = Policy.parse(golden_rule(), None), frame(n_rows, unknowns)
    verdicts = policy.evaluate(data)
    assert interpreted(policy, data) == verdicts[:SAMPLE].tolist()
    times = seconds(lambda: policy.evaluate(data), repeats)
    per_row = min(seconds(lambda: interpreted(policy, data), 2)) / SAMPLE
    return {
        "rows": n_rows,
        "unknowns": unknowns,
        "conditions": len(policy.leaves),
        "median_ms": statistics.median(times) * 1e3,
        "best_ms": min(times) * 1e3,
        "interpreter_us_per_row": per_row * 1e6,
        "times_faster": per_row * n_rows / statistics.median(times),
        "bar_ms": 5 if n_rows < 1_000_000 else 300,
    }


def explanation_times(n_rows: int) -> dict[str, float]:
    policy, data = Policy.parse(golden_rule(), None), frame(n_rows, True)
    return {
        "explain_ms": statistics.median(seconds(lambda: policy.explain(data, n_rows // 2), 5)) * 1e3,
        "reasons_ms": statistics.median(seconds(lambda: policy.reasons(data), 3)) * 1e3,
        "losses_ms": statistics.median(seconds(lambda: policy.losses(data), 3)) * 1e3,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    sizes = [(206_562, 30), (10_000_000, 5)]
    results = [measure(rows, unknowns, repeats) for rows, repeats in sizes for unknowns in (False, True)]
    print("        rows  unknowns  median ms   best ms  bar ms  interpreter us/row  times faster")
    for r in results:
        print(
            f"{r['rows']:>12,} {r['unknowns']!s:>9} {r['median_ms']:>10.2f} {r['best_ms']:>9.2f} {r['bar_ms']:>7}"
            f" {r['interpreter_us_per_row']:>19.1f} {r['times_faster']:>13,.0f}"
        )
    extra = explanation_times(206_562)
    print(", ".join(f"{name.removesuffix('_ms')} {value:.2f} ms" for name, value in extra.items()), "at 206,562 rows")
    if arguments.json:
        figures = {"cores": os.cpu_count(), "numpy": np.__version__, "evaluate": results, **extra}
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
