"""Filters, sorting and paging of OMS's query language, held against plain Python."""

import operator
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.sandbox.oms_query import BadQuery, parse

TYPES = {"n": "integer", "x": "float", "flag": "boolean", "at": "datetime", "name": "string", "parts": "list"}
OPERATORS = {
    "EQ": operator.eq, "NEQ": operator.ne, "LT": operator.lt, "GT": operator.gt, "LE": operator.le, "GE": operator.ge,
}  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries({"n": st.integers(0, 5) | st.none(), "x": st.floats(-9, 9) | st.none()}), max_size=30
)


def query(*parameters, most=5000):
    return parse(parameters, TYPES, most)


def names(rows, *parameters):
    return [row["name"] for row in query(*parameters).wanted(rows)]


@given(ROWS, st.sampled_from(sorted(OPERATORS)), st.integers(0, 5))
def test_a_comparison_keeps_the_rows_for_which_it_holds_and_no_null(rows, name, value):
    kept = query((f"filter[n][{name}]", str(value))).wanted(rows)
    assert kept == [row for row in rows if row["n"] is not None and OPERATORS[name](row["n"], value)]


@given(ROWS, st.integers(0, 5), st.integers(0, 5))
def test_filters_hold_together(rows, low, high):
    kept = query(("filter[n][GE]", str(low)), ("filter[n][LE]", str(high))).wanted(rows)
    assert kept == [row for row in rows if row["n"] is not None and low <= row["n"] <= high]


@given(ROWS)
def test_rows_are_sorted_by_the_first_attribute_then_by_the_next(rows):
    found = query(("sort", "-n,x")).wanted(rows)
    nulls = [row for row in found if row["n"] is None]
    assert found[: len(nulls)] == nulls
    keys = [(-row["n"], (row["x"] is None, row["x"] or 0.0)) for row in found[len(nulls) :]]
    assert keys == sorted(keys)


@given(ROWS, st.integers(1, 7))
def test_pages_together_are_all_rows_once(rows, limit):
    pages = [query(("page[offset]", str(at)), ("page[limit]", str(limit))) for at in range(0, 30, limit)]
    assert [row for page in pages for row in page.page(page.wanted(rows))] == rows


@pytest.mark.parametrize(
    ("filter_", "text", "kept"),
    [
        ("filter[name]", "a_b", ["a_b"]),
        ("filter[name][LIKE]", "a%", ["a_b", "axb"]),
        ("filter[name][LIKE]", "a_b", ["a_b", "axb"]),
        ("filter[name][LIKE]", "A%B", ["a_b", "axb"]),
        ("filter[name][CT]", "x", ["axb", "x.y"]),
        ("filter[name][CT]", ".", ["x.y"]),
        ("filter[parts][CT]", "PIX", ["a_b"]),
        ("filter[parts][EQ]", "DT", ["a_b", "axb"]),
        ("filter[flag]", "True", ["axb"]),
        ("filter[at][GT]", "2022-10-15 06:00:00", ["x.y"]),
        ("filter[at][EQ]", "2022-10-15T08:00:00+02:00", ["a_b"]),
    ],
)
def test_a_filter_keeps(filter_, text, kept):
    rows = [
        {"name": "a_b", "flag": False, "at": "2022-10-15T06:00:00Z", "parts": ["PIXEL", "DT"]},
        {"name": "axb", "flag": True, "at": None, "parts": ["DT"]},
        {"name": "x.y", "flag": None, "at": "2022-10-15T06:00:01Z", "parts": []},
    ]
    assert names(rows, (filter_, text)) == kept


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("filter[n]", "many", "'many' is no integer"),
        ("filter[flag]", "yes", "'yes' is no boolean"),
        ("filter[at]", "today", "'today' is no datetime"),
        ("filter[nothing]", "1", "no attribute 'nothing'"),
        ("filter[n][BETWEEN]", "1", "'BETWEEN' is no operator"),
        ("sort", "-nothing", "no attribute 'nothing'"),
        ("sort", "parts", "is a list"),
        ("fields", "n,nothing", "no attribute 'nothing'"),
        ("page[limit]", "5001", "a page has 1 to 5000 rows"),
        ("page[limit]", "0", "a page has 1 to 5000 rows"),
        ("page[offset]", "-1", "no whole number"),
        ("include", "all", "include='all' is not known"),
        ("page[size]", "5", "'page[size]' is not known"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(name, value, why):
    with pytest.raises(BadQuery, match=re.escape(why)):
        query((name, value))


def test_a_grouping_has_no_effect():
    assert query(("group[size]", "100")) == query()
