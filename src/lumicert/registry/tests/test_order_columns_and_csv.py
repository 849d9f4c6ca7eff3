"""The table of runs: any column sorts it, any columns can be chosen, and a file has the same."""

from __future__ import annotations

import csv
import io
import re

import pytest

from lumicert.registry.columns import COLUMNS
from lumicert.registry.table import Wanted, runs_table
from lumicert.registry.tests.test_the_runs_table import runs_in
from lumicert.registry.tests.world import RUN, register, say, tell
from lumicert.shell.pages import MOST_COUNTED

pytestmark = pytest.mark.django_db


@pytest.fixture
def get(shifter, client_of):
    client = client_of(shifter)
    return lambda query="": client.get(f"/runs/{query}").content.decode()


def headings(page: str) -> list[str]:
    head = page.split("<thead>")[1].split("</thead>")[0]
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<th[^>]*>(.*?)</th>", head)]


@pytest.fixture
def three_runs(db):
    register(1, recorded_lumi=2, hlt_key="b")
    register(2, recorded_lumi=30, hlt_key="a")
    register(3)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("run", [1, 2, 3]),
        ("-run", [3, 2, 1]),
        ("recorded", [1, 2, 3]),
        ("-recorded", [2, 1, 3]),
        ("hlt_key", [2, 1, 3]),
        ("-hlt_key", [1, 2, 3]),
        ("nonsense", [3, 2, 1]),
        ("dataset", [3, 2, 1]),
    ],
)
def test_any_column_sorts_and_what_is_not_known_comes_last(sort, order, three_runs, get):
    assert runs_in(get(f"?sort={sort}")) == order


@pytest.mark.parametrize("key", [key for key, column in COLUMNS.items() if column.field])
def test_every_column_sorts_both_ways_and_is_shown(key, three_runs, get):
    tell(2, energy=6500, stable_beam=True, start_time="2018-04-28T10:00:00Z")
    up, down = get(f"?sort={key}&col={key}"), get(f"?sort=-{key}&col={key}")
    assert sorted(runs_in(up)) == sorted(runs_in(down)) == [1, 2, 3]
    assert 'aria-sort="ascending"' in up
    assert 'aria-sort="descending"' in down


def test_a_heading_leads_to_its_order_and_then_to_the_other(three_runs, get):
    assert 'href="?class=Collisions18&amp;sort=-recorded"' in get("?class=Collisions18&page=1")
    assert 'href="?sort=recorded"' in get("?sort=-recorded")


def test_columns_are_chosen_in_the_address_and_stand_in_their_own_order(three_runs, get):
    assert headings(get("?col=hlt_key&col=energy")) == ["Run", "Energy / GeV", "HLT key"]
    assert headings(get())[:3] == ["Run", "Class", "Fill"]
    assert headings(get("?col=nonsense")) == headings(get())


def test_the_form_keeps_the_chosen_columns_and_the_order(three_runs, get):
    shown = get("?col=energy&sort=-energy")
    assert re.search(r'name="col" value="energy" form="filters" checked', shown)
    assert '<input type="hidden" name="sort" value="-energy">' in shown


def test_a_file_has_the_chosen_columns_with_their_units(shifter, client_of):
    register(RUN, recorded_lumi=7.9583984375, energy=6499, start_time="2018-04-28T10:00:00Z")
    say("BAD", ((5, 9),))
    query = "col=energy&col=recorded&col=start&col=delivered&col=statuses&format=csv"
    text = client_of(shifter).get(f"/runs/?{query}").content.decode()
    assert list(csv.DictReader(io.StringIO(text))) == [
        {
            "run": str(RUN),
            "start": "2018-04-28T10:00:00+00:00",
            "recorded_per_pb": "7.9583984375",
            "delivered_per_pb": "",
            "energy_GeV": "6499.0",
            "statuses": "tracker-pixel=BAD",
        }
    ]


def test_a_file_has_the_order_of_the_page(three_runs, shifter, client_of):
    text = client_of(shifter).get("/runs/?sort=-recorded&format=csv").content.decode()
    assert [row["run"] for row in csv.DictReader(io.StringIO(text))] == ["2", "1", "3"]


def test_a_page_beyond_the_end_is_the_last(three_runs, get):
    assert runs_in(get("?page=7")) == [3, 2, 1]


def test_it_does_not_count_what_it_does_not_need(three_runs, django_assert_num_queries):
    # the rows alone: as many as there are fit on the page
    with django_assert_num_queries(1):
        table = runs_table(Wanted(columns=[COLUMNS["run"]]), page=None)
    assert (table.found, table.more, table.pages) == (3, False, 1)
    assert table.found < MOST_COUNTED


def test_a_run_that_goes_on_and_one_by_hand_are_marked(get, db):
    register(1)
    tell(1, state="going", last_lumisection_number=5)
    register(2)
    tell(2, state="final", last_lumisection_number=5)
    assert get().count("going on</span>") == 1
    assert "going on</span>" not in get("?from=2")
