"""The table of certifications: every filter in the address, order, files, and what stands in a row."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pytest

from lumicert.certification.events import RunIn
from lumicert.certification.listing import OF_RUN, OWN
from lumicert.review.columns import COLUMNS
from lumicert.review.tests.world import PROMPT, RUN, approve, bad_pixel, certify, promote, register, words

pytestmark = pytest.mark.django_db

QUERIES_OF_THE_TABLE = 12


@pytest.fixture
def client(shifter, client_of):
    return client_of(shifter)


@pytest.fixture
def rows(client):
    def found(query: str = "") -> list[str]:
        response = client.get(f"/certifications/{query}")
        assert response.status_code == 200, response.content.decode()
        return re.findall(r'<td class="num"><a href="/certifications/(\d+/\w+)/', response.content.decode())

    return found


@pytest.fixture
def three(shifter, shifter2, leader):
    """A good one that is a reference and approved, one that is bad, and one of prompt with low statistics."""
    register(RUN)
    register(RUN + 1)
    certify(shifter, on=date(2018, 8, 12), comment="all fine")
    promote(leader)
    approve(leader)
    certify(
        shifter2, RUN + 1, said=bad_pixel(), reference=RunIn(run=RUN, reconstruction="express"), on=date(2018, 8, 13)
    )
    low = words(strip={"status": "BAD", "low_statistics": True})
    certify(shifter, RUN, "prompt", said=low, on=date(2018, 8, 14))


GOOD, BAD, LOW = f"{RUN}/express", f"{RUN + 1}/express", f"{RUN}/prompt"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [LOW, BAD, GOOD]),
        ("from=2018-08-13", [LOW, BAD]),
        ("to=2018-08-13", [BAD, GOOD]),
        (f"runs={RUN}", [LOW, GOOD]),
        (f"runs={RUN + 1}-{RUN + 9},+{RUN - 5}", [BAD]),
        ("verdict=bad", [BAD]),
        ("type=collisions", [LOW, BAD, GOOD]),
        ("type=cosmics", []),
        ("reconstruction=prompt", [LOW]),
        ("shifter=shifter2", [BAD]),
        ("shifter=me", [LOW, GOOD]),
        ("shifter=shifter2,me", [LOW, BAD, GOOD]),
        ("review=none", [LOW, BAD]),
        ("review=approved", [GOOD]),
        ("review=sent-back", []),
        ("review=any", [GOOD]),
        ("component=pixel&status=BAD", [BAD]),
        ("component=strip&status=BAD", [LOW]),
        ("status=BAD", [LOW, BAD]),
        ("low=yes", [LOW]),
        ("component=pixel&low=yes", []),
        ("dataset=promptreco", [LOW]),
        ("class=collisions18", [LOW, BAD, GOOD]),
        ("class=Cosmics18", []),
        ("fill=7123", [LOW, BAD, GOOD]),
        ("fill=unknown", []),
        ("era=2018X", []),
        ("b_field.from=3.7&b_field.to=3.9", [LOW, BAD, GOOD]),
        ("b_field.from=3.9", []),
        ("energy.from=6500", [LOW, BAD, GOOD]),
        ("energy.to=6499", []),
        ("map=exists", [LOW, BAD, GOOD]),
        ("map=missing", []),
        ("complete=yes", [LOW, BAD, GOOD]),
        ("complete=no", []),
        (f"reference={RUN}", [BAD]),
        (f"reference={RUN}+prompt", []),
        ("is_reference=yes", [GOOD]),
        ("is_reference=no", [LOW, BAD]),
    ],
)
def test_every_filter_is_in_the_address(three, rows, query, found):
    assert rows(f"?{query}") == found


def test_a_bad_reason_and_a_problem_can_be_looked_for(shifter, rows):
    from lumicert.catalogue.selectors import problems, reasons

    register()
    problem = problems(components=["tracker-pixel"])[0].name
    said = words(pixel={"status": "BAD", "problems": [problem]}, tracking={"status": "BAD"})
    reason = reasons()[1].name
    certify(shifter, said=said, bad_reason=reason)
    assert rows(f"?reason={reason}") == rows(f"?problem={problem}") == [GOOD]
    assert rows(f"?problem={problem}&component=strip") == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=yesterday", "write a day as 2018-06-01"),
        ("from=2018-08-13&to=2018-08-12", "2018-08-12 lies before 2018-08-13"),
        ("runs=abc", "&#x27;abc&#x27; is no range of runs"),
        ("runs=9-3", "9-3 is reversed: write 3-9"),
        ("reference=x", "write a run, or a run and its reconstruction"),
        ("b_field.from=4&b_field.to=3", "3.0 lies before 4.0"),
    ],
)
def test_a_wrong_filter_is_told_and_kept(client, query, said):
    response = client.get(f"/certifications/?{query}")
    assert response.status_code == 400
    assert said in response.content.decode()
    for value in re.findall(r"=([^&]+)", query):
        assert f'value="{value}"' in response.content.decode()


@pytest.mark.parametrize("sort", [*OWN, *OF_RUN])
def test_every_order_has_all_rows_both_ways(three, rows, sort):
    assert sorted(rows(f"?sort={sort}")) == sorted(rows(f"?sort=-{sort}")) == sorted([GOOD, BAD, LOW])


def test_an_order_puts_what_is_not_known_last_both_ways(three, rows):
    assert rows("?sort=reference")[0] == rows("?sort=-reference")[0] == BAD
    assert rows("?sort=run") == [GOOD, LOW, BAD] or rows("?sort=run") == [LOW, GOOD, BAD]
    assert rows("?sort=-run")[0] == BAD


def test_low_statistics_are_shown_as_such_and_do_not_look_bad(three, client):
    page = client.get(f"/certifications/?runs={RUN}&reconstruction=prompt").content.decode()
    row = page.split("<tbody")[1]
    assert "low stat." in row
    assert 'status bad">BAD' not in row
    assert 'status good">GOOD' in row


def test_a_row_tells_everything(three, client):
    row = client.get(f"/certifications/?runs={RUN + 1}").content.decode().split("<tbody")[1]
    for told in (
        str(RUN + 1),
        "express",
        f"{RUN} express",
        "Collisions18",
        "12.500",
        ">92<",
        "hole in layer 2",
        "shifter2",
        "2018-08-13",
        "not reviewed",
    ):
        assert told in row


def test_csv_has_all_that_pass_and_json_what_was_said_of_each_component(three, client):
    text = client.get("/certifications/?format=csv&shifter=me").content.decode()
    found = list(csv.DictReader(io.StringIO(text)))
    assert [(row["run"], row["reconstruction"]) for row in found] == [(str(RUN), "prompt"), (str(RUN), "express")]
    assert found[0]["components"] == "pixel=GOOD strip=BAD/L tracking=GOOD"
    assert (found[0]["recorded_per_pb"], found[0]["dataset"]) == ("12.500", PROMPT)
    told = json.loads(client.get("/certifications/?format=json&verdict=bad").content)["certifications"]
    assert [(each["run"], each["components"]["pixel"]["status"]) for each in told] == [(RUN + 1, "BAD")]
    assert told[0]["reference"] == {"run": RUN, "reconstruction": "express"}


def test_a_view_is_saved_with_its_filters_and_is_not_one_of_runs(three, client):
    client.post("/certifications/views/save", {"name": "bad ones", "query": "verdict=bad&sort=-run"})
    assert ">bad ones</a>" in client.get("/certifications/").content.decode()
    assert ">bad ones</a>" not in client.get("/runs/").content.decode()


def test_an_empty_table_says_why(client, three):
    assert (
        "No certification passes these filters"
        in client.get("/certifications/?verdict=bad&shifter=me").content.decode()
    )


def test_nobody_certified_anything_yet(client):
    assert "Nobody certified anything yet" in client.get("/certifications/").content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows(three, shifter, client, django_assert_max_num_queries):
    for run in range(RUN + 10, RUN + 30):
        register(run)
        certify(shifter, run)
    for query in ("", "?status=BAD", "?sort=recorded", "?shifter=me", "?review=none&class=Collisions18"):
        with django_assert_max_num_queries(QUERIES_OF_THE_TABLE):
            client.get(f"/certifications/{query}")


def columns_of(page: str) -> list[str]:
    head = page.split("<thead>")[1].split("</thead>")[0]
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<th[^>]*>(.*?)</th>", head)]


def test_columns_are_chosen_in_the_address_and_stand_in_their_own_order(three, client):
    usual = columns_of(client.get("/certifications/").content.decode())
    assert usual[:3] == ["Run", "Reconstruction", "Verdict"]
    shown = client.get("/certifications/?col=energy&col=verdict&sort=-run").content.decode()
    assert columns_of(shown) == ["Run", "Reconstruction", "Verdict", "Energy of a beam / GeV"]
    assert "6 500" in shown
    assert columns_of(client.get("/certifications/?col=nonsense").content.decode()) == usual
    assert re.search(r'name="col" value="energy" form="filters" checked', shown)


def test_a_file_has_the_chosen_columns_with_their_units(three, client):
    query = "col=b_field&col=delivered&col=start&col=event&col=imported&format=csv"
    rows = list(csv.DictReader(io.StringIO(client.get(f"/certifications/?{query}").content.decode())))
    assert list(rows[0]) == ["run", "reconstruction", "start", "b_field_T", "delivered_per_pb", "imported", "event"]
    assert (rows[0]["start"], rows[0]["b_field_T"]) == ("2018-08-11T10:00:00+00:00", "3.8")
    assert (rows[0]["delivered_per_pb"], rows[0]["imported"]) == ("", "False")


def test_every_column_that_can_be_chosen_is_shown_for_runs_that_nothing_is_known_of(three, client):
    query = "&".join(f"col={column.key}" for column in COLUMNS)
    assert len(columns_of(client.get(f"/certifications/?{query}").content.decode())) == len(COLUMNS)
