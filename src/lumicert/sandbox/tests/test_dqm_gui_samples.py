"""The DQM GUI's index grows with sandbox time, and is asked for as Run Registry asks."""

from datetime import timedelta

import pytest


@pytest.fixture
def samples(sandbox, http):
    def items(match="*."):
        answer = http.get(sandbox.addresses()["DQMGUI_URL"] + match)
        return [item for sample in answer.json()["samples"] for item in sample["items"]]

    return items


def appearing(world):
    return sorted((one for run in world.runs for one in run.datasets), key=lambda one: one.appears)


def test_a_dataset_is_there_once_it_has_appeared(sandbox, samples):
    first = appearing(sandbox.world)[0]
    sandbox.set_clock(at=first.appears - timedelta(seconds=1))
    assert first.dataset not in [item["dataset"] for item in samples() if item["run"] == str(first.run_number)]
    sandbox.advance(1)
    assert first.dataset in [item["dataset"] for item in samples() if item["run"] == str(first.run_number)]


def test_all_datasets_are_there_in_the_end(sandbox, samples):
    sandbox.set_clock(at=appearing(sandbox.world)[-1].appears)
    expected = {(str(one.run_number), one.dataset) for one in appearing(sandbox.world)}
    assert {(item["run"], item["dataset"]) for item in samples()} == expected
    assert set(samples()[0]) == {"type", "run", "dataset", "version", "importversion"}


@pytest.mark.parametrize("match", ["", "*.", "."])
def test_every_way_to_ask_for_all_gives_all(sandbox, samples, match):
    sandbox.set_clock(at=appearing(sandbox.world)[-1].appears)
    assert len(samples(match)) == len(appearing(sandbox.world))


def test_a_match_is_a_regular_expression_on_dataset_or_run(sandbox, samples):
    sandbox.set_clock(at=appearing(sandbox.world)[-1].appears)
    assert {item["dataset"].split("/")[1] for item in samples("^/StreamExpress/")} == {"StreamExpress"}
    run = str(appearing(sandbox.world)[0].run_number)
    assert {item["run"] for item in samples(f"^{run}$")} == {run}


def test_a_match_that_is_none_is_refused(sandbox, http):
    answer = http.get(sandbox.addresses()["DQMGUI_URL"] + "(")
    assert answer.status_code == 400
    assert "no regular expression" in answer.text


def test_a_field_of_a_sample_can_be_spoiled(sandbox, samples):
    sandbox.set_clock(at=appearing(sandbox.world)[-1].appears)
    sandbox.fault("null-field", "dqmgui")
    assert {item["dataset"] for item in samples()} == {None}
