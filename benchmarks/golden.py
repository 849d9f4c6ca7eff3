"""Golden JSON of a year over HTTP: 42 flags, 150,000 stored ranges with independent gaps, from a real server.

    python benchmarks/golden.py [--json FILE] [--requests N] [--data FOLDER]

A seeded generator makes 474 runs with 42 components whose statuses are cut independently, about 10 gaps each, and
appends them as an import does. A served Lumicert (one process, as `lumicert serve` runs it) then answers over HTTP on
loopback. *Warm* asks the same question again, as a page does while a policy is edited; *after a decision* appends an
event before each question, so that nothing kept in memory can serve and all of it is read from the database again.
The peer is the way of Run Registry: the rule judged row by row, by an interpreter, without the time to fetch the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from common import pages, product

DATASET = "/PromptReco/Benchmark2018/DQM"
RUNS, FLAGS, GAPS, SEED = 474, 42, 10, 2018
BARS = {
    "download warm, p95": 100.0,
    "download after a decision, p95": 100.0,
    "page warm, p95": 100.0,
    "explain one LS, in the process": 20.0,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--data", type=Path, default=Path(".data") / f"benchmark-golden-{os.getpid()}")
    asked = parser.parse_args()
    with product.database(asked.data):
        stored = _prepare()
        with product.served() as url:
            figures = _measure(url, product.session_of("leader"), asked.requests)
        figures |= _row_by_row()
    return _report(figures, stored, asked.json)


def _prepare() -> int:
    """Fill the log; the number of stored ranges."""
    from django.db import connection

    from lumicert.accounts.models import User
    from lumicert.golden.services import save_policy

    user = User.objects.create_user("leader", role="leader")
    _fill(user)
    save_policy(name="golden-42", rule=json.dumps(_rule()), comment="", actor=user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT unnest(lumis) FROM decisions_componentstatus) r")
        return int(cursor.fetchone()[0])


def _components() -> list[str]:
    from lumicert.runs.names import COMPONENTS

    return list(COMPONENTS[:FLAGS])


def _rule() -> dict[str, Any]:
    return {"and": [{"==": [{"var": f"lumisection.rr.{name}"}, "GOOD"]} for name in _components()]}


def _fill(user: Any) -> None:
    from lumicert.decisions.events import ComponentStatusSaid
    from lumicert.decisions.kinds import NewEvent
    from lumicert.decisions.models import Layer, Origin
    from lumicert.decisions.services import append
    from lumicert.runs.events import DatasetRegistered, LuminosityReported, LumisectionsReported, RunRegistered

    random = np.random.default_rng(SEED)
    said = {status: ComponentStatusSaid(layer=Layer.AUTOMATIC, status=status) for status in ("GOOD", "BAD")}
    events = []
    for run, last in zip(range(315_000, 315_000 + RUNS), random.integers(60, 900, RUNS).tolist(), strict=True):
        whole = ((1, last),)
        events.append(
            NewEvent(RunRegistered(source="benchmark", klass="Collisions18", attributes={"energy": 6500}), run)
        )
        events.append(NewEvent(DatasetRegistered(source="benchmark"), run, DATASET, lumis=whole))
        each = [f"{value:.6f}" for value in random.uniform(0.1, 0.4, last)]
        reported = LuminosityReported(unit="/pb", lumis=whole, recorded=each, delivered=each)
        events.append(
            NewEvent(LumisectionsReported(source="benchmark", flags={}, luminosity=reported), run, lumis=whole)
        )
        for component in _components():
            good, bad = _cut(random, last)
            for status, ranges in (("GOOD", good), ("BAD", bad)):
                if ranges:
                    events.append(NewEvent(said[status], run, DATASET, component, ranges))
    append(events=events, actor=user, origin=Origin.IMPORT)


def _cut(random: np.random.Generator, last: int) -> tuple[Any, Any]:
    """The lumisections of a run cut by short gaps at random places; what is good, and the gaps."""
    good = np.ones(last + 2, dtype=bool)
    for start in random.integers(1, last + 1, random.poisson(GAPS * 0.4)).tolist():
        good[start : start + int(random.integers(1, 4))] = False
    return _ranges(good[1 : last + 1]), _ranges(~good[1 : last + 1])


def _ranges(mask: Any) -> tuple[tuple[int, int], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))).reshape(-1, 2)
    return tuple((int(first) + 1, int(end)) for first, end in edges)


def _measure(url: str, cookie: str, requests: int) -> dict[str, Any]:
    import httpx

    asked = {"dataset": DATASET, "policy": "golden-42@1", "layout": "line"}
    figures: dict[str, Any] = {}
    with httpx.Client(base_url=url, cookies={"lumicert_session": cookie}, timeout=60) as client:

        def get(path: str, **more: str) -> httpx.Response:
            answer = client.get(path, params={**asked, **more})
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}: {answer.text[:300]}")
            return answer

        figures["bytes"] = len(get("/golden/download").content)
        _time(figures, "download warm", requests, lambda: get("/golden/download"))
        _time(figures, "page warm", requests, lambda: get("/golden/"))
        _time(figures, "map warm", requests, lambda: get("/golden/map.json"))
        _time(figures, "explain one LS over HTTP", requests, lambda: get("/golden/explain", run="315100", ls="20"))
        _time(figures, "download after a decision", requests, lambda: get("/golden/download"), before=_decide)
    return figures


def _decide() -> None:
    from lumicert.accounts.models import User
    from lumicert.decisions.events import ComponentStatusSaid
    from lumicert.decisions.kinds import NewEvent
    from lumicert.decisions.models import Layer, Origin
    from lumicert.decisions.services import append

    payload = ComponentStatusSaid(layer=Layer.PERSON, status="BAD", comment="benchmark")
    event = NewEvent(payload, 315_100, DATASET, _components()[0], ((7, 7),))
    append(events=[event], actor=User.objects.get(username="leader"), origin=Origin.PERSON)


def _time(
    figures: dict[str, Any], name: str, requests: int, act: Callable[[], Any], before: Callable[[], None] | None = None
) -> None:
    times = []
    for _ in range(requests + 5):
        if before:
            before()
        started = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - started))
    figures[f"{name}, p50"], figures[f"{name}, p95"] = pages.times(times, warm_up=5)


def _row_by_row() -> dict[str, float]:
    """Milliseconds to judge the year row by row with an interpreter, from a sample; and with ours, on the same rows."""
    from lumicert.golden import policies, selectors

    started = time.perf_counter()
    golden = selectors.build(policy=policies.find("golden-42"), dataset=DATASET)
    cold = 1000 * (time.perf_counter() - started)
    started = time.perf_counter()
    golden.parsed.evaluate(golden.frame)
    ours = 1000 * (time.perf_counter() - started)
    sample = range(0, golden.universe.n_rows, golden.universe.n_rows // 500)
    started = time.perf_counter()
    for row in sample:
        golden.parsed.explain(golden.frame, row)
    theirs = 1000 * (time.perf_counter() - started) / len(sample) * golden.universe.n_rows
    return {
        "first build in a new process": cold,
        "explain one LS, in the process": median(_explained(golden) for _ in range(20)),
        "rows": golden.universe.n_rows,
        "evaluate all rows": ours,
        "row by row, all rows": theirs,
        "ratio": theirs / ours,
    }


def _explained(golden: Any) -> float:
    from lumicert.golden import selectors

    started = time.perf_counter()
    selectors.explain(golden, run=315_100, ls=20)
    return 1000 * (time.perf_counter() - started)


def _report(figures: dict[str, Any], stored: int, file: Path | None) -> int:
    figures = {"cores": os.cpu_count(), "python": platform.python_version(), "stored ranges": stored, **figures}
    missed = [name for name, bar in BARS.items() if figures[name] > bar]
    for name, value in figures.items():
        shown = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
        bar = f"bar {BARS[name]:g} ms" if name in BARS else ""
        print(f"{name:<34} {shown:>14}  {bar}{'  MISSED' if name in missed else ''}")
    if file:
        file.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
