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
import sys
from collections.abc import Iterator
from pathlib import Path

from common import pages, product
from common.pages import Times

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
    with product.database(asked.data):
        from lumicert.accounts.models import User

        User.objects.create_user("leader", role="leader")
        product.fill(_FILL, runs=asked.runs, first=FIRST_RUN)
        questions = list(_questions())
        with product.served() as url:
            figures = pages.measure(url, product.session_of("leader"), questions, requests=asked.requests)
        queries = pages.count_queries("leader", questions)
    return _report(figures, queries, asked.json)


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
    """Each filter of the product and each order, by name and address."""
    from lumicert.registry.columns import COLUMNS
    from lumicert.registry.filters import FILTERS

    for name, query in CASES.items():
        yield name, "/runs/?" + ("&".join(f"col={key}" for key in COLUMNS) if query == "all" else query)
    for name, each in FILTERS.items():
        if each.column is None:
            continue
        value = LIKELY_VALUES.get(each.column.kind.value, "yes")
        if name in ("state", "type"):
            value = {"state": "final", "type": "cosmics"}[name]
        yield f"filter {name}", f"/runs/?{name}={value if name not in ('from', 'to', 'run') else 345678}"
    for column in COLUMNS.values():
        if column.field:
            yield f"sorted up by {column.key}", f"/runs/?sort={column.key}"
            yield f"sorted down by {column.key}", f"/runs/?sort=-{column.key}"


def _report(figures: dict[str, Times], queries: dict[str, int], file: Path | None) -> int:
    told = {**pages.summary(figures, queries), "ms": pages.rows(figures, queries)}
    print(json.dumps(told, indent=1))
    if file:
        file.write_text(json.dumps(told, indent=1) + "\n")
    missed = [name for name in figures if figures[name].p95 > BAR_MS or queries[name] > BAR_QUERIES]
    print(f"missed: {', '.join(missed) or 'none'} (bar: {BAR_MS:.0f} ms p95, {BAR_QUERIES} queries)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
