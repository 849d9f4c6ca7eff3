"""A year of data-taking fetched from a simulated CERN over HTTP, twice, through the client that asks the real one.

    python benchmarks/ingestion.py [--json FILE] [--size year] [--data FOLDER]

The sandbox is one process, `lumicert import oms` another, the embedded PostgreSQL the third; on two cores they share.
The second time everything is there already: it reads all of OMS again and must append nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

BARS = {"first time, min": 10.0, "events the second time": 0.0, "peak memory of the client, MB": 400.0}
ALL_RUNS = "355100-362760"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--size", default="year", choices=["shift", "week", "year"])
    parser.add_argument("--data", type=Path, default=Path(".data") / "benchmark-ingestion")
    asked = parser.parse_args()
    shutil.rmtree(asked.data, ignore_errors=True)
    asked.data.mkdir(parents=True)
    ready = asked.data / "sandbox.env"
    began = time.monotonic()
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "lumicert.site.cli", "sandbox", "serve", "--size", asked.size, "--port", "0",
         "--at", "2023-02-01T00:00:00Z", "--ready-file", str(ready)],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not ready.exists():
            time.sleep(0.05)
        figures: dict[str, Any] = {"sandbox starts, s": time.monotonic() - began}
        environment = _environment(ready, asked.data)
        figures |= _import("first time", environment)
        figures |= _import("second time", environment)
    finally:
        sandbox.terminate()
        sandbox.wait(10)
    return _report(figures, asked.json)


def _environment(ready: Path, data: Path) -> dict[str, str]:
    told = dict(line.split("=", 1) for line in ready.read_text().splitlines() if "=" in line)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LUMICERT_")},
        "LUMICERT_DATA": str(data.absolute() / "lumicert"),
        "LUMICERT_OMS_URL": told["OMS_URL"],
        "LUMICERT_SSO_URL": told["SSO_ISSUER"],
        "LUMICERT_SSO_CLIENT_ID": told["SSO_CLIENT_ID"],
        "LUMICERT_SSO_CLIENT_SECRET": told["SSO_CLIENT_SECRET"],
    }


def _import(name: str, environment: dict[str, str]) -> dict[str, Any]:
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "lumicert.site.cli", "import", "oms", "--runs", ALL_RUNS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-1000:])
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    runs, events = (int(text.replace(",", "")) for text in re.findall(r"([\d,]+) (?:runs read|events)", done.stdout))
    return {
        f"{name}, min": seconds / 60,
        f"runs the {name}": runs,
        f"events the {name}": events,
        f"{name}, CPU of the client, s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        # of the largest child so far, PostgreSQL's processes among them
        "peak memory of the client, MB": after.ru_maxrss / 1024,
    }


def _report(figures: dict[str, Any], to: Path | None) -> int:
    missed = [name for name, bar in BARS.items() if figures[name] > bar]
    for name, figure in figures.items():
        bar = f"  (bar {BARS[name]:g})" if name in BARS else ""
        print(f"{name:<34} {figure:>12,.2f}{bar}")
    if to is not None:
        to.write_text(json.dumps({"figures": figures, "missed": missed}, indent=2))
    print(f"missed: {', '.join(missed)}" if missed else "every bar is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
