"""The decision log at scale: a million events, brought in, read, made again, verified, and written by many at once.

    python benchmarks/decisions.py [--json FILE] [--events N] [--data FOLDER]
    python benchmarks/decisions.py --soak EVENTS     commit order under overlapping writers, for longer than the tests
    python benchmarks/decisions.py --kills N         writers killed at random moments, more often than in the tests

The events come in by `services.append` in acts of 20,000, as an import does: runs and datasets, then statuses of 40
components over 1,000 runs with seeded ranges, one in five said by a person. The server is the embedded PostgreSQL with
its durable settings, in a folder of its own that is removed at the end. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

from common import product

RUNS, COMPONENTS, EVENTS_AN_ACT, SEED = 1000, 40, 20_000, 2018
FIRST_RUN = 315_000
DATASET = "/PromptReco/Benchmark2018/DQM"
WRITERS, SECONDS_OF_WRITING = 8, 10
BARS = {
    "history of one run, in the database": ("ms", 5.0),
    "history of one run, as Python objects": ("ms", None),
    "rebuild of all projections": ("s", 10.0),
    "rebuild --check": ("s", None),
    "verify-log": ("s", None),
    "digest of one event": ("us", 10.0),
    "append, one writer, median": ("ms", None),
    "append, one writer, p95": ("ms", None),
    "append, 8 writers": ("acts/s", 500.0),
    "import of one event": ("us", None),
    "undo of an act of 20,000 events": ("s", None),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--events", type=int, default=1_000_000)
    scratch = Path(".data") / f"benchmark-decisions-{os.getpid()}"
    parser.add_argument("--data", type=Path, default=scratch, help="a folder that is made, and removed at the end")
    parser.add_argument("--soak", type=int, metavar="EVENTS")
    parser.add_argument("--kills", type=int, metavar="N")
    asked = parser.parse_args()
    with_database = _measure
    if asked.soak:
        with_database = _soak
    elif asked.kills:
        with_database = _kill
    with product.database(asked.data, durable=True):
        return with_database(asked)


def _said(dice: random.Random) -> Any:
    from lumicert.decisions.events import STATUSES, ComponentStatusSaid
    from lumicert.decisions.kinds import NewEvent
    from lumicert.decisions.models import Layer

    first = dice.randrange(1, 1500)
    payload = ComponentStatusSaid(
        layer=Layer.PERSON if dice.random() < 0.2 else Layer.AUTOMATIC,
        status=dice.choice(STATUSES),
        cause="noise",
        comment="seen in the occupancy of the express stream",
    )
    run = FIRST_RUN + dice.randrange(RUNS)
    component = f"tracker-part{dice.randrange(COMPONENTS)}"
    return NewEvent(payload, run, DATASET, component, ((first, first + dice.randrange(200)),))


def _foundation() -> Iterator[Any]:
    from lumicert.decisions.kinds import NewEvent, kind_named

    run_payload = kind_named("run.registered").payload(source="oms", klass="Collisions18", attributes={"energy": 6500})
    dataset_payload = kind_named("dataset.registered").payload(source="oms")
    for run in range(FIRST_RUN, FIRST_RUN + RUNS):
        yield NewEvent(run_payload, run)
        yield NewEvent(dataset_payload, run, DATASET, lumis=((1, 1700),))


def _load(events: int) -> Any:
    """Bring the events in; returns the last act."""
    from lumicert.decisions.models import Origin
    from lumicert.decisions.services import append

    dice = random.Random(SEED)
    act = append(events=list(_foundation()), actor=None, origin=Origin.IMPORT)
    while act.last < events:
        wanted = min(EVENTS_AN_ACT, events - act.last)
        act = append(events=[_said(dice) for _ in range(wanted)], actor=None, origin=Origin.IMPORT)
        print(f"\r{act.last:,} of {events:,} events", end="", file=sys.stderr)
    print(file=sys.stderr)
    return act


def _measure(asked: argparse.Namespace) -> int:
    from lumicert.decisions.projections import check, rebuild
    from lumicert.decisions.services import undo
    from lumicert.decisions.verify import verify_log

    took, last = _timed(lambda: _load(asked.events))
    figures = {"import of one event": took / asked.events * 1e6}
    _settle()
    figures |= _history() | _digest()
    figures["append, one writer, median"], figures["append, one writer, p95"] = _one_writer()
    figures["append, 8 writers"] = _many_writers()
    figures["rebuild of all projections"], _ = _timed(rebuild)
    figures["rebuild --check"], found = _timed(check)
    figures["verify-log"], verified = _timed(verify_log)
    assert all(each.same for each in found)
    assert verified.sound
    # last, for it is a thousand times what people do
    fresh = _load(verified.head + EVENTS_AN_ACT)
    figures["undo of an act of 20,000 events"], _ = _timed(lambda: undo(act=fresh.id, actor=None))
    assert last.last <= verified.head
    return _report(figures, verified.checked, asked.json)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _settle() -> None:
    """What the server's own housekeeping would have done some minutes later."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("CHECKPOINT")


