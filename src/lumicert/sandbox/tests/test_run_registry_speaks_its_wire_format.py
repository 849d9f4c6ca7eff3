"""Run Registry's door: the shapes, states and words of the original, as they were captured from it."""

from datetime import timedelta

import pytest

from lumicert.sandbox.model import LS_SECONDS
from lumicert.sandbox.run_registry import EXPERTS
from lumicert.sandbox.server import Sandbox, Setup

from .conftest import new_token

EXPRESS = "/Express/Collisions2022/DQM"
RUN_KEYS = {"run_number", "oms_attributes", "rr_attributes", "version", "deleted", "DatasetTripletCache"}
DATASET_KEYS = {
    "run_number", "name", "dataset_attributes", "datasets_in_gui", "deleted", "version", "Run", "DatasetTripletCache",
}  # fmt: skip
OMS_KEYS = {
    "b_field", "beams_present_and_stable", "clock_type", "cmssw_version", "components", "csc_included", "daq_included",
    "dcs_included", "delivered_lumi", "dqm_included", "dt_included", "duration", "ecal_included", "end_lumi",
    "end_time", "energy", "es_included", "fill_number", "fill_type_party1", "fill_type_party2", "fill_type_runtime",
    "gem_included", "hcal_included", "hlt_key", "hlt_physics_counter", "hlt_physics_rate", "hlt_physics_size",
    "hlt_physics_throughput", "init_lumi", "initial_prescale_index", "injection_scheme", "l1_hlt_mode",
    "l1_hlt_mode_stripped", "l1_key", "l1_key_stripped", "l1_menu", "l1_rate", "l1_triggers_counter", "last_update",
    "ls_duration", "pixel_included", "recorded_lumi", "rpc_included", "run_number", "sequence", "stable_beam",
    "start_time", "tcds_included", "tier0_transfer", "tracker_included", "trg_included", "trigger_mode",
}  # fmt: skip
RR_KEYS = {"class", "state", "significant", "stop_reason"}


@pytest.fixture
def ask(sandbox, http):
    """Asks the door, as who may edit, once the shift is over: `ask("POST", "/lumisections/...", {...})`."""
    sandbox.set_clock(at=sandbox.world.end + timedelta(hours=6))
    return _asker(sandbox, http, token_for(sandbox, http))


