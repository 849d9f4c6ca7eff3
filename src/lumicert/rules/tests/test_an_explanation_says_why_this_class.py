"""Each rule, each of its conditions, whether it held, and with which values."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lumicert.policy import IN, OUT, UNDECIDED, UNKNOWN
from lumicert.rules.explain import explain, explain_component
from lumicert.rules.tests.world import RULES, collisions, cosmics, facts


def test_the_rule_that_decides_is_the_first_that_holds():
    found = explain(RULES, cosmics())
    of_run = [rule for rule in found.classes if rule.applies]
    assert [(rule.says, rule.verdict, rule.decides) for rule in of_run] == [
        ("Collisions22", OUT, False),
        ("Collisions22Special", OUT, False),
        ("Cosmics22", IN, True),
        ("Commissioning22", IN, False),
    ]
    assert found.classification.klass == "Cosmics22"
    assert found.given.verdict == IN
    assert [(rule.name, rule.decides) for rule in found.significant] == [("Cosmics22", True)]


def test_rules_of_other_years_never_decide():
    others = [rule for rule in explain(RULES, cosmics()).classes if not rule.applies]
    assert {rule.says for rule in others} >= {"Commissioning18", "Commissioning17"}
    assert any(rule.verdict == IN for rule in others)
    assert not any(rule.decides for rule in others)


def test_each_condition_shows_the_value_that_it_saw():
    collisions_rule = explain(RULES, cosmics()).classes[0]
    leaves = [node for node in collisions_rule.explanation.walk() if node.leaf is not None]
    assert [(dict(leaf.inputs), leaf.verdict) for leaf in leaves[:2]] == [
        ({"hlt_key": "/cdaq/cosmic/commissioning2022/v1.2.0/HLT/V1"}, OUT),
        ({"beam1_present": False}, OUT),
    ]


def test_a_value_that_is_true_in_substance_is_shown_as_holding():
    # Run Registry's own explanation shows such a condition as false
    significant = explain(RULES, collisions(tier0_transfer=1)).significant[0]
    transfer = next(node for node in significant.explanation.walk() if node.leaf is not None)
    assert (transfer.verdict, dict(transfer.inputs)) == (IN, {"tier0_transfer": 1})


def test_a_rule_that_hangs_on_something_unknown_decides_that_nothing_is_known():
    found = explain(RULES, replace(collisions(), flags={}))
    assert found.classification.klass is UNKNOWN
    first = found.classes[0]
    assert (first.verdict, first.decides) == (UNDECIDED, True)
    assert not any(rule.decides for rule in found.classes[1:])


def test_a_run_without_an_hlt_key_is_explained_by_what_a_class_is_given_for():
    found = explain(RULES, collisions(hlt_key=None))
    assert found.given.verdict == OUT
    assert found.significant == ()


def test_a_component_is_explained_in_one_lumisection():
    known = collisions()
    known = replace(known, flags={**known.flags, "rpc_ready": {"true": ((1, 50),), "false": ((51, 100),)}})
    for ls, expected in ((50, ["GOOD"]), (51, ["STANDBY"])):
        rules = explain_component(RULES.components, known, component="rpc-rpc", ls=ls)
        assert [rule.says for rule in rules] == ["EXCLUDED", "STANDBY", "GOOD"]
        assert [rule.says for rule in rules if rule.decides] == expected


def test_what_is_not_there_cannot_be_explained():
    with pytest.raises(LookupError, match="no lumisection 101"):
        explain_component(RULES.components, collisions(), component="rpc-rpc", ls=101)
    with pytest.raises(LookupError, match="'rpc-none'"):
        explain_component(RULES.components, collisions(), component="rpc-none", ls=1)


def test_a_page_can_be_made_of_it():
    found = explain(RULES, facts())
    text = json.dumps([rule.to_json() for rule in (*found.run_type, *found.classes)])
    assert '"known": false' in text
