"""The algebra of sets, against Python's own sets of (run, ls), and the laws of Boole."""

import operator

import numpy as np
import portion
import pytest
from hypothesis import given

from lumicert.lumi import LumiSet
from lumicert.lumi.tests.strategies import (
    closed_sets,
    everything,
    law,
    lumi_sets,
    model,
    model_of_ranges,
    ranges_by_run,
)

OPERATORS = [operator.and_, operator.or_, operator.sub, operator.xor]


@law
@given(ranges_by_run)
def test_a_set_holds_exactly_the_lumisections_of_its_ranges(by_run):
    assert model(LumiSet.from_ranges(by_run)) == model_of_ranges(by_run)


@pytest.mark.parametrize("operation", OPERATORS)
@law
@given(a=lumi_sets, b=lumi_sets)
def test_every_operator_does_what_python_sets_do(operation, a, b):
    assert model(operation(a, b)) == operation(model(a), model(b))


@law
@given(lumi_sets, lumi_sets)
def test_the_complement_within_a_universe_is_the_universe_without_the_set(a, universe):
    assert a.within(universe) == universe - a
    assert model(a.within(universe)) == model(universe) - model(a)


@pytest.mark.parametrize("operation", [operator.and_, operator.or_, operator.xor])
@law
@given(a=lumi_sets, b=lumi_sets, c=lumi_sets)
def test_and_or_xor_commute_and_associate(operation, a, b, c):
    assert operation(a, b) == operation(b, a)
    assert operation(operation(a, b), c) == operation(a, operation(b, c))


@law
@given(lumi_sets, lumi_sets, lumi_sets)
def test_and_and_or_distribute_over_each_other(a, b, c):
    assert a & (b | c) == (a & b) | (a & c)
    assert a | (b & c) == (a | b) & (a | c)
    assert a & (b ^ c) == (a & b) ^ (a & c)


@law
@given(lumi_sets, lumi_sets)
def test_de_morgans_laws_hold_within_a_universe(a, b):
    whole = everything()
    assert (a | b).within(whole) == a.within(whole) & b.within(whole)
    assert (a & b).within(whole) == a.within(whole) | b.within(whole)
    assert a.within(whole).within(whole) == a


@law
@given(lumi_sets, lumi_sets)
def test_absorption_and_idempotence_hold(a, b):
    assert a | (a & b) == a
    assert a & (a | b) == a
    assert a | a == a
    assert a & a == a


@law
@given(lumi_sets)
def test_the_empty_set_and_the_universe_are_the_neutral_elements(a):
    nothing, whole = LumiSet.empty(), everything()
    assert a | nothing == a
    assert a & whole == a
    assert a & nothing == nothing
    assert a | whole == whole
    assert a - a == a ^ a == nothing
    assert a & a.within(whole) == nothing
    assert a | a.within(whole) == whole


@law
@given(lumi_sets, lumi_sets)
def test_xor_and_sub_follow_from_the_others(a, b):
    assert a ^ b == (a | b) - (a & b)
    assert a - b == a & b.within(everything())


@law
@given(lumi_sets, lumi_sets)
def test_a_subset_is_what_has_nothing_outside(a, b):
    assert (a <= b) == (model(a) <= model(b))
    assert (a >= b) == (model(a) >= model(b))


@law
@given(closed_sets, closed_sets)
def test_the_package_portion_finds_the_same_ranges(a, b):
    def as_portion(lumis):
        by_run = {run: portion.empty() for run in {*a.runs, *b.runs}}
        for run, first, last in lumis.ranges():
            by_run[run] |= portion.closedopen(first, last + 1)
        return by_run

    ours, a_runs, b_runs = as_portion(a - b), as_portion(a), as_portion(b)
    assert ours == {run: a_runs[run] - b_runs[run] for run in a_runs}


@law
@given(lumi_sets, lumi_sets)
def test_no_operator_changes_its_operands(a, b):
    before = a.to_dict(), b.to_dict()
    for operation in OPERATORS:
        operation(a, b)
    assert (a.to_dict(), b.to_dict()) == before


@pytest.mark.parametrize("operation", [*OPERATORS, operator.le, operator.ge])
@pytest.mark.parametrize("other", [3, None, {(1, 2)}, np.array([1, 2])])
def test_a_set_combines_only_with_a_set(operation, other):
    with pytest.raises(TypeError):
        operation(LumiSet.empty(), other)
    with pytest.raises(TypeError):
        operation(other, LumiSet.empty())
