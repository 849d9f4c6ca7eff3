"""A document is refused with the name of each rule that cannot be used, and why."""

from __future__ import annotations

from typing import Any

import pytest

from lumicert.rules.documents import NAMES, RulesRefused, read_document, written_document
from lumicert.rules.selectors import shipped


def refused(name: str, document: Any) -> str:
    with pytest.raises(RulesRefused) as refusal:
        read_document(name, document)
    return str(refusal.value)


def class_rule(**changes: Any) -> dict[str, Any]:
    return {"name": "collisions", "class": "Collisions22", "priority": 1, "if": True} | changes


def test_a_misspelt_variable_is_refused_with_its_rule_and_what_was_meant():
    logic = {"and": [{"==": [{"var": "beam1_stabel"}, True]}]}
    text = refused("class", {"rules": [class_rule(), class_rule(**{"class": "Collisions23", "if": logic})]})
    assert "rules[1].if (collisions Collisions23)" in text
    assert 'there is no variable "beam1_stabel"' in text
    assert "did you mean beam1_stable" in text


def test_every_rule_that_is_wrong_is_named_at_once():
    wrong = [class_rule(**{"if": {"like": [1, 2]}}), class_rule(), class_rule(priority=0)]
    with pytest.raises(RulesRefused) as refusal:
        read_document("class", {"rules": wrong})
    assert [place.partition(" ")[0] for place, _ in refusal.value.problems] == ["rules[0].if", "rules[2].priority"]


@pytest.mark.parametrize(
    ("name", "document", "words"),
    [
        ("colour", {}, "there is no rule set 'colour'"),
        ("class", [], "valid dictionary"),
        ("class", {}, "rules: Field required"),
        ("class", {"rules": [class_rule(extra=1)]}, "rules[0].extra (collisions Collisions22)"),
        ("class", {"rules": [class_rule(runs=[10, 5])]}, "[10, 5] is no range of runs"),
        ("class", {"rules": [class_rule(runs=[0, 5])]}, "[0, 5] is no range of runs"),
        ("class", {"rules": [class_rule(**{"class": "a\nb"})]}, "rules[0].class"),
        ("class", {"rules": [class_rule(note="\0")]}, "NUL"),
        ("class", {"rules": [class_rule(**{"if": [1]})]}, "a rule is an operation"),
        ("class", {"given_if": {"==": [1]}, "rules": []}, "given_if: ==: == takes 2 operands"),
        ("run-type", {"rules": [], "otherwise": "circulating"}, "otherwise"),
        ("significant", {"rules": [{"class": "A", "if": True}] * 2}, "A has more than one rule"),
        ("components", {"online": [{"component": "pixel", "status": "GOOD", "priority": 1, "if": True}]}, "component"),
        ("components", {"online": [{"component": "a-b", "status": "FINE", "priority": 1, "if": True}]}, "status"),
        ("components", {"online": [{"component": "a-b", "status": "EMPTY", "priority": 1, "if": True}]}, "status"),
        ("components", {"online": [], "offline": {"copied": {"a-b": []}, "constant": {"a-b": "GOOD"}}}, "choose one"),
    ],
)
def test_what_is_wrong_is_said(name, document, words):
    assert words in refused(name, document)


def dataset(**changes: Any) -> dict[str, Any]:
    return {"class": "A", "name": "/Express/A/DQM", "arrived": ["^/A/"]} | changes


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([dataset(arrived=["(a+)+"])], "repeats a group"),
        ([dataset(arrived=["[a"])], "rules[0].arrived[0] (/Express/A/DQM A): '[a' is no regular expression"),
        ([dataset(arrived=["{era}"])], "does not hold {era}"),
        ([dataset(name="/Express/A{year}/DQM")], "holds {"),
        ([dataset(name="/Express/A /DQM")], "rules[0].name"),
        ([dataset(name="online")], "rules[0].name"),
        ([dataset(), dataset()], "A gets /Express/A/DQM from two rules"),
        ([dataset(runs=[1, 10]), dataset(runs=[10, None])], "A gets /Express/A/DQM from two rules"),
    ],
)
def test_datasets_that_could_not_be_registered_or_found_are_refused(rules, words):
    assert words in refused("datasets", {"rules": rules})


def test_the_same_name_may_be_given_to_different_runs():
    read_document("datasets", {"rules": [dataset(runs=[1, 9]), dataset(runs=[10, None]), dataset(**{"class": "B"})]})


def test_a_rule_nested_without_end_is_refused():
    logic: Any = True
    for _ in range(400):
        logic = {"!": [logic]}
    assert refused("class", {"rules": [class_rule(**{"if": logic})]})


@pytest.mark.parametrize("name", NAMES)
def test_what_ships_is_read_and_written_back_the_same(name):
    document = shipped(name).document
    assert read_document(name, written_document(document)) == document
    assert shipped(name).version == 1
