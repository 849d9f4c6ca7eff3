"""The table of runs at 100,000 runs: every filter and every order, from a real server, with the queries of each.

    python benchmarks/runs.py [--json FILE] [--requests N] [--runs N] [--data FOLDER]

A seeded generator fills the tables of the projections with runs, datasets and statuses of components as fourteen years
of data taking would, in a database of its own that is removed at the end. A served Lumicert (one process, as
`lumicert serve` runs it) answers over HTTP on loopback. Each filter and each order is asked for alone, as its own page.
Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

RUNS = 100_000
FIRST_RUN = 300_000
BAR_MS, BAR_QUERIES = 100.0, 12
LIKELY_VALUES = {"number": "6500", "luminosity": "3", "time": "2018-06-01", "text": "cosmics2018", "words": "PIXEL"}
CASES = {
    "no filter": "",
    "page 500": "page=500",
    "all columns": "all",
    "a range of runs": "from=340000&to=350000",
    "one run": "run=345678",
    "one fill": "fill=6615",
    "without a fill": "fill=unknown",
    "a class": "class=Collisions18",
    "a dataset": "dataset=Express",
    "an era": "era=2018D",
    "a component with a status": "component=tracker-pixel&status=BAD",
    "any component with a status": "status=STANDBY",
    "a component": "component=tracker-strip",
    "a component that nobody knows": "component=tracker-nothing",
    "nothing passes": "hlt_key.has=nothing",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--data", type=Path, default=Path(".data") / f"benchmark-runs-{os.getpid()}")
    asked = parser.parse_args()
    server, folder = _database(asked.data)
    try:
        cookie = _prepare(asked.runs)
        process, url = _serve()
        try:
            figures = _measure(url, cookie, asked.requests)
        finally:
            process.terminate()
            process.wait(10)
        queries = _queries()
    finally:
        server.release()
        shutil.rmtree(folder, ignore_errors=True)
    return _report(figures, queries, asked.json)


def _database(data: Path) -> tuple[Any, Path]:
    from lumicert.site.folders import suitable_data_folder
    from lumicert.site.postgres import EmbeddedPostgres

    folder = suitable_data_folder(data.resolve())
    server = EmbeddedPostgres(folder)
    os.environ |= {"LUMICERT_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "lumicert.site.settings"}
    os.environ["LUMICERT_EMBEDDED_URL"] = server.start()
    return server, folder


def _prepare(runs: int) -> str:
    """Fill the tables, sign an account in; the session's cookie."""
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.db import connection, transaction

    from lumicert.accounts.models import User

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("leader", role="leader")
    with connection.cursor() as cursor:
        with transaction.atomic():
            # as a rebuild does: the tables are closed to all but projections
            cursor.execute("SELECT set_config('lumicert.projecting', 'on', true), setseed(0.2018)")
            for statement in _FILL:
                cursor.execute(statement, {"runs": runs, "first": FIRST_RUN})
        cursor.execute("VACUUM ANALYZE")
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


# Half of the runs are collisions; the two JSON columns are as long as those that OMS gives.
_FILL = (
    """INSERT INTO runs_run (run, seq, source, state, typed, klass, run_type, significant, fill, start_time, end_time,
        last_update, duration, n_ls, recorded, delivered, init_lumi, end_lumi, energy, b_field, stable_beam,
        tier0_transfer, hlt_key, hlt_physics_rate, hlt_physics_counter, l1_hlt_mode, l1_key, l1_menu, l1_rate,
        l1_triggers_counter, trigger_mode, initial_prescale_index, sequence, clock_type, cmssw_version,
        fill_type_runtime, injection_scheme, components, attributes, units)
    SELECT %(first)s + i, i, 'OMS', CASE WHEN i = %(runs)s - 1 THEN 'going' ELSE 'final' END, i %% 500 = 0,
        CASE WHEN i %% 2 = 0 THEN 'Collisions' ELSE 'Cosmics' END || (10 + i * 15 / %(runs)s),
        CASE WHEN i %% 2 = 0 THEN 'collisions' ELSE 'cosmics' END, i %% 3 > 0,
        CASE WHEN i %% 2 = 0 THEN 2000 + i / 10 END,
        timestamptz '2010-04-01' + i * interval '75 minutes', timestamptz '2010-04-02' + i * interval '75 minutes',
        timestamptz '2010-04-02' + i * interval '75 minutes', (random() * 30000)::int, (random() * 1500)::int,
        (random() * 5e14)::bigint, (random() * 5.5e14)::bigint, random() * 2, random(), 6500, 3.8 * random(),
        i %% 2 = 0, i %% 7 > 0, '/cdaq/physics/Run' || (2010 + i * 15 / %(runs)s) || '/v' || (i %% 40),
        random() * 2000, (random() * 1e7)::bigint,
        CASE WHEN i %% 2 = 0 THEN 'collisions' ELSE 'cosmics' END || (2010 + i * 15 / %(runs)s), 'l1_key_' || i %% 300,
        'L1Menu_Collisions_v' || i %% 30, random() * 1e5, (random() * 1e9)::bigint, 'l1_hlt/v' || i %% 200, i %% 9,
        'GLOBAL-RUN', CASE WHEN i %% 2 = 0 THEN 'LHC' ELSE 'LOCAL' END, 'CMSSW_10_' || i %% 6 || '_0', 'PROTONS',
        '25ns_2556b_2544_2215_2332_144bpi_' || i %% 20 || 'inj', 'CSC DAQ DCS DQM DT ECAL HCAL PIXEL RPC TRACKER TRG',
        (SELECT jsonb_object_agg('attribute_' || n, md5((i * n)::text)) FROM generate_series(1, 40) n), '{}'
    FROM generate_series(0, %(runs)s - 1) i""",
    """INSERT INTO runs_dataset (run, dataset, seq, source, states, in_gui, lumis)
    SELECT run, name, seq, 'OMS', '{"global_state": "OPEN"}', '[]', int4multirange(int4range(1, 1 + n_ls::int))
    FROM runs_run, LATERAL (VALUES ('online'), ('/Express/' || klass || '/DQM'), ('/PromptReco/' || klass || '/DQM'))
        names(name) WHERE n_ls > 0""",
    """INSERT INTO decisions_componentstatus (seq, run, dataset, component, layer, status, cause, comment, lumis)
    SELECT row_number() OVER (), run, 'online', component, CASE WHEN run %% 11 = 0 THEN 'person' ELSE 'automatic' END,
        CASE WHEN random() < 0.03 THEN 'BAD' WHEN random() < 0.05 THEN 'STANDBY' ELSE 'GOOD' END, '', '',
        int4multirange(int4range(1, 1 + n_ls::int))
    FROM runs_run, unnest(ARRAY['tracker-pixel', 'tracker-strip', 'tracker-track', 'dt-dt', 'csc-csc', 'rpc-rpc',
        'ecal-ecal', 'hcal-hcal']) component WHERE n_ls > 0""",
    """INSERT INTO runs_fill (fill, seq, state, typed, era, fill_type, scheme, attributes, units)
    SELECT fill, 1, 'final', false, 2010 + (fill - 2000) * 15 / 10000 || chr(65 + fill %% 6), 'PROTONS', '', '{}', '{}'
    FROM (SELECT DISTINCT fill FROM runs_run WHERE fill IS NOT NULL) fills""",
)


