"""The clients that people use against CERN work with the simulated one: omsapi, cernrequests, runregistry of PyPI."""

from datetime import timedelta
from functools import partial

import cernrequests
import omsapi
import pytest
import runregistry
from runregistry import runregistry as inside


@pytest.fixture
def told(sandbox):
    sandbox.set_clock(at=sandbox.world.end + timedelta(days=3))
    return sandbox.addresses()


@pytest.fixture
def api(told, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(omsapi, "cern_api_url", told["SSO_API_TOKEN_URL"])
    client = omsapi.OMSAPI(told["SANDBOX_URL"] + "/agg/api", "v1", verbose=False, retry_on_err_sec=0)
    client.auth_oidc(told["SSO_CLIENT_ID"], told["SSO_CLIENT_SECRET"], audience="cmsoms-prod")
    return client


def ids(query):
    return [one["id"] for one in query.data().json()["data"]]


def test_omsapi_reads_runs_filtered_sorted_and_in_pages(api, sandbox):
    numbers = [run.run_number for run in sandbox.world.runs]
    query = api.query("runs")
    query.filter("run_number", numbers[1], "GE").filter("run_number", numbers[-2], "LE")
    query.sort("run_number", asc=False)
    wanted = [str(number) for number in reversed(numbers[1:-1])]
    assert ids(query.paginate(page=1, per_page=2)) == wanted[:2]
    assert ids(query.paginate(page=2, per_page=2)) == wanted[2:4]


def test_omsapi_reads_single_attributes(api):
    query = api.query("runs")
    query.attrs(["run_number", "hlt_key"]).filter("hlt_key", "cosmic", "CT")
    rows = [one["attributes"] for one in query.data().json()["data"]]
    assert rows
    assert all(set(row) == {"run_number", "hlt_key"} and "cosmic" in row["hlt_key"] for row in rows)


def test_omsapi_reads_fills(api, sandbox):
    query = api.query("fills")
    query.filter("stable_beams", True).include("meta")
    fills = [str(fill.fill_number) for fill in sandbox.world.fills if fill.stable_beams]
    assert ids(query) == fills


def test_omsapi_reads_the_lumisections_of_a_run(api, sandbox):
    run = max(sandbox.world.runs, key=lambda run: len(run.lumisections))
    query = api.query("lumisections")
    query.filter("run_number", run.run_number).sort("lumisection_number").paginate(page=1, per_page=5000)
    numbers = [one["attributes"]["lumisection_number"] for one in query.data().json()["data"]]
    assert numbers == run.lumisections.lumisection_number.tolist()


def test_omsapi_knows_the_attributes_from_the_meta_page(api):
    assert api.query("lumisections").meta()["pileup"]["type"] == "float"


def test_omsapi_gets_a_new_token_when_its_own_has_run_out(api, sandbox):
    sandbox.tokens(expire=True)
    # it asks for no second token within 30 s of the first
    api.oms_auth.token_time -= 31
    assert api.query("eras").data().status_code == 200


def test_omsapi_gives_up_without_a_token(told, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    client = omsapi.OMSAPI(told["SANDBOX_URL"] + "/agg/api", "v1", verbose=False, retry_on_err_sec=0)
    with pytest.raises(Exception, match="302"):
        client.query("runs")


def test_cernrequests_gets_a_token_and_reads_with_it(told, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    secret = {"client_id": told["SSO_CLIENT_ID"], "client_secret": told["SSO_CLIENT_SECRET"]}
    token, expires = cernrequests.get_api_token(
        **secret, target_application="cmsoms-prod", token_endpoint=told["SSO_API_TOKEN_URL"]
    )
    answer = cernrequests.get_with_token(
        told["OMS_URL"] + "/runs", params={"page[limit]": 1}, target_application="cmsoms-prod", api_token=token
    )
    assert answer.json()["data"][0]["type"] == "runs"
    assert expires


def test_cernrequests_is_told_what_is_wrong_with_its_secret(told, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(Exception, match="invalid_client"):
        cernrequests.get_api_token("lumicert", "guessed", "cmsoms-prod", token_endpoint=told["SSO_API_TOKEN_URL"])


EXPRESS, PROMPT = "/Express/Collisions2022/DQM", "/PromptReco/Collisions2022F/DQM"


@pytest.fixture
def registry(told, monkeypatch):
    """The client of Run Registry as in production, but for the addresses of CERN."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    runregistry.setup("production")
    monkeypatch.setattr(inside, "api_url", told["RUN_REGISTRY_URL"])
    token_of = partial(cernrequests.get_api_token, token_endpoint=told["SSO_API_TOKEN_URL"])
    monkeypatch.setattr(inside, "get_api_token", token_of)
    monkeypatch.setattr(inside, "client_id", told["SSO_CLIENT_ID"])
    monkeypatch.setattr(inside, "client_secret", told["SSO_CLIENT_SECRET"])
    return runregistry


@pytest.fixture
def collisions(sandbox):
    return [run.run_number for run in sandbox.world.runs if run.kind == "collisions"]


def test_runregistry_reads_one_run_and_nothing_for_one_that_is_not_there(registry, collisions):
    run = registry.get_run(collisions[0])
    assert run["run_number"] == collisions[0]
    assert run["class"] == "Collisions22"
    assert "/cdaq/physics/" in run["oms_attributes"]["hlt_key"]
    assert run["lumisections"]["tracker-strip"]["EMPTY"] == 0
    assert registry.get_run(420420420) == {}


def test_runregistry_reads_runs_by_what_they_are(registry, collisions, sandbox):
    numbers = [run.run_number for run in sandbox.world.runs]
    between = {"run_number": {"and": [{">": numbers[0]}, {"<": numbers[-1]}]}}
    assert [run["run_number"] for run in registry.get_runs(filter=between)] == numbers[-2:0:-1]
    found = registry.get_runs(filter=between | {"class": "Collisions22", "dt-dt": "GOOD"})
    assert {run["run_number"] for run in found} <= set(collisions)
    assert found
    raw = registry.get_runs(
        filter={"oms_attributes.hlt_key": {"like": "%COSMIC%"}},
        ignore_filter_transformation=True,
        compress_attributes=False,
    )
    assert {run["rr_attributes"]["class"] for run in raw} == {"Commissioning22"}


def test_runregistry_reads_datasets_page_by_page(registry, collisions):
    of_runs = {"run_number": {"or": list(collisions)}}
    found = registry.get_datasets(filter=of_runs, page_size=2)
    assert [one["name"] for one in found] == [EXPRESS, PROMPT, "online"] * 3
    assert [one["run_number"] for one in found] == sorted(3 * collisions, reverse=True)
    assert found[0]["dataset_attributes"]["tracker_state"] == "OPEN"


def test_the_questions_of_certhelper_and_of_dials_are_understood(registry, collisions):
    # CertHelper asks like this for what is open and for what to compare
    between = {"run_number": {"and": [{">=": collisions[0]}, {"<=": collisions[0]}]}}
    opened = registry.get_datasets(filter=between | {"tracker_state": {"=": "OPEN"}})
    assert [one["name"] for one in opened] == [EXPRESS, PROMPT]
    every = registry.get_datasets(
        filter={"dataset_name": {"and": [{"notlike": "%ONLINE%"}, {"notlike": "%commissioning%"}]}}
    )
    assert {one["name"] for one in every} == {EXPRESS, PROMPT}
    # and DIALS with a list of conditions beside a plain one
    of_dials = {
        "and": [
            {"rr_attributes.class": {"=": "Collisions22"}},
            {"name": {"=": PROMPT}},
            {"dataset_attributes.global_state": {"=": "OPEN"}},
        ],
        "name": {"and": [{"<>": "online"}]},
    }
    found = registry.get_datasets(filter=of_dials, ignore_filter_transformation=True)
    assert [one["run_number"] for one in found] == collisions[::-1]


def test_runregistry_reads_a_dataset_and_the_names_of_all(registry, collisions):
    dataset = registry.get_dataset(collisions[0], EXPRESS)
    assert (dataset["run_number"], dataset["name"], dataset["state"]) == (collisions[0], EXPRESS, "SIGNOFF")
    assert registry.get_dataset(collisions[0], "/nothing/of/that") == {}
    assert registry.get_dataset_names_of_run(collisions[0]) == ["online", EXPRESS, PROMPT]
    assert registry.get_dataset_names_of_run(420420420) == []


def test_runregistry_reads_lumisections_in_all_three_forms(registry, collisions, sandbox):
    last = sandbox.world.run(collisions[0]).last_lumisection_number
    each = registry.get_lumisections(collisions[0], EXPRESS)
    ranges = registry.get_lumisection_ranges(collisions[0], EXPRESS)
    components = registry.get_lumisection_ranges_by_component(collisions[0], EXPRESS)
    assert len(each) == ranges[-1]["end"] == components["tracker-pixel"][-1]["end"] == last
    for found in ranges:
        triplets = {name: value for name, value in found.items() if name not in ("start", "end")}
        assert each[found["start"] - 1 : found["end"]] == [triplets] * (found["end"] - found["start"] + 1)
    for name, stretches in components.items():
        for one in stretches:
            assert {each[ls - 1][name]["status"] for ls in range(one["start"], one["end"] + 1)} == {one["status"]}
    assert registry.get_lumisections(420420420, EXPRESS) == []


def test_runregistry_edits_lumisections(registry, collisions):
    told = registry.edit_rr_lumisections(
        collisions[0], 3, 6, "tracker-strip", "BAD", comment="hv trip", dataset_name=EXPRESS
    )
    assert (told["run_number"], told["name"], told["manual_change"]) == (collisions[0], EXPRESS, True)
    stretch = {"cause": "", "status": "BAD", "comment": "hv trip", "start": 3, "end": 6}
    assert stretch in registry.get_lumisection_ranges_by_component(collisions[0], EXPRESS)["tracker-strip"]
    assert registry.get_dataset(collisions[0], EXPRESS)["lumisections"]["tracker-strip"]["comments"] == ["hv trip"]


def test_runregistry_moves_a_dataset_which_can_then_not_be_edited(registry, collisions):
    [moved] = registry.move_datasets("OPEN", "SIGNOFF", EXPRESS, workspace="tracker", run=collisions[0])
    assert moved["dataset_attributes"]["tracker_state"] == "SIGNOFF"
    assert moved["dataset_attributes"]["global_state"] == "OPEN"
    with pytest.raises(Exception, match=r"Got response 500 .*must be in state OPEN"):
        registry.edit_rr_lumisections(collisions[0], 3, 6, "tracker-strip", "GOOD", dataset_name=EXPRESS)


def test_runregistry_is_told_which_groups_may_do_what_it_asked(registry, collisions, told, monkeypatch):
    groups = "User needs to be part of any of the following e-groups"
    with pytest.raises(Exception, match=f"Got response 401 .*{groups}"):
        registry.move_datasets("OPEN", "SIGNOFF", EXPRESS, workspace="global", run=collisions[0])
    monkeypatch.setattr(inside, "client_id", told["READER_CLIENT_ID"])
    with pytest.raises(Exception, match=f"Got response 401 .*{groups}"):
        registry.edit_rr_lumisections(collisions[0], 3, 6, "tracker-strip", "GOOD", dataset_name=EXPRESS)
    assert registry.get_dataset(collisions[0], EXPRESS)


def test_runregistry_is_told_what_is_wrong_with_its_filter(registry):
    with pytest.raises(ValueError, match=r"column Run\.colour does not exist"):
        registry.get_runs(filter={"colour": "red"}, ignore_filter_transformation=True)
