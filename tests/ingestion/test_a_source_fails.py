"""Every fault of a source: what is stored, what waits, and what people are told. Nothing wrong ever becomes a value."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from tests.ingestion.conftest import Taking
from tests.ingestion.test_a_shift_is_followed import collisions

from lumicert.accounts.models import User
from lumicert.decisions.models import Event
from lumicert.decisions.projections import check
from lumicert.decisions.ranges import canonical
from lumicert.decisions.selectors import current_seq
from lumicert.runs import jobs, outside
from lumicert.runs.fetching import fetch_run, want
from lumicert.runs.lumisections import read_lumisections
from lumicert.runs.models import Fetch, Run
from lumicert.runs.typing import enter_run
from lumicert.runs.values import values_of_run


def fetch(run: int) -> Fetch | None:
    """Have one run fetched; what is left to do afterwards."""
    want(run)
    jobs.fetch_run(run=run)
    return Fetch.objects.filter(run=run).first()


def health(name: str = outside.OMS) -> outside.SourceHealth:
    return next(each for each in outside.health() if each.name == name)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("down", "broke off"),
        ("reset", "broke off"),
        ("hang", "no complete answer"),
        ("slow", "no complete answer"),
        ("error-500", "HTTP 500"),
        ("html", "web page in place of data"),
        ("truncated", "broken JSON"),
        ("redirect", "sign in"),
        ("renamed-field", "was it renamed?"),
    ],
)
def test_a_fault_stores_nothing_and_the_run_waits_with_the_reason(taking: Taking, fault: str, told: str) -> None:
    run = collisions(taking)
    taking.sandbox.advance(12 * 3600)
    taking.sandbox.fault(fault, "oms")
    before = current_seq()
    waits = fetch(run)
    assert current_seq() == before
    assert not Run.objects.filter(run=run).exists()
    assert waits is not None
    assert told in waits.failure
    assert waits.tries == 1
    assert health().health in {"down", "degraded"}
    assert told in health().why

    taking.sandbox.clear()
    outside.forget()
    assert fetch(run) is None
    assert Run.objects.get(run=run).klass == "Collisions22"
    assert health().health == "up"


def test_an_empty_page_cannot_hide_lumisections(taking: Taking, monkeypatch: pytest.MonkeyPatch) -> None:
    run = collisions(taking)
    taking.sandbox.advance(12 * 3600)
    oms = outside.oms()
    assert oms is not None
    # so that the run has several pages; they are asked for by key, not by place
    monkeypatch.setattr(oms, "_lumisections", 50)
    taking.sandbox.fault("missing-page", "oms")
    fetch_run(oms, run)
    truth = next(each for each in taking.sandbox.world.runs if each.run_number == run)
    assert read_lumisections(run).lumis == canonical((ls, ls) for ls in truth.lumisections.lumisection_number.tolist())


def test_a_token_that_is_refused_once_is_renewed_and_nobody_notices(taking: Taking) -> None:
    run = collisions(taking)
    taking.sandbox.advance(12 * 3600)
    taking.sandbox.fault("unauthorized-once", "oms")
    assert fetch(run) is None
    assert Run.objects.filter(run=run).exists()


def test_a_null_is_stored_as_null_and_is_a_visible_change_when_the_value_is_back(taking: Taking) -> None:
    run = collisions(taking)
    taking.sandbox.advance(12 * 3600)
    taking.sandbox.fault("null-field", "oms", field="recorded_lumi")
    fetch(run)
    row = Run.objects.get(run=run)
    assert row.attributes["recorded_lumi"] is None
    assert row.recorded is None
    taking.sandbox.clear()
    fetch(run)
    told = values_of_run(run)["recorded_lumi"]
    assert told.counts is not None
    assert told.counts.value is not None
    assert [word.value for word in told.before] == [None]


@pytest.mark.parametrize("fault", ["negative", "huge"])
def test_a_value_that_cannot_be_is_unknown_and_told(taking: Taking, fault: str) -> None:
    run = collisions(taking)
    taking.sandbox.advance(12 * 3600)
    taking.sandbox.fault(fault, "oms", field="recorded_lumi")
    fetch(run)
    row = Run.objects.get(run=run)
    assert row.recorded is None
    assert "recorded_lumi" not in row.attributes
    refused = values_of_run(run)["recorded_lumi"].refused
    assert refused is not None
    assert "can be" in refused.why or "which no fill gives" in refused.why


def test_a_value_that_changes_an_hour_later_is_an_event(taking: Taking) -> None:
    run = collisions(taking)
    taking.pass_minutes(12 * 60)
    before = Run.objects.get(run=run).attributes["recorded_lumi"]
    seq = current_seq()
    taking.sandbox.fault("changed-value", "oms", field="recorded_lumi", seconds=60.0)
    taking.pass_minutes(5)
    fetch(run)
    told = values_of_run(run)["recorded_lumi"]
    assert told.counts is not None
    assert told.counts.value != before
    assert told.before[0].value == before
    assert Event.objects.filter(seq__gt=seq, kind="run.reported", run=run).exists()


def test_a_clock_that_is_wrong_is_told_and_hurts_nothing(taking: Taking) -> None:
    run = collisions(taking)
    taking.sandbox.advance(12 * 3600)
    taking.sandbox.fault("clock-skew", "all")
    assert fetch(run) is None
    assert abs(health().row.skew or 0) > 60


@pytest.mark.django_db
def test_with_all_sources_down_pages_answer_and_a_run_is_entered_and_later_completed(
    taking: Taking, shifter: User, client: Client
) -> None:
    run = collisions(taking)
    taking.sandbox.advance(12 * 3600)
    taking.sandbox.stop()
    taking.look()
    client.force_login(shifter)
    for page in ("/", "/runs/", "/golden/", "/events/", "/lists/"):
        client.get(page, follow=True)
        begun = time.monotonic()
        assert client.get(page, follow=True).status_code == 200
        # the bar is 0.3 s in a benchmark; here it is that no page waits for a source
        assert time.monotonic() - begun < 5
    assert {each.health for each in outside.health()} == {"down"}
    assert "CERN SSO" in health().why

    enter_run(run=run, run_type="collisions", n_ls=100, recorded="12.5", actor=shifter)
    assert Run.objects.get(run=run).state == ""

    taking.sandbox.start()
    outside.forget()
    taking.look()
    row = Run.objects.get(run=run)
    assert row.state in {"ended", "final"}
    assert row.recorded == 12_500_000_000_000
    told = values_of_run(run)["recorded_lumi"]
    assert told.beneath is not None
    assert told.beneath.by == "OMS"
    assert all(each.same for each in check())
