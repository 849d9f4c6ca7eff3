"""What cannot be a run or a range of lumisections never becomes a set; the message names it."""

import numpy as np
import pytest

from lumicert.lumi import MAX_LS, MAX_RUN, OPEN, LumiError, LumiRangeError, LumiSet


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({297050: [(10, 1)]}, r"run 297050, range \[10, 1\]: it ends before it begins"),
        ({297050: [(5, 0)]}, r"run 297050, range \[5, 0\]: .* an open end is written null, not 0"),
        ({297050: [(0, 3)]}, r"run 297050, range \[0, 3\]: lumisections are numbered from 1"),
        ({297050: [(-4, 3)]}, r"range \[-4, 3\]: lumisections are numbered from 1"),
        ({297050: [(1, MAX_LS + 2)]}, r"no lumisection has a number above"),
        ({297050: [(OPEN, None)]}, r"no lumisection has a number above"),
        ({297050: [(1, 2**70)]}, r"run 297050, .*no lumisection has a number above"),
        ({0: [(1, 3)]}, r"run 0, range \[1, 3\]: a run number lies between 1 and"),
        ({MAX_RUN + 1: [(1, 3)]}, rf"run {MAX_RUN + 1}, .*a run number lies between 1 and {MAX_RUN}"),
        ({-(2**70): [(1, 3)]}, r"a run number lies between 1 and"),
        ({297050: [(1.0, 3)]}, r"run 297050, range \[1.0, 3\]: run and LS must be integers"),
        ({297050: [("1", 3)]}, r"range \['1', 3\]: run and LS must be integers"),
        ({297050: [(True, 3)]}, r"range \[True, 3\]: true and false are not numbers"),
        ({297050: [(1, False)]}, r"range \[1, False\]: true and false are not numbers"),
        ({True: [(1, 3)]}, r"run True, .*true and false are not numbers"),
        ({"297050": [(1, 3)]}, r"run '297050', .*must be integers"),
        ({297050: [(None, 3)]}, r"range \[None, 3\]: run and LS must be integers"),
        ({297050: [(1, 3), 7]}, r"run 297050: 7 is not a range"),
        ({297050: [(1, 3, 5)]}, r"run 297050: \(1, 3, 5\) is not a range"),
    ],
)
def test_an_impossible_range_is_refused_with_its_run(ranges, message):
    with pytest.raises(LumiRangeError, match=message):
        LumiSet.from_ranges(ranges)


def test_the_first_impossible_range_of_an_array_is_named():
    with pytest.raises(LumiRangeError, match=r"run 8, range \[7, 6\]"):
        LumiSet.from_arrays([7, 8, 9], [1, 7, 9], [3, 6, 1])


def test_an_impossible_lumisection_of_a_pair_is_named():
    with pytest.raises(LumiRangeError, match=r"run 8, range \[0, 0\]: lumisections are numbered from 1"):
        LumiSet.from_pairs([7, 8], [1, 0])


def test_a_single_lumisection_cannot_pass_for_an_open_end():
    with pytest.raises(LumiRangeError, match="no lumisection has a number above"):
        LumiSet.from_pairs([7], [OPEN])


@pytest.mark.parametrize("values", [[1.5], [1.0], ["1"], [None], [True]])
def test_an_array_that_is_not_integers_is_refused(values):
    with pytest.raises(TypeError, match="LS"):
        LumiSet.from_pairs([7], values)


def test_unsigned_numbers_beyond_int64_do_not_wrap_around():
    with pytest.raises(LumiRangeError, match="a run number lies between"):
        LumiSet.from_pairs(np.array([2**64 - 1], np.uint64), [1])


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(LumiRangeError, match="2 runs, 1 first LS and 2 last LS"):
        LumiSet.from_arrays([1, 2], [1], [1, 2])
    with pytest.raises(LumiRangeError, match="2 runs and 1 LS"):
        LumiSet.from_pairs([1, 2], [1])


def test_a_table_is_not_a_column():
    with pytest.raises(ValueError, match=r"run: an array of the shape \(1, 2\)"):
        LumiSet.from_pairs([[1, 2]], [[1, 2]])


def test_numpys_integers_are_as_good_as_pythons():
    lumis = LumiSet.from_ranges({np.int32(7): [(np.uint8(1), np.int64(3)), (5, None)]})
    assert lumis.to_dict() == {7: [[1, 3], [5, None]]}


def test_nothing_makes_the_empty_set():
    assert LumiSet.from_ranges({}) == LumiSet.from_ranges({7: []}) == LumiSet.from_pairs([], []) == LumiSet.empty()
    assert LumiSet.from_arrays([], [], []) == LumiSet()


def test_every_refusal_can_be_caught_as_one_error():
    assert issubclass(LumiRangeError, LumiError)
    assert issubclass(LumiError, ValueError)
