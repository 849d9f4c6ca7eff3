"""Rules of now are applied to runs that are here: through a worker, each run once, what differs alone is written."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.classification import jobs, services
from lumicert.classification.models import Reclassification
from lumicert.classification.tests.world import collisions, decide, renamed
from lumicert.decisions.models import Event
from lumicert.decisions.services import ActRefused
from lumicert.rules.services import save_rules
from lumicert.runs.models import Run
from lumicert.runs.typing import enter_run

pytestmark = pytest.mark.django_db
RUNS = (360_001, 360_002, 360_005)


@pytest.fixture
def new_rules(leader: User) -> None:
    """Three runs of the old class, and rules that give another one."""
    for run in RUNS:
        collisions(run)
    save_rules(name="class", document=json.loads(renamed()), comment="2023", actor=leader, expected=1)


def ask(actor: User, first: int = 360_000, last: int = 370_000, asked: UUID | None = None) -> Reclassification:
    return services.ask_to_classify_again(first=first, last=last, actor=actor, asked=asked or uuid4())


def work(row: Reclassification) -> Reclassification:
    jobs.classify_again(asked=str(row.id))
    row.refresh_from_db()
    return row


def classes() -> dict[int, str]:
    return dict(Run.objects.values_list("run", "klass"))


def test_until_rules_are_applied_runs_keep_what_they_have(new_rules: None) -> None:
    assert set(classes().values()) == {"Collisions22"}


def test_the_worker_applies_them_to_every_run_of_the_range(new_rules: None, leader: User) -> None:
    row = work(ask(leader, first=360_002))
    assert classes() == {360_001: "Collisions22", 360_002: "Collisions23", 360_005: "Collisions23"}
    assert (row.state, row.total, row.done, row.changed, row.refused) == ("done", 2, 2, 2, 0)


def test_again_they_change_nothing(new_rules: None, leader: User) -> None:
    work(ask(leader))
    before = Event.objects.count()
    row = work(ask(leader))
    assert (row.done, row.changed) == (3, 0)
    assert Event.objects.count() == before


def test_what_a_person_typed_stays(new_rules: None, leader: User) -> None:
    decide(360_001, leader, klass="Commissioning22")
    work(ask(leader))
    assert classes()[360_001] == "Commissioning22"


def test_asking_twice_under_one_identity_is_asking_once(new_rules: None, leader: User) -> None:
    asked = uuid4()
    assert ask(leader, asked=asked) == ask(leader, asked=asked)
    assert ProcrastinateJob.objects.filter(task_name="classification.classify_again").count() == 1


def test_a_range_without_such_runs_is_refused(leader: User) -> None:
    enter_run(run=360_003, run_type="cosmics", n_ls=5, recorded=None, actor=leader)
    with pytest.raises(services.NoRuns, match="no run from 360000 to 370000 was reported by a source"):
        ask(leader)


def test_a_worker_that_was_killed_goes_on_where_it_was(
    new_rules: None, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, seen, real = ask(leader), [], services.classify_again

    def killed_at_the_second(run: int) -> Any:
        seen.append(run)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(run=run)

    monkeypatch.setattr(services, "classify_again", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        work(row)
    row = work(row)
    assert seen == [360_001, 360_002, 360_002, 360_005]
    assert (row.state, row.done, row.changed) == ("done", 3, 3)


def test_stopped_it_ends_behind_the_run_that_it_is_at(
    new_rules: None, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, real = ask(leader), services.classify_again

    def stopped_meanwhile(run: int) -> Any:
        services.stop(row.id)
        return real(run=run)

    monkeypatch.setattr(services, "classify_again", stopped_meanwhile)
    row = work(row)
    assert (row.state, row.done, row.position) == ("stopped", 1, 360_002)
    assert work(row).done == 1


def test_between_its_turns_others_get_theirs(new_rules: None, leader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_MOST_SECONDS", 0.0)
    row = ask(leader)
    for done in (1, 2, 3):
        assert work(row).done == done
        assert ProcrastinateJob.objects.count() == 1 + done
    assert row.state == "running"
    assert work(row).state == "done"
    assert set(classes().values()) == {"Collisions23"}


def test_a_worker_that_was_taken_for_dead_does_no_run_twice(
    new_rules: None, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, real = ask(leader), services._one

    def overtaken(asked: UUID, run: int) -> bool:
        Reclassification.objects.filter(id=asked).update(position=360_005)
        return real(asked, run)

    monkeypatch.setattr(services, "_one", overtaken)
    row = work(row)
    assert (row.state, row.done, row.changed) == ("running", 0, 0)


def test_a_run_that_is_refused_keeps_no_other_from_its_turn(
    new_rules: None, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = services.classify_again

    def refused(run: int) -> Any:
        if run == 360_002:
            raise ActRefused([(0, "the log takes nothing of it")])
        return real(run=run)

    monkeypatch.setattr(services, "classify_again", refused)
    row = work(ask(leader))
    assert (row.state, row.done, row.changed, row.refused) == ("done", 3, 2, 1)
    assert row.refusal == "run 360002: the log takes nothing of it"


def test_on_the_page_the_range_is_asked_for_and_its_progress_shown(
    new_rules: None, leader: User, client_of: ClientOf
) -> None:
    browser = client_of(leader)
    assert 'value="360001-360005"' in browser.get("/rules/apply").content.decode()
    answer = browser.post("/rules/apply", {"runs": "360001 - 360002", "asked": uuid4()})
    assert answer.status_code == 302
    page = browser.get("/rules/apply").content.decode()
    assert "2 runs from 360001 to 360002 will be classified again" in page
    assert "0 of 2 runs, 0 changed" in page
    row = Reclassification.objects.get()
    browser.post(f"/rules/apply/{row.id}/stop")
    assert "?runs=360001-360002" in browser.get("/rules/apply").content.decode()


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ("5-4", "5-4 is reversed"),
        ("all", "is no range of runs"),
        ("0-4", "is not possible"),
        ("1-9999999999", "is not possible"),
        ("1-2", "no run from 1 to 2 was reported"),
        ("", "required"),
    ],
)
def test_a_wrong_range_is_said_at_its_field_and_kept(
    runs: str, message: str, new_rules: None, leader: User, client_of: ClientOf
) -> None:
    answer = client_of(leader).post("/rules/apply", {"runs": runs, "asked": uuid4()})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert message in page
    assert f'value="{runs}"' in page


def test_a_page_that_is_live_is_answered_only_where_it_is_out_of_date(
    new_rules: None, leader: User, client_of: ClientOf
) -> None:
    browser = client_of(leader)
    tag = browser.get("/rules/apply").context["tag"]
    assert browser.get("/rules/apply", headers={"X-Lumicert-Live": tag}).status_code == 204
    ask(leader)
    fresh = browser.get("/rules/apply", headers={"X-Lumicert-Live": tag})
    assert fresh.status_code == 200
    assert "<html" not in fresh.content.decode()
    assert "0 of 3 runs" in fresh.content.decode()


def test_stopping_what_nobody_asked_for_is_a_404(leader: User, client_of: ClientOf) -> None:
    assert client_of(leader).post(f"/rules/apply/{uuid4()}/stop").status_code == 404