def _history() -> dict[str, float]:
    from lumicert.decisions.models import Event
    from lumicert.decisions.selectors import events_of_run

    inside, outside = [], []
    for run in range(FIRST_RUN, FIRST_RUN + 50):
        plan = Event.objects.filter(run=run).order_by("-seq")[:200].explain(analyze=True)
        found = re.search(r"Execution Time: ([\d.]+) ms", plan)
        assert found
        inside.append(float(found[1]))
        took, events = _timed(lambda run=run: events_of_run(run))
        assert events
        outside.append(took * 1e3)
    return {
        "history of one run, in the database": median(inside),
        "history of one run, as Python objects": median(outside),
    }


def _digest() -> dict[str, float]:
    """What text and digest take of the database, without reading the events."""
    from django.db import connection

    def seconds(expression: str) -> float:
        with connection.cursor() as cursor:
            # in one process, as it is when an event is appended
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            statement = f"SELECT count({expression}) FROM decisions_event e WHERE seq <= 100000"
            best = min(_timed(lambda: cursor.execute(statement))[0] for _ in range(3))
            cursor.execute("RESET max_parallel_workers_per_gather")
            return best

    with_digest = "sha256(e.digest || convert_to(decisions_event_text(e), 'UTF8'))"
    return {"digest of one event": (seconds(with_digest) - seconds("e.digest")) * 10}


def _one_writer() -> tuple[float, float]:
    latencies = _write(random.Random(1), time.monotonic() + SECONDS_OF_WRITING / 2)
    return median(latencies) * 1e3, quantiles(latencies, n=20)[-1] * 1e3


def _many_writers() -> float:
    """Acts a second of processes that each write as fast as they can, every act with what its writer had last seen."""
    context = multiprocessing.get_context("spawn")
    barrier, counts = context.Barrier(WRITERS + 1), context.Queue()
    writers = [context.Process(target=_writer, args=(seed, barrier, counts)) for seed in range(WRITERS)]
    for writer in writers:
        writer.start()
    barrier.wait()
    written = sum(counts.get() for _ in writers)
    for writer in writers:
        writer.join()
    return written / SECONDS_OF_WRITING


def _writer(seed: int, barrier: Barrier, counts: Any) -> None:
    import django
    from django.db import connection

    django.setup()
    connection.ensure_connection()
    barrier.wait()
    counts.put(len(_write(random.Random(100 + seed), time.monotonic() + SECONDS_OF_WRITING)))
    connection.close_pool()


def _write(dice: random.Random, until: float) -> list[float]:
    from lumicert.decisions.models import Origin
    from lumicert.decisions.selectors import current_seq
    from lumicert.decisions.services import Conflict, append

    seen, latencies = current_seq(), []
    while (started := time.monotonic()) < until:
        try:
            act = append(events=[_said(dice)], actor=None, origin=Origin.AUTOMATIC, act=uuid4(), expected=seen)
            seen = act.last
        except Conflict as conflict:
            seen = conflict.later[-1].seq
            continue
        latencies.append(time.monotonic() - started)
    return latencies


def _report(figures: dict[str, float], events: int, to: Path | None) -> int:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{events:,} events; {machine}; Python {platform.python_version()}\n")
    missed = 0
    for name, (unit, bar) in BARS.items():
        value = figures[name]
        wrong = bar is not None and (value < bar if unit == "acts/s" else value > bar)
        missed += wrong
        verdict = "" if bar is None else f"{'>=' if unit == 'acts/s' else '<='} {bar:g}  {'MISSED' if wrong else 'met'}"
        print(f"{name:<40} {value:>10.2f} {unit:<7} {verdict}")
    if to:
        to.write_text(json.dumps({"machine": machine, "events": events, "figures": figures}, indent=2) + "\n")
    return 1 if missed else 0


def _soak(asked: argparse.Namespace) -> int:
    from lumicert.decisions.tests.storm import storm, write_acts, write_raw

    writers = [write_raw, write_raw, write_acts, write_acts]
    # a transaction has three events on average
    took, (streams, log) = _timed(lambda: storm(writers, acts=asked.soak // (3 * len(writers)), readers=3))
    wrong = sum(stream != log for stream in streams)
    print(
        f"{len(log):,} events by {len(writers)} writers in {took:.0f} s; {wrong} of {len(streams)} readers missed some"
    )
    return 1 if wrong or log != list(range(1, len(log) + 1)) else 0


def _kill(asked: argparse.Namespace) -> int:
    from lumicert.decisions.tests.crashing_writer import kill_writers

    def tell(done: int, total: int) -> None:
        print(f"\r{done} of {total} kills", end="", file=sys.stderr)

    acts = 40 * asked.kills
    took, found = _timed(lambda: kill_writers(asked.kills, acts, tell))
    struck = len({count for count in found[:-1] if 0 < count < acts})
    print(
        f"\n{asked.kills} kills in {took:.0f} s, {struck} of them while it wrote; {found[-1]} of {acts} acts, each once"
    )
    return 0 if found[-1] == acts and struck else 1


if __name__ == "__main__":
    sys.exit(main())
