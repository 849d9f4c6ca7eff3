"""A number that no run, event or page can have is told, or passed over: never an error of ours.

Python refuses to read thousands of digits, and the database numbers that are too large for it.
"""

from __future__ import annotations

import pytest
from django.urls import resolve

from lumicert.certification.tests.world import DATASETS, a_run, certify

RUN = 315257
GOLDEN = f"dataset={DATASETS['express']}&policy=tracker-good"
HOSTILE = [
    "9" * 5000,
    "9" * 20,
    "0" * 5000 + "1",
    "0" * 12 + "9" * 12,
    "3000000000",
    "\N{ARABIC-INDIC DIGIT THREE}" * 6,
]
READ = [
    "/search?q={}",
    "/runs/?page={}",
    "/runs/new?run={}",
    f"/runs/{RUN}?at={{}}",
    "/fills/?before={}",
    "/events/?run={}",
    "/events/?before={}",
    f"/golden/?{GOLDEN}&at={{}}",
    f"/golden/?{GOLDEN}@{{}}",
    f"/golden/explain?{GOLDEN}&run={{}}&ls=1",
    f"/golden/explain?{GOLDEN}&run={RUN}&ls={{}}",
    f"/certifications/{RUN}/express/?at={{}}",
    "/certifications/?reference={}",
    "/certifications/?fill={}",
    "/certifications/?page={}",
    "/review/?page={}",
    "/review/week/?week={}-W03",
    "/coverage/?runs={}",
    "/coverage/?page={}",
    "/coverage/check?runs={}",
    "/crosscheck/?page={}",
    "/crosscheck/?runs={}",
    "/crosscheck/outbox?page={}",
    "/queue/?page={}",
    "/queue/?runs={}",
    "/queue/next?after={}+express",
    "/certify/bulk?run={}+express",
    "/sources/?run={}",
    "/rules/explain?run={}&ls=1",
]
WRITTEN = [
    (f"/certify/{RUN}/prompt/", {"pixel.lumis": "{}"}),
    (f"/certify/{RUN}/prompt/", {"expected": "{}"}),
    (f"/certify/{RUN}/prompt/", {"reference": "{} express"}),
    (f"/certify/{RUN}/prompt/", {"tick": "tracker:{}:item"}),
    ("/certify/bulk", {"run": "{} express"}),
    (f"/certifications/{RUN}/express/withdraw", {"expected": "{}", "reason": "x"}),
    (f"/certifications/{RUN}/express/promote", {"first_run": "{}"}),
    ("/references/promote", {"run": "{}", "reconstruction": "express"}),
    ("/review/", {"chosen": "{} express", "outcome": "approved"}),
    ("/coverage/check", {"runs": "{}"}),
    ("/crosscheck/ask", {"run": "{}"}),
    ("/crosscheck/outbox/write", {"certification": "{} express"}),
    ("/sources/fetch", {"run": "{}"}),
    ("/sources/backfill", {"runs": "{}"}),
    (f"/runs/{RUN}/mark", {"lumis": "{}", "component": "tracker-pixel", "status": "BAD", "dataset": "online"}),
    ("/runs/new", {"run": "{}", "run_type": "cosmics", "n_ls": "5"}),
]


@pytest.fixture
def client(db, shifter, leader, client_of):
    a_run(RUN, by=shifter)
    certify(RUN, by=shifter)
    found = client_of(leader)
    found.raise_request_exception = False
    return found


def test_an_address_with_such_a_number_is_answered(client):
    assert all(resolve(address.partition("?")[0]) for address in READ)
    answered = {address: [client.get(address.format(number)).status_code for number in HOSTILE] for address in READ}
    assert {address: codes for address, codes in answered.items() if max(codes) >= 500} == {}


def test_a_form_with_such_a_number_is_answered(client):
    answered = [
        (address, name, client.post(address, {**form, name: form[name].format(number)}).status_code)
        for address, form in WRITTEN
        for name in form
        for number in (HOSTILE if "{}" in form[name] else ())
    ]
    assert [each for each in answered if each[2] >= 500] == []
    # each address is one that there is, which takes forms
    assert not {404, 405} & {code for _, _, code in answered}
