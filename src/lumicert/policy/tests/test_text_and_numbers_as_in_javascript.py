"""Reading numbers from text, and writing them, as ECMAScript does. Each line was also put to Node.js."""

import math

import pytest

from lumicert.policy.values import parse_float, to_number, to_text

NAN, INF = math.nan, math.inf

TO_NUMBER = [
    ("", 0), ("  ", 0), ("\u00a0\ufeff7\n", 7), ("1_000", NAN), ("+5", 5), ("-5.", -5), (".5e1", 5), (".", NAN),
    ("1e", NAN), ("0x1F", 31), ("0b101", 5), ("0o17", 15), ("-0x1", NAN), ("Infinity", INF), ("-Infinity", -INF),
    ("inf", NAN),
    ("nan", NAN), ("\u0663", NAN), ("\x1c5", NAN), ("1e400", INF), ("0x" + "f" * 400, INF),
    ([], 0), ([[["7"]]], 7),
    ([1, 2], NAN), ({}, NAN), (None, 0), (True, 1), (False, 0),
]  # fmt: skip
PARSE_FLOAT = [
    ("3.7 T", 3.7), ("1e3x", 1000), ("1ex", 1), ("-.5", -0.5), ("+1", 1), ("Infinityx", INF), ("x1", NAN), ("", NAN),
    ("0x10", 0), (None, NAN), (True, NAN), ([5, 6], 5), ({}, NAN), (1e21, 1e21), (7, 7),
]  # fmt: skip
TO_TEXT = [
    (1.0, "1"), (-0.0, "0"), (0.1 + 0.2, "0.30000000000000004"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
    (1.5e300, "1.5e+300"), (0.000001, "0.000001"), (1.25e-7, "1.25e-7"), (-1e-7, "-1e-7"),
    (2.0**60, "1152921504606847000"), (123456.789, "123456.789"),
    (5e-324, "5e-324"), (-INF, "-Infinity"), (NAN, "NaN"), (None, "null"), (True, "true"),
    ([1, None, [2, "a"]], "1,,2,a"), ({"a": 1}, "[object Object]"),
]  # fmt: skip


def same(left, right):
    return left == right or (math.isnan(left) and math.isnan(right))


@pytest.mark.parametrize(("value", "number"), TO_NUMBER)
def test_a_value_as_a_number(value, number):
    assert same(to_number(value), number)


@pytest.mark.parametrize(("value", "number"), PARSE_FLOAT)
def test_the_number_at_the_start_of_a_text(value, number):
    assert same(parse_float(value), number)


@pytest.mark.parametrize(("value", "text"), TO_TEXT)
def test_a_value_as_text(value, text):
    assert to_text(value) == text