def _asker(sandbox, http, token):
    def ask(method, path, body=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return http.request(method, sandbox.addresses()["RUN_REGISTRY_URL"] + path, json=body, headers=headers)

    return ask


def token_for(sandbox, http, **changed):
    audience = sandbox.addresses()["RUN_REGISTRY_AUDIENCE"]
    return new_token(sandbox, http, audience=audience, **changed).json()["access_token"]


@pytest.fixture
def run(sandbox):
    return next(run for run in sandbox.world.runs if run.kind == "collisions")


def listed(ask, what="datasets", **changed):
    body = {"page": 0, "page_size": 50, "sortings": [], "filter": {}} | changed
    return ask("POST", f"/{what}_filtered_ordered", body).json()


def edit(ask, run, first=3, last=6, status="BAD", comment="hv trip", dataset=EXPRESS, component="tracker-strip"):
    new = {"start": first, "end": last, "status": status, "comment": comment, "cause": ""}
    body = {"new_lumisection_range": new, "run_number": run.run_number, "dataset_name": dataset}
    return ask("PUT", "/lumisections/edit_rr_lumisections", body | {"component": component})


def ranges(ask, run, dataset=EXPRESS):
    body = {"run_number": run.run_number, "dataset_name": dataset}
    return ask("POST", "/lumisections/rr_lumisection_ranges_by_component", body).json()


def test_a_run_has_the_keys_of_the_original(ask, run):
    row = ask("GET", f"/runs/{run.run_number}").json()
    assert set(row) == RUN_KEYS
    assert set(row["oms_attributes"]) >= OMS_KEYS
    assert set(row["rr_attributes"]) == RR_KEYS
    assert listed(ask, "runs", filter={"run_number": run.run_number}) == {"runs": [row], "pages": 1, "count": 1}


def test_a_dataset_has_the_keys_of_the_original(ask, run):
    page = listed(ask, filter={"run_number": run.run_number, "name": EXPRESS})
    assert set(page) == {"datasets", "pages", "count"}
    [row] = page["datasets"]
    assert set(row) == DATASET_KEYS
    assert set(row["Run"]) == {"rr_attributes", "oms_attributes"}
    assert set(row["DatasetTripletCache"]) == {"triplet_summary", "dcs_summary"}
    assert row["dataset_attributes"].items() >= {"tracker_state": "OPEN", "global_state": "OPEN"}.items()
    assert row["dataset_attributes"]["appeared_in"] == []
    assert row["datasets_in_gui"] == ["/StreamExpress/Run2022F-Express-v1/DQMIO"]


def test_a_summary_counts_lumisections_by_status_and_has_always_an_empty(ask, run):
    [row] = listed(ask, filter={"run_number": run.run_number, "name": EXPRESS})["datasets"]
    for summary in row["DatasetTripletCache"]["triplet_summary"].values():
        words = {key: summary.pop(key) for key in ("comments", "causes")}
        assert all(isinstance(word, list) for word in words.values())
        assert "EMPTY" in summary
        assert sum(summary.values()) == run.last_lumisection_number


def test_online_is_a_dataset_without_attributes(ask, run):
    [row] = listed(ask, filter={"run_number": run.run_number, "name": "online"})["datasets"]
    assert row["dataset_attributes"] == {}
    assert row["datasets_in_gui"] == []


def test_what_is_not_there_is_null_or_empty(ask):
    assert ask("GET", "/runs/999999").json() is None
    assert ask("GET", "/get_all_dataset_names_of_run/999999").json() == []
    nothing = {"run_number": 999999, "dataset_name": "online"}
    assert ask("POST", "/lumisections/rr_lumisections", nothing).json() == []
    assert ask("POST", "/lumisections/rr_lumisection_ranges", nothing).json() == []
    assert ask("POST", "/lumisections/rr_lumisection_ranges_by_component", nothing).json() == {}


def test_an_edit_is_answered_with_its_event(ask, run):
    first, second = edit(ask, run).json(), edit(ask, run).json()
    assert set(first) == {"run_number", "name", "lumisection_metadata_id", "version", "manual_change"}
    assert second["version"] > first["version"]
    [row] = listed(ask, filter={"run_number": run.run_number, "name": EXPRESS})["datasets"]
    assert row["version"] == second["version"]


def test_an_edit_replaces_a_triplet_and_leaves_what_lies_around_it(ask, run):
    before = ranges(ask, run)["tracker-strip"]
    edit(ask, run, 3, 6)
    edit(ask, run, 5, 8, "GOOD", "")
    after = ranges(ask, run)["tracker-strip"]
    bad, good = (
        {"status": status, "comment": words, "cause": ""} for status, words in (("BAD", "hv trip"), ("GOOD", ""))
    )
    assert bad | {"start": 3, "end": 4} in after
    assert good | {"start": 5, "end": 8} in after
    assert after[0] == before[0] | {"end": 2}
    assert after[-1]["end"] == before[-1]["end"]


def test_an_edit_beyond_the_end_makes_the_list_longer_as_in_the_original(ask, run):
    end = run.last_lumisection_number
    edit(ask, run, end + 3, end + 4)
    empty, new = ranges(ask, run)["tracker-strip"][-2:]
    assert (empty["status"], empty["start"], empty["end"]) == ("EMPTY", end + 1, end + 2)
    assert (new["status"], new["start"], new["end"]) == ("BAD", end + 3, end + 4)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"comment": ""}, "When setting lumisections as BAD, there MUST be a comment for this action."),
        ({"status": ""}, "No status present when trying to edit lumisections"),
        ({"first": 9, "last": 2}, "Start Lumisection must be less than end lumisection"),
        ({"first": 0}, "Start Lumisection must be less than end lumisection"),
        ({"first": "soon"}, 'invalid input syntax for type integer: "soon"'),
        ({"first": 2**40}, "out of range for type integer"),
        ({"dataset": "/Express/Nothing/DQM"}, "there is no such dataset"),
        ({"dataset": "online"}, "Run must be in state OPEN to be edited"),
        ({"component": None}, "No status present"),
    ],
)
def test_an_edit_that_cannot_be_is_a_500_with_words(ask, run, changed, words):
    answer = edit(ask, run, **changed)
    assert answer.status_code == 500
    assert words in answer.json()["err"]


