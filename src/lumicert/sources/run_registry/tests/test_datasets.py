"""Datasets of a Run Registry: typed, complete, by their names without white space, and refused in another form."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.sources.errors import SourceChanged, SourceDown
from lumicert.sources.run_registry.models import Dataset
from lumicert.sources.run_registry.tests.fake import EXPRESS, Fake, page, row

RUN = 360441
COSMICS = "/Express/Commissioning2022/DQM"


def test_a_dataset_comes_with_what_is_said_of_it() -> None:
    assert Fake().client().datasets(RUN, RUN) == [
        Dataset(
            RUN,
            EXPRESS,
            "Collisions22",
            {"global": "SIGNOFF", "tracker": "OPEN"},
            {"tracker-pixel": {"BAD": 2, "GOOD": 10}, "tracker-track": {"NO VALUE FOUND": 12}},
        )
    ]


def test_what_is_asked_is_in_the_filter_language_of_the_original() -> None:
    fake = Fake()
    fake.client().datasets(360000, 370000)
    assert fake.asked == [
        (
            "datasets",
            {
                "page": 0,
                "page_size": 100,
                "sortings": [["run_number", "ASC"], ["name", "ASC"]],
                "filter": {"run_number": {"and": [{">=": 360000}, {"<=": 370000}]}, "name": {"<>": "online"}},
            },
        )
    ]


def test_no_runs_are_not_asked_for() -> None:
    fake = Fake()
    assert fake.client().datasets(7, 6) == []
    assert fake.asked == []


def served(rows: list[dict[str, Any]]) -> Any:
    """Answers with the first page of the rows whose runs are asked for."""

    def answer(body: dict[str, Any]) -> Any:
        first, last = (next(iter(one.values())) for one in body["filter"]["run_number"]["and"])
        found = [one for one in rows if first <= one["run_number"] <= last]
        return page(*found[: body["page_size"]], count=len(found))

    return answer


@settings(max_examples=50)
@given(st.lists(st.integers(0, 3), max_size=12), st.integers(4, 9))
def test_all_rows_come_once_whatever_the_size_of_a_page(sizes: list[int], size: int) -> None:
    rows = [row(run, f"/Express/{place}/DQM") for run, each in enumerate(sizes, start=1) for place in range(each)]
    found = Fake(datasets=served(rows)).client(rows_a_page=size).datasets(1, 100)
    assert [(one.run, one.name) for one in found] == [(one["run_number"], one["name"]) for one in rows]


def test_a_run_with_more_datasets_than_a_page_is_a_change_and_no_endless_question() -> None:
    rows = [row(1, f"/Express/{place}/DQM") for place in range(5)]
    with pytest.raises(SourceChanged, match="run 1 has more than 4 datasets"):
        Fake(datasets=served(rows)).client(rows_a_page=4).datasets(1, 100)


@pytest.mark.parametrize("raw", [f"{COSMICS}\n", f" {COSMICS}", f"{COSMICS}\r\n"], ids=repr)
def test_a_name_comes_without_the_white_space_around_it(raw: str) -> None:
    [found] = Fake(datasets=page(row(RUN, raw))).client().datasets(RUN, RUN)
    assert found.name == COSMICS


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_names_that_differ_in_white_space_the_clean_one_counts(order: int) -> None:
    bad = {"dataset_attributes": {"tracker_state": "COMPLETED"}}
    rows = [row(RUN, COSMICS), row(RUN, f"{COSMICS}\n", **bad)][::order]
    [found] = Fake(datasets=page(*rows)).client().datasets(RUN, RUN)
    assert found.states["tracker"] == "OPEN"


def test_a_dataset_of_a_run_without_class_has_an_empty_one() -> None:
    for attributes in ({}, {"class": None}, {"class": ""}):
        one = row(Run={"rr_attributes": attributes})
        assert Fake(datasets=page(one)).client().datasets(RUN, RUN)[0].run_class == ""


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        ({"run_number": "360441"}, "run_number: input should be a valid integer"),
        ({"run_number": -5}, "greater than or equal to 1"),
        ({"run_number": 370001}, "not rising from 360000 to 370000"),
        ({"name": None}, "name: input should be a valid string"),
        ({"name": " \n"}, "has no name"),
        ({"dataset_attributes": {"tracker_state": None}}, "the state in tracker is None, not a word"),
        ({"dataset_attributes": []}, "dataset_attributes: input should be a valid dictionary"),
        ({"Run": {}}, "Run.rr_attributes: field required"),
        ({"DatasetTripletCache": None}, "DatasetTripletCache: input should be"),
        ({"DatasetTripletCache": {"triplet_summary": {"x": 5}}}, "input should be a valid dictionary"),
        ({"DatasetTripletCache": {"triplet_summary": {"x": {"GOOD": "5"}}}}, "x has '5' lumisections of GOOD"),
        ({"DatasetTripletCache": {"triplet_summary": {"x": {"GOOD": -1}}}}, "x has -1 lumisections of GOOD"),
        ({"DatasetTripletCache": {"triplet_summary": {"x": {"GOOD": True}}}}, "x has True lumisections of GOOD"),
    ],
    ids=str,
)
def test_a_row_of_another_form_is_a_change(spoiled: dict[str, Any], why: str) -> None:
    fake = Fake(datasets=page(row() | spoiled))
    with pytest.raises(SourceChanged) as caught:
        fake.client().datasets(360000, 370000)
    assert why in caught.value.why
    assert fake.notes.calls[-1].outcome == "changed"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "the page"),
        ({"runs": []}, "datasets: field required"),
        ({"datasets": []}, "count: field required"),
        ({"datasets": [], "count": 3}, r"the page has 0 of 3 rows"),
        ({"datasets": [row(), row()], "count": 1}, "the page has 2 of 1 rows"),
        (page(row(2), row(1)), "not rising"),
    ],
    ids=str,
)
def test_a_page_of_another_form_is_a_change(document: Any, why: str) -> None:
    with pytest.raises(SourceChanged, match=why):
        Fake(datasets=document).client().datasets(1, 370000)


def error(words: Any, status: int = 500) -> httpx.Response:
    return httpx.Response(status, json={"err": words})


def test_a_question_that_it_does_not_understand_is_a_change_with_its_words() -> None:
    with pytest.raises(SourceChanged, match=r"did not understand the question: column Dataset\.x does not exist"):
        Fake(datasets=error("column Dataset.x does not exist")).client().datasets(1, 2)


@pytest.mark.parametrize(
    "words", ["connect ECONNREFUSED 10.0.0.1:5432", "Connection terminated unexpectedly", "deadlock detected", 5, None]
)
def test_a_registry_whose_database_fails_is_down(words: Any) -> None:
    with pytest.raises(SourceDown, match="HTTP 500"):
        Fake(datasets=error(words)).client().datasets(1, 2)


def test_an_answer_may_hold_what_we_do_not_know() -> None:
    more = row(more=1, Run={"rr_attributes": {"class": "x", "short_run": True}, "more": {}})
    assert len(Fake(datasets=page(more) | {"more": []}).client().datasets(RUN, RUN)) == 1
