"""Leaves: what counts as one condition, and how it is said."""

import pytest

from lumicert.policy import Column, Frame, Policy

ACTIVE = {"==": [{"var": "lumisection.oms.cms_active"}, True]}
CLASS = {"var": "run.rr.class"}

WORDS = [
    (ACTIVE, "cms_active is true"),
    ({"==": [{"var": "lumisection.rr.tracker-strip"}, "GOOD"]}, "tracker-strip is GOOD"),
    ({"!=": [{"var": "dataset.global_state"}, None]}, "dataset global_state is not null"),
    ({"===": [{"var": "run.run_number"}, 1]}, "run run_number is exactly 1"),
    ({"<=": [6000, {"var": "run.oms.energy"}, 7000]}, "6000 <= run energy <= 7000"),
    ({"in": ["25ns", {"var": "run.oms.injection_scheme"}]}, "run injection_scheme contains 25ns"),
    ({"in": [CLASS, ["Collisions18", "Cosmics18"]]}, "run class is one of Collisions18, Cosmics18"),
    ({"==": [{"in": ["WMass", {"var": "run.oms.hlt_key"}]}, False]}, "not (run hlt_key contains WMass)"),
    ({"!=": [{"in": ["a", CLASS]}, False]}, "run class contains a"),
    ({">": [{"/": [{"var": "x"}, {"+": [1, {"var": "y"}]}]}, 0.5]}, "(x / (1 + y)) > 0.5"),
    ({"==": [CLASS, ""]}, 'run class is ""'),
    ({"<": [{"min": [{"var": "x"}, 2]}, 1]}, "min(x, 2) < 1"),
    ({"some": [{"var": "x"}, {"==": [{"var": ""}, 1]}]}, "some of x: the element is 1"),
]


@pytest.mark.parametrize(("rule", "words"), WORDS, ids=[words for _, words in WORDS])
def test_a_leaf_reads_like_a_sentence(rule, words):
    (leaf,) = Policy.parse(rule, None).leaves
    assert leaf.text == words


def test_leaves_are_what_stands_between_connectives():
    rule = {
        "and": [
            ACTIVE,
            {"!": {"or": [{"var": "a"}, {"!!": [{"var": "b"}]}]}},
            {"if": [{"var": "c"}, True, {">": [{"and": [{"var": "d"}, 2]}, 1]}]},
            True,
        ]
    }
    policy = Policy.parse(rule, None)
    assert [leaf.path for leaf in policy.leaves] == [
        "and[0].==",
        "and[1].!.or[0].var",
        "and[1].!.or[1].!![0].var",
        "and[2].if[0].var",
        "and[2].if[2].>",
    ]
    assert [leaf.index for leaf in policy.leaves] == [0, 1, 2, 3, 4]
    assert policy.leaves[0].rule == ACTIVE
    assert policy.leaves[4].variables == {"d"}
    assert policy.leaves[0].to_json() == {"index": 0, "path": "and[0].==", "rule": ACTIVE, "text": "cms_active is true"}


def test_connectives_are_told_without_their_operands():
    frame = Frame(1, {"lumisection.oms.cms_active": Column.constant(True)})
    rule = {"or": [{"!": ACTIVE}, {"!!": [ACTIVE]}, {"if": [ACTIVE, True, {"and": [ACTIVE]}]}]}
    root = Policy.parse(rule, None).explain(frame, 0)
    assert [node.text for node in (root, *root.children)] == [
        "at least one of 3 conditions",
        "not: cms_active is true",
        "cms_active is true",
        "if cms_active is true",
    ]
    assert root.children[2].children[2].text == "all of 1 condition"
