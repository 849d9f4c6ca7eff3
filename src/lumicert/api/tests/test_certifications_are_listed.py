"""Certifications in a list: filters, pages, and what a program needs to follow them."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicert.accounts.testing import browser_of
from lumicert.api.tests.world import API, a_program, items, runs
from lumicert.certification import selectors, services
from lumicert.certification.tests.world import DATASETS, REASON, a_run, certify, promoted, words
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq

pytestmark = pytest.mark.django_db

BASE = 315200
LIST = "/certifications"


@pytest.fixture(autouse=True)
def certified(shifter, shifter2, leader):
    """Runs 315200 to 315205: the first a reference, 203 of cosmics, 204 bad, 205 of another shifter, 201 prompt too."""
    for place in range(6):
        a_run(
            BASE + place,
            by=shifter,
            run_type="cosmics" if place == 3 else "collisions",
            recorded=None if place == 3 else "12.5",
        )
    certify(BASE, by=shifter, date=date(2018, 5, 1))
    reference = promoted(BASE, by=leader)
    certify(BASE + 1, by=shifter, reference=reference, comment="first")
    certify(BASE + 1, "prompt", by=shifter)
    certify(BASE + 2, by=shifter)
    certify(BASE + 3, by=shifter)
    certify(BASE + 4, by=shifter, said=words(tracking="BAD"))
    certify(BASE + 5, by=shifter2)


@pytest.fixture
def program(shifter):
    return a_program(shifter)


def live(place, reconstruction="express"):
    return selectors.live_of(BASE + place, "tracker", reconstruction)


# a filter, and of which runs it leaves certifications
FILTERS = [
    ("", [5, 4, 3, 2, 1, 1, 0]),
    (f"runs={BASE},{BASE + 2}-{BASE + 3}", [3, 2, 0]),
    (f"runs={BASE + 3}-{BASE + 4}", [4, 3]),
    ("reconstruction=prompt", [1]),
    ("type=cosmics", [3]),
    ("verdict=bad", [4]),
    ("verdict=good&shifter=shifter2", [5]),
    ("shifter=nobody", []),
    ("date_to=2018-05-13", [0]),
    ("date_from=2018-05-02&date_to=2018-05-14&type=cosmics", [3]),
    (f"dataset={quote(DATASETS['prompt'])}", [1]),
    (f"reference_run={BASE}", [1]),
    (f"reference_run={BASE}&reference_reconstruction=prompt", []),
    ("review=none", [5, 4, 3, 2, 1, 1, 0]),
    ("review=any", []),
]


def test_a_filter_leaves_those_that_it_says(program):
    left = {asked: [run - BASE for run in runs(program, f"{LIST}?{asked}")] for asked, _ in FILTERS}
    assert left == dict(FILTERS)


def test_filters_of_reviews_ask_for_the_review_that_counts(program, leader, shifter):
    services.review(live=live(1), outcome="approved", comment="fine", actor=leader, expected=current_seq())
    services.review(live=live(2), outcome="sent back", comment="look", actor=leader, expected=current_seq())
    assert runs(program, f"{LIST}?review=approved") == [BASE + 1]
    assert runs(program, f"{LIST}?review=sent%20back") == [BASE + 2]
    assert runs(program, f"{LIST}?review=any") == [BASE + 2, BASE + 1]
    certify(BASE + 1, by=shifter, comment="changed after its review")
    assert runs(program, f"{LIST}?review=any") == [BASE + 2]


def test_what_changed_since_an_event_is_what_was_certified_or_reviewed_after_it(program, leader, shifter):
    seen = program.get(f"{API}{LIST}").json()["as_of"]
    assert seen == current_seq()
    assert runs(program, f"{LIST}?changed_since={seen}") == []
    services.review(live=live(2), outcome="approved", comment="", actor=leader, expected=current_seq())
    certify(BASE + 4, by=shifter)
    assert runs(program, f"{LIST}?changed_since={seen}") == [BASE + 4, BASE + 2]


def test_what_was_withdrawn_since_an_event_is_told_apart(program, shifter):
    seen = current_seq()
    services.withdraw(live=live(2), actor=shifter, reason="wrong run", expected=seen)
    (row,) = items(program, f"/withdrawals?changed_since={seen}")
    assert (row["run"], row["reconstruction"], row["reason"]) == (BASE + 2, "express", "wrong run")
    assert items(program, f"/withdrawals?changed_since={row['event']}") == []
    assert BASE + 2 not in runs(program, LIST)


def test_a_certification_tells_everything_with_its_units(program):
    (row,) = items(program, f"{LIST}?runs={BASE + 4}")
    assert row["at"].endswith("Z")
    assert row == row | {
        "run": BASE + 4, "reconstruction": "express", "workspace": "tracker", "dataset": DATASETS["express"],
        "run_type": "collisions", "verdict": "bad", "shifter": "shifter", "date": "2018-05-14", "reference": None,
        "bad_reason": REASON, "tracker_map": "exists", "review": None, "is_reference": False, "lumisections": 400,
        "recorded_per_pb": "12.5", "delivered_per_pb": None,
    }  # fmt: skip
    assert [(each["component"], each["status"]) for each in row["components"]] == [
        ("tracker-pixel", "GOOD"), ("tracker-strip", "GOOD"), ("tracker-track", "BAD"),
    ]  # fmt: skip


def test_one_certification_has_its_evidence_and_its_review(program, leader):
    services.review(live=live(1), outcome="approved", comment="fine", actor=leader, expected=current_seq())
    told = program.get(f"{API}{LIST}/{BASE + 1}/express").json()
    assert told["reference"] == {"run": BASE, "reconstruction": "express"}
    assert told["facts"]["recorded_per_pb"] == "12.5"
    assert {each["identifier"] for each in told["checklists"]}
    assert (told["review"]["by"], told["review"]["outcome"]) == ("leader", "approved")
    assert program.get(f"{API}{LIST}/{BASE}/express").json()["is_reference"] is True


def test_what_is_not_certified_is_not_there(program):
    answer = program.get(f"{API}{LIST}/{BASE}/prompt")
    assert answer.status_code == 404
    assert f"Run {BASE} is not certified in prompt" in answer.json()["detail"]
    assert program.get(f"{API}{LIST}/{BASE}/prompt/history").status_code == 404


def test_the_history_has_every_event_newest_first_page_by_page(program, leader, shifter):
    certify(BASE + 2, by=shifter, comment="again")
    services.review(live=live(2), outcome="approved", comment="", actor=leader, expected=current_seq())
    services.withdraw(live=live(2), actor=shifter, reason="wrong run", expected=current_seq())
    found = items(program, f"{LIST}/{BASE + 2}/express/history?limit=1")
    assert [each["kind"].partition(".")[2] for each in found] == ["withdrawn", "reviewed", "made", "made"]
    assert [each["actor"] for each in found] == ["shifter", "leader", "shifter", "shifter"]
    assert found[0]["summary"].endswith("(wrong run)")


# ---- pages ----


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 8))
def test_pages_of_any_length_make_the_whole_list_each_row_once(program, limit):
    assert items(program, f"{LIST}?limit={limit}") == items(program, LIST)


def test_what_comes_or_goes_between_two_pages_shifts_nothing(program, shifter):
    first = program.get(f"{API}{LIST}?limit=3").json()
    a_run(BASE + 9, by=shifter)
    certify(BASE + 9, by=shifter)
    services.withdraw(live=live(4), actor=shifter, reason="wrong run", expected=current_seq())
    second = program.get(first["next"]).json()
    told = [(each["run"] - BASE, each["reconstruction"]) for each in second["items"]]
    assert told == [(2, "express"), (1, "prompt"), (1, "express")]


def test_the_next_page_has_the_same_filters(program):
    first = program.get(f"{API}{LIST}?limit=1&reconstruction=express&verdict=good").json()
    assert "verdict=good" in first["next"]
    assert runs(program, f"{LIST}?limit=1&reconstruction=express&verdict=good") == [BASE + n for n in (5, 3, 2, 1, 0)]


def test_a_cursor_that_no_list_gave_is_refused(program):
    for cursor in ("", "x", "a:b:c", "\N{SNOWMAN}", "%00", "W10:aaaa"):
        answer = program.get(f"{API}{LIST}?cursor={cursor}")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), cursor
        assert "cursor" in answer.json()["errors"]


def test_a_cursor_of_another_list_is_refused(program):
    cursor = program.get(f"{API}{LIST}?limit=1&verdict=good").json()["next"].partition("cursor=")[2].partition("&")[0]
    assert program.get(f"{API}{LIST}?limit=1&verdict=good&cursor={cursor}").status_code == 200
    for other in (f"{LIST}?verdict=bad&cursor={cursor}", f"{LIST}?cursor={cursor}", f"/references?cursor={cursor}"):
        assert program.get(f"{API}{other}").status_code == 400


# ---- how many queries ----


ASKED = [
    LIST, f"{LIST}?verdict=good&review=none&changed_since=1&runs={BASE}-{BASE + 9}&limit=2", f"{LIST}/{BASE}/express",
    f"{LIST}/{BASE}/express/history", "/withdrawals", "/workspaces", "/references", "/problems", "/reasons",
    "/checklists", "/checklists/general/1", "/queue", "/queue?limit=1",
]  # fmt: skip


@pytest.mark.parametrize("by", ["token", "session"])
def test_every_address_costs_at_most_six_queries(by, shifter):
    program = a_program(shifter) if by == "token" else browser_of(shifter)
    # when a token was last used is noted once a minute
    program.get(f"{API}{LIST}")
    cost = {}
    for asked in ASKED:
        with CaptureQueriesContext(connection) as captured:
            assert program.get(f"{API}{asked}").status_code == 200, asked
        cost[asked] = len(captured)
    assert max(cost.values()) <= 6, cost


def test_more_rows_cost_no_more_queries(program, django_assert_num_queries):
    program.get(f"{API}{LIST}")
    for limit in (1, 7):
        # the token, the last event, certifications, their runs, their reviews
        with django_assert_num_queries(5):
            assert len(program.get(f"{API}{LIST}?limit={limit}").json()["items"]) == limit


def test_reading_appends_nothing(program):
    before = Event.objects.count()
    for asked in ASKED:
        program.get(f"{API}{asked}")
    assert Event.objects.count() == before
