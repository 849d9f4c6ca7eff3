"""OMS's documents: resources with units, pages with links, descriptions of attributes, and errors."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from lumicert.sandbox.model import LUMISECTION_ATTRIBUTES, RUN_ATTRIBUTES


@pytest.fixture(autouse=True)
def _at_the_end_of_the_shift(sandbox):
    sandbox.set_clock(at=sandbox.world.end + timedelta(days=3))


def collision_run(sandbox):
    return max(sandbox.world.runs, key=lambda run: run.recorded_lumi or 0.0)


def test_a_run_has_its_attributes_and_the_units_of_its_row(oms, sandbox):
    run = collision_run(sandbox)
    [one] = oms("runs", {"filter[run_number][EQ]": run.run_number}).json()["data"]
    assert (one["id"], one["type"]) == (str(run.run_number), "runs")
    assert list(one["attributes"]) == list(RUN_ATTRIBUTES)
    assert one["attributes"]["recorded_lumi"] == run.recorded_lumi
    assert one["meta"]["row"]["recorded_lumi"] == {"units": "pb^{-1}"}
    assert one["links"]["self"].endswith(f"/agg/api/v1/runs/{run.run_number}")


def test_a_slash_behind_the_resource_does_no_harm(oms, sandbox):
    run = collision_run(sandbox).run_number
    asked = {"filter[run_number][EQ]": run, "page[offset]": 0, "page[limit]": 10}
    assert oms("runs/", asked).json()["data"][0]["id"] == str(run)


@pytest.mark.parametrize("resource", ["runs", "fills", "eras"])
def test_one_of_a_resource_has_an_address_of_its_own(oms, resource):
    listed = oms(resource).json()["data"][0]
    assert oms(f"{resource}/{listed['id']}").json()["data"] == listed


def test_a_lumisection_has_an_address_of_its_own(oms, sandbox):
    run = collision_run(sandbox).run_number
    one = oms(f"lumisections/{run}_7").json()["data"]
    assert one["attributes"]["lumisection_number"] == 7
    assert list(one["attributes"]) == list(LUMISECTION_ATTRIBUTES)


def test_what_belongs_to_a_run_or_fill_is_where_the_links_say(oms, sandbox, http, token):
    for resource, other in (("runs", "lumisections"), ("fills", "runs")):
        one = oms(resource).json()["data"][-1]
        address = one["relationships"][other]["links"]["related"]
        related = http.get(address, headers={"Authorization": f"Bearer {token}"}).json()["data"]
        assert {row["type"] for row in related} == {other}
        number = "run_number" if resource == "runs" else "fill_number"
        assert {str(row["attributes"][number]) for row in related} == {one["id"]}


def test_links_lead_through_all_pages_and_back(oms, sandbox, http, token):
    asked = {"sort": "run_number", "page[limit]": 3, "fields": "run_number"}
    page = oms("runs", asked).json()
    seen, addresses = [], []
    while True:
        seen += [one["id"] for one in page["data"]]
        addresses.append(page["links"]["self"])
        if "next" not in page["links"]:
            break
        page = http.get(page["links"]["next"], headers={"Authorization": f"Bearer {token}"}).json()
    assert seen == [str(run.run_number) for run in sandbox.world.runs]
    assert page["meta"]["totalResourceCount"] == len(seen)
    assert page["links"]["prev"] == addresses[-2]
    assert page["links"]["last"] == addresses[-1]
    assert page["links"]["first"] == addresses[0]
    assert parse_qs(urlsplit(addresses[-1]).query)["fields"] == ["run_number"]


def test_only_the_fields_that_are_asked_for_come(oms):
    one = oms("runs", {"fields": "run_number,b_field"}).json()["data"][0]
    assert set(one["attributes"]) == {"run_number", "b_field"}
    assert one["meta"]["row"] == {"b_field": {"units": "T"}}


def test_meta_describes_every_attribute_that_is_served(oms):
    for resource in ("runs", "fills", "lumisections", "eras"):
        fields = oms(f"{resource}/meta").json()["meta"]["fields"]
        row = oms(resource, {"page[limit]": 1}).json()["data"][0]["attributes"]
        assert list(fields) == list(row)
        assert all({"type", "searchable", "sortable", "units"} <= set(one) for one in fields.values())
    assert fields["start_run"]["type"] == "integer"


def test_what_is_included_is_there_and_nothing_else(oms):
    plain = oms("runs", {"page[limit]": 1}).json()
    assert "fields" not in plain["meta"]
    full = oms("runs", {"page[limit]": 1, "include": "meta,presentation_timestamp"}).json()
    assert full["meta"]["fields"]["run_number"]["type"] == "integer"
    assert full["data"][0]["attributes"]["presentation_timestamp"] > 1_600_000_000_000
    bare = oms("runs", {"page[limit]": 1, "include": "data_only"}).json()
    assert set(bare["data"][0]) == {"id", "type", "attributes"}
    assert "links" not in bare


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("runs/999999", 404, "there is no run 999999"),
        ("runs/last", 404, "there is no run last"),
        ("lumisections/999999_1", 404, "there is no lumisection 999999_1"),
        ("triggers", 404, "no resource 'triggers'"),
        ("", 404, "no resource ''"),
        ("runs/1/2/3", 404, "there is nothing at"),
        ("runs?filter[run_number]=x", 400, "'x' is no integer"),
        ("runs?page[limit]=5001", 400, "a page has 1 to 5000 rows"),
    ],
)
def test_an_error_is_json_api_and_says_why(oms, path, status, why):
    answer = oms(path)
    assert answer.status_code == status
    [error] = answer.json()["errors"]
    assert error["status"] == str(status)
    assert why in error["detail"]


def test_the_lumisections_of_a_fill_come_by_run_and_number(oms, sandbox):
    run = collision_run(sandbox)
    of_fill = [one for one in sandbox.world.runs if one.fill_number == run.fill_number]
    page = oms("lumisections", {"filter[fill_number]": run.fill_number, "page[limit]": 5000}).json()
    assert page["meta"]["totalResourceCount"] == sum(len(one.lumisections) for one in of_fill)
    keys = [(one["attributes"]["run_number"], one["attributes"]["lumisection_number"]) for one in page["data"]]
    assert keys == sorted(keys)


def test_the_last_lumisection_of_a_run_is_found_as_cert_helper_asks_for_it(oms, sandbox):
    run = collision_run(sandbox)
    asked = {"filter[run_number][EQ]": run.run_number, "sort": "-lumisection_number", "page[limit]": 1}
    [one] = oms("lumisections", asked).json()["data"]
    assert one["attributes"]["lumisection_number"] == run.lumisections.lumisection_number[-1]


def test_the_lumisections_of_a_year_are_not_had_in_one_query(oms, monkeypatch):
    monkeypatch.setattr("lumicert.sandbox.oms.RUNS_AT_ONCE", 1)
    answer = oms("lumisections")
    assert answer.status_code == 400
    assert "filter by run_number or fill_number" in answer.json()["errors"][0]["detail"]


def test_a_run_that_goes_on_has_no_end_and_grows(oms, sandbox):
    run = collision_run(sandbox)
    sandbox.set_clock(at=run.start_time + timedelta(minutes=10))
    young = oms(f"runs/{run.run_number}").json()["data"]["attributes"]
    sandbox.advance(600)
    older = oms(f"runs/{run.run_number}").json()["data"]["attributes"]
    assert young["end_time"] is older["end_time"] is None
    assert young["last_lumisection_number"] < older["last_lumisection_number"]
    assert young["last_update"] < older["last_update"]


def test_a_run_that_has_not_begun_is_not_there(oms, sandbox):
    run = collision_run(sandbox)
    sandbox.set_clock(at=run.start_time - timedelta(seconds=1))
    assert oms(f"runs/{run.run_number}").status_code == 404


def test_all_lumisections_of_a_run_come_as_one_page(oms, sandbox):
    run = collision_run(sandbox)
    page = oms("lumisections", {"filter[run_number]": run.run_number, "page[limit]": 5000}).json()
    numbers = [row["attributes"]["lumisection_number"] for row in page["data"]]
    assert numbers == list(range(1, page["meta"]["totalResourceCount"] + 1))
