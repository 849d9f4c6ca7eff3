"""The table of runs: newest first, filters in the address, pages, CSV, and why it is empty."""

from __future__ import annotations

import csv
import io
import re

import pytest

from lumicert.registry.tests.world import DATASET, RUN, register, say

pytestmark = pytest.mark.django_db

QUERIES_OF_THE_TABLE = 7


@pytest.fixture
def page(shifter, client_of):
    client = client_of(shifter)
    return lambda query="": client.get(f"/runs/{query}").content.decode()


def runs_in(page: str) -> list[int]:
    return [int(run) for run in re.findall(r'<td class="num"><a href="/runs/(\d+)', page)]


def test_the_newest_run_is_first(page):
    for run in (2, 3, 1):
        register(run)
    assert runs_in(page()) == [3, 2, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?from=2", [3, 2]),
        ("?to=2", [2, 1]),
        ("?from=2&to=2", [2]),
        ("?class=collisions18", [1]),
        ("?class=Coll", []),
        ("?dataset=express", [2]),
        ("?fill=6615", [3]),
        ("?from=&class=", [3, 2, 1]),
    ],
)
def test_filters_are_in_the_address(page, query, found):
    register(1)
    register(2, "/Express/Cosmics18/DQM", klass="Cosmics18")
    register(3, klass="Cosmics18", fill_number=6615)
    assert runs_in(page(query)) == found


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?from=abc", "Enter a whole number"),
        ("?from=9&to=3", "run 3 lies before run 9; did you mean 3 to 9?"),
        ("?to=99999999999", "less than or equal to 2147483647"),
    ],
)
def test_a_wrong_filter_is_told_and_kept(query, said, shifter, client_of):
    response = client_of(shifter).get(f"/runs/{query}")
    shown = response.content.decode()
    assert response.status_code == 400
    assert said in shown
    for value in re.findall(r"=(\w+)", query):
        assert f'value="{value}"' in shown


def test_a_row_has_class_fill_dataset_lumisections_and_luminosity_with_its_unit(page):
    register(RUN, recorded_lumi=7.9583984375, fill_number=6615, last_lumisection_number=93)
    shown = page()
    for told in ("Collisions18", "6615", DATASET, "92 LS", ">93<", "7.958", "pb⁻¹"):
        assert told in shown


def test_what_is_missing_is_marked_and_never_zero(page):
    register(RUN)
    row = page().split("<tbody")[1]
    assert row.count('class="missing"') == 4  # fill, start, lumisections and luminosity
    assert "0.000" not in row


def test_components_are_told_by_the_statuses_that_count(page, shifter):
    register(RUN)
    say("BAD", ((5, 9),))
    say("GOOD", ((1, 4), (10, 92)))
    assert "BAD</span> tracker-pixel" in page()
    # a person speaks over all of what the rule called BAD: it counts no more
    say("STANDBY", ((1, 9),), by=shifter)
    shown = page()
    assert "BAD</span> tracker-pixel" not in shown
    assert "STANDBY</span> tracker-pixel" in shown
    assert "GOOD</span> tracker-pixel" in shown


def test_a_hundred_rows_make_a_page_and_the_filters_stay(page):
    for run in range(1, 103):
        register(run)
    first, second = page("?class=Collisions18"), page("?class=Collisions18&page=2")
    assert (len(runs_in(first)), runs_in(second)) == (100, [2, 1])
    assert "?class=Collisions18&amp;page=2" in first
    assert "page 1 of 2" in first
    assert runs_in(page("?page=elsewhere")) == runs_in(first)


def test_an_empty_table_says_why_and_what_to_do(page):
    assert "No run is known here yet" in page()
    assert 'href="/import/"' in page()
    register(RUN)
    assert "No run passes these filters" in page("?from=999999")


def test_csv_has_all_runs_of_the_filters(shifter, client_of):
    for run in range(1, 103):
        register(run, recorded_lumi=0.5, last_lumisection_number=92)
    response = client_of(shifter).get("/runs/?to=101&format=csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert response["Content-Type"].startswith("text/csv")
    assert [int(row["run"]) for row in rows] == list(range(101, 0, -1))
    assert (rows[0]["recorded_per_pb"], rows[0]["ls"], rows[0]["dataset"]) == ("0.5", "92", DATASET)


def test_csv_holds_no_formula_that_a_spreadsheet_would_run(shifter, client_of):
    register(RUN, klass="=HYPERLINK(1)")
    text = client_of(shifter).get("/runs/?format=csv").content.decode()
    assert ",'=HYPERLINK(1)," in text


def test_the_number_of_queries_does_not_grow_with_the_rows(shifter, client_of, django_assert_num_queries):
    register(RUN)
    client = client_of(shifter)
    with django_assert_num_queries(QUERIES_OF_THE_TABLE):
        client.get("/runs/")
    for run in range(1, 40):
        register(run, DATASET, "online")
    say("GOOD", ((1, 92),))
    with django_assert_num_queries(QUERIES_OF_THE_TABLE):
        client.get("/runs/")
