"""Runs and ranges of them as people paste them, and CSV that no spreadsheet runs as a formula."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from lumicert.shell.fields import LAST_RUN, NumbersField, RunsField, number_of
from lumicert.shell.files import csv_file

SEPARATORS = st.sampled_from([", ", ",", "\n", " ", ";", "\r\n", " ,  "])
RANGES = st.lists(st.tuples(st.integers(1, LAST_RUN), st.integers(1, LAST_RUN)).map(lambda pair: tuple(sorted(pair))))


@given(ranges=RANGES, between=SEPARATORS, dash=st.sampled_from(["-", " - ", "–"]))
def test_what_is_typed_is_what_is_read(ranges, between, dash):
    text = between.join(str(first) if first == last else f"{first}{dash}{last}" for first, last in ranges)
    assert RunsField(required=False).clean(text) == ranges


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("321123, x", "'x' is no range of runs"),
        ("321123-", "'321123-' is no range of runs"),
        ("1.5", "'1.5' is no range of runs"),
        ("1e3", "'1e3' is no range of runs"),
        ("9-3", "9-3 is reversed: write 3-9"),
        ("0", "run numbers go from 1"),
        ("99999999999", "'99999999999' is no range of runs"),
    ],
)
def test_the_part_that_is_no_range_is_named(typed, said):
    with pytest.raises(ValidationError, match=said.replace("(", r"\(")):
        RunsField().clean(typed)


@pytest.mark.parametrize("typed", ["7123, 1.5", "1e-3"])
def test_a_fraction_is_no_whole_number_and_is_named(typed):
    part = typed.split(", ")[-1]
    with pytest.raises(ValidationError, match=f"'{part}' is no whole number"):
        NumbersField(whole=True).clean(typed)


def test_numbers_that_can_have_fractions_keep_them():
    assert NumbersField().clean("3.8, unknown") == [Decimal("3.8"), None]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(cell):
    assert f"'{cell}" in csv_file("x", ["a"], [[cell]]).content.decode()


def test_a_number_below_zero_stays_a_number():
    assert csv_file("x", ["a"], [[-1]]).content.decode().splitlines() == ["a", "-1"]


@pytest.mark.parametrize(
    "text", ["", None, "-1", "1.0", " 1", "1e3", "x", "9" * 5000, str(LAST_RUN + 1), "٣", "0" * 11]
)
def test_what_is_no_number_names_none(text):
    assert number_of(text) is None


@given(st.integers(0, 2 * LAST_RUN), st.integers(0, 2 * LAST_RUN))
def test_a_number_is_what_it_says_up_to_the_largest(number, most):
    assert number_of(str(number), most) == (number if number <= most else None)
