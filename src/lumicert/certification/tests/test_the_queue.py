"""What waits: datasets that arrived and that nobody certified, in the order in which they are due."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lumicert.certification import claims, drafts, selectors, services
from lumicert.certification.queue import Asked, next_of, sent_back, waiting
from lumicert.certification.tests.world import DATASETS, a_run, certify
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import append
from lumicert.runs.events import DatasetRegistered, RunClassified

pytestmark = pytest.mark.django_db


def asked(user, **wanted):
    return waiting(asked=Asked(**wanted), workspace="tracker", user=user)


def keys(queue):
    return [(row.run, row.reconstruction) for row in queue.rows]


def classify(run: int, **values: object) -> None:
    said = RunClassified.model_validate({"values": values, "versions": {}})
    append(events=[NewEvent(said, run)], actor=None, origin=Origin.AUTOMATIC)


def test_each_reconstruction_of_a_run_waits_until_it_is_certified(shifter):
    a_run(316001, by=shifter)
    assert keys(asked(shifter)) == [(316001, "express"), (316001, "prompt")]
    certify(316001, by=shifter)
    assert keys(asked(shifter)) == [(316001, "prompt")]


def test_what_was_withdrawn_waits_again(shifter):
    a_run(316001, by=shifter, datasets=("express",))
    certify(316001, by=shifter)
    live = selectors.live_of(316001, "tracker", "express")
    services.withdraw(live=live, actor=shifter, reason="wrong run", expected=current_seq())
    assert keys(asked(shifter)) == [(316001, "express")]


def test_express_is_due_after_a_day_and_prompt_after_a_week_and_a_rereco_never(shifter):
    a_run(316001, by=shifter, datasets=("rereco", "prompt", "express"))
    rows = {row.reconstruction: row for row in asked(shifter).rows}
    assert list(rows) == ["express", "prompt", "rereco"]
    assert rows["express"].due - rows["express"].arrived == timedelta(hours=24)
    assert rows["prompt"].due - rows["prompt"].arrived == timedelta(days=7)
    assert rows["rereco"].due is None


def test_a_dataset_that_is_told_of_again_arrived_when_it_first_did(shifter):
    a_run(316001, by=shifter, datasets=("express",))
    before = asked(shifter).rows[0].arrived
    again = NewEvent(DatasetRegistered(source="OMS"), 316001, DATASETS["express"], lumis=((1, 401),))
    append(events=[again], actor=None, origin=Origin.AUTOMATIC)
    assert asked(shifter).rows[0].arrived == before


def test_two_datasets_of_one_reconstruction_wait_once(shifter):
    a_run(316001, by=shifter, datasets=("express",))
    other = NewEvent(DatasetRegistered(source="OMS"), 316001, "/Express/Another2018/DQM", lumis=((1, 400),))
    append(events=[other], actor=None, origin=Origin.AUTOMATIC)
    assert [row.dataset for row in asked(shifter).rows] == ["/Express/Another2018/DQM"]


def test_insignificant_runs_are_hidden_and_counted(shifter):
    a_run(316001, by=shifter, datasets=("express",))
    a_run(316002, by=shifter, datasets=("express",))
    classify(316001, significant=False)
    usual = asked(shifter)
    assert (keys(usual), usual.found, usual.hidden) == ([(316002, "express")], 1, 1)
    assert len(asked(shifter, insignificant=True).rows) == 2


def test_a_long_list_of_runs_and_ranges_is_found(shifter):
    for run in range(316001, 316031):
        a_run(run, by=shifter, datasets=("express",))
    single = [(run, run) for run in range(316001, 316023)]
    assert asked(shifter, runs=[*single, (316028, 316030)]).found == 25


def test_filters_by_reconstruction_and_class(shifter):
    a_run(316001, by=shifter)
    a_run(316002, by=shifter)
    classify(316001, **{"class": "Collisions18"})
    assert keys(asked(shifter, reconstructions=("prompt",), order="newest")) == [(316002, "prompt"), (316001, "prompt")]
    assert keys(asked(shifter, klass="collisions18")) == [(316001, "express"), (316001, "prompt")]


def test_what_one_is_on_oneself_comes_first_and_a_draft_is_seen(shifter, shifter2):
    for run in (316001, 316002, 316003):
        a_run(run, by=shifter, datasets=("express",))
    key = {"workspace": "tracker", "reconstruction": "express"}
    claims.keep(run=316001, user=shifter, **key)
    claims.keep(run=316003, user=shifter2, **key)
    drafts.save(run=316002, user=shifter, seq=1, typed={}, **key)
    rows = asked(shifter, order="newest").rows
    assert [(row.run, row.on_it, row.mine) for row in rows] == [
        (316001, "shifter", True), (316003, "shifter2", False), (316002, "", False),
    ]  # fmt: skip
    assert [row.draft_at is not None for row in rows] == [False, False, True]


def test_one_goes_on_behind_where_one_is_past_what_others_are_on_and_round(shifter, shifter2):
    for run in (316001, 316002, 316003):
        a_run(run, by=shifter, datasets=("express",))
    claims.keep(run=316002, workspace="tracker", reconstruction="express", user=shifter2)

    def after(run):
        found = next_of(asked=Asked(order="newest"), workspace="tracker", user=shifter, after=(run, "express"))
        return found.run if found else None

    assert [after(316003), after(316001), after(999999)] == [316001, 316003, 316003]


def test_where_nothing_is_left_there_is_no_next(shifter):
    a_run(316001, by=shifter, datasets=("express",))
    assert next_of(asked=Asked(), workspace="tracker", user=shifter, after=(316001, "express")) is None


def test_what_was_sent_back_to_me_is_told_until_i_change_it(shifter, shifter2, leader):
    a_run(316001, by=shifter)
    certify(316001, by=shifter)
    live = selectors.live_of(316001, "tracker", "express")
    services.review(live=live, outcome="sent back", comment="look at TOB", actor=leader, expected=current_seq())
    assert [(each.run, each.by, each.comment) for each in sent_back(workspace="tracker", user=shifter)] == [
        (316001, "leader", "look at TOB")
    ]
    assert sent_back(workspace="tracker", user=shifter2) == []
    certify(316001, by=shifter)
    assert sent_back(workspace="tracker", user=shifter) == []


def test_the_queue_takes_two_queries_however_long_it_is(shifter, django_assert_num_queries):
    for run in range(316001, 316121):
        a_run(run, by=shifter, datasets=("express",))
    with django_assert_num_queries(2):
        first = asked(shifter)
    assert (len(first.rows), first.found, first.place.pages) == (100, 120, 2)
    second = waiting(asked=Asked(), workspace="tracker", user=shifter, page=2)
    assert len(second.rows) == 20
    assert not set(keys(first)) & set(keys(second))
