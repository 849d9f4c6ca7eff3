"""Runs appear, grow, end and settle by themselves; their datasets arrive; each change is an event."""

from __future__ import annotations

import pytest
from tests.ingestion.conftest import Taking

from lumicert.decisions.models import Event
from lumicert.decisions.projections import check
from lumicert.decisions.selectors import current_seq
from lumicert.runs.models import Dataset, Fetch, Fill, Run
from lumicert.runs.selectors import luminosity_of_runs

HOURS_TO_PROMPT = 50


def collisions(taking: Taking) -> int:
    """The first collision run of the shift."""
    return next(run.run_number for run in taking.sandbox.world.runs if run.kind == "collisions")


def until(taking: Taking, run: int, minutes: float) -> None:
    """Let time pass until so many minutes after the beginning of a run."""
    truth = next(each for each in taking.sandbox.world.runs if each.run_number == run)
    wanted = (truth.start_time - taking.now).total_seconds() / 60 + minutes
    taking.pass_minutes(wanted)


def test_a_run_appears_grows_ends_and_becomes_final(taking: Taking) -> None:
    run = collisions(taking)
    taking.look()
    assert not Run.objects.filter(run=run).exists()

    until(taking, run, minutes=8)
    early = Run.objects.get(run=run)
    assert (early.state, early.end_time) == ("going", None)
    taking.pass_minutes(20)
    later = Run.objects.get(run=run)
    assert later.state == "going"
    assert (later.n_ls or 0) > (early.n_ls or 0) > 0

    taking.pass_minutes(12 * 60)
    ended = Run.objects.get(run=run)
    assert ended.end_time is not None
    assert (ended.klass, ended.run_type, ended.significant) == ("Collisions22", "collisions", True)
    # OMS lists lumisections until the next run begins
    assert Dataset.objects.get(run=run, dataset="online").lumis[-1][1] >= (ended.n_ls or 0) > (later.n_ls or 0)
    taking.pass_minutes(6 * 60)
    taking.look()
    assert Run.objects.get(run=run).state in {"ended", "final"}
    assert not Fetch.objects.exists()
    assert all(each.same for each in check())


def test_what_is_stored_is_what_oms_says_to_the_last_inverse_barn(taking: Taking) -> None:
    run = collisions(taking)
    for _ in range(12):
        taking.pass_minutes(60)
    row, truth = Run.objects.get(run=run), next(r for r in taking.sandbox.world.runs if r.run_number == run)
    assert row.attributes["recorded_lumi"] == truth.recorded_lumi
    own = luminosity_of_runs([run])
    assert row.recorded == pytest.approx(int(own.recorded.sum()), rel=1e-3)
    assert Fill.objects.get(fill=row.fill).recorded is not None


def test_following_a_shift_gives_what_one_look_at_its_end_gives(taking: Taking) -> None:
    for _ in range(30):
        taking.pass_minutes(20)
    taking.pass_minutes(60 * 24)
    taking.look()
    followed = Run.objects.count()
    seq = current_seq()
    for run in Run.objects.values_list("run", flat=True):
        from lumicert.runs.fetching import want

        want(run)
    taking.look()
    news = Event.objects.filter(seq__gt=seq).exclude(kind="fill.reported")
    assert [event.kind for event in news if event.payload.get("state") != "final"] == []
    assert followed == Run.objects.count()


def test_express_arrives_soon_and_prompt_after_two_days(taking: Taking) -> None:
    run = collisions(taking)
    taking.pass_minutes(12 * 60)
    names = set(Dataset.objects.filter(run=run).values_list("dataset", flat=True))
    assert any(name.startswith("/Express/") for name in names)
    assert not any(name.startswith("/PromptReco/") for name in names)
    taking.pass_minutes(60 * HOURS_TO_PROMPT)
    prompt = Dataset.objects.get(run=run, dataset__startswith="/PromptReco/")
    assert prompt.in_gui
    assert prompt.lumis == Dataset.objects.get(run=run, dataset="online").lumis


def test_looking_twice_appends_nothing(taking: Taking) -> None:
    taking.pass_minutes(12 * 60)
    taking.look()
    seq = current_seq()
    taking.look()
    taking.look()
    assert current_seq() == seq
