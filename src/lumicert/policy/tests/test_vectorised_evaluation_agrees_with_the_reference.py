"""The compiled evaluation against the slow reference, row by row, on random rules and frames."""

from hypothesis import given, settings

from lumicert.policy import UNKNOWN, Policy
from lumicert.policy.tests import reference
from lumicert.policy.tests.strategies import NAMES, conditions, frames, rules


def expected(rule, frame, unknown_as_null):
    verdicts = []
    for row in range(frame.n_rows):
        data = frame.row(row, NAMES)
        if unknown_as_null:
            data = {name: value for name, value in data.items() if value is not UNKNOWN}
        verdicts.append(reference.apply(rule, (data,))[0])
    return verdicts


@settings(max_examples=400)
@given(rules(), frames())
def test_any_rule_with_unknowns(rule, frame):
    assert Policy.parse(rule, None).evaluate(frame).tolist() == expected(rule, frame, False)


@settings(max_examples=300)
@given(rules(), frames())
def test_any_rule_with_unknown_as_null(rule, frame):
    policy = Policy.parse(rule, None, unknown_as_null=True)
    assert policy.evaluate(frame).tolist() == expected(rule, frame, True)


@settings(max_examples=300)
@given(rules(["luminosity", "x", "run.oms.energy"], depth=2), frames())
def test_rules_over_numbers(rule, frame):
    assert Policy.parse(rule, None).evaluate(frame).tolist() == expected(rule, frame, False)


@settings(max_examples=200)
@given(conditions(), frames())
def test_conditions_as_policies_have_them(rule, frame):
    assert Policy.parse({"and": [rule]}, None).evaluate(frame).tolist() == expected(rule, frame, False)
