"""Run Registry's filter language: what a filter wants, and what it cannot mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.sandbox.registry_query import BadQuery, ordered, page_of, wants


class Row:
    """A row of plain values; the path `broken` is a column that does not exist."""

    def __init__(self, **values):
        self.values = values

    def value(self, path):
        if path == "broken":
            raise BadQuery("column broken does not exist")
        return self.values.get(path)


ROW = Row(run_number=7, name="/PromptReco/Commissioning2022/DQM", flag=True, gui=["/a", "/b"], text="12", nothing=None)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"run_number": 7},
        {"run_number": "7"},
        {"run_number": [6, 7]},
        {"run_number": {"=": 7}},
        {"run_number": {"and": [{">": 6}, {"<": 8}]}},
        {"run_number": {">=": 7, "<=": 7}},
        {"run_number": {"or": [{"=": 1}, 7]}},
        {"or": [{"run_number": 1}, {"name": {"like": "/prompt%"}}]},
        {"OR": [{"run_number": 1}, {"flag": True}]},
        {"and": [{"run_number": 7}, {"flag": {"=": True}}], "name": {"<>": "online"}},
        {"name": {"and": [{"notlike": "%online%"}, {"notlike": "%cosmics%"}]}},
        {"name": {"LIKE": "/PromptReco/commissioning____/dqm"}},
        {"flag": True},
        {"flag": "true"},
        {"gui": {"=": "/b"}},
        {"nothing": None},
        {"nothing": {"=": None}},
        {"name": {"<>": None}},
        {"text": {">": 9}},
    ],
    ids=str,
)
def test_a_filter_wants_the_row(asked):
    assert wants(asked, ROW)


@pytest.mark.parametrize(
    "asked",
    [
        {"run_number": 8},
        {"run_number": []},
        {"run_number": {"and": [{">": 6}, {"<": 7}]}},
        {"or": [{"run_number": 1}, {"name": "online"}]},
        {"name": {"notlike": "%COMMISSIONING%"}},
        {"name": {"like": "PromptReco"}},
        {"flag": False},
        {"gui": "/c"},
        {"name": None},
        {"missing": {"<>": "online"}},
        {"missing": {"notlike": "%x%"}},
        # text is compared as text: 12 stands before 9
        {"text": {">": "9"}},
    ],
    ids=str,
)
def test_a_filter_does_not_want_the_row(asked):
    assert not wants(asked, ROW)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (None, "Cannot convert undefined or null to object"),
        ({"run_number": {"~": 7}}, "Invalid value"),
        ({"run_number": {"like": "7"}}, "operator does not exist"),
        ({"run_number": "seven"}, "invalid input syntax for type integer"),
        ({"name": {">": 5}}, "invalid input syntax for type double precision"),
        ({"broken": 1}, "does not exist"),
        ({"and": [5]}, "Cannot convert"),
    ],
)
def test_what_makes_no_sense_is_refused_in_the_originals_words(asked, words):
    with pytest.raises(BadQuery, match=words):
        wants(asked, ROW)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_a_range_of_runs_wants_what_lies_in_it(run, first, last):
    asked = {"run_number": {"and": [{">=": first}, {"<=": last}]}}
    assert wants(asked, Row(run_number=run)) == (first <= run <= last)


@given(st.lists(st.integers(0, 99)), st.integers(1, 7))
def test_all_pages_together_are_all_rows(rows, size):
    pages = page_of(rows, 0, size)[1]
    assert pages == -(-len(rows) // size)
    assert [row for page in range(pages) for row in page_of(rows, page, size)[0]] == rows


@pytest.mark.parametrize(("size", "pages"), [(0, None), (None, None), (2, 2)])
def test_a_page_without_a_size_has_no_number(size, pages):
    rows, told = page_of([1, 2, 3], 0, size)
    assert told == pages
    assert rows == ([1, 2, 3] if size is None else [1, 2, 3][:size])


def test_a_page_beyond_the_end_is_empty_and_one_before_the_first_is_refused():
    assert page_of([1], 5, 2)[0] == []
    with pytest.raises(BadQuery, match="OFFSET must not be negative"):
        page_of([1], -1, 2)
    with pytest.raises(BadQuery, match="invalid input syntax"):
        page_of([1], "0", 2)


def test_rows_are_ordered_by_the_first_path_then_the_next_with_null_at_the_end():
    rows = [Row(a=2, b="x"), Row(a=1, b="x"), Row(a=1, b="w"), Row(a=None, b="v")]
    found = ordered(rows, [["a", "ASC"], ["b", "DESC"]])
    assert [(row.value("a"), row.value("b")) for row in found] == [(1, "x"), (1, "w"), (2, "x"), (None, "v")]
    assert ordered(rows, []) == rows


@pytest.mark.parametrize("sortings", [None, {}, [["a"]], [["a", "up"]], ["a"]])
def test_an_order_that_is_none_is_refused(sortings):
    with pytest.raises(BadQuery):
        ordered([], sortings)
