"""Why a run is what it is: the rule that decides, each condition with the value it saw, and what stands beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.classification.explaining import NotExplained, explained
from lumicert.classification.tests.world import collisions, cosmics, decide, renamed
from lumicert.rules.services import save_rules
from lumicert.runs.typing import enter_run

pytestmark = pytest.mark.django_db
RUN = 360_001


def answers(run: int = RUN) -> list[tuple[str, str]]:
    return [(item.answer, item.why) for item in explained(run=run).conclusions]


def test_each_conclusion_names_the_rule_that_decides() -> None:
    collisions(RUN)
    assert answers() == [
        ("collisions", "rule “physics with stable beams”"),
        ("Collisions22", "rule “collisions”"),
        ("significant", "rule “Collisions22”"),
    ]
    found = explained(run=RUN)
    assert found.datasets == ["/Express/Collisions2022/DQM"]
    assert found.missing.startswith("the era of the run is not known")
    assert not found.differs


def test_where_all_rules_fail_that_is_the_reason() -> None:
    cosmics(RUN)
    assert answers()[0] == ("cosmics", "all rules fail, so it is cosmics")


def test_the_rules_that_were_asked_stand_apart_from_those_behind_and_those_for_other_runs() -> None:
    cosmics(RUN)
    klass = explained(run=RUN).conclusions[1]
    assert [(rule.says, rule.top.verdict, rule.decides) for rule in klass.rules] == [
        ("Collisions22", "fails", False),
        ("Collisions22Special", "fails", False),
        ("Cosmics22", "holds", True),
    ]
    assert [rule.says for rule in klass.others] == ["Commissioning22"]
    assert klass.elsewhere > 0


def test_each_condition_shows_the_value_that_it_saw(shifter: User, client_of: ClientOf) -> None:
    collisions(RUN)
    page = client_of(shifter).get("/rules/explain", {"run": RUN}).content.decode()
    seen = '<span class="muted">saw</span> <b class="value">{}</b>'
    assert seen.format("/cdaq/physics/Run2022/2e34/v1.4.0/HLT/V3") in page
    assert page.count(seen.format("true")) >= 4


def test_a_class_that_hangs_on_something_unknown_says_on_what() -> None:
    collisions(RUN, hlt_key=None)
    klass = explained(run=RUN).conclusions[1]
    assert (klass.answer, klass.why) == ("no class", "it is not to have a class")
    assert klass.given is not None
    assert klass.given.verdict == "fails"


def test_what_a_person_typed_stands_above_the_rules(leader: User) -> None:
    collisions(RUN)
    decide(RUN, leader, klass="Commissioning22")
    klass = explained(run=RUN).conclusions[1]
    assert (klass.answer, klass.why) == ("Commissioning22", "typed by a person, which stands above the rules")


def test_rules_that_were_saved_since_differ_from_what_stands(leader: User, client_of: ClientOf) -> None:
    collisions(RUN)
    save_rules(name="class", document=json.loads(renamed()), comment="2023", actor=leader, expected=1)
    klass = explained(run=RUN).conclusions[1]
    assert (klass.answer, klass.stands, klass.differs) == ("Collisions23", "Collisions22", True)
    page = client_of(leader).get("/rules/explain", {"run": RUN}).content.decode()
    assert f'href="/rules/apply?runs={RUN}"' in page


def test_a_run_that_no_source_reported_is_said_to_be_outside_the_rules(leader: User, client_of: ClientOf) -> None:
    enter_run(run=RUN, run_type="cosmics", n_ls=5, recorded=None, actor=leader)
    page = client_of(leader).get("/rules/explain", {"run": RUN}).content.decode()
    assert "No source reported this run" in page
    assert "not known: " in page


def test_a_component_is_explained_in_one_lumisection() -> None:
    collisions(RUN, off={"rpc_ready": ((11, 20),)})
    for ls, status in ((10, "GOOD"), (11, "STANDBY")):
        found = explained(run=RUN, component="rpc-rpc", ls=ls).component
        assert found is not None
        assert found.answer == status
        assert [rule.says for rule in found.rules if rule.decides] == [status]


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        ({"run": 5}, "run", "run 5 is not known here"),
        ({"run": RUN, "component": "rpc-rpc"}, "ls", "in which lumisection"),
        ({"run": RUN, "component": "rpc-rpc", "ls": 21}, "ls", "no lumisection 21"),
        ({"run": RUN, "component": "rpc-none", "ls": 1}, "component", "no rule about the component 'rpc-none'"),
    ],
)
def test_what_is_not_there_is_said_at_its_field(asked: dict[str, Any], field: str, message: str) -> None:
    collisions(RUN)
    with pytest.raises(NotExplained, match=message) as refusal:
        explained(**asked)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"run": "x"}, "no run number"),
        ({"run": "9" * 12}, "no run number"),
        ({"run": ""}, "required"),
        ({"run": "7"}, "run 7 is not known here"),
        ({"run": "7", "ls": "-1"}, "no lumisection"),
    ],
)
def test_a_wrong_question_is_answered_in_place(
    asked: dict[str, str], message: str, shifter: User, client_of: ClientOf
) -> None:
    answer = client_of(shifter).get("/rules/explain", asked)
    assert answer.status_code == 422
    assert message in answer.content.decode()


def test_the_page_needs_few_queries(shifter: User, client_of: ClientOf, django_assert_max_num_queries: Any) -> None:
    collisions(RUN)
    browser = client_of(shifter)
    with django_assert_max_num_queries(16):
        assert browser.get("/rules/explain", {"run": RUN}).status_code == 200