def _questions() -> Iterator[tuple[str, str]]:
    """Each filter of the product and each order, by name, as the part of an address behind the question mark."""
    from lumicert.registry.columns import COLUMNS
    from lumicert.registry.filters import FILTERS

    for name, query in CASES.items():
        yield name, "&".join(f"col={key}" for key in COLUMNS) if query == "all" else query
    for name, each in FILTERS.items():
        if each.column is None:
            continue
        value = LIKELY_VALUES.get(each.column.kind.value, "yes")
        if name in ("state", "type"):
            value = {"state": "final", "type": "cosmics"}[name]
        yield f"filter {name}", f"{name}={value if name not in ('from', 'to', 'run') else 345678}"
    for column in COLUMNS.values():
        if column.field:
            yield f"sorted up by {column.key}", f"sort={column.key}"
            yield f"sorted down by {column.key}", f"sort=-{column.key}"


def _serve() -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "lumicert.site.asgi:application", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "error"])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    process.terminate()
    raise SystemExit("the server did not start within 30 s")


def _measure(url: str, cookie: str, requests: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of each question, as the median and the 95th percentile, after two that warm it up."""
    import httpx

    figures = {}
    with httpx.Client(base_url=url, cookies={"lumicert_session": cookie}, timeout=60) as client:
        for name, query in _questions():
            times = []
            for _ in range(requests + 2):
                started = time.perf_counter()
                answer = client.get(f"/runs/?{query}")
                times.append(1000 * (time.perf_counter() - started))
                if answer.status_code != 200:
                    raise SystemExit(f"/runs/?{query} answered {answer.status_code}: {answer.text[:300]}")
            figures[name] = median(times[2:]), quantiles(times[2:], n=20)[-1]
            print(f"{figures[name][0]:8.1f} {figures[name][1]:8.1f}  {name}", file=sys.stderr)
    return figures


def _queries() -> dict[str, int]:
    """How many queries each question takes."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from lumicert.accounts.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="leader"))
    found = {}
    for name, query in _questions():
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/runs/?{query}")
        found[name] = len(captured)
    connection.close_pool()
    return found


def _report(figures: dict[str, tuple[float, float]], queries: dict[str, int], file: Path | None) -> int:
    slowest = max(figures, key=lambda name: figures[name][1])
    most = max(queries, key=lambda name: queries[name])
    told = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "questions": len(figures),
        "median of all p50": median(p50 for p50, _ in figures.values()),
        "slowest p95": {"question": slowest, "ms": figures[slowest][1]},
        "most queries": {"question": most, "queries": queries[most]},
        "ms": {name: {"p50": p50, "p95": p95, "queries": queries[name]} for name, (p50, p95) in figures.items()},
    }
    print(json.dumps(told, indent=1))
    if file:
        file.write_text(json.dumps(told, indent=1) + "\n")
    missed = [name for name in figures if figures[name][1] > BAR_MS or queries[name] > BAR_QUERIES]
    print(f"missed: {', '.join(missed) or 'none'} (bar: {BAR_MS:.0f} ms p95, {BAR_QUERIES} queries)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
