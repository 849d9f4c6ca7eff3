"""Canonical text and digest: the same rule is the same policy, however it was written down."""

import hashlib
import json

from hypothesis import given, settings

from lumicert.policy import Policy
from lumicert.policy.tests.strategies import rules


def test_blanks_and_the_form_of_numbers_do_not_matter():
    one = Policy.parse('{ "<=" : [6000.0, {"var": "run.oms.energy"}, 7e3] }', None)
    other = Policy.parse({"<=": [6000, {"var": "run.oms.energy"}, 7000]}, None)
    assert one.canonical() == other.canonical() == '{"<=":[6000,{"var":"run.oms.energy"},7000]}'
    assert one.digest == hashlib.sha256(one.canonical().encode()).hexdigest()


def test_the_order_of_operands_matters():
    assert Policy.parse({"-": [1, 2]}, None).digest != Policy.parse({"-": [2, 1]}, None).digest


def test_how_unknown_is_taken_is_part_of_the_identity():
    assert Policy.parse(True, None).digest != Policy.parse(True, None, unknown_as_null=True).digest


def test_text_outside_ascii_is_escaped():
    assert Policy.parse({"==": ["é", "\ud800"]}, None).canonical() == '{"==":["\\u00e9","\\ud800"]}'


@settings(max_examples=100)
@given(rules())
def test_the_canonical_text_parses_to_itself(rule):
    policy = Policy.parse(rule, None)
    again = Policy.parse(policy.canonical(), None)
    assert (again.canonical(), again.digest) == (policy.canonical(), policy.digest)
    assert again.variables == policy.variables
    assert [leaf.path for leaf in again.leaves] == [leaf.path for leaf in policy.leaves]


def test_the_rule_given_is_not_kept():
    rule = {"in": [{"var": "x"}, ["a"]]}
    policy = Policy.parse(rule, None)
    rule["in"][1].append("b")
    assert json.loads(policy.canonical()) == {"in": [{"var": "x"}, ["a"]]}