def test_the_online_dataset_of_a_run_that_goes_on_may_be_edited(sandbox, ask, run):
    sandbox.set_clock(at=run.start_time + timedelta(seconds=20 * LS_SECONDS))
    assert edit(ask, run, dataset="online").status_code == 200
    row = ask("GET", f"/runs/{run.run_number}").json()
    assert row["rr_attributes"]["state"] == "OPEN"
    assert row["DatasetTripletCache"]["triplet_summary"]["tracker-strip"]["BAD"] == 4


def test_a_dataset_that_waits_for_the_gui_is_not_edited(ask, run):
    answer = edit(ask, run, dataset="/PromptReco/Collisions2022F/DQM")
    assert answer.status_code == 500
    assert "must be in state OPEN" in answer.json()["err"]


def test_a_move_is_answered_with_the_whole_dataset(ask, run):
    path = "/datasets/tracker/move_dataset/OPEN/SIGNOFF"
    body = {"run_number": run.run_number, "dataset_name": EXPRESS, "workspace": "tracker"}
    moved = ask("POST", path, body).json()
    assert set(moved) == DATASET_KEYS
    assert set(moved["Run"]) == RUN_KEYS - {"DatasetTripletCache"}
    assert set(moved["DatasetTripletCache"]) == {
        "run_number", "name", "triplet_summary", "dcs_summary", "rr_ranges", "dcs_ranges",
        "brilcalc_recorded_luminosity", "brilcalc_delivered_luminosity", "version",
    }  # fmt: skip
    assert moved["dataset_attributes"]["tracker_state"] == "SIGNOFF"
    # it is no longer where the second one says that it is
    again = ask("POST", path, body)
    assert (again.status_code, "is in state SIGNOFF, not OPEN" in again.json()["err"]) == (500, True)


def test_a_move_of_what_is_not_there_is_a_500(ask):
    body = {"run_number": 999999, "dataset_name": EXPRESS, "workspace": "tracker"}
    answer = ask("POST", "/datasets/tracker/move_dataset/OPEN/SIGNOFF", body)
    assert (answer.status_code, answer.json()) == (500, {"err": "Dataset not found"})


@pytest.mark.parametrize(
    "path", ["/datasets/dt/move_dataset/OPEN/SIGNOFF", "/datasets/tracker/move_dataset/SIGNOFF/OPEN"]
)
def test_a_certifier_of_the_tracker_moves_no_other_workspace_and_opens_nothing_again(ask, run, path):
    answer = ask("POST", path, {"run_number": run.run_number, "dataset_name": EXPRESS})
    assert answer.status_code == 401
    assert answer.json()["message"].startswith("User needs to be part of any of the following e-groups")


def test_an_expert_opens_globally_what_waits_and_moves_to_no_state_that_there_is_not(sandbox, http, run):
    world = sandbox.world
    with Sandbox(world, Setup(at=world.end + timedelta(hours=6), speed=0, egroups=(EXPERTS,))) as other:
        expert = _asker(other, http, token_for(other, http))
        prompt = "/PromptReco/Collisions2022F/DQM"
        body = {"run_number": run.run_number, "dataset_name": prompt, "workspace": "global"}
        moved = expert("POST", "/datasets/global/move_dataset/waiting%20dqm%20gui/OPEN", body).json()
        states = {key: value for key, value in moved["dataset_attributes"].items() if key.endswith("_state")}
        assert set(states.values()) == {"OPEN"}
        assert edit(expert, run, dataset=prompt).status_code == 200
        answer = expert("POST", "/datasets/global/move_dataset/OPEN/BANANA", body)
        assert (answer.status_code, "must be SIGNOFF, OPEN OR COMPLETED" in answer.json()["err"]) == (500, True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"oms_attributes.energy": {">=": 6000}}, True),
        ({"oms_attributes.energy": {"<": 6000}}, False),
        ({"rr_attributes.state": "SIGNOFF"}, True),
        ({"triplet_summary.castor-castor.EXCLUDED": {">": 0}}, True),
        ({"triplet_summary.castor-castor.GOOD": {">": 0}}, False),
        ({"triplet_summary.no-component.GOOD": {">": 0}}, False),
        ({"datasets_in_gui": {"=": "/StreamExpress/Run2022F-Express-v1/DQMIO"}}, True),
        ({"dataset_attributes.dt_state": "OPEN", "deleted": False}, True),
    ],
    ids=str,
)
def test_datasets_are_found_by_what_is_told_of_them_and_their_run(ask, run, asked, found):
    page = listed(ask, filter=asked | {"run_number": run.run_number, "name": EXPRESS})
    assert page["count"] == len(page["datasets"]) == found


