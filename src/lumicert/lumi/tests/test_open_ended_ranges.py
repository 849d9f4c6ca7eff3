"""A range without an end: explicit, and taken at its word. The tests of the algebra's laws have such ranges too."""

import pytest

from lumicert.lumi import MAX_LS, OPEN, LumiSet, OpenRangeError

OPEN_RUN = LumiSet.from_ranges({7: [(5, None)], 8: [(1, 3)]})


def test_an_open_end_contains_every_later_lumisection_of_its_run_and_no_other():
    assert [OPEN_RUN.contains(7, ls) for ls in (4, 5, 10**6, MAX_LS, 2**60)] == [False, True, True, True, True]
    assert not OPEN_RUN.contains(8, 4)


def test_zero_does_not_mean_an_open_end_when_asked():
    assert not OPEN_RUN.contains(7, 0)


def test_counting_an_open_end_is_an_error_that_names_the_run():
    with pytest.raises(OpenRangeError, match=r"run 7 is open-ended and has no number of lumisections yet; cut the set"):
        _ = OPEN_RUN.n_ls


def test_counting_several_open_ends_says_how_many_more():
    both = LumiSet.from_ranges({7: [(5, None)], 9: [(1, None)], 11: [(1, None)]})
    with pytest.raises(OpenRangeError, match=r"run 7 .*\(and 2 more runs\)"):
        _ = both.n_ls


def test_an_open_end_is_none_in_ranges_and_open_in_arrays():
    assert list(OPEN_RUN.ranges()) == [(7, 5, None), (8, 1, 3)]
    assert OPEN_RUN.to_dict() == {7: [[5, None]], 8: [[1, 3]]}
    assert OPEN_RUN.last_array.tolist() == [OPEN, 3]
    assert OPEN_RUN.open_runs == [7]


def test_cut_with_a_finite_set_an_open_end_becomes_finite():
    existing = LumiSet.from_ranges({7: [(1, 92)]})
    assert (OPEN_RUN & existing).to_dict() == {7: [[5, 92]]}
    assert OPEN_RUN.within(existing).to_dict() == {7: [[1, 4]]}


def test_a_finite_piece_taken_out_leaves_the_rest_open():
    assert (OPEN_RUN - LumiSet.from_ranges({7: [(5, 90)], 8: [(1, 9)]})).to_dict() == {7: [[91, None]]}


def test_an_open_end_swallows_what_it_touches():
    assert (OPEN_RUN | LumiSet.from_ranges({7: [(3, 4), (80, 90)]})).to_dict() == {7: [[3, None]], 8: [[1, 3]]}


def test_two_open_ends_differ_by_a_finite_piece():
    assert (OPEN_RUN ^ LumiSet.from_ranges({7: [(9, None)]})).to_dict() == {7: [[5, 8]], 8: [[1, 3]]}


def test_a_set_with_an_open_end_still_describes_itself():
    assert repr(OPEN_RUN) == "<LumiSet: 2 runs, 2 ranges, open-ended in 1 run>"
