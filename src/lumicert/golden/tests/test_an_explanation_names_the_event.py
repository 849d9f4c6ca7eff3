"""Why a lumisection is in, out or unknown, and who said so."""

from __future__ import annotations

import pytest

from lumicert.accounts.models import User
from lumicert.decisions.services import undo
from lumicert.golden import policies, selectors
from lumicert.golden.tests.world import DATASET, good_run, register, report, say
from lumicert.policy import IN, OUT, UNDECIDED

pytestmark = pytest.mark.django_db


def explained(ls: int, at: int | None = None) -> selectors.Explained:
    golden = selectors.build(policy=policies.find("tracker-good"), dataset=DATASET, at=at)
    found = selectors.explain(golden, run=1, ls=ls)
    assert found is not None
    return found


def test_a_bad_lumisection_names_the_person_the_event_and_the_comment(shifter: User) -> None:
    good_run(1)
    act = say(1, "tracker-strip", "BAD", ((50, 50),), by=shifter, comment="PS trip")
    found = explained(50)
    assert found.tree.verdict == OUT
    strip = next(word for word in found.words if word.component == "tracker-strip")
    assert (strip.event.seq, strip.event.actor_name, strip.stands.comment) == (act.first, "shifter", "PS trip")
    assert strip.over is not None
    assert strip.over.status == "GOOD"
    assert [leaf.text for leaf in found.tree.changes or ()] == ["tracker-strip is GOOD"]


def test_the_neighbours_are_in_by_the_automatic_word(shifter: User) -> None:
    good_run(1)
    say(1, "tracker-strip", "BAD", ((50, 50),), by=shifter)
    for ls in (49, 51):
        found = explained(ls)
        assert found.tree.verdict == IN
        assert {word.stands.layer for word in found.words} == {"automatic"}


def test_it_says_what_else_would_come_in_with_the_same_condition(shifter: User) -> None:
    good_run(1)
    report(1, ((1, 100),), {}, each="0.25")
    say(1, "tracker-strip", "BAD", ((40, 59),), by=shifter)
    gain = explained(50).gain
    assert (gain.n_ls, str(gain.recorded.value.normalize())) == (20, "5")


def test_a_status_that_an_undo_put_back_still_names_who_said_it_first(shifter: User, leader: User) -> None:
    good_run(1)
    first = say(1, "tracker-strip", "STANDBY", ((50, 50),), by=shifter, comment="ramp")
    second = say(1, "tracker-strip", "BAD", ((50, 50),), by=leader, comment="trip")
    undo(act=second.id, actor=leader)
    strip = next(word for word in explained(50).words if word.component == "tracker-strip")
    assert strip.stands.status == "STANDBY"
    assert strip.restored is not None
    assert (strip.restored.seq, strip.restored.actor_name) == (first.first, "shifter")


def test_a_component_that_nobody_spoke_about_is_unknown() -> None:
    register(1, ((1, 5),))
    found = explained(3)
    assert found.tree.verdict == UNDECIDED
    assert found.words == []
    assert len(found.tree.changes or ()) == 3


def test_the_past_is_explained_with_the_words_of_the_past(shifter: User) -> None:
    good_run(1)
    act = say(1, "tracker-strip", "BAD", ((50, 50),), by=shifter)
    assert explained(50, at=act.first - 1).tree.verdict == IN
    assert explained(50, at=act.first).tree.verdict == OUT


def test_a_lumisection_that_no_dataset_has_is_not_explained_away() -> None:
    good_run(1)
    golden = selectors.build(policy=policies.find("tracker-good"), dataset=DATASET)
    assert selectors.explain(golden, run=1, ls=101) is None
    assert selectors.explain(golden, run=2, ls=1) is None


def test_luminosity_that_nobody_reported_is_counted_apart_and_is_not_zero() -> None:
    good_run(1)
    report(1, ((1, 40),), {}, each="0.25")
    golden = selectors.build(policy=policies.find("tracker-good"), dataset=DATASET)
    assert (golden.inside.n_ls, golden.inside.n_without, str(golden.inside.recorded.value.normalize())) == (
        100,
        60,
        "1E+1",
    )
    assert explained(41).recorded is None
