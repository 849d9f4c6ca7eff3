"""Workspaces, reference runs, problems, reasons, checklists, and the queue."""

from __future__ import annotations

import pytest

from lumicert.api.tests.world import API, a_program, items, runs
from lumicert.catalogue.selectors import checklists, problems, reasons
from lumicert.certification import claims
from lumicert.certification.tests.world import DATASETS, a_run, certify, promoted
from lumicert.certification.workspaces import workspaces

pytestmark = pytest.mark.django_db

RUN = 315257


@pytest.fixture
def program(shifter):
    return a_program(shifter)


def test_a_workspace_tells_its_components(program):
    (tracker,) = [each for each in items(program, "/workspaces") if each["name"] == "tracker"]
    assert [part["component"] for part in tracker["parts"]] == workspaces()["tracker"].components


def test_a_reference_run_tells_how_often_it_was_used(program, shifter, leader):
    for run in (RUN, RUN + 1):
        a_run(run, by=shifter, b_field=3.8)
    certify(RUN, by=shifter)
    reference = promoted(RUN, by=leader)
    certify(RUN + 1, by=shifter, reference=reference)
    (row,) = items(program, "/references")
    assert row == row | {"run": RUN, "reconstruction": "express", "uses": 1, "last_used": RUN + 1, "b_field_tesla": 3.8}


def test_reference_runs_come_page_by_page_the_newest_first(program, shifter, leader):
    for run in range(RUN, RUN + 3):
        a_run(run, by=shifter)
        certify(run, by=shifter)
        promoted(run, by=leader)
    assert runs(program, "/references?limit=1") == [RUN + 2, RUN + 1, RUN]


def test_problems_and_reasons_are_those_of_the_form(program):
    of_pixel = items(program, "/problems?component=tracker-pixel&limit=2")
    assert {each["name"] for each in of_pixel} == {each.name for each in problems(components=["tracker-pixel"])}
    assert len(items(program, "/problems?limit=7")) == len(problems())
    assert {each["name"] for each in items(program, "/reasons?limit=1")} == {each.name for each in reasons()}


def test_a_checklist_is_read_whole_by_its_version(program):
    first = checklists()[0]
    listed = {each["identifier"]: each for each in items(program, "/checklists?limit=1")}
    assert set(listed) == {each.identifier for each in checklists()}
    read = program.get(f"{API}/checklists/{first.identifier}/{first.version}").json()
    assert read == listed[first.identifier]
    keys = [item["key"] for group in read["document"]["groups"] for item in group["items"]]
    assert keys == list(first.item_keys)


def test_a_checklist_or_version_that_is_not_there_is_answered_with_those_that_are(program):
    first = checklists()[0].identifier
    for address, told in ((f"{first}/99", "it has 1"), ("nothing/1", first)):
        answer = program.get(f"{API}/checklists/{address}")
        assert answer.status_code == 404
        assert told in answer.json()["detail"]


# ---- the queue ----


@pytest.fixture
def waiting(shifter):
    for run in range(RUN, RUN + 5):
        a_run(run, by=shifter)
    certify(RUN + 1, by=shifter)


def queue(program, asked=""):
    return [(each["run"] - RUN, each["reconstruction"]) for each in items(program, f"/queue{asked}")]


def test_the_queue_has_what_nobody_certified_the_newest_first(program, waiting):
    expected = [(n, each) for n in (4, 3, 2, 1, 0) for each in ("express", "prompt") if (n, each) != (1, "express")]
    for limit in (1, 2, 3, 100):
        assert queue(program, f"?limit={limit}") == expected
    (first, *_) = items(program, "/queue")
    assert first == first | {
        "dataset": DATASETS["express"], "lumisections": 400, "recorded_per_pb": "12.5", "claim": None, "overdue": False,
    }  # fmt: skip
    assert first["due"].endswith("Z")


def test_the_queue_is_filtered_by_runs_reconstruction_and_class(program, waiting):
    assert queue(program, f"?runs={RUN}-{RUN + 1}&reconstruction=express") == [(0, "express")]
    assert queue(program, f"?runs={RUN},{RUN + 4}&reconstruction=prompt&limit=1") == [(4, "prompt"), (0, "prompt")]
    assert queue(program, "?class=Cosmics18") == []


def test_a_claim_does_not_move_a_row_between_pages(program, waiting, shifter):
    before = queue(program)
    claims.keep(run=RUN, workspace="tracker", reconstruction="prompt", user=shifter)
    assert queue(program, "?limit=2") == before
    assert items(program, "/queue")[-1]["claim"]["mine"] is True


def test_the_queue_says_who_is_on_it(program, waiting, shifter2):
    claims.keep(run=RUN, workspace="tracker", reconstruction="prompt", user=shifter2)
    assert items(program, f"/queue?runs={RUN}&reconstruction=prompt")[0]["claim"]["by"] == "shifter2"


def test_what_is_claimed_by_program_is_claimed_until_it_is_released(program, waiting, shifter2):
    address = f"{API}/queue/{RUN}/prompt/claim"
    claimed = program.put(address)
    assert (claimed.status_code, claimed.json()["by"], claimed.json()["mine"]) == (200, "shifter", True)
    assert program.put(address).json()["since"] == claimed.json()["since"]
    other = a_program(shifter2)
    refused = other.put(address)
    assert refused.status_code == 409
    assert refused.json()["claim"] == refused.json()["claim"] | {"by": "shifter", "mine": False}
    assert other.delete(address).status_code == 404
    released = program.delete(address)
    assert (released.status_code, released.content) == (204, b"")
    assert other.put(address).status_code == 200


def test_a_run_that_nobody_knows_cannot_be_claimed(program):
    answer = program.put(f"{API}/queue/{RUN + 9}/prompt/claim")
    assert answer.status_code == 404
