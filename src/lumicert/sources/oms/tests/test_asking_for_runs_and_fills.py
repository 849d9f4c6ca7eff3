"""Runs, fills and eras of OMS, page by page; nothing is lost or doubled, and it can go on where it was cut short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.sources.errors import SourceChanged
from lumicert.sources.oms.tests.fake import Oms, era, fill, run
from lumicert.sources.tests.servers import Notes

NOON = datetime(2022, 10, 15, 12, tzinfo=UTC)


def at(minutes: int) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def test_a_run_has_its_attributes_units_and_number() -> None:
    oms = Oms(runs=[run(355100, energy=6800, hlt_key="/cdaq/physics/x", components=["DAQ", "DT"], new_thing=1.5)])
    oms.units["energy"] = "GeV"
    found = oms.client().run(355100)
    assert found is not None
    assert found.run == 355100
    assert "run_number" not in found.attributes
    assert found.attributes["energy"] == 6800
    assert found.attributes["components"] == ["DAQ", "DT"]
    assert found.attributes["b_field"] is None
    assert found.attributes["new_thing"] == 1.5
    assert found.units["energy"] == "GeV"
    assert found.units["recorded_lumi"] == "pb^{-1}"
    assert found.rejected == {}


def test_a_run_that_oms_does_not_know_is_none() -> None:
    assert Oms(runs=[run(355100)]).client().run(999999) is None
    assert Oms(fills=[]).client().fill(8000) is None


@settings(max_examples=60)
@given(st.sets(st.integers(1, 60)), st.integers(1, 70), st.integers(1, 60), st.integers(0, 60))
def test_all_runs_come_once_and_in_order_whatever_the_size_of_a_page(
    numbers: set[int], page: int, first: int, length: int
) -> None:
    client = Oms(runs=[run(number) for number in numbers]).client(page=page)
    assert [one.run for one in client.runs()] == sorted(numbers)
    wanted = [number for number in sorted(numbers) if first <= number <= first + length]
    assert [one.run for one in client.runs(first, first + length)] == wanted


@settings(max_examples=60)
@given(st.dictionaries(st.integers(1, 60), st.integers(0, 3), max_size=25), st.integers(1, 30), st.integers(0, 4))
def test_all_that_changed_come_once_even_if_many_changed_at_one_instant(
    changes: dict[int, int], page: int, since: int
) -> None:
    client = Oms(runs=[run(number, last_update=at(when)) for number, when in changes.items()]).client(page=page)
    found = [one.run for one in client.runs(updated_since=NOON + timedelta(minutes=since))]
    assert found == [number for when, number in sorted((w, n) for n, w in changes.items()) if when >= since]


def test_a_run_that_changes_while_pages_are_read_is_not_lost() -> None:
    rows = [run(number, last_update=at(number)) for number in range(1, 7)]
    client = Oms(runs=rows).client(page=2)
    reading = client.runs(updated_since=NOON)
    assert [one.run for one in islice(reading, 2)] == [1, 2]
    rows[0]["last_update"] = at(99)
    assert [one.run for one in reading] == [3, 4, 5, 6, 1]


def test_a_run_that_appears_while_pages_are_read_moves_no_other() -> None:
    rows = [run(number) for number in (2, 4, 6, 8)]
    reading = Oms(runs=rows).client(page=2).runs()
    assert [one.run for one in islice(reading, 2)] == [2, 4]
    rows += [run(1), run(7)]
    assert [one.run for one in reading] == [6, 7, 8]


def test_pages_are_asked_for_only_as_they_are_needed() -> None:
    oms = Oms(runs=[run(number) for number in range(1, 100)])
    next(oms.client(page=10).runs())
    assert len(oms.asked) == 1


def test_the_runs_that_changed_last_come_latest_first() -> None:
    client = Oms(runs=[run(number, last_update=at(number)) for number in (3, 9, 5)]).client()
    assert [one.run for one in client.last_updated(2)] == [9, 5]


@settings(max_examples=40)
@given(st.sets(st.integers(1, 3000), max_size=12), st.sets(st.integers(1, 3000), max_size=12))
def test_fills_by_number_are_those_that_are_there(known: set[int], asked: set[int]) -> None:
    client = Oms(fills=[fill(number) for number in known]).client(page=100)
    assert [one.fill for one in client.fills(asked)] == sorted(known & asked)


def test_all_fills_come_when_none_are_named() -> None:
    assert [one.fill for one in Oms(fills=[fill(2), fill(1)]).client().fills()] == [1, 2]


@pytest.mark.parametrize("name", [None, "", 5])
def test_an_era_without_a_name_is_a_change(name: object) -> None:
    oms = Oms()
    oms.bend = lambda document: {"data": [{"attributes": era("") | {"era": name}}], "meta": {"totalResourceCount": 1}}
    with pytest.raises(SourceChanged, match="the era of a row is"):
        oms.client().eras()


def test_changes_that_come_out_of_order_are_a_change() -> None:
    oms = Oms(runs=[run(1, last_update=at(1)), run(2, last_update=at(2))])
    oms.bend = lambda document: {**document, "data": document["data"][::-1]}
    with pytest.raises(SourceChanged, match="do not come by rising last_update"):
        list(oms.client().runs(updated_since=NOON))


def test_a_page_with_more_rows_than_asked_for_is_a_change() -> None:
    oms = Oms()
    rows = [{"attributes": run(number)} for number in (1, 2, 3)]
    oms.bend = lambda document: {"data": rows, "meta": {"totalResourceCount": 3}}
    with pytest.raises(SourceChanged, match="the page has 3 rows, though only 2 were asked for"):
        list(oms.client(page=2).runs())


def test_fills_that_changed() -> None:
    client = Oms(fills=[fill(1, last_update=at(1)), fill(2, last_update=at(2))]).client()
    assert [one.fill for one in client.fills(updated_since=NOON + timedelta(minutes=2))] == [2]


def test_eras_have_their_runs() -> None:
    found = Oms(eras=[era("2022B", start_run=5, end_run=9), era("2022A", start_run=1, end_run=4)]).client().eras()
    assert [(one.era, one.attributes["start_run"]) for one in found] == [("2022A", 1), ("2022B", 5)]


def test_a_time_without_its_zone_is_refused_before_it_is_asked_for() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        list(Oms(runs=[]).client().runs(updated_since=datetime(2022, 1, 1)))  # noqa: DTZ001


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    for row in document["data"]:
        row["attributes"] = {key: value for key, value in row["attributes"].items() if key != name}
    return document


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda document: {**document, "data": []}, "the page has 0 of 3 rows"),
        (lambda document: {**document, "data": document["data"][:2]}, r"the page has 2 of 3 rows .in all there are 3"),
        (lambda document: {**document, "data": None}, "no list of rows under data"),
        (lambda document: {"data": document["data"]}, "totalResourceCount is None in a page of 3 rows"),
        (lambda document: {**document, "meta": {"totalResourceCount": 1}}, "totalResourceCount is 1 in a page of 3"),
        (lambda document: {**document, "data": [{"id": "1"}] * 3}, "a row has no attributes"),
        (
            lambda document: {**document, "data": document["data"][::-1]},
            "run_number 2 comes after 3, though a rising order was asked for",
        ),
        (lambda document: {**document, "data": [document["data"][0]] * 3}, "run_number 1 comes after 1"),
        (lambda document: without(document, "run_number"), "the run_number of a row is None"),
        (lambda document: without(document, "hlt_key"), r"there is no hlt_key; was it renamed\?"),
        (lambda document: [document], "no list of rows under data"),
    ],
)
def test_an_answer_against_the_protocol_is_a_change_and_says_what_is_wrong(bend: Any, why: str) -> None:
    oms, notes = Oms(runs=[run(1), run(2), run(3)]), Notes()
    oms.bend = bend
    with pytest.raises(SourceChanged, match=why):
        list(oms.client(notes).runs())
    assert [call.outcome for call in notes.calls] == ["changed"]


def test_an_oms_that_ignores_the_filter_does_not_make_us_read_for_ever() -> None:
    oms = Oms(runs=[run(1), run(2)])
    rows = [{"attributes": run(1)}, {"attributes": run(2)}]
    oms.bend = lambda document: {"data": rows, "meta": {"totalResourceCount": 9}}
    with pytest.raises(SourceChanged, match="run_number 1 comes after 2"):
        list(oms.client(page=2).runs())


def test_a_row_of_another_run_is_a_change() -> None:
    oms = Oms(runs=[run(1)])
    oms.bend = lambda document: {"data": [{"attributes": run(8)}], "meta": {"totalResourceCount": 1}}
    with pytest.raises(SourceChanged, match="or one of another number"):
        oms.client().run(1)


@pytest.mark.parametrize("moment", [None, "yesterday", "2022-10-15T06:00:00", 5])
def test_a_change_without_a_time_is_a_change_of_oms(moment: object) -> None:
    oms = Oms(runs=[run(1)])
    oms.bend = lambda document: {
        "data": [{"attributes": run(1, last_update=moment)}],
        "meta": {"totalResourceCount": 1},
    }
    with pytest.raises(SourceChanged, match="last_update of a row is"):
        list(oms.client().runs(updated_since=NOON))
