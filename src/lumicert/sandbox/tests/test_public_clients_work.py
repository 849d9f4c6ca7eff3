"""The clients that people use against CERN read the simulated one: omsapi and cernrequests of PyPI."""

from datetime import timedelta

import cernrequests
import omsapi
import pytest


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
