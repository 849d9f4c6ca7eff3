"""How far certification has come, with luminosity; and the check of a list for central certification (rule R12)."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import pytest
from django.db.models import Q

from lumicert.certification import claims
from lumicert.certification.coverage import STATES, coverage
from lumicert.review.tests.world import RUN, bad_pixel, certify, register, words

pytestmark = pytest.mark.django_db

QUERIES_OF_THE_BOARD = 12


@pytest.fixture
def client(shifter, client_of):
    return client_of(shifter)


@pytest.fixture
def five(shifter, shifter2):
    """Good; good then bad; claimed; open; without an express dataset."""
    for run in range(RUN, RUN + 4):
        register(run)
    register(RUN + 4, "prompt", run_type="cosmics", recorded_lumi=None)
    certify(shifter, RUN)
    certify(shifter, RUN, "prompt")
    certify(shifter, RUN + 1)
    certify(shifter2, RUN + 1, "prompt", said=bad_pixel())
    claims.keep(run=RUN + 2, workspace="tracker", reconstruction="express", user=shifter2)


def states(**conditions: object) -> dict[int, dict[str, str]]:
    found = coverage(workspace="tracker", conditions=Q(**conditions))
    return {row.run: {cell.reconstruction: cell.state for cell in row.cells} for row in found.rows}


def test_each_cell_has_its_state(five):
    found = states()
    assert list(found) == [RUN + 4, RUN + 3, RUN + 2, RUN + 1, RUN]
    assert [found[run]["express"] for run in found] == ["missing", "open", "claimed", "good", "good"]
    assert [found[run]["prompt"] for run in found] == ["open", "open", "open", "bad", "good"]
    assert {found[run]["rereco"] for run in found} == {"missing"}


def test_online_is_a_column_only_where_it_is_used(five):
    assert "online" not in states()[RUN]


def test_sums_have_each_run_once_a_column_with_its_luminosity(five):
    found = coverage(workspace="tracker", conditions=Q())
    for sums in found.totals.values():
        assert sum(sums[state].runs for state in STATES) == 5
    good = found.totals["express"]["good"]
    assert (good.runs, Decimal(good.recorded) / 10**12) == (2, Decimal(25))
    assert (found.differing.runs, Decimal(found.differing.recorded) / 10**12) == (1, Decimal("12.5"))


def test_the_board_says_who_is_on_it_and_what_differs(five, client):
    shown = client.get("/coverage/").content.decode()
    assert "shifter2 is on it" in shown
    assert shown.count(">differs<") == 2
    assert "Express and prompt differ in 1 run, 12.500 pb⁻¹" in shown
    assert f'href="/certifications/{RUN}/prompt/"' in shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"runs={RUN}-{RUN + 1}", [RUN + 1, RUN]),
        ("type=cosmics", [RUN + 4]),
        ("class=Collisions18", [RUN + 4, RUN + 3, RUN + 2, RUN + 1, RUN]),
        ("class=Cosmics18", []),
        ("from=2018-08-12", []),
        ("to=2018-08-11", [RUN + 4, RUN + 3, RUN + 2, RUN + 1, RUN]),
        ("era=2018X", []),
    ],
)
def test_filters_are_in_the_address(five, client, query, found):
    response = client.get(f"/coverage/?{query}")
    assert response.status_code == 200
    runs = re.findall(r'<td class="num"><a href="/runs/(\d+)"', response.content.decode())
    assert [int(run) for run in runs] == found


@pytest.mark.parametrize(("number", "found"), [(1, [4, 3]), (3, [0]), (9, [0])])
def test_a_long_board_has_pages_and_its_sums_are_of_all_of_them(five, client, monkeypatch, number, found):
    monkeypatch.setattr("lumicert.certification.coverage.ROWS_A_PAGE", 2)
    shown = client.get(f"/coverage/?page={number}").content.decode()
    runs = re.findall(r'<td class="num"><a href="/runs/(\d+)"', shown)
    assert [int(run) - RUN for run in runs] == found
    assert f"page {min(number, 3)} of 3" in shown
    assert "5 runs" in shown


def test_a_wrong_filter_is_told(client):
    response = client.get("/coverage/?runs=x")
    assert response.status_code == 400
    assert "is no range of runs" in response.content.decode()


def test_an_empty_board_says_what_to_do(client):
    assert "No significant run is known here yet" in client.get("/coverage/").content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows(five, client, django_assert_max_num_queries):
    for run in range(RUN + 10, RUN + 30):
        register(run)
    with django_assert_max_num_queries(QUERIES_OF_THE_BOARD):
        client.get("/coverage/")


# ---- the check ----


@pytest.fixture
def checked(five, shifter, client):
    register(RUN + 5)
    certify(shifter, RUN + 5, said=bad_pixel())
    certify(shifter, RUN + 5, "prompt")
    certify(shifter, RUN + 3, said=words())
    pasted = f"{RUN + 5}, {RUN}\n{RUN + 1};{RUN + 3} {RUN} {RUN + 40}-{RUN + 41}"
    return lambda **more: client.post("/coverage/check", {"runs": pasted, **more})


def test_a_list_is_told_apart_by_what_prompt_says(checked):
    text = checked(format="csv").content.decode()
    found = {(int(row["run"]), row["type"], row["outcome"]) for row in csv.DictReader(io.StringIO(text))}
    assert found == {
        (RUN, "collisions", "good"),
        (RUN + 1, "collisions", "changed to bad"),
        (RUN + 3, "collisions", "prompt missing"),
        (RUN + 5, "collisions", "changed to good"),
        (RUN + 40, "", "missing"),
        (RUN + 41, "", "missing"),
    }


def test_the_page_counts_each_run_once_and_keeps_what_was_pasted(checked):
    shown = checked().content.decode()
    assert "6 runs" in shown
    assert f"{RUN + 40}-{RUN + 41}</textarea>" in shown


@pytest.mark.parametrize(
    ("pasted", "said"),
    [("", "paste the runs"), ("321123, x", "&#x27;x&#x27; is no range of runs"), ("1-30000", "more than 20,000 runs")],
)
def test_a_list_that_cannot_be_read_is_told_and_kept(client, pasted, said):
    response = client.post("/coverage/check", {"runs": pasted})
    assert response.status_code == 400
    assert said in response.content.decode()
    assert f"{pasted}</textarea>" in response.content.decode()
