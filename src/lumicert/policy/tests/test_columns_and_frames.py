"""What a policy is evaluated on, and what is refused."""

import numpy as np
import pytest

from lumicert.policy import UNDECIDED, UNKNOWN, Column, Frame, Policy

IS_GOOD = Policy.parse({"==": [{"var": "x"}, "GOOD"]}, None)


def test_a_variable_without_a_column_is_unknown_in_every_row():
    assert IS_GOOD.evaluate(Frame(3, {})).tolist() == [UNDECIDED] * 3


def test_a_frame_without_rows_has_no_verdicts():
    column = Column.coded(np.empty(0, dtype=np.uint8), [])
    frame = Frame(0, {"x": column})
    assert IS_GOOD.evaluate(frame).tolist() == []
    assert IS_GOOD.leaf_verdicts(frame).shape == (1, 0)
    assert IS_GOOD.reasons(frame) == []


def test_the_values_of_a_row_come_back():
    frame = Frame(
        2,
        {
            "a": Column.coded([1, 0], [True, UNKNOWN]),
            "b": Column.numbers([1.5, 0], unknown=[False, True]),
            "c": Column.numbers([0, 2], null=[True, False]),
            "d": Column.constant("x"),
        },
    )
    assert frame.row(0, "abcde") == {"a": UNKNOWN, "b": 1.5, "c": None, "d": "x", "e": UNKNOWN}
    assert frame.row(1, "abcd") == {"a": True, "b": UNKNOWN, "c": 2.0, "d": "x"}


def test_numpy_scalars_become_plain_values():
    column = Column.coded([0, 1, 2, 3], [np.True_, np.int64(3), np.float32(0.5), np.str_("GOOD")])
    values = [column.value(row) for row in range(4)]
    assert values == [True, 3, 0.5, "GOOD"]
    assert [type(value) for value in values] == [bool, int, float, str]


def test_integers_beyond_doubles_are_rounded_as_in_javascript():
    column = Column.constant(2**53 + 1)
    assert Policy.parse({"===": [{"var": "x"}, 2**53]}, None).evaluate(Frame(1, {"x": column})).tolist() == [2]


@pytest.mark.parametrize(
    ("codes", "values", "message"),
    [
        ([0, 2], ["a", "b"], "row 1 has code 2, and there are 2 values"),
        ([0, -1], ["a"], "row 1 has code -1"),
        ([0.0], ["a"], "one-dimensional array of integers, not float64"),
        ([[0]], ["a"], "one-dimensional"),
        ([True], ["a"], "not bool"),
        ([0], [float("nan")], "value 0: nan is no JSON number"),
        ([0], ["a", object()], "value 1: .* is no JSON value"),
        ([0], [[UNKNOWN]], "value 0: UNKNOWN is no JSON value"),
    ],
)
def test_codes_and_values_that_do_not_fit_are_refused(codes, values, message):
    with pytest.raises(ValueError, match=message):
        Column.coded(np.array(codes), values)


@pytest.mark.parametrize(
    ("values", "masks", "message"),
    [
        ([1.0, np.nan], {}, "row 1 is nan, no finite number: mark it as null or unknown"),
        ([np.inf], {}, "row 0 is inf"),
        ([[1.0]], {}, "one-dimensional"),
        ([1.0], {"null": [True, False]}, "mask `null` must be 1 booleans"),
        ([1.0], {"unknown": [1]}, "mask `unknown` must be 1 booleans, not int64"),
    ],
)
def test_numbers_that_are_none_are_refused(values, masks, message):
    with pytest.raises(ValueError, match=message):
        Column.numbers(values, **masks)


def test_a_number_that_is_masked_may_be_anything():
    column = Column.numbers([np.nan, np.inf], null=[True, False], unknown=[False, True])
    assert [column.value(0), column.value(1)] == [None, UNKNOWN]


def test_the_numbers_given_are_not_changed():
    given = np.array([np.nan, 1.0])
    Column.numbers(given, null=[True, False])
    assert np.isnan(given[0])


def test_a_column_of_another_length_is_refused_by_name():
    with pytest.raises(ValueError, match="column x has 2 rows, and the frame has 3"):
        Frame(3, {"x": Column.coded([0, 0], ["a"])})
    with pytest.raises(ValueError, match="column x has 2 rows, and the frame has 3"):
        Frame(3, {"x": Column.numbers([0, 0])})


def test_columns_that_share_wide_codes_still_share_them_when_narrowed():
    codes = np.array([0, 1, 2, 0])
    frame = Frame(4, {"a": Column.coded(codes, [1, 2, 3]), "b": Column.coded(codes, list(range(300)))})
    assert frame.narrowed(codes) is frame.narrowed(codes)
    assert frame.narrowed(codes).dtype == np.uint8
    taken = frame.take(np.array([3, 1]), ["a", "b"])
    assert taken.column("a").codes is taken.column("b").codes
    assert Policy.parse({"==": [{"var": "a"}, {"+": [{"var": "b"}, 1]}]}, None).evaluate(frame).tolist() == [2] * 4
