"""Why one lumisection is in, out or undecided."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings

from lumicert.policy import IN, OUT, UNDECIDED, UNKNOWN, Column, Frame, Policy
from lumicert.policy.tests.skeleton import verdict
from lumicert.policy.tests.strategies import conditions, frames

STRIP_IS_GOOD = {"==": [{"var": "lumisection.rr.tracker-strip"}, "GOOD"]}
ACTIVE = {"==": [{"var": "lumisection.oms.cms_active"}, True]}
ENERGY = {"<=": [6000, {"var": "run.oms.energy"}, 7000]}


def one_row(**values):
    names = {
        "strip": "lumisection.rr.tracker-strip",
        "active": "lumisection.oms.cms_active",
        "energy": "run.oms.energy",
    }
    return Frame(1, {names[name]: Column.constant(value) for name, value in values.items()})


def explained(rule, **values):
    return Policy.parse(rule, None).explain(one_row(**values), 0)


def test_a_row_that_is_in_needs_no_change():
    explanation = explained({"and": [STRIP_IS_GOOD, ACTIVE]}, strip="GOOD", active=True)
    assert (explanation.verdict, explanation.changes) == (IN, ())


def test_each_node_says_what_it_found():
    explanation = explained({"and": [STRIP_IS_GOOD, ACTIVE, ENERGY]}, strip="BAD", active=None)
    assert explanation.verdict == OUT
    assert [node.path for node in explanation.walk()] == ["and", "and[0].==", "and[1].==", "and[2].<="]
    assert [node.verdict for node in explanation.children] == [OUT, OUT, UNDECIDED]
    assert [dict(node.inputs) for node in explanation.children] == [
        {"lumisection.rr.tracker-strip": "BAD"},
        {"lumisection.oms.cms_active": None},
        {"run.oms.energy": UNKNOWN},
    ]
    assert [node.text for node in explanation.walk()] == [
        "all of 3 conditions",
        "tracker-strip is GOOD",
        "cms_active is true",
        "6000 <= run energy <= 7000",
    ]


def test_all_failing_operands_of_and_must_change():
    explanation = explained({"and": [STRIP_IS_GOOD, ACTIVE, ENERGY]}, strip="BAD", active=True)
    assert [leaf.path for leaf in explanation.changes] == ["and[0].==", "and[2].<="]


def test_the_cheapest_operand_of_or_must_change():
    rule = {"or": [{"and": [STRIP_IS_GOOD, ACTIVE]}, ENERGY]}
    assert [leaf.text for leaf in explained(rule, strip="BAD", active=False, energy=450).changes] == [
        "6000 <= run energy <= 7000"
    ]


def test_under_not_the_condition_that_holds_must_change():
    explanation = explained({"!": {"and": [ACTIVE, STRIP_IS_GOOD]}}, strip="GOOD", active=True)
    assert [leaf.path for leaf in explanation.changes] == ["!.and[0].=="]


def test_branches_that_agree_need_no_known_condition():
    rule = {"if": [{"and": [ACTIVE, ENERGY]}, True, STRIP_IS_GOOD]}
    assert [leaf.path for leaf in explained(rule, strip="BAD").changes] == ["if[2].=="]


def test_the_conditions_of_earlier_branches_count_among_the_changes():
    rule = {"if": [ACTIVE, False, ENERGY, True, False]}
    assert [leaf.path for leaf in explained(rule, active=True, energy=450).changes] == ["if[0].==", "if[2].<="]


def test_a_rule_that_says_false_cannot_be_changed():
    explanation = explained({"and": [False, STRIP_IS_GOOD]}, strip="GOOD")
    assert explanation.changes is None
    assert explanation.to_json()["changes"] is None


def test_the_json_of_an_explanation_tells_unknown_from_null():
    page = explained({"and": [ACTIVE, STRIP_IS_GOOD]}, active=None).to_json()
    assert json.loads(json.dumps(page)) == page
    assert [child["inputs"] for child in page["children"]] == [
        [{"name": "lumisection.oms.cms_active", "value": None, "known": True}],
        [{"name": "lumisection.rr.tracker-strip", "value": None, "known": False}],
    ]
    assert (page["verdict"], page["known"], page["changes"]) == ("out", True, [0, 1])


def test_numbers_that_json_cannot_hold_are_shown_as_text():
    rule = {"if": [{"/": [{"var": "run.oms.energy"}, 0]}]}
    assert explained(rule, energy=1).to_json()["children"][0]["value"] == "inf"


def test_arrays_and_objects_are_shown_as_they_are():
    column = Column.constant([{"a": [1, None]}])
    page = Policy.parse({"if": [{"var": "x"}]}, None).explain(Frame(1, {"x": column}), 0).to_json()
    assert page["value"] == [{"a": [1, None]}]


def test_with_unknown_as_null_the_inputs_still_show_what_is_unknown():
    policy = Policy.parse({"and": [ACTIVE]}, None, unknown_as_null=True)
    explanation = policy.explain(one_row(), 0)
    assert explanation.verdict == OUT
    assert explanation.children[0].inputs == {"lumisection.oms.cms_active": UNKNOWN}


@pytest.mark.parametrize("row", [-1, 3])
def test_a_row_that_does_not_exist_is_refused(row):
    frame = Frame(3, {})
    with pytest.raises(IndexError, match=rf"no row {row}: the frame has 3 rows"):
        Policy.parse(STRIP_IS_GOOD, None).explain(frame, row)


def test_deeply_nested_ifs_are_explained_at_once():
    rule = STRIP_IS_GOOD
    for _ in range(45):
        rule = {"if": [rule, rule if rule is STRIP_IS_GOOD else False, ACTIVE]}
    assert explained(rule, strip="BAD", active=False).verdict == OUT


@settings(max_examples=200)
@given(conditions(), frames())
def test_an_explanation_has_the_verdict_of_the_evaluation(rule, frame):
    policy = Policy.parse(rule, None)
    verdicts = [policy.explain(frame, row).verdict for row in range(frame.n_rows)]
    assert verdicts == policy.evaluate(frame).tolist()


@settings(max_examples=200)
@given(conditions(depth=2), frames(max_rows=2))
def test_the_changes_are_the_smallest_set_that_brings_the_row_in(rule, frame):
    policy = Policy.parse(rule, None)
    if len(policy.leaves) > 7:
        return
    given = {leaf.path: int(v) for leaf, v in zip(policy.leaves, policy.leaf_verdicts(frame)[:, 0], strict=True)}
    changes = policy.explain(frame, 0).changes
    assert (None if changes is None else len(changes)) == smallest_change(rule, given)
    if changes is not None:
        assert can_become_in(rule, given, [leaf.path for leaf in changes])


def smallest_change(rule, given):
    for size in range(len(given) + 1):
        if any(can_become_in(rule, given, chosen) for chosen in itertools.combinations(given, size)):
            return size
    return None


def can_become_in(rule, given, chosen):
    values = itertools.product([0, 2], repeat=len(chosen))
    return any(verdict(rule, given | dict(zip(chosen, value, strict=True))) == 2 for value in values)


def test_a_numpy_row_number_is_as_good_as_any():
    frame = Frame(2, {"lumisection.rr.tracker-strip": Column.coded(np.array([0, 1]), ["GOOD", "BAD"])})
    assert Policy.parse(STRIP_IS_GOOD, None).explain(frame, np.int64(1)).verdict == OUT
