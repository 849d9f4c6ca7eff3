"""The facts of many runs, fetched together, are those that each run is classified by."""

from __future__ import annotations

from typing import Any

import pytest

from lumicert.accounts.models import User
from lumicert.classification.selectors import last_facts
from lumicert.classification.tests.world import collisions, cosmics, decide
from lumicert.rules.facts import Facts
from lumicert.runs.intake import facts_of_run, take_era
from lumicert.runs.typing import enter_run, type_run

pytestmark = pytest.mark.django_db


def comparable(facts: Facts) -> tuple[Any, ...]:
    return facts.run, dict(facts.attributes), facts.flags, facts.lumis, dict(facts.decided)


@pytest.fixture
def runs(leader: User) -> list[int]:
    """The newest first."""
    take_era(name="Run2022A", attributes={"start_run": 355_000, "end_run": 355_103})
    take_era(name="Run2022B", attributes={"start_run": 355_102, "end_run": None})
    collisions(355_100)
    collisions(355_101, off={"bpix_ready": ((3, 5), (9, 9))}, era="Run2022Z")
    cosmics(355_102, lumis=((1, 7), (10, 30)))
    collisions(355_104, hlt_key=None)
    # what is fetched again in parts becomes several rows of one flag
    collisions(355_104, hlt_key=None, lumis=((1, 25),), off={"dtp_ready": ((20, 25),)})
    decide(355_101, leader, klass="Commissioning22", run_type="cosmics")
    decide(355_102, leader, significant=False, energy=450)
    type_run(run=355_101, values={}, released=["run_type"], actor=leader)
    return [355_104, 355_102, 355_101, 355_100]


def test_they_are_the_facts_of_each_run(runs: list[int]) -> None:
    assert [comparable(facts) for facts in last_facts(10)] == [comparable(facts_of_run(run)) for run in runs]


def test_what_a_person_decided_and_released_is_told_apart(runs: list[int]) -> None:
    decided = {facts.run: dict(facts.decided) for facts in last_facts(10)}
    assert decided[355_101] == {"class": "Commissioning22"}
    assert decided[355_102] == {"significant": False}


def test_of_the_runs_the_newest_are_taken(runs: list[int]) -> None:
    assert [facts.run for facts in last_facts(2)] == runs[:2]


def test_a_run_that_no_source_reported_is_left_out(leader: User) -> None:
    enter_run(run=400_000, run_type="cosmics", n_ls=5, recorded=None, actor=leader)
    assert last_facts(10) == []


def test_many_runs_need_no_more_queries_than_one(runs: list[int], django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(4):
        last_facts(1)
    with django_assert_max_num_queries(4):
        last_facts(10)
