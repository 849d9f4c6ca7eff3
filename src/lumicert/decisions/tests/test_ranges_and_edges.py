"""Lumisections of one run: what people type, what PostgreSQL stores, what numpy is given."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicert.decisions import bulk, ranges
from lumicert.decisions.ranges import Ranges, canonical, parse, readable, to_sql

pairs = st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair)))
sets = st.lists(pairs, max_size=8)


def members(found: Ranges) -> set[int]:
    return {ls for first, last in found for ls in range(first, last + 1)}


@given(sets)
def test_the_canonical_form_is_sorted_disjoint_and_maximal(given_ranges: list[tuple[int, int]]) -> None:
    form = canonical(given_ranges)
    assert members(form) == members(tuple(given_ranges))
    assert all(before[1] + 1 < after[0] for before, after in pairwise(form))
    assert canonical(form) == form
    assert ranges.count(form) == len(members(form))


@given(sets.filter(bool))
def test_what_is_read_out_can_be_typed_in(given_ranges: list[tuple[int, int]]) -> None:
    form = canonical(given_ranges)
    assert parse(readable(form)) == form


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no lumisections were given"),
        ("12-", "'12-' is neither a lumisection nor a range"),
        ("a-b", "'a-b' is neither"),
        ("9-2", "9-2: the range is reversed; did you mean 2-9"),
        ("0", "0-0: lumisections are counted from 1"),
        ("1-100001", "1-100001: no run has more than 100000 lumisections"),
        ("1.5", "'1.5' is neither"),
        ("-3", "'-3' is neither"),
    ],
)
def test_what_cannot_be_lumisections_is_refused_with_the_part(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)


@pytest.mark.django_db
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(st.lists(sets.map(canonical), max_size=6))
def test_postgresql_gives_back_the_same_sets_as_text_and_as_arrays(stored: list[Ranges]) -> None:
    select = "SELECT place, lumis::int4multirange FROM unnest(%(lumis)s::text[]) WITH ORDINALITY x(lumis, place)"
    parameters = {"lumis": [to_sql(each) for each in stored]}
    with connection.cursor() as cursor:
        cursor.execute(select, parameters)
        assert [ranges.from_sql(value) for _, value in cursor.fetchall()] == stored
        cursor.execute(select.replace("lumis::int4multirange", "lumis::int4multirange::text"), parameters)
        assert [ranges.from_sql(value) for _, value in cursor.fetchall()] == stored
    edges = bulk.fetch_edges(select, integers=["place"], parameters=parameters)
    assert edges.columns["place"].tolist() == list(range(1, len(stored) + 1))
    found = list(zip(edges.owner.tolist(), edges.first.tolist(), edges.end.tolist(), strict=True))
    assert found == [(owner, first, last + 1) for owner, each in enumerate(stored) for first, last in each]


@pytest.mark.django_db
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=5), max_size=4))
def test_arrays_of_numbers_come_one_behind_the_other(stored: list[list[int]]) -> None:
    rows = [row for values in stored for row in bulk.fetch("SELECT %(values)s::bigint[]", {"values": values})]
    assert bulk.bigints([row[0] for row in rows]).tolist() == [value for values in stored for value in values]
