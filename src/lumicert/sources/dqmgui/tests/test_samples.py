"""The DQM GUI's index: typed, tolerant of single entries, and refused when its form is another."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from lumicert.sources.dqmgui.client import DqmGuiClient, Sample
from lumicert.sources.errors import SourceChanged, SourceDown
from lumicert.sources.tests.servers import answers, door, json

EXPRESS = "/StreamExpress/Run2022F-Express-v1/DQMIO"
PROMPT = "/ZeroBias/Run2022F-PromptReco-v1/DQMIO"


def item(run: Any, dataset: Any, **more: Any) -> dict[str, Any]:
    return {"type": "offline_data", "run": run, "dataset": dataset, "version": "", "importversion": 1, **more}


def index(*items: Any) -> httpx.Response:
    return json({"samples": [{"type": "offline_data", "items": list(items)}]})


def client(response: httpx.Response) -> DqmGuiClient:
    return DqmGuiClient(door(answers(response), name="DQM GUI"))


def test_samples_come_in_order_and_once() -> None:
    found = client(index(item("361000", PROMPT), item("360999", PROMPT), item("361000", PROMPT, importversion=2)))
    assert found.samples() == [
        Sample(360999, PROMPT, "offline_data", ""),
        Sample(361000, PROMPT, "offline_data", ""),
    ]


def test_the_samples_of_a_run_are_not_those_of_a_longer_number() -> None:
    found = client(index(item("361000", EXPRESS), item("3610001", EXPRESS))).of_run(361000)
    assert [sample.run for sample in found] == [361000]


def test_what_is_asked_for_is_in_the_address() -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return index()

    DqmGuiClient(door(answer)).samples()
    assert asked[0].path == "/api/data/json/samples"
    assert asked[0].params["match"] == "*."


def test_the_forms_in_which_the_gui_writes_an_entry() -> None:
    entries = [
        item(361000, PROMPT),
        item("361001:12", PROMPT),
        item("361002", PROMPT + "\n", version="0002"),
        {"run": "361003", "dataset": PROMPT},
    ]
    found = client(index(*entries)).samples()
    assert [(sample.run, sample.dataset, sample.version) for sample in found] == [
        (361000, PROMPT, ""),
        (361001, PROMPT, ""),
        (361002, PROMPT, "0002"),
        (361003, PROMPT, ""),
    ]
    assert {sample.kind for sample in found} == {"offline_data"}


@pytest.mark.parametrize(
    "senseless",
    [None, 5, item("x", PROMPT), item("0", PROMPT), item("9" * 30, PROMPT), item("1", "ZeroBias"), item("1", None),
     item(True, PROMPT), item("361000", "/a/b/" + "c" * 600)],
    ids=repr,
)  # fmt: skip
def test_an_entry_that_makes_no_sense_is_left_out_and_told(senseless: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert [sample.run for sample in client(index(senseless, item("361000", PROMPT))).samples()] == [361000]
    assert "1 of 2 entries make no sense" in caplog.text


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (json([]), "there is no list of samples"),
        (json({"data": []}), "there is no list of samples"),
        (json({"samples": [{"type": "offline_data"}]}), "a group of samples has no list of items"),
        (index({"run_number": 361000, "name": PROMPT}), "none of 1 entries has a run and a dataset; were they renamed"),
    ],
)
def test_an_index_of_another_form_is_a_change(response: httpx.Response, why: str) -> None:
    with pytest.raises(SourceChanged, match=why):
        client(response).samples()


def test_an_empty_index_is_no_fault() -> None:
    assert client(json({"samples": []})).samples() == []


def test_the_page_that_the_gui_shows_for_unknown_things_is_no_data() -> None:
    page = httpx.Response(200, content=b"<html>not found</html>", headers={"Content-Type": "text/html"})
    with pytest.raises(SourceDown, match=r"DQM GUI is down .* answers with a web page"):
        client(page).samples()