@pytest.mark.parametrize("column", ["colour", "run_number.x", "dataset_attributes"])
def test_a_column_that_is_not_there_is_a_500(ask, column):
    answer = ask("POST", "/datasets_filtered_ordered", {"filter": {column: 1}, "sortings": []})
    assert answer.status_code == 500


def test_who_is_in_no_group_reads_but_does_not_edit(sandbox, http, ask, run):
    reader = _asker(sandbox, http, token_for(sandbox, http, client_id=sandbox.addresses()["READER_CLIENT_ID"]))
    assert ranges(reader, run) == ranges(ask, run)
    answer = edit(reader, run)
    assert answer.status_code == 401
    assert "egroupName=cms-dqm-runregistry-offline-tracker-certifiers" in answer.json()["message"]


def test_who_brings_no_token_or_one_for_oms_is_sent_to_sign_in(sandbox, http, ask, token):
    for given in (None, token, "x.y.z"):
        answer = _asker(sandbox, http, given)("GET", "/runs/1")
        assert answer.status_code == 302
        assert "Who are you?" in http.get(answer.headers["location"]).text


def test_a_token_that_has_run_out_is_a_401(sandbox, ask):
    sandbox.tokens(expire=True)
    assert ask("GET", "/runs/1").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "/datasets_filtered_ordered", b"{"),
        ("POST", "/datasets_filtered_ordered", b"[]"),
        ("POST", "/datasets_filtered_ordered", b"\xff\xfe"),
        ("POST", "/lumisections/rr_lumisections", b'{"run_number": 1}'),
        ("POST", "/lumisections/rr_lumisections", b'{"run_number": null, "dataset_name": "online"}'),
        ("PUT", "/lumisections/edit_rr_lumisections", b"{}"),
        ("GET", "/runs/abc", b""),
    ],
)
def test_what_makes_no_sense_is_a_500_with_words(sandbox, http, ask, method, path, content):
    headers = {"Authorization": f"Bearer {token_for(sandbox, http)}"}
    answer = http.request(method, sandbox.addresses()["RUN_REGISTRY_URL"] + path, content=content, headers=headers)
    assert answer.status_code == 500
    assert answer.json()["err"]


def test_edits_are_forgotten_when_the_sandbox_is_reset(sandbox, ask, run):
    before = ranges(ask, run)
    edit(ask, run)
    assert ranges(ask, run) != before
    sandbox.reset()
    sandbox.set_clock(at=sandbox.world.end + timedelta(hours=6))
    assert ranges(ask, run) == before


def test_requests_are_told_apart_by_what_they_ask(sandbox, ask, run):
    sandbox.forget_requests()
    ranges(ask, run)
    listed(ask)
    newest = [one["request"] for one in sandbox.requests()["newest"]]
    assert str(run.run_number) in newest[0]
    assert "page_size" in newest[1]


def test_a_missing_page_is_one_behind_the_first(sandbox, ask):
    sandbox.fault("missing-page", "runregistry")
    assert len(listed(ask, page_size=2)["datasets"]) == 2
    second = listed(ask, page=1, page_size=2)
    assert second["datasets"] == []
    assert second["pages"] > 1


def test_a_fault_of_a_run_meets_the_questions_that_name_it(sandbox, ask, run):
    sandbox.fault("error-500", "runregistry", run=run.run_number)
    assert ask("GET", f"/runs/{run.run_number + 1}").status_code == 200
    body = {"run_number": run.run_number, "dataset_name": EXPRESS}
    assert ask("POST", "/lumisections/rr_lumisections", body).status_code == 500
    sandbox.clear()
    sandbox.fault("null-field", "runregistry", field="name", run=run.run_number)
    assert {row["run_number"] for row in listed(ask)["datasets"] if row["name"] is None} == {run.run_number}
