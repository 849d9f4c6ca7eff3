"""One set has one form: sorted, disjoint, maximal; so it can be compared, hashed and used as a key."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.lumi import MAX_LS, MAX_RUN, OPEN, LumiSet
from lumicert.lumi.tests.strategies import law, lumi_sets, model, pairs, ranges_by_run


@law
@given(lumi_sets, lumi_sets)
def test_every_result_is_sorted_disjoint_and_maximal(a, b):
    for lumis in (a, a | b, a & b, a - b, a ^ b, LumiSet.vote([a, b], at_least=2)):
        for (run, _, last), (next_run, next_first, _) in pairwise(lumis.ranges()):
            assert run < next_run or (run == next_run and last + 1 < next_first)


@law
@given(ranges_by_run, st.randoms(use_true_random=False))
def test_the_order_in_which_ranges_are_given_does_not_matter(by_run, random):
    shuffled = {
        run: random.sample(ranges, len(ranges)) for run, ranges in random.sample(list(by_run.items()), len(by_run))
    }
    assert LumiSet.from_ranges(shuffled) == LumiSet.from_ranges(by_run)


@law
@given(lumi_sets, lumi_sets)
def test_sets_are_equal_and_hash_equal_exactly_when_they_hold_the_same(a, b):
    assert (a == b) == (model(a) == model(b))
    twin = LumiSet.from_ranges(a.to_dict())
    assert twin == a
    assert hash(twin) == hash(a)
    assert (a == b) <= (hash(a) == hash(b))


@law
@given(pairs)
def test_single_lumisections_make_the_same_set_as_ranges(model_pairs):
    repeated = [*model_pairs, *model_pairs]
    lumis = LumiSet.from_pairs([run for run, _ in repeated], [ls for _, ls in repeated])
    assert model(lumis) == model_pairs
    assert lumis == LumiSet.from_ranges(
        {run: [(ls, ls) for r, ls in model_pairs if r == run] for run, _ in model_pairs}
    )
    assert lumis.n_ls == len(model_pairs)


def test_neighbours_in_a_run_are_joined():
    assert LumiSet.from_ranges({7: [(1, 5), (6, 9)]}).to_dict() == {7: [[1, 9]]}


def test_the_end_of_a_run_never_joins_the_beginning_of_the_next():
    lumis = LumiSet.from_ranges({7: [(5, MAX_LS)], 8: [(1, 3)]})
    assert list(lumis.ranges()) == [(7, 5, MAX_LS), (8, 1, 3)]


def test_an_open_end_never_joins_the_next_run():
    assert LumiSet.from_ranges({7: [(5, None)], 8: [(1, 3)]}).to_dict() == {7: [[5, None]], 8: [[1, 3]]}


def test_a_range_up_to_the_highest_lumisection_is_not_open_ended():
    assert LumiSet.from_ranges({7: [(5, MAX_LS)]}) != LumiSet.from_ranges({7: [(5, None)]})


@law
@given(lumi_sets)
def test_a_set_is_the_same_again_after_a_pickle(lumis):
    assert pickle.loads(pickle.dumps(lumis)) == lumis  # noqa: S301


def test_a_pickle_does_not_carry_the_table_of_a_mask():
    lumis = LumiSet.from_ranges({7: [(1, 100_000)]})
    before = len(pickle.dumps(lumis))
    lumis.mask([7], [1])
    assert len(pickle.dumps(lumis)) == before


@law
@given(lumi_sets)
def test_the_arrays_hold_the_ranges_and_make_the_set_again(lumis):
    columns = lumis.run_array, lumis.first_array, lumis.last_array
    assert [column.dtype for column in columns] == [np.int64] * 3
    ranges = [
        (run, first, None if last == OPEN else last)
        for run, first, last in zip(*map(np.ndarray.tolist, columns), strict=True)
    ]
    assert ranges == list(lumis.ranges())
    assert LumiSet.from_arrays(*columns) == lumis


@pytest.mark.parametrize("name", ["run_array", "first_array", "last_array"])
def test_the_arrays_cannot_be_written(name):
    with pytest.raises(ValueError, match="read-only"):
        getattr(LumiSet.from_ranges({1: [(1, 2)]}), name)[0] = 5


def test_the_counts_are_of_runs_ranges_and_lumisections():
    lumis = LumiSet.from_ranges({2: [(1, 5), (9, 9)], MAX_RUN: [(3, 4)]})
    assert (lumis.n_runs, lumis.n_ranges, lumis.n_ls) == (2, 3, 8)
    assert lumis.runs == [2, MAX_RUN]
    assert repr(lumis) == "<LumiSet: 2 runs, 3 ranges, 8 LS>"


def test_len_says_which_count_to_use():
    with pytest.raises(TypeError, match="n_runs, n_ranges or n_ls"):
        len(LumiSet.empty())


def test_only_the_empty_set_is_false():
    assert not LumiSet.empty()
    assert LumiSet.from_pairs([1], [1])


@pytest.mark.parametrize("name", ["n_ls", "runs", "anything"])
def test_a_set_has_nothing_to_assign_to(name):
    with pytest.raises(AttributeError):
        setattr(LumiSet.empty(), name, 1)


@law
@given(lumi_sets, st.sets(st.sampled_from([1, 2, 3, 4, MAX_RUN])))
def test_selecting_and_dropping_runs_divide_the_set(lumis, runs):
    assert model(lumis.select_runs(runs)) == {(run, ls) for run, ls in model(lumis) if run in runs}
    assert lumis.select_runs(runs) | lumis.drop_runs(runs) == lumis
    assert not lumis.select_runs(runs) & lumis.drop_runs(runs)


bounds = st.one_of(st.none(), st.integers(-1, 5), st.just(MAX_RUN), st.just(2**40))


@law
@given(lumi_sets, bounds, bounds)
def test_between_keeps_the_runs_from_first_to_last(lumis, first, last):
    low, high = first if first is not None else 0, last if last is not None else 2**50
    assert lumis.between(first, last).runs == [run for run in lumis.runs if low <= run <= high]
    assert model(lumis.between(first, last)) == {(run, ls) for run, ls in model(lumis) if low <= run <= high}
