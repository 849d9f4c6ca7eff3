"""The same event and policy version give the same bytes, whatever happens later (invariant R4)."""

from __future__ import annotations

import pytest

from lumicert.accounts.models import User
from lumicert.decisions import projections
from lumicert.decisions.selectors import current_seq
from lumicert.golden import policies, selectors, services
from lumicert.golden.policies import PolicyVersion
from lumicert.golden.tests.world import DATASET, good_run, is_status, register, report, say
from lumicert.policy import PolicyError

pytestmark = pytest.mark.django_db

# A shipped policy stands under published files: a better rule is version 2, never another version 1.
SHIPPED = {
    "tracker-dcs": "baa984d5a82ab87bf0c0199ffb141e3c3fe5512066e2fc27f6fd330fc139b46d",
    "tracker-good": "367b97f8e976ec4f3a404d4200e344e8045d55bd90f663ac2a07f4bdaa44a570",
}


def text(version: PolicyVersion | None = None, at: int | None = None) -> str:
    return selectors.build(policy=version or policies.find("tracker-good"), dataset=DATASET, at=at).text("runs")


def test_a_state_of_the_past_is_what_it_was(shifter: User) -> None:
    good_run(1)
    good_run(2)
    then, seq = text(), current_seq()
    say(1, "tracker-pixel", "BAD", ((5, 9),), by=shifter)
    register(3, ((1, 5),))
    assert text() != then
    assert text(at=seq) == then


def test_a_rebuild_changes_no_byte(shifter: User) -> None:
    good_run(1)
    say(1, "tracker-pixel", "BAD", ((5, 9),), by=shifter)
    report(1, ((1, 100),), {"cms_active": {"true": ((1, 100),)}}, each="0.1")
    before, seq = text(), current_seq()
    projections.rebuild()
    assert text() == before == text(at=seq)


def test_what_is_kept_in_memory_is_never_served_for_another_state(shifter: User) -> None:
    good_run(1)
    assert "100" in text()
    say(1, "tracker-pixel", "BAD", ((100, 100),), by=shifter)
    assert "[1, 99]" in text()
    assert "[1, 100]" in text(at=current_seq() - 1)
    assert "[1, 99]" in text()


def test_a_column_first_needed_later_is_read_as_of_the_same_event(shifter: User) -> None:
    good_run(1)
    seq = current_seq()
    text(at=seq)
    say(1, "tracker-strip", "BAD", ((1, 100),), by=shifter)
    other = PolicyVersion("t", 1, '{"==": [{"var": "lumisection.rr.tracker-strip"}, "GOOD"]}', False, "", None)
    assert "[1, 100]" in selectors.build(policy=other, dataset=DATASET, at=seq).text("runs")


def test_an_event_beyond_the_log_is_refused() -> None:
    good_run(1)
    with pytest.raises(selectors.NoSuchEvent, match="there is no event 999: the log ends at event 5"):
        text(at=999)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_never_changes(name: str) -> None:
    assert policies.find(name, 1).parsed().digest == SHIPPED[name]


def test_a_saved_policy_is_the_next_version_and_the_old_one_stays(leader: User) -> None:
    import json

    rule = json.dumps(is_status("tracker-pixel"))
    version, act = services.save_policy(name="tracker-good", rule=rule, comment="pixel alone", actor=leader)
    assert act is not None
    assert (version.version, version.seq) == (2, act.first)
    assert policies.find("tracker-good", 1).parsed().digest == SHIPPED["tracker-good"]
    assert policies.find("tracker-good").version == 2


def test_a_rule_that_says_the_same_is_not_saved_again(leader: User) -> None:
    _, act = services.save_policy(
        name="tracker-good", rule=policies.find("tracker-good").rule, comment="", actor=leader
    )
    assert act is None


def test_a_withdrawn_version_gives_its_number_to_no_other(leader: User) -> None:
    from lumicert.decisions.services import undo

    _, act = services.save_policy(name="mine", rule="true", comment="", actor=leader)
    assert act is not None
    undone = undo(act=act.id, actor=leader)
    with pytest.raises(policies.NoSuchPolicy):
        policies.find("mine")
    version, _ = services.save_policy(name="mine", rule="false", comment="", actor=leader)
    assert version.version == 2
    undo(act=undone.id, actor=leader)
    assert [item.version for item in policies.all_versions() if item.name == "mine"] == [1, 2]


def test_a_misspelt_variable_is_refused_with_its_place_and_a_suggestion(leader: User) -> None:
    with pytest.raises(PolicyError, match=r"cms_activ.*cms_active"):
        services.save_policy(name="mine", rule='{"var": "lumisection.oms.cms_activ"}', comment="", actor=leader)
