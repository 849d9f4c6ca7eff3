"""Three values: yes, no, unknown. What is unknown to one operand stays unknown through every operator."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.lumi import Known, LumiError, LumiSet
from lumicert.lumi.tests.strategies import BEYOND, HORIZON, UNIVERSE_RUNS, everything, law, lumi_sets

OPERATORS = {
    operator.and_: lambda a, b: a and b,
    operator.or_: lambda a, b: a or b,
    operator.sub: lambda a, b: a and not b,
    operator.xor: lambda a, b: a != b,
}
PLACES = [(run, ls) for run in UNIVERSE_RUNS for ls in (*range(1, HORIZON + 1), BEYOND)]

statements = st.tuples(lumi_sets, lumi_sets).map(lambda sets: Known(sets[0], sets[0] & sets[1]))


def of(state):
    """A statement about one lumisection, in the state yes, no or unknown."""
    one, none = LumiSet.from_pairs([7], [3]), LumiSet.empty()
    return {True: Known(one, one), False: Known(one, none), None: Known(none, none)}[state]


@pytest.mark.parametrize("operation", OPERATORS)
@pytest.mark.parametrize("a", [True, False, None])
@pytest.mark.parametrize("b", [True, False, None])
def test_the_truth_table_is_as_written(operation, a, b):
    expected = None if a is None or b is None else OPERATORS[operation](a, b)
    assert operation(of(a), of(b)).state(7, 3) is expected


@pytest.mark.parametrize(("a", "expected"), [(True, False), (False, True), (None, None)])
def test_not_unknown_is_unknown(a, expected):
    assert (~of(a)).state(7, 3) is expected


@pytest.mark.parametrize("operation", OPERATORS)
@law
@given(a=statements, b=statements)
def test_every_lumisection_follows_the_truth_table(operation, a, b):
    result = operation(a, b)
    for run, ls in PLACES:
        states = a.state(run, ls), b.state(run, ls)
        expected = None if None in states else OPERATORS[operation](*states)
        assert result.state(run, ls) is expected


@law
@given(statements, statements, statements)
def test_de_morgan_commutativity_associativity_and_distributivity_hold(a, b, c):
    assert ~(a | b) == ~a & ~b
    assert ~(a & b) == ~a | ~b
    assert ~~a == a
    assert (a & b, a | b, a ^ b) == (b & a, b | a, b ^ a)
    assert (a & b) & c == a & (b & c)
    assert (a | b) | c == a | (b | c)
    assert a & (b | c) == (a & b) | (a & c)
    assert a - b == a & ~b


@law
@given(statements, statements, lumi_sets)
def test_forgetting_never_makes_anything_known_or_active(a, b, forgotten):
    less = Known(a.known - forgotten, a.active - forgotten)
    for operation in OPERATORS:
        assert operation(less, b).known <= operation(a, b).known
        assert operation(less, b).active <= operation(a, b).active


@law
@given(statements)
def test_yes_no_and_unknown_divide_the_universe(a):
    whole = everything()
    parts = [a.active, a.inactive, a.unknown(whole)]
    assert LumiSet.vote(parts, at_least=1) == whole
    assert not LumiSet.vote(parts, at_least=2)


def test_absorption_fails_where_the_other_is_unknown_as_documented():
    assert (of(True) | (of(True) & of(None))).state(7, 3) is None


def test_active_where_nothing_is_known_is_a_contradiction():
    with pytest.raises(LumiError, match=r"run 7, range \[3, null\]: active where nothing is known"):
        Known(LumiSet.from_ranges({7: [(1, 2)]}), LumiSet.from_ranges({7: [(2, None)]}))


@pytest.mark.parametrize("operation", OPERATORS)
def test_a_plain_set_is_no_statement(operation):
    with pytest.raises(TypeError):
        operation(of(True), LumiSet.empty())
