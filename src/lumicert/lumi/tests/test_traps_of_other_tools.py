"""The traps that other tools for these files are known for, each with what we do instead."""

import pytest

from lumicert.lumi import ByLs, LumiJsonError, LumiSet, loads


def one_run(*ranges):
    return LumiSet.from_ranges({2: ranges})


def test_a_run_with_no_range_does_not_break_a_union():
    with_nothing = loads('{"2": [], "3": [[1, 2]]}').lumis
    assert (with_nothing | one_run((1, 5))).to_dict() == {2: [[1, 5]], 3: [[1, 2]]}
    assert with_nothing.runs == [3]


def test_neighbours_are_joined_after_an_intersection():
    assert (one_run((1, 5), (7, 9)) & one_run((1, 9))).to_dict() == {2: [[1, 5], [7, 9]]}
    assert (one_run((1, 9)) & one_run((1, 3), (4, 9))).to_dict() == {2: [[1, 9]]}


def test_the_bound_zero_means_nothing_special_anywhere():
    with pytest.raises(LumiJsonError, match="an open end is written null, not 0"):
        loads('{"2": [[5, 0]]}')


def test_a_reversed_range_is_not_kept_to_match_nothing_in_silence():
    with pytest.raises(LumiJsonError, match=r"run 2, range \[10, 1\]"):
        loads('{"2": [[10, 1]]}')


def test_the_last_of_two_equal_runs_does_not_win_in_silence():
    with pytest.raises(LumiJsonError, match="run 2: the run is written more than once"):
        loads('{"2": [[1, 5]], "2": [[7, 9]]}')


def test_the_lists_of_the_caller_are_left_alone():
    ranges = {2: [[3, 9], [1, 5]]}
    LumiSet.from_ranges(ranges)
    assert ranges == {2: [[3, 9], [1, 5]]}


def test_runs_are_sorted_as_numbers_across_a_change_of_digits():
    assert LumiSet.from_pairs([100_000, 99_999], [1, 1]).runs == [99_999, 100_000]


def test_a_range_inside_another_does_not_end_it_early():
    assert one_run((1, 30), (5, 6)).mask([2, 2], [7, 30]).tolist() == [True, True]


def test_ranges_out_of_order_are_all_in_the_mask():
    assert one_run((1, 5), (10, 20), (7, 8)).mask([2, 2], [7, 8]).tolist() == [True, True]
    assert one_run((10, 20), (1, 5)).mask([2], [12]).tolist() == [True]


def test_lumisection_zero_does_not_underflow():
    assert LumiSet.from_ranges({2: [(1, 3)]}).mask([2, 2], [0, -1]).tolist() == [False, False]
    assert loads('{"2": [[0, 3]]}', lenient=True).lumis.to_dict() == {2: [[1, 3]]}


def test_operands_need_not_be_merged_first():
    assert (one_run((5, 9), (1, 5)) & one_run((2, 5))).to_dict() == {2: [[2, 5]]}


def test_a_lumisection_completely_inside_the_previous_one_is_counted_once():
    assert one_run((1, 10), (2, 3), (10, 10)).n_ls == 10


def test_a_list_of_plain_lumisections_is_refused_and_not_taken_for_nothing():
    with pytest.raises(LumiJsonError, match=r"run 2, range 1: a range is a pair \[first, last\]"):
        loads('{"2": [1, 2, 3]}')


def test_a_run_is_not_in_the_set_for_an_empty_list_alone():
    assert loads('{"2": []}').lumis.n_runs == 0


def test_a_lumisection_without_luminosity_is_unknown_and_not_zero():
    table = ByLs.from_arrays([2], [1], [5], [6])
    assert table.integrate(one_run((1, 2))).missing == one_run((2, 2))
    assert table.at(2, 2) is None
