"""The pages of rows that were counted: together they are all rows, each once, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lumicert.shell.pages import place_of

counts, sizes = st.integers(0, 300), st.integers(1, 60)


@given(counts, sizes)
def test_the_pages_together_are_all_rows_in_order(found, size):
    rows, number, shown = list(range(found)), 1, []
    while True:
        place = place_of(number, found=found, size=size)
        shown += rows[place.rows]
        if not place.has_next:
            break
        assert len(rows[place.rows]) == size
        number += 1
    assert shown == rows
    assert number == place.pages


@given(counts, sizes, st.integers(-5, 500))
def test_a_page_that_is_not_there_is_the_nearest_that_is(found, size, number):
    place = place_of(number, found=found, size=size)
    assert 1 <= place.number <= place.pages
    if 1 <= number <= place.pages:
        assert place.number == number
    else:
        assert place.number == (1 if number < 1 else place.pages)
