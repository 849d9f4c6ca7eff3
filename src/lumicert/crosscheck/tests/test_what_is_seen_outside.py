"""Asking the registry outside: what is kept, what is asked for, and what is asked about again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lumicert.crosscheck import kept, seeing
from lumicert.crosscheck.models import Asked, Compared, Seen
from lumicert.crosscheck.tests.world import (
    EXPRESS,
    N_LS,
    PROMPT,
    RUN,
    Registry,
    a_run,
    bad_pixel,
    certify,
    changed,
    differing,
    down,
    look,
    row,
    words,
)  # fmt: skip
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.services import append, undo
from lumicert.runs.events import DatasetRegistered

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.has()
    return found


@pytest.fixture
def certified(shifter):
    a_run(RUN, by=shifter, n_ls=N_LS)
    return certify(RUN, by=shifter)


def test_the_same_on_both_sides_is_the_same(certified, registry):
    look(registry)
    assert row().kind == "same"
    assert row().state == "OPEN"


def test_where_one_status_is_said_everywhere_the_counts_are_enough(certified, registry):
    look(registry)
    assert [what[0] for what in registry.asked] == ["datasets"]


def test_an_edit_there_differs_in_exactly_these_lumisections(certified, registry):
    registry.says("tracker-strip", 37, 41, "BAD")
    look(registry)
    assert row().kind == "differs"
    assert row().differing == ["strip"]
    assert differing(row(), "strip") == {"status": [(37, 41)]}
    assert differing(row(), "pixel") == {}


def test_what_is_bad_in_the_same_lumisections_is_the_same(certified, registry, shifter):
    certify(RUN, said=bad_pixel((20, 30)), by=shifter)
    for component in ("tracker-pixel", "tracker-track"):
        registry.says(component, 20, 30, "bad")
    look(registry)
    assert row().kind == "same"


def test_a_lumisection_of_which_nothing_is_said_there_is_told_apart_from_one_that_differs(certified, registry):
    registry.says("tracker-pixel", 1, 3, "NO VALUE FOUND")
    registry.says("tracker-pixel", 9, 9, "STANDBY")
    look(registry)
    assert differing(row()) == {"status": [(9, 9)], "only_here": [(1, 3)]}


def dataset_of(lumis, run=RUN) -> None:
    """The express dataset has these lumisections from now on."""
    said = DatasetRegistered(source="OMS")
    append(events=[NewEvent(said, run, EXPRESS, lumis=lumis)], actor=None, origin=Origin.AUTOMATIC)


def test_lumisections_that_only_they_have_differ(shifter, registry):
    a_run(RUN, by=shifter, n_ls=N_LS)
    dataset_of(((1, N_LS - 5),))
    certify(RUN, by=shifter)
    look(registry)
    assert differing(row()) == {"only_there": [(N_LS - 4, N_LS)]}


@pytest.mark.parametrize(("here", "there"), [(N_LS + 22, N_LS), (N_LS, N_LS + 22), (N_LS + 22, N_LS + 30)])
def test_lumisections_behind_the_end_of_the_run_are_no_difference(here, there, shifter, registry):
    a_run(RUN, by=shifter, n_ls=N_LS)
    dataset_of(((1, here),))
    certify(RUN, said=bad_pixel((20, 30)), by=shifter)
    registry.has(n_ls=there)
    for component in ("tracker-pixel", "tracker-track"):
        registry.says(component, 20, 30, "BAD")
    look(registry)
    assert row().kind == "same"
    registry.says("tracker-pixel", N_LS, N_LS, "BAD")
    Asked.objects.update(due_at=timezone.now())
    look(registry)
    assert differing(row()) == {"status": [(N_LS, N_LS)]}


def test_bad_only_for_low_statistics_is_no_difference(shifter, registry):
    a_run(RUN, by=shifter, n_ls=N_LS)
    certify(RUN, said=words(strip="BAD/L"), by=shifter)
    look(registry)
    assert row().kind == "same"


def test_what_differs_and_is_closed_there_says_so(certified, registry):
    registry.has(state="COMPLETED")
    registry.says("tracker-pixel", 1, 1, "BAD")
    look(registry)
    assert row().kind == "closed"


def test_a_dataset_that_they_do_not_have_is_missing_there(certified, registry, shifter):
    certify(RUN, "prompt", by=shifter)
    look(registry)
    assert (row().kind, row(reconstruction="prompt").kind) == ("same", "missing")


def test_before_anybody_asked_nothing_is_known(certified):
    kept.catch_up()
    assert row().kind == "unseen"


def test_what_was_closed_there_and_nobody_certified_here_is_not_ours(certified, registry):
    registry.has(dataset=PROMPT, state="SIGNOFF")
    registry.has(RUN + 3, state="COMPLETED")
    registry.has(RUN + 4, state="OPEN")
    certify_neighbour(registry)
    look(registry)
    assert row(reconstruction="prompt").kind == "not-ours"
    assert row(run=RUN + 3).kind == "not-ours"
    assert row(run=RUN + 3).run_type == "collisions"
    assert not Compared.objects.filter(run=RUN + 4).exists()


def certify_neighbour(registry: Registry) -> None:
    """Another certified run makes the question one for a range of runs."""
    from lumicert.accounts.services import demo_account

    shifter = demo_account(username="shifter")
    a_run(RUN + 5, by=shifter, n_ls=N_LS)
    certify(RUN + 5, by=shifter)
    registry.has(RUN + 5)


def test_online_is_asked_for_by_itself_because_listings_leave_it_out(shifter, registry):
    from lumicert.crosscheck.tests.world import DATASETS

    DATASETS["online"] = "online"
    try:
        a_run(RUN, by=shifter, n_ls=N_LS, datasets=("online",))
    finally:
        del DATASETS["online"]
    certify(RUN, "online", by=shifter)
    registry.has(dataset="online")
    look(registry)
    assert row(reconstruction="online").kind == "same"


def test_it_is_asked_again_after_the_certification_changed_and_not_before(certified, registry, shifter):
    look(registry)
    asked = len(registry.asked)
    look(registry)
    assert len(registry.asked) == asked
    certify(RUN, said=bad_pixel((1, 2)), by=shifter)
    look(registry)
    assert len(registry.asked) > asked
    assert differing(row()) == {"status": [(1, 2)]}


def test_what_was_seen_too_long_ago_is_asked_for_again(certified, registry):
    look(registry)
    Asked.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    registry.says("tracker-pixel", 5, 9, "BAD")
    look(registry)
    assert differing(row()) == {"status": [(5, 9)]}


def test_while_it_is_down_what_was_seen_stays_with_its_age(certified, registry):
    look(registry)
    seen_at = row().seen_at
    Asked.objects.update(due_at=timezone.now())
    registry.fails = down()
    with pytest.raises(type(registry.fails)):
        look(registry)
    assert (row().kind, row().seen_at) == ("same", seen_at)
    assert seeing.due() == [RUN]


def test_an_answer_that_was_overtaken_by_a_later_one_is_not_kept(certified, registry):
    datasets = registry.datasets

    def slowly(first: int, last: int):
        found = datasets(first, last)
        # meanwhile somebody edits there, and another worker asks and is faster
        registry.datasets = datasets
        registry.says("tracker-pixel", 5, 9, "BAD")
        seeing.ask(registry, seeing.Batch((RUN,)))
        return found

    registry.datasets = slowly
    look(registry)
    assert differing(row()) == {"status": [(5, 9)]}


def test_whoever_is_killed_in_between_goes_on_where_it_was(certified, registry, shifter):
    for more in (1, 2):
        a_run(RUN + more, by=shifter, n_ls=N_LS)
        certify(RUN + more, by=shifter)
        registry.has(RUN + more)
        registry.says("tracker-pixel", 1, 1, "BAD", run=RUN + more)
    registry.fails, registry.calls_before_failing = KeyboardInterrupt(), 2
    with pytest.raises(KeyboardInterrupt):
        look(registry)
    assert row(run=RUN + 2).kind == "differs"
    assert seeing.due() == [RUN + 1, RUN]
    registry.fails = None
    look(registry)
    assert {row(run=RUN + more).kind for more in (1, 2)} == {"differs"}
    assert seeing.due() == []


def test_an_answer_about_one_run_that_makes_no_sense_holds_no_other_up(certified, registry, shifter):
    a_run(RUN + 1, by=shifter, n_ls=N_LS)
    certify(RUN + 1, by=shifter)
    registry.has(RUN + 1)
    sound = registry.datasets

    def datasets(first: int, last: int):
        if first <= RUN <= last:
            raise changed()
        return sound(first, last)

    registry.datasets = datasets
    look(registry)
    assert row(run=RUN + 1).kind == "same"
    assert "there is no run_number" in Asked.objects.get(run=RUN).failure
    assert seeing.due() == []


def test_lumisections_that_no_run_has_are_not_kept(certified, registry):
    from lumicert.sources.run_registry.models import Stretch

    registry.says("tracker-pixel", 1, 1, "BAD")
    registry.stretches = lambda run, dataset: {"tracker-pixel": [Stretch(0, 4, "GOOD", "", "")]}
    look(registry)
    assert not Seen.objects.exists()
    assert "lumisections are counted from 1" in Asked.objects.get(run=RUN).failure


def test_runs_that_lie_near_each_other_are_asked_for_together():
    found = seeing.batches([100, 101, 110, 300, 100_000])
    assert [(each.first, each.last) for each in found] == [(100_000, 100_000), (300, 300), (100, 110)]
    assert all(each.last - each.first < 100 for each in seeing.batches(range(1, 1000, 7)))


def test_a_mark_on_the_run_page_differs_from_the_certification_in_our_own_log(certified, shifter):
    kept.catch_up()
    assert row("ours").kind == "same"
    said = ComponentStatusSaid(layer=Layer.PERSON, status="BAD", cause="HV", comment="")
    event = NewEvent(said, RUN, EXPRESS, "tracker-pixel", ((7, 12),))
    marked = append(events=[event], actor=shifter, origin=Origin.PERSON)
    kept.catch_up()
    assert row("ours").kind == "differs"
    assert differing(row("ours")) == {"status": [(7, 12)]}
    undo(act=marked.id, actor=shifter)
    kept.catch_up()
    assert row("ours").kind == "same"


def test_a_run_that_grew_after_it_was_certified_says_nothing_of_what_is_new(certified, shifter):
    dataset_of(((1, N_LS + 20),))
    kept.catch_up()
    assert differing(row("ours")) == {"only_here": [(N_LS + 1, N_LS + 20)]}


def test_what_is_withdrawn_is_not_compared_any_more(certified, shifter, registry):
    from lumicert.crosscheck.tests.world import withdraw

    look(registry)
    withdraw(shifter)
    kept.catch_up()
    assert not Compared.objects.exists()


def test_the_comparison_is_made_again_from_the_log_when_its_table_is_emptied(certified, registry):
    from lumicert.crosscheck.models import Cursor

    look(registry)
    before = list(Compared.objects.order_by("registry").values_list("registry", "kind", "parts"))
    Compared.objects.all().delete()
    Cursor.objects.all().delete()
    assert kept.catch_up()
    assert list(Compared.objects.order_by("registry").values_list("registry", "kind", "parts")) == before
