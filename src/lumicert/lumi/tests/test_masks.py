"""Masks: many rows at once must say what `contains` says one by one, whatever array they come in."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.lumi import MAX_LS, MAX_RUN, LumiSet
from lumicert.lumi import mask as masks
from lumicert.lumi.tests.strategies import law, lumi_sets

SET = LumiSet.from_ranges({297050: [(12, 137), (193, 776)], 297057: [(5, None)], 297101: [(1, 1)]})
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]

rows = st.lists(
    st.tuples(
        st.one_of(
            st.integers(-1, 5), st.sampled_from([MAX_RUN - 1, MAX_RUN, MAX_RUN + 1, 2**32 + 1, -(2**63), 2**63 - 1])
        ),
        st.one_of(st.integers(-2, 14), st.sampled_from([MAX_LS, MAX_LS + 1, 2**40, -(2**63), 2**63 - 1])),
    ),
    min_size=1,
)


def one_by_one(lumis, runs, lss):
    return [lumis.contains(run, ls) for run, ls in zip(runs, lss, strict=True)]


@law
@given(lumi_sets, rows)
def test_a_mask_says_what_contains_says(lumis, rows):
    runs, lss = zip(*rows, strict=True)
    assert lumis.mask(np.array(runs), np.array(lss)).tolist() == one_by_one(lumis, runs, lss)


@law
@given(lumi_sets.map(lambda lumis: lumis.between(1, 3)), rows)
def test_the_dense_table_and_the_search_agree(lumis, rows):
    runs, lss = np.array(rows).T
    table = masks.build_table(lumis._edges, 2**30)
    assert table is not None
    assert (table.mask(runs, lss) == masks.Search(lumis._edges, 2**30).mask(runs, lss)).all()


def test_a_run_too_large_for_any_set_does_not_wrap_around_to_a_small_one():
    far = LumiSet.from_ranges({1: [(1, 1)], MAX_RUN: [(1, MAX_LS)]})
    for lumis in (far, SET, LumiSet.from_ranges({1: [(1, 1)]})):
        assert not lumis.mask([2**32 + 1, 2**31, -1, -(2**31)], [1, 1, 1, 1]).any()


def test_numbers_too_far_apart_for_a_table_are_searched():
    far = LumiSet.from_ranges({1: [(1, 1), (MAX_LS, MAX_LS)], MAX_RUN: [(7, None)]})
    assert masks.build_table(far._edges, 2**30) is None
    assert far.mask([1, 1, 1, MAX_RUN, MAX_RUN, 2], [1, 2, MAX_LS, 6, 2**50, 7]).tolist() == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_every_type_of_integer_is_read(dtype):
    runs, lss = [3, 3, 100, 100, 7], [1, 6, 50, 127, 1]
    lumis = LumiSet.from_ranges({3: [(6, 9)], 100: [(50, None)]})
    assert lumis.mask(np.array(runs, dtype), np.array(lss, dtype)).tolist() == one_by_one(lumis, runs, lss)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_runs_of_a_small_type_are_compared_with_large_runs(dtype):
    assert SET.mask(np.array([7, 100], dtype), np.array([20, 20], dtype)).tolist() == [False, False]


def test_the_rows_may_come_in_any_order_and_shape():
    runs = np.array([[297057, 297050], [297050, 297101]])
    lss = np.array([[4, 193], [138, 1]])
    assert SET.mask(runs, lss).tolist() == [[False, True], [False, True]]


def test_more_rows_than_a_chunk_keep_their_places():
    n = 2 * masks.CHUNK + 17
    runs, lss = np.full(n, 297050), np.arange(n) % 1000
    expected = ((lss >= 12) & (lss <= 137)) | ((lss >= 193) & (lss <= 776))
    assert (SET.mask(runs, lss) == expected).all()


def test_an_array_with_strides_is_read_in_place():
    table = np.array([[297050, 12], [297050, 11], [297101, 1]])
    assert SET.mask(table[:, 0], table[:, 1]).tolist() == [True, False, True]


class OnlyArrow:
    """Speaks the Arrow protocol and nothing else."""

    def __init__(self, values):
        self._array = pa.array(values, pa.int64())

    def __arrow_c_array__(self, requested_schema=None):
        return self._array.__arrow_c_array__(requested_schema)


class OnlyArrowStream:
    """Speaks the Arrow stream protocol and nothing else, as a column in several chunks does."""

    def __init__(self, *chunks):
        self._array = pa.chunked_array(chunks, pa.int64())

    def __arrow_c_stream__(self, requested_schema=None):
        return self._array.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    ("runs", "lss"),
    [
        ([297050, 297050], [12, 11]),
        ((297050, 297050), range(12, 10, -1)),
        (pa.array([297050, 297050]), pa.chunked_array([[12], [11]])),
        (OnlyArrow([297050, 297050]), OnlyArrow([12, 11])),
        (OnlyArrowStream([297050, 297050]), OnlyArrowStream([12], [11])),
    ],
)
def test_lists_and_arrow_arrays_are_read(runs, lss):
    assert SET.mask(runs, lss).tolist() == [True, False]


@pytest.mark.parametrize("missing", [pa.array([12, None]), OnlyArrow([12, None]), OnlyArrowStream([12], [None])])
def test_a_missing_value_is_refused_and_never_a_lumisection(missing):
    with pytest.raises((TypeError, ValueError), match=r"LS: .*(missing|integers are needed)"):
        SET.mask([297050, 297050], missing)


def test_a_masked_value_is_refused():
    with pytest.raises(ValueError, match=r"LS: values are missing \(masked\)"):
        SET.mask([297050], np.ma.masked_array([12], mask=[True]))


@pytest.mark.parametrize("lss", [[12.0], ["12"], [True], np.array(["2018"], "datetime64[Y]")])
def test_what_is_not_integers_is_refused(lss):
    with pytest.raises(TypeError, match=r"LS: an array of .* was given where integers are needed"):
        SET.mask([297050], lss)


def test_rows_need_a_run_and_a_lumisection_each():
    with pytest.raises(ValueError, match=r"runs have the shape \(2,\) and lumisections \(1,\)"):
        SET.mask([297050, 297050], [12])


def test_no_rows_give_an_empty_mask():
    assert SET.mask([], []).tolist() == []
    assert LumiSet.empty().mask([1, 2], [1, 2]).tolist() == [False, False]
