"""k of n: the lumisections that at least k of n sets hold."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.lumi import LumiSet
from lumicert.lumi.tests.strategies import law, lumi_sets, model


@law
@given(st.lists(lumi_sets, min_size=1, max_size=6), st.data())
def test_a_vote_counts_how_many_sets_hold_each_lumisection(sets, data):
    n = data.draw(st.integers(1, len(sets)))
    votes = Counter(pair for lumis in sets for pair in model(lumis))
    assert model(LumiSet.vote(sets, at_least=n)) == {pair for pair, count in votes.items() if count >= n}


@law
@given(st.lists(lumi_sets, min_size=2, max_size=2))
def test_one_vote_is_the_union_and_all_votes_the_intersection(sets):
    a, b = sets
    assert LumiSet.vote(sets, at_least=1) == a | b
    assert LumiSet.vote(sets, at_least=2) == a & b


@pytest.mark.parametrize("at_least", [0, -1, 3])
def test_a_number_of_votes_that_cannot_be_is_refused(at_least):
    with pytest.raises(ValueError, match=f"at_least={at_least} of 2 sets"):
        LumiSet.vote([LumiSet.empty(), LumiSet.empty()], at_least=at_least)


def test_a_vote_of_nobody_is_refused():
    with pytest.raises(ValueError, match="of 0 sets"):
        LumiSet.vote([], at_least=1)
