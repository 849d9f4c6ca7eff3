"""The pages of certifications at 100,000 of them: every filter, order and board, and the form; with their queries.

    python benchmarks/certifications.py [--json FILE] [--requests N] [--certifications N] [--data FOLDER]

A seeded generator fills the tables of the projections with runs, datasets, certifications, reviews and reference runs
as fourteen years of shifts would, in a database of its own that is removed at the end. A served Lumicert (one process,
as `lumicert serve` runs it) answers over HTTP on loopback. Each filter and each order is asked for alone, as its own
page; forms are filled as a browser would and submitted. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path

from common import pages, product
from common.pages import WARM_UP, Times

CERTIFICATIONS = 100_000
FIRST_RUN = 300_000
# the newest runs are not certified yet: what the queue has, and what is submitted
OPEN_RUNS = 200
BAR_MS, BAR_QUERIES = 100.0, 12
BAR_FORM_MS, BAR_FORM_QUERIES = 150.0, 26
# of each filter a value that many have, and one that few or none have
FILTERS = {
    "from": ("2018-06-01", "2023-12-01"),
    "to": ("2018-06-01", "2010-04-03"),
    "runs": ("310000-340000", "312345, 312347, 320000-320010"),
    "type": ("cosmics", "collisions"),
    "reconstruction": ("prompt", "rereco"),
    "verdict": ("good", "bad"),
    "dataset": ("Express", "Collisions24"),
    "shifter": ("shifter7", "nobody"),
    "reason": ("", "HV off"),
    "map": ("exists", "missing"),
    "reference": ("300000", "300000 express"),
    "is_reference": ("no", "yes"),
    "complete": ("yes", "no"),
    "imported": ("yes", "no"),
    "review": ("any", "none"),
    "class": ("Collisions18", "Cosmics24"),
    "fill": ("6615", "unknown"),
    "era": ("2018D", "2031X"),
    "b_field.from": ("0", "3.79"),
    "b_field.to": ("3.79", "0.001"),
    "energy.from": ("6500", "7000"),
    "energy.to": ("6500", "100"),
    "component": ("pixel", "tracking"),
    "status": ("GOOD", "EXCLUDED"),
    "low": ("yes", "yes"),
    "problem": ("New hole", "FED errors"),
}
CASES = {
    "no filter": "/certifications/",
    "page 500": "/certifications/?page=500",
    "page 5 by recorded": "/certifications/?sort=-recorded&page=5",
    "a component with a status": "/certifications/?component=pixel&status=BAD",
    "a component with low statistics": "/certifications/?component=strip&low=yes&status=BAD",
    "mine": "/certifications/?shifter=me",
    "bad ones of a class, by run": "/certifications/?verdict=bad&class=Collisions18&sort=-run",
    "sent back": "/certifications/?review=sent-back",
    "review: what waits": "/review/",
    "review: what was sent back": "/review/?review=sent-back",
    "references": "/references/",
    "coverage": "/coverage/",
    "coverage of a range": "/coverage/?runs=320000-321000",
    "coverage of a class": "/coverage/?class=Collisions18",
    "withdrawn": "/certifications/withdrawn/",
    "the count beside the menu": "/certifications/news",
    "the week of a busy year": "/review/week/?week=2018-W39",
    "Run Registry: what differs": "/crosscheck/",
    "Run Registry: all": "/crosscheck/?show=all",
    "Run Registry: a component that differs": "/crosscheck/?component=pixel",
    "Run Registry: the log": "/crosscheck/?registry=ours&show=all",
    "the queue": "/queue/",
}
# the boards have a bar of queries of their own
MORE_QUERIES = {"references": 14}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--certifications", type=int, default=CERTIFICATIONS)
    parser.add_argument("--data", type=Path, default=Path(".data") / f"benchmark-certifications-{os.getpid()}")
    asked = parser.parse_args()
    runs = asked.certifications // 2
    with product.database(asked.data):
        from lumicert.accounts.models import User

        User.objects.create_user("leader", role="leader", workspaces=["*"])
        product.fill(_FILL, runs=runs, first=FIRST_RUN, open=OPEN_RUNS)
        cookie, questions = product.session_of("leader"), list(_questions())
        with product.served() as url:
            # a filter that says nothing without another one is refused, and that is measured too
            figures = pages.measure(url, cookie, questions, requests=asked.requests, answered=(200, 400))
            forms = _fill_in(url, cookie, runs, asked.requests)
        waits = ("the form", f"/certify/{FIRST_RUN + runs - OPEN_RUNS}/express/")
        queries = pages.count_queries("leader", [*questions, waits])
    return _report(figures, forms, queries, asked.json)


# Half of the runs are collisions; each has an express and a prompt certification, the oldest tenth a re-reconstruction.
_FILL = (
    """INSERT INTO runs_run (run, seq, source, state, typed, klass, run_type, significant, fill, start_time, end_time,
        last_update, duration, n_ls, recorded, delivered, init_lumi, end_lumi, energy, b_field, stable_beam,
        tier0_transfer, hlt_key, hlt_physics_rate, hlt_physics_counter, l1_hlt_mode, l1_key, l1_menu, l1_rate,
        l1_triggers_counter, trigger_mode, initial_prescale_index, sequence, clock_type, cmssw_version,
        fill_type_runtime, injection_scheme, components, attributes, units)
    SELECT %(first)s + i, i, 'OMS', 'final', false,
        CASE WHEN i %% 2 = 0 THEN 'Collisions' ELSE 'Cosmics' END || (10 + i * 15 / %(runs)s),
        CASE WHEN i %% 2 = 0 THEN 'collisions' ELSE 'cosmics' END, true, CASE WHEN i %% 2 = 0 THEN 2000 + i / 5 END,
        timestamptz '2010-04-01' + i * interval '150 minutes', NULL, NULL, (random() * 30000)::int,
        (random() * 1500)::int, CASE WHEN i %% 2 = 0 THEN (random() * 5e14)::bigint END, NULL, NULL, NULL,
        CASE WHEN i %% 2 = 0 THEN 6500 END, 3.8 * random(), i %% 2 = 0, true, '/cdaq/physics/Run2018', NULL, NULL, '',
        '', '', NULL, NULL, '', NULL, '', '', '', 'PROTONS', '', '',
        (SELECT jsonb_object_agg('attribute_' || n, md5((i * n)::text)) FROM generate_series(1, 40) n), '{}'
    FROM generate_series(0, %(runs)s - 1) i""",
    """INSERT INTO runs_fill (fill, seq, state, typed, era, fill_type, scheme, attributes, units)
    SELECT fill, 1, 'final', false, 2010 + (fill - 2000) * 15 / 10000 || chr(65 + fill %% 6), 'PROTONS', '', '{}', '{}'
    FROM (SELECT DISTINCT fill FROM runs_run WHERE fill IS NOT NULL) fills""",
    """INSERT INTO runs_dataset (run, dataset, seq, source, states, in_gui, lumis)
    SELECT run, name, seq, 'OMS', '{"global_state": "OPEN"}', '[]', int4multirange(int4range(1, 2 + n_ls::int))
    FROM runs_run, LATERAL (VALUES ('online'), ('/Express/' || klass || '/DQM'), ('/PromptReco/' || klass || '/DQM'))
        names(name)""",
    """INSERT INTO certification_certification (run, workspace, reconstruction, seq, at, dataset, run_type, verdict,
        shifter, date, reference_run, reference_reconstruction, bad_reason, tracker_map, comment, complete, imported,
        parts, rest)
    SELECT run, 'tracker', reconstruction, row_number() OVER (ORDER BY run, reconstruction), start_time, dataset,
        run_type, CASE WHEN bad THEN 'bad' ELSE 'good' END, shifter, (start_time + interval '1 day')::date,
        CASE WHEN compared THEN run - run %% 1000 END, CASE WHEN compared THEN reconstruction END,
        CASE WHEN bad THEN (ARRAY['HV off', 'LV off', 'DAQ problem'])[1 + (random() * 2)::int] ELSE '' END,
        CASE WHEN random() < 0.02 THEN 'missing' ELSE 'exists' END,
        CASE WHEN bad THEN 'a long comment about what was wrong in this run' ELSE '' END, random() < 0.98, false,
        jsonb_build_object(
            'pixel', jsonb_build_object('status', CASE WHEN bad THEN 'BAD' WHEN random() < 0.01 THEN 'EXCLUDED'
                ELSE 'GOOD' END, 'low_statistics', false, 'comment', '', 'bad_lumis', '[]'::jsonb,
                'problems', CASE WHEN bad THEN '["New hole"]'::jsonb ELSE '[]' END),
            'strip', jsonb_build_object('status', CASE WHEN low THEN 'BAD' ELSE 'GOOD' END, 'low_statistics', low,
                'problems', '[]'::jsonb, 'comment', '', 'bad_lumis', '[]'::jsonb),
            'tracking', jsonb_build_object('status', CASE WHEN bad THEN 'BAD' ELSE 'GOOD' END, 'low_statistics', false,
                'problems', '[]'::jsonb, 'comment', '',
                'bad_lumis', CASE WHEN random() < 0.02 AND NOT bad THEN '[[10, 20]]'::jsonb ELSE '[]' END)),
        jsonb_build_object('facts', (SELECT jsonb_object_agg('fact_' || n, n) FROM generate_series(1, 12) n),
            'checklists', (SELECT jsonb_agg(md5(n::text)) FROM generate_series(1, 30) n))
    FROM (SELECT *, 'shifter' || (run / 50) %% 300 AS shifter, random() < 0.04 AS bad, random() < 0.03 AS low,
            random() < 0.95 AS compared
        FROM runs_run, LATERAL (VALUES ('express', '/Express/' || klass || '/DQM'),
            ('prompt', '/PromptReco/' || klass || '/DQM')) names(reconstruction, dataset)
        WHERE run < %(first)s + %(runs)s - %(open)s) said""",
    """INSERT INTO decisions_componentstatus (seq, run, dataset, component, layer, status, cause, comment, lumis)
    SELECT 3000000 + 9 * seq + 3 * part + place, run, dataset,
        ('{tracker-pixel,tracker-strip,tracker-track}'::text[])[part + 1], layer, status, '', '',
        int4multirange(CASE WHEN status = 'STANDBY' THEN int4range(1, 13)
            ELSE int4range(CASE WHEN layer = 'person' AND run %% 50 = 0 THEN 1 ELSE 13 END, 900) END)
    FROM certification_certification, generate_series(0, 2) part,
        (VALUES (0, 'person', 'GOOD'), (1, 'automatic', 'GOOD'), (2, 'automatic', 'STANDBY')) said(place, layer, status)
    """,
    """INSERT INTO certification_review (run, workspace, reconstruction, seq, at, of, outcome, comment)
    SELECT run, workspace, reconstruction, 1000000 + seq, at, seq,
        CASE WHEN random() < 0.02 THEN 'sent back' ELSE 'approved' END, ''
    FROM certification_certification WHERE run < %(first)s + %(runs)s * 0.9""",
    """INSERT INTO certification_reference (run, workspace, reconstruction, seq, at, notes, first_run, last_run)
    SELECT run, workspace, reconstruction, 2000000 + seq, at, 'a long run', NULL, NULL
    FROM certification_certification WHERE run %% 1000 = 0""",
    """INSERT INTO crosscheck_compared (registry, run, workspace, reconstruction, dataset, run_type, date, kind, state,
        parts, differing, seq, seen_at)
    SELECT registry, run, workspace, reconstruction, dataset, run_type, date, CASE WHEN run %% 20 = 0 THEN 'differs'
        ELSE 'same' END, 'OPEN', (SELECT jsonb_agg(jsonb_build_object('key', key, 'label', key, 'component', key,
            'low', false, 'here', '{"GOOD": [[1, 700]]}'::jsonb, 'there', '{"GOOD": [[1, 650]], "BAD": [[651, 700]]}'
            ::jsonb, 'status', '[[651, 700]]'::jsonb, 'only_here', '[]'::jsonb, 'only_there', '[]'::jsonb))
            FROM jsonb_object_keys(parts) key), CASE WHEN run %% 20 = 0 THEN ARRAY['pixel'] ELSE '{}' END, seq, at
    FROM certification_certification, (VALUES ('ours'), ('outside')) of(registry)""",
)


def _questions() -> Iterator[tuple[str, str]]:
    """Each page, each filter of the product and each order, by name."""
    from lumicert.certification.listing import OF_RUN, OWN
    from lumicert.certification.workspaces import workspace
    from lumicert.review.filters import CertificationFilterForm

    yield from CASES.items()
    for name in CertificationFilterForm({}, of=workspace("tracker"), reader="leader").fields:
        for value in dict.fromkeys(FILTERS[name]):
            yield f"filter {name}={value}", f"/certifications/?{name}={value}"
    for name in (*OWN, *OF_RUN):
        yield f"sorted up by {name}", f"/certifications/?sort={name}"
        yield f"sorted down by {name}", f"/certifications/?sort=-{name}"


def _fill_in(url: str, cookie: str, runs: int, requests: int) -> dict[str, Times]:
    """Opening a form and submitting it, a run each."""
    import httpx

    opened, submitted = [], []
    with httpx.Client(base_url=url, cookies={"lumicert_session": cookie}, timeout=60) as client:
        for run in range(FIRST_RUN + runs - 2 * (requests + WARM_UP), FIRST_RUN + runs, 2):
            address = f"/certify/{run}/express/"
            started = time.perf_counter()
            form = _Form(client.get(address).text)
            opened.append(1000 * (time.perf_counter() - started))
            started = time.perf_counter()
            answer = client.post(address, data=form.filled, headers={"Referer": url})
            submitted.append(1000 * (time.perf_counter() - started))
            if answer.status_code != HTTPStatus.FOUND:
                raise SystemExit(f"{address} answered {answer.status_code}: {answer.text[:3000]}")
    return {"the form": pages.times(opened), "submitting it": pages.times(submitted)}


class _Form(HTMLParser):
    """The form of a run as somebody fills it in who finds everything good."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.filled: dict[str, list[str]] = {"confirm": ["no-reference", "no-luminosity", "reference-old"]}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name, value = told.get("name", ""), told.get("value", "")
        if tag != "input" or not name or name == "confirm":
            return
        if told.get("type") in ("radio", "checkbox"):
            if value in ("GOOD", "exists") or name == "tick" or (name == "reference" and "checked" in told):
                self.filled.setdefault(name, []).append(value)
        else:
            self.filled.setdefault(name, []).append(value)


def _report(figures: dict[str, Times], forms: dict[str, Times], queries: dict[str, int], file: Path | None) -> int:
    told = {**pages.summary(figures, queries), "forms": {name: each._asdict() for name, each in forms.items()}}
    if file:
        file.write_text(json.dumps({**told, "ms": pages.rows(figures, queries)}, indent=1) + "\n")
    print(json.dumps(told, indent=1))
    missed = [
        name for name in figures if figures[name].p95 > BAR_MS or queries[name] > MORE_QUERIES.get(name, BAR_QUERIES)
    ]
    missed += [name for name, each in forms.items() if each.p95 > BAR_FORM_MS]
    missed += ["queries of the form"] if queries["the form"] > BAR_FORM_QUERIES else []
    print(
        f"missed: {', '.join(missed) or 'none'} (bar: {BAR_MS:.0f} ms p95, {BAR_QUERIES} queries; "
        f"of the form {BAR_FORM_MS:.0f} ms, {BAR_FORM_QUERIES} queries, {queries['the form']} taken)"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
