"""What is kept in memory and moved on event by event is what a fresh reading gives."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicert.accounts.models import User
from lumicert.decisions.services import undo
from lumicert.golden import kept, selectors
from lumicert.golden.policies import PolicyVersion
from lumicert.golden.tests.test_the_frame_agrees_with_a_slow_reading import COMPONENTS, RUNS, forgotten, lumis, words
from lumicert.golden.tests.world import DATASET, flag, good_run, is_status, policy, register, report, say

pytestmark = pytest.mark.django_db

RULE = {"and": [*(is_status(component) for component in COMPONENTS), {"!": [{"==": [flag("cms_active"), False]}]}]}


def verdicts(version: PolicyVersion, at: int | None = None) -> tuple[list[int], list[int], list[int]]:
    golden = selectors.build(policy=version, dataset=DATASET, at=at)
    return golden.universe.run.tolist(), golden.universe.ls.tolist(), golden.verdicts.tolist()


def fresh(version: PolicyVersion, at: int | None = None) -> tuple[list[int], list[int], list[int]]:
    kept.forget()
    return verdicts(version, at)


steps = st.one_of(
    words.map(lambda word: ("say", word)),
    st.tuples(st.sampled_from(RUNS), lumis).map(lambda pair: ("register", pair)),
    st.tuples(st.sampled_from(RUNS), lumis).map(lambda pair: ("report", pair)),
    st.just(("undo", None)),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(steps, min_size=2, max_size=10))
def test_moving_on_gives_what_a_fresh_reading_gives_at_every_event(shifter: User, history: list) -> None:
    version = policy(RULE)
    with forgotten():
        for run in RUNS:
            register(run, ((1, 24),))
        moved, last = [(None, verdicts(version))], None
        for kind, what in history:
            if kind == "undo":
                last = undo(act=last.id, actor=shifter) if last else None
            elif kind == "say":
                run, component, status, ranges, person = what
                last = say(run, component, status, ranges, by=shifter if person else None)
            elif kind == "register":
                register(*what)
                last = None
            else:
                report(what[0], what[1], {"cms_active": {"true": what[1]}})
                last = None
            moved.append((selectors.build(policy=version, dataset=DATASET).seq, verdicts(version)))
        for at, seen in moved[1:]:
            assert seen == fresh(version, at)


def test_a_new_status_reads_that_component_alone(shifter: User, django_assert_max_num_queries) -> None:
    for run in range(1, 6):
        good_run(run)
    version = policy(RULE)
    kept.forget()
    verdicts(version)
    say(3, "tracker-pixel", "BAD", ((5, 9),), by=shifter)
    with django_assert_max_num_queries(4):
        seen = verdicts(version)
    assert seen == fresh(version)


def test_a_status_of_another_dataset_changes_nothing(shifter: User) -> None:
    good_run(1)
    register(1, ((1, 100),), dataset="online")
    before = verdicts(policy(RULE))
    say(1, "tracker-pixel", "BAD", ((5, 9),), by=shifter, dataset="online")
    assert verdicts(policy(RULE)) == before == fresh(policy(RULE))


def test_what_was_kept_of_another_log_is_not_moved_on(shifter: User) -> None:
    with forgotten():
        good_run(1)
        verdicts(policy(RULE))
    register(1, ((1, 100),))
    for component in COMPONENTS:
        say(1, component, "BAD", ((1, 100),))
    say(1, "tracker-track", "GOOD", ((1, 100),))
    say(1, "tracker-pixel", "BAD", ((1, 1),), by=shifter)
    assert set(verdicts(policy(RULE))[2]) == {0}


def test_only_the_newest_few_are_kept() -> None:
    kept.forget()
    good_run(1)
    for at in range(kept.MOST_KEPT + 3):
        verdicts(policy(RULE), at=min(at, 5) or None)
    assert len(kept._kept) <= kept.MOST_KEPT
