"""What the arrival of runs is made of: the simulated CERN, reading a page of OMS, comparing rules over many runs.

    python benchmarks/arrival.py [--json FILE]

The best of some rounds, in one process; `benchmarks/ingestion.py` measures the whole path over HTTP.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

BARS_MS = {
    "a year is made": 60_000.0,
    "a page of 5,000 lumisections is served, in the process": 150.0,
    "a run of 2,000 lumisections with 24 flags is read from its page": 100.0,
    "a rule compared over 1,000 runs of 500 lumisections, ten trips of each flag": 2_000.0,
    "the same, where every lumisection differs from the one before": 3_000.0,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    _set_up()
    measured = (*_the_sandbox(), _reading(), _comparing(_tripping), _comparing(_alternating))
    figures = dict(zip(BARS_MS, measured, strict=True))
    missed = [name for name, figure in figures.items() if figure > BARS_MS[name]]
    for name, figure in figures.items():
        print(f"{figure:>10,.1f} ms  (bar {BARS_MS[name]:,g})  {name}")
    if asked.json is not None:
        asked.json.write_text(json.dumps({"ms": figures, "missed": missed}, indent=1) + "\n")
    return 1 if missed else 0


def _set_up() -> None:
    import django

    os.environ |= {"DJANGO_SETTINGS_MODULE": "lumicert.site.settings", "LUMICERT_DATA": ".data/benchmark-arrival"}
    django.setup()


def _best(of: Callable[[], object], rounds: int) -> float:
    """Milliseconds of the fastest round."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        of()
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


def _the_sandbox() -> tuple[float, float]:
    from lumicert.sandbox.generator import generate
    from lumicert.sandbox.view import WorldView, rows

    made = _best(lambda: generate(size="year", seed=1), 1)
    year = generate(size="year", seed=1)
    longest = max(year.runs, key=lambda run: len(run.lumisections)).run_number
    view = WorldView(year, year.end)
    several = 5000 / len(rows(view.lumisections(longest)))
    return made, several * _best(lambda: orjson.dumps(rows(view.lumisections(longest))), 7)


def _reading() -> float:
    from lumicert.sources.oms.lumisections import read_lumisections
    from lumicert.sources.oms.pages import read_page
    from lumicert.sources.oms.tests.fake import PB, ls

    flags = {f"bit{place}_ready": place % 2 == 0 for place in range(24)}
    rows = [
        ls(n, lumi=n * 0.123456, init_lumi=1.9 - n * 1e-4, end_lumi=1.9, pileup=40.25, prescale_index=2,
           prescale_name="2.0E34", dead_time=1.5, **flags)
        for n in range(1, 2001)
    ]  # fmt: skip
    units = {name: {"units": PB} for name in ("recorded_lumi", "delivered_lumi")}
    units |= {name: {"units": "10^{34}cm^{-2}s^{-1}"} for name in ("init_lumi", "end_lumi")}
    data = [{"id": "1", "type": "lumisections", "attributes": row, "meta": {"row": units}} for row in rows]
    body = orjson.dumps({"data": data, "meta": {"totalResourceCount": 2000}})
    return _best(lambda: read_lumisections(7, read_page(orjson.loads(body), 5000)), 7)


def _comparing(flags: Callable[[int, int], dict[str, Any]]) -> float:
    """A rule of DT that asks for more than the one shipped."""
    from lumicert.rules.compare import compare
    from lumicert.rules.documents import read_document, written_document
    from lumicert.rules.selectors import shipped
    from lumicert.rules.tests.world import RULES

    document = written_document(shipped("components").document)
    rule = next(each for each in document["online"] if (each["component"], each["status"]) == ("dt-dt", "GOOD"))
    rule["if"]["and"][1] = {"and": rule["if"]["and"][1]["or"]}
    document["online"].append({"component": "dt-dt", "status": "BAD", "priority": 9, "if": {"var": "dt_included"}})
    new = RULES.with_document("components", read_document("components", document))
    runs = [_run(number, flags) for number in range(1000)]
    return _best(lambda: compare(RULES, new, runs), 3)


def _run(number: int, flags: Callable[[int, int], dict[str, Any]]) -> Any:
    from lumicert.rules.names import FLAGS
    from lumicert.rules.tests.world import collisions

    of_run = {flag: flags(place, number) for place, flag in enumerate(sorted(FLAGS))}
    return replace(collisions(360_000 + number, lumis=((1, 500),)), flags=of_run)


def _tripping(place: int, number: int) -> dict[str, Any]:
    trips = tuple((start, start + 4) for start in range(7 + (place * 5 + number) % 40, 480, 47))
    on = tuple(zip((1, *(last + 1 for _, last in trips)), (*(first - 1 for first, _ in trips), 500), strict=True))
    return {"false": trips, "true": on}


def _alternating(place: int, number: int) -> dict[str, Any]:
    del number
    step = place % 3 + 1
    off = tuple((n, n) for n in range(step, 501, 2 * step))
    apart = {n for n, _ in off}
    return {"false": off, "true": tuple((n, n) for n in range(1, 501) if n not in apart)}


if __name__ == "__main__":
    sys.exit(main())
