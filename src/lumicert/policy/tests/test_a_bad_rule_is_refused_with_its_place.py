"""Rules with a slip: the error names the place, the value, and what may have been meant."""

import json

import pytest

from lumicert.policy import Catalogue, Policy, PolicyError

KNOWN = Catalogue(
    ["run.oms.energy", "lumisection.oms.cms_active"],
    {"lumisection.rr": ["tracker-pixel", "tracker-strip", "dt-dt"]},
)
GOOD = {"==": [{"var": "lumisection.rr.tracker-pixel"}, "GOOD"]}


def refused(rule, catalogue=None):
    with pytest.raises(PolicyError) as caught:
        Policy.parse(rule, catalogue)
    return caught.value


CASES = [
    ({"and": [GOOD, {"eq": [1, 1]}]}, "and[1].eq", 'unknown operator "eq"; did you mean ==?'),
    ({"or": [{"&&": [True]}]}, "or[0].&&", 'unknown operator "&&"; did you mean and?'),
    ({"missin": ["x"]}, "missin", "did you mean missing"),
    ({"like": [1, 2]}, "like", "did you mean in?"),
    ({"frobnicate": []}, "frobnicate", 'unknown operator "frobnicate"'),
    ({"log": "x"}, "log", "log is not supported"),
    ({"and": []}, "and", "and takes at least 1 operands, and here it has 0"),
    ({"==": [1]}, "==", "== takes 2 operands, and here it has 1"),
    ({">": [3, 2, 1]}, ">", "> takes 2 operands, and here it has 3"),
    ({"<": [1, 2, 3, 4]}, "<", "< takes 2 or 3 operands, and here it has 4"),
    ({"if": [True, {"*": []}]}, "if[1].*", "* takes at least 1"),
    ({"and": [{}]}, "and[0]", "exactly one key; this one has 0: none"),
    ({"and": [{"==": [1, 1], "!=": [1, 2]}]}, "and[0]", 'this one has 2: "==", "!="'),
    ({"==": [{"var": ["x", {"y": 1}]}, 1]}, "==[0].var[1].y", 'unknown operator "y"'),
    ({"==": [{"var": {"cat": ["a", "b"]}}, 1]}, "==[0].var", "must be written out"),
    ({"==": [{"var": True}, 1]}, "==[0].var", "must be written out, as text; this is true"),
    ({"!": {"var": ""}}, "!.var", "the whole data is no variable"),
    ({"!": {"var": []}}, "!.var", "the whole data is no variable"),
    ({"missing": [""]}, "missing", "the whole data is no variable"),
    ({"missing": {"cat": ["a", "b"]}}, "missing.cat", "names must be written out here, or chosen by merge and if"),
    ({"missing": [["a"], ["b"]]}, "missing[0]", "either several names, or one list"),
    ({"missing": [[["a"]]]}, "missing[0]", "must be written out"),
    ({"missing_some": [1, {"merge": ["a"]}]}, "missing_some[1].merge", "give a list of names here"),
    ({"==": [float("nan"), 1]}, "==[0]", "nan is no JSON number"),
    ({"in": [1, [1, {1, 2}]]}, "in[1][1]", "is no JSON value"),
    ([GOOD], "", "a rule is an operation"),
    (None, "", "or true or false, not null"),
    (5, "", "a rule is an operation"),
    ("[1, 2]", "", "a rule is an operation"),
]


@pytest.mark.parametrize(("rule", "path", "message"), CASES, ids=[str(case[0])[:60] for case in CASES])
def test_a_slip_is_named_with_its_place(rule, path, message):
    error = refused(rule)
    assert error.path == path
    assert message in error.message
    assert str(error) == (f"{path}: {error.message}" if path else error.message)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lumisection.rr.tracker-pixl", "did you mean lumisection.rr.tracker-pixel"),
        ("run.cms_active", "did you mean lumisection.oms.cms_active?"),
        ("tracker-strip", "did you mean lumisection.rr.tracker-strip"),
        ("lumisection.rr", ""),
        ("weather", ""),
    ],
)
def test_a_misspelt_variable_is_refused_with_what_may_be_meant(name, hint):
    error = refused({"and": [GOOD, {"==": [{"var": name}, "GOOD"]}]}, KNOWN)
    assert error.path == "and[1].==[0].var"
    assert error.message.startswith(f'there is no variable "{name}"')
    assert hint in error.message


def test_names_asked_for_by_missing_are_checked_too():
    rule = {"missing": {"merge": ["run.oms.energy", {"if": [GOOD, ["run.oms.enrgy"], []]}]}}
    assert 'no variable "run.oms.enrgy"; did you mean run.oms.energy?' in refused(rule, KNOWN).message


def test_names_inside_some_are_paths_of_elements_and_not_checked():
    rule = {"some": [[{"if": [GOOD, 1, 2]}], {"==": [{"var": "anything"}, 1]}]}
    assert Policy.parse(rule, KNOWN).variables == {"lumisection.rr.tracker-pixel"}


def test_malformed_text_is_named_with_line_and_column():
    error = refused('{"and": [\n  true,\n  flase\n]}')
    assert error.path == "line 3 column 3"
    assert "this is not JSON" in error.message


def test_a_key_given_twice_is_refused():
    assert '"==" stands twice' in refused('{"==": [1, 1], "==": [1, 2]}').message


@pytest.mark.parametrize("text", ['{"==": [NaN, 1]}', '{"==": [-Infinity, 1]}'])
def test_numbers_that_json_does_not_have_are_refused(text):
    assert "is not JSON" in refused(text).message


def test_a_number_too_large_for_a_double_is_refused():
    assert "inf is no JSON number" in refused('{"==": [1e999, 1]}').message


def test_empty_text_is_refused():
    assert refused("").path == "line 1 column 1"


def nested(depth, rule=True):
    for _ in range(depth):
        rule = {"!": rule}
    return rule


@pytest.mark.parametrize("rule", [nested(101), nested(500), json.dumps(nested(400)), '{"!":' * 100_000])
def test_a_rule_nested_too_deep_is_refused(rule):
    assert "nested deeper than 100 operations" in refused(rule).message


def test_a_rule_as_deep_as_allowed_works():
    assert Policy.parse(nested(100), None).variables == frozenset()


def test_a_rule_with_too_many_values_is_refused():
    assert "more than 100,000 operations and values" in refused({"in": [1, list(range(100_000))]}).message


def test_text_that_is_too_long_is_not_read():
    assert "5,000,000 characters" in refused("x" * 5_000_000).message


def test_a_rule_may_be_given_as_text_or_as_data():
    assert Policy.parse(json.dumps(GOOD), KNOWN).digest == Policy.parse(GOOD, KNOWN).digest


def test_variables_are_all_that_must_be_fetched():
    rule = {
        "and": [
            {"<": [{"var": "a"}, {"var": ["b", {"var": "c"}]}]},
            {"missing": ["d"]},
            {"missing_some": [1, ["e", 5]]},
            {"all": [{"var": "f"}, {"missing": ["g"]}]},
        ]
    }
    assert Policy.parse(rule, None).variables == {"a", "b", "c", "d", "e", "5", "f"}
