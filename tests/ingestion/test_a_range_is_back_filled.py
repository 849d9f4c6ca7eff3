"""A range of runs, by command and by job: whole, once, and from where it stopped."""

from __future__ import annotations

from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from tests.ingestion.conftest import Taking

from lumicert.accounts.models import User
from lumicert.decisions.selectors import current_seq
from lumicert.runs import jobs, outside
from lumicert.runs.models import Backfill, Era, Fill, Run


@pytest.fixture
def over(taking: Taking) -> Taking:
    """The shift when it has been over for a week."""
    taking.sandbox.advance(7 * 24 * 3600)
    return taking


def numbers(taking: Taking) -> list[int]:
    return [run.run_number for run in taking.sandbox.world.runs]


def run_command(runs: str) -> str:
    said = StringIO()
    call_command("import_", "oms", f"--runs={runs}", stdout=said)
    return said.getvalue()


def test_the_command_fetches_runs_fills_and_eras_and_says_how_many(over: Taking) -> None:
    first, last = numbers(over)[0], numbers(over)[-1]
    assert f"{len(numbers(over))} runs read" in run_command(f"{first}-{last}")
    assert list(Run.objects.order_by("run").values_list("run", flat=True)) == numbers(over)
    assert set(Run.objects.values_list("state", flat=True)) <= {"ended", "final"}
    assert Fill.objects.exists()
    assert Era.objects.exists()
    again = run_command(f"{first}-{last}")
    assert "0 with something new; 0 events appended" in again


def test_one_run_is_a_range_too(over: Taking) -> None:
    wanted = numbers(over)[2]
    assert "1 runs read" in run_command(str(wanted))
    assert list(Run.objects.values_list("run", flat=True)) == [wanted]


@pytest.mark.parametrize("wrong", ["9-5", "all", "0-7", "1-99999999999"])
def test_a_range_that_is_none_is_told(wrong: str, db: None) -> None:
    with pytest.raises(CommandError, match="no range of runs"):
        run_command(wrong)


def test_without_an_address_of_oms_the_command_says_which_variable_sets_it(db: None, settings: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"oms_url": None})
    outside.forget()
    with pytest.raises(CommandError, match="LUMICERT_OMS_URL says where it is"):
        run_command("1-2")
    outside.forget()


def test_a_command_that_oms_interrupts_keeps_what_it_has_and_says_how_to_go_on(over: Taking) -> None:
    first, last, third = numbers(over)[0], numbers(over)[-1], numbers(over)[2]
    over.sandbox.fault("error-500", "oms", run=third)
    with pytest.raises(CommandError, match=rf"OMS is down .*go on with --runs {third}-{last}|--runs \d+-{last}"):
        run_command(f"{first}-{last}")
    there = Run.objects.count()
    assert 0 < there < len(numbers(over))
    over.sandbox.clear()
    outside.forget()
    run_command(f"{third}-{last}")
    assert Run.objects.count() == len(numbers(over))


def test_a_back_fill_that_is_asked_for_twice_is_one(over: Taking, leader: User) -> None:
    asked = uuid4()
    for _ in range(2):
        jobs.ask_for_backfill(first=1, last=999_999, actor=leader, asked=asked)
    assert Backfill.objects.count() == 1
    jobs.back_fill(asked=str(asked))
    row = Backfill.objects.get()
    assert (row.state, row.done) == (Backfill.State.DONE, len(numbers(over)))
    before = current_seq()
    jobs.back_fill(asked=str(asked))
    assert current_seq() == before


def test_a_back_fill_waits_while_oms_is_down_and_goes_on_from_where_it_was(over: Taking, leader: User) -> None:
    row = jobs.ask_for_backfill(first=1, last=999_999, actor=leader, asked=uuid4())
    over.sandbox.stop()
    jobs.back_fill(asked=str(row.id))
    row.refresh_from_db()
    assert row.state == Backfill.State.WAITING
    assert "is down" in row.failure
    over.sandbox.start()
    outside.forget()
    jobs.back_fill(asked=str(row.id))
    row.refresh_from_db()
    assert (row.state, row.failure, row.done) == (Backfill.State.DONE, "", len(numbers(over)))


def test_a_back_fill_makes_room_for_others_and_comes_again(
    over: Taking, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_BACKFILL_SECONDS", 0.0)
    row = jobs.ask_for_backfill(first=1, last=999_999, actor=leader, asked=uuid4())
    for done in range(1, len(numbers(over)) + 1):
        jobs.back_fill(asked=str(row.id))
        row.refresh_from_db()
        assert (row.state, row.done) == (Backfill.State.RUNNING, done)
    jobs.back_fill(asked=str(row.id))
    row.refresh_from_db()
    assert row.state == Backfill.State.DONE


def test_a_back_fill_that_is_stopped_stays_so(over: Taking, leader: User) -> None:
    row = jobs.ask_for_backfill(first=1, last=999_999, actor=leader, asked=uuid4())
    jobs.stop_backfill(row.id)
    jobs.back_fill(asked=str(row.id))
    assert not Run.objects.exists()
    assert Backfill.objects.get().state == Backfill.State.STOPPED


@pytest.mark.parametrize(("first", "last"), [(9, 5), (0, 5), (1, 2**31)])
def test_a_back_fill_of_no_range_is_refused(first: int, last: int, leader: User) -> None:
    with pytest.raises(ValueError, match="are no range"):
        jobs.ask_for_backfill(first=first, last=last, actor=leader, asked=uuid4())
