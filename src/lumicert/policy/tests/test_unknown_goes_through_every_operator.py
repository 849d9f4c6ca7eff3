"""Kleene's logic: what is known of a result when an operand is unknown."""

import json

import pytest

from lumicert.policy import IN, OUT, UNDECIDED, UNKNOWN
from lumicert.policy.parse import parse
from lumicert.policy.scalar import judge

U = {"var": "u"}
TRUE, FALSE = {"==": [1, 1]}, {"==": [1, 2]}
U_IS_GOOD = {"==": [U, "GOOD"]}
ROW = {"u": UNKNOWN, "n": None, "one": 1, "list": [1, 2]}

CASES = [
    # connectives
    ({"and": [FALSE, U]}, OUT, False),
    ({"and": [U, FALSE]}, OUT, UNKNOWN),
    ({"and": [U_IS_GOOD, FALSE]}, OUT, False),
    ({"and": [TRUE, U]}, UNDECIDED, UNKNOWN),
    ({"and": [U, TRUE]}, UNDECIDED, UNKNOWN),
    ({"and": [U, U]}, UNDECIDED, UNKNOWN),
    ({"or": [TRUE, U]}, IN, True),
    ({"or": [U, TRUE]}, IN, UNKNOWN),
    ({"or": [U_IS_GOOD, TRUE]}, IN, True),
    ({"or": [FALSE, U]}, UNDECIDED, UNKNOWN),
    ({"!": [U]}, UNDECIDED, UNKNOWN),
    ({"!!": [U]}, UNDECIDED, UNKNOWN),
    ({"!": [{"and": [U, FALSE]}]}, IN, True),
    ({"==": [{"and": [U_IS_GOOD, FALSE]}, False]}, IN, True),
    # if
    ({"if": [U, "a", "a"]}, IN, "a"),
    ({"if": [U, "a", "b"]}, IN, UNKNOWN),
    ({"if": [U, "a", ""]}, UNDECIDED, UNKNOWN),
    ({"if": [U, True]}, UNDECIDED, UNKNOWN),
    ({"if": [U, 0]}, OUT, UNKNOWN),
    ({"if": [U, None]}, OUT, None),
    ({"if": [TRUE, 1, U]}, IN, 1),
    ({"if": [FALSE, U, 1]}, IN, 1),
    ({"if": [TRUE, U, 1]}, UNDECIDED, UNKNOWN),
    ({"if": [U, 1, TRUE, 1, U]}, IN, 1),
    ({"if": [U, [1], [1]]}, IN, [1]),
    ({"if": [U, 0, {"-": [0]}]}, OUT, UNKNOWN),
    ({"if": [U, {"-": ["x"]}, {"-": ["y"]}]}, OUT, "NaN"),
    # comparisons
    ({"==": [U, None]}, UNDECIDED, UNKNOWN),
    ({"!=": [U, None]}, UNDECIDED, UNKNOWN),
    ({"==": [U, U]}, UNDECIDED, UNKNOWN),
    ({"===": [U, 1]}, UNDECIDED, UNKNOWN),
    ({"!==": [[U], 1]}, UNDECIDED, UNKNOWN),
    ({"<": [U, 1]}, UNDECIDED, UNKNOWN),
    ({">=": [1, U]}, UNDECIDED, UNKNOWN),
    ({"<": [2, 1, U]}, OUT, False),
    ({"<=": [U, 2, 1]}, OUT, False),
    ({"<": [1, 2, U]}, UNDECIDED, UNKNOWN),
    ({"<": [1, U, 0]}, UNDECIDED, UNKNOWN),
    # in
    ({"in": ["a", ["a", U]]}, IN, True),
    ({"in": ["b", ["a", U]]}, UNDECIDED, UNKNOWN),
    ({"in": [U, ["a"]]}, UNDECIDED, UNKNOWN),
    ({"in": [U, []]}, OUT, False),
    ({"in": [U, ""]}, OUT, False),
    ({"in": [U, None]}, OUT, False),
    ({"in": [U, 5]}, OUT, False),
    ({"in": ["a", U]}, UNDECIDED, UNKNOWN),
    ({"in": [U, "abc"]}, UNDECIDED, UNKNOWN),
    # arithmetic and text
    *(({op: [U, 1]}, UNDECIDED, UNKNOWN) for op in ["+", "-", "*", "/", "%", "min", "max", "cat", "merge"]),
    ({"substr": [U, 1]}, UNDECIDED, UNKNOWN),
    ({"merge": [[U], 1]}, IN, [UNKNOWN, 1]),
    ({"!!": [[U]]}, IN, True),
    # defaults and missing
    ({"var": ["u", 1]}, UNDECIDED, UNKNOWN),
    ({"missing": ["u"]}, UNDECIDED, UNKNOWN),
    ({"missing": ["u", "n"]}, IN, UNKNOWN),
    ({"missing": ["one"]}, OUT, []),
    ({"missing": {"if": [U, ["one"], []]}}, UNDECIDED, UNKNOWN),
    ({"missing_some": [1, ["u", "one"]]}, OUT, []),
    ({"missing_some": [2, ["u", "one"]]}, UNDECIDED, UNKNOWN),
    ({"missing_some": [3, ["u", "one", "n"]]}, IN, UNKNOWN),
    ({"missing_some": [U, ["one"]]}, UNDECIDED, UNKNOWN),
    # arrays
    ({"some": [U, True]}, UNDECIDED, UNKNOWN),
    ({"all": [U, True]}, UNDECIDED, UNKNOWN),
    ({"none": [U, True]}, UNDECIDED, UNKNOWN),
    ({"map": [U, 1]}, UNDECIDED, UNKNOWN),
    ({"filter": [U, True]}, UNDECIDED, UNKNOWN),
    ({"reduce": [U, 1, 0]}, UNDECIDED, UNKNOWN),
    ({"some": [[U, 5], {">": [{"var": ""}, 4]}]}, IN, True),
    ({"some": [[U, 3], {">": [{"var": ""}, 4]}]}, UNDECIDED, UNKNOWN),
    ({"all": [[U, 3], {">": [{"var": ""}, 4]}]}, OUT, False),
    ({"none": [[U, 5], {">": [{"var": ""}, 4]}]}, OUT, False),
    ({"filter": [[U, 5], {">": [{"var": ""}, 4]}]}, IN, UNKNOWN),
    ({"filter": [[U, 3], {">": [{"var": ""}, 4]}]}, UNDECIDED, UNKNOWN),
    ({"map": [[U, 5], {"+": [{"var": ""}, 1]}]}, IN, [UNKNOWN, 6]),
    ({"map": [[U], {"var": "x.y"}]}, IN, [UNKNOWN]),
    ({"reduce": [[1, U], {"+": [{"var": "current"}, {"var": "accumulator"}]}, 0]}, UNDECIDED, UNKNOWN),
]


@pytest.mark.parametrize(("rule", "verdict", "value"), CASES, ids=[json.dumps(case[0]) for case in CASES])
def test_a_result_is_known_only_where_it_cannot_depend_on_the_unknown(rule, verdict, value):
    found = judge(parse(rule, None), ROW)
    assert found[0] == verdict
    assert str(found[1]).casefold() == "nan" if value == "NaN" else found[1] == value


def test_an_unknown_is_neither_true_nor_false_to_python():
    with pytest.raises(TypeError, match="compare with `is UNKNOWN`"):
        bool(UNKNOWN)
