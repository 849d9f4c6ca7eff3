"""Every fault, over real sockets: what a client sees of it, for how long, and where."""

import socket
import threading
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import orjson
import pytest

from lumicert.sandbox.faults import Kind
from lumicert.sandbox.remote import ControlError

from .conftest import new_token


def attributes(answer):
    return [one["attributes"] for one in answer.json()["data"]]


def test_a_door_that_is_down_closes_without_an_answer(sandbox, oms):
    sandbox.fault("down", "oms")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
        oms("runs")


def test_a_sandbox_that_is_stopped_refuses_connections_and_comes_back_where_it_was(sandbox, oms):
    sandbox.stop()
    with pytest.raises(httpx.ConnectError):
        oms("runs")
    sandbox.start()
    assert oms("runs").status_code == 200


def test_a_reset_is_one_of_tcp(sandbox):
    sandbox.fault("reset", "oms")
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        raw.sendall(b"GET /agg/api/v1/runs HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.recv(1)


def test_a_slow_door_answers_late_and_rightly(sandbox, oms):
    sandbox.fault("slow", "oms", seconds=0.3)
    began = time.monotonic()
    assert oms("runs").json()["data"]
    assert time.monotonic() - began >= 0.3


def test_a_door_that_hangs_does_not_answer(sandbox, oms, http):
    sandbox.fault("hang", "oms")
    with pytest.raises(httpx.ReadTimeout):
        http.get(sandbox.addresses()["OMS_URL"] + "/runs", timeout=httpx.Timeout(5, read=0.2))


@pytest.mark.parametrize("times", [None, 1])
def test_what_hangs_is_let_go_when_the_faults_are_cleared(sandbox, oms, times):
    sandbox.fault("hang", "oms", **({"times": times} if times else {}))
    clearing = threading.Thread(target=_clear_when_asked, args=(sandbox,))
    clearing.start()
    with pytest.raises(httpx.RemoteProtocolError):
        oms("runs")
    clearing.join()


def _clear_when_asked(sandbox):
    _wait_until_asked(sandbox)
    sandbox.clear()


def _wait_until_asked(sandbox):
    while not sandbox.requests()["doors"].get("oms"):
        time.sleep(0.01)
    # what was counted a moment ago hangs a moment later
    time.sleep(0.1)


def test_other_doors_answer_while_one_hangs(sandbox, http):
    sandbox.fault("hang", "oms")
    hanging = threading.Thread(target=_get_and_give_up, args=(sandbox.addresses()["OMS_URL"] + "/runs",))
    hanging.start()
    assert new_token(sandbox, http).status_code == 200
    hanging.join()


def _get_and_give_up(address):
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(address, timeout=httpx.Timeout(5, read=0.3), trust_env=False)


def test_a_sandbox_that_hangs_can_be_stopped_at_once(sandbox):
    sandbox.fault("hang", "oms")
    waiting = threading.Thread(target=_get_and_be_cut_off, args=(sandbox.addresses()["OMS_URL"] + "/runs",))
    waiting.start()
    _wait_until_asked(sandbox)
    began = time.monotonic()
    sandbox.stop()
    # whoever waits would do so for longer
    assert time.monotonic() - began < 8
    waiting.join()


def _get_and_be_cut_off(address):
    with pytest.raises(httpx.TransportError):
        httpx.get(address, timeout=10, trust_env=False)


def test_a_redirect_leads_to_the_sign_in_page(sandbox, oms, http):
    sandbox.fault("redirect", "oms")
    answer = oms("runs")
    assert answer.status_code == 302
    assert "Who are you?" in http.get(answer.headers["location"]).text


def test_unauthorized_is_once_unless_told_otherwise(sandbox, oms):
    sandbox.fault("unauthorized-once", "oms")
    assert [oms("runs").status_code for _ in range(2)] == [401, 200]
    sandbox.fault("unauthorized-once", "oms", times=2)
    assert [oms("runs").status_code for _ in range(3)] == [401, 401, 200]


def test_an_error_500_is_no_json(sandbox, oms):
    sandbox.fault("error-500", "oms")
    answer = oms("runs")
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")


def test_html_comes_with_status_200(sandbox, oms):
    sandbox.fault("html", "oms")
    answer = oms("runs")
    assert (answer.status_code, answer.text[:15]) == (200, "<!DOCTYPE html>")


def test_truncated_json_is_half_of_it(sandbox, oms):
    whole = oms("runs").content
    sandbox.fault("truncated", "oms")
    half = oms("runs").content
    assert half == whole[: len(whole) // 2]
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(half)


def test_a_missing_page_is_empty_and_the_first_is_never_missing(sandbox, oms):
    sandbox.set_clock(at=sandbox.world.end)
    sandbox.fault("missing-page", "oms", times=1)
    asked = {"page[limit]": 2, "page[offset]": 0}
    assert len(oms("runs", asked).json()["data"]) == 2
    second = oms("runs", asked | {"page[offset]": 2}).json()
    assert second["data"] == []
    assert second["meta"]["totalResourceCount"] > 2
    assert len(oms("runs", asked | {"page[offset]": 2}).json()["data"]) == 2


@pytest.mark.parametrize(
    ("kind", "resource", "field", "found"),
    [
        ("null-field", "runs", "delivered_lumi", None),
        ("null-field", "lumisections", "delivered_lumi", None),
        ("negative", "fills", "bunches_colliding", -2),
        ("huge", "runs", "delivered_lumi", 10**15),
        ("huge", "eras", "start_run", 10**15),
    ],
)
def test_a_value_is_spoiled_in_every_row(sandbox, oms, kind, resource, field, found):
    sandbox.fault(kind, "oms", **({"value": -2} if kind == "negative" else {}))
    assert {row[field] for row in attributes(oms(resource))} == {found}


def test_a_negative_value_is_the_right_one_with_another_sign(sandbox, oms):
    right = [row["run_number"] for row in attributes(oms("runs"))]
    sandbox.fault("negative", "oms", field="run_number")
    assert [row["run_number"] for row in attributes(oms("runs"))] == [-number for number in right]


def test_a_renamed_field_is_there_under_another_name(sandbox, oms):
    right = attributes(oms("runs"))
    sandbox.fault("renamed-field", "oms", field="hlt_key", value="hlt_path")
    spoiled = attributes(oms("runs"))
    assert [row.pop("hlt_path") for row in spoiled] == [row.pop("hlt_key") for row in right]
    assert spoiled == right


def test_a_fault_of_a_run_spoils_no_other(sandbox, oms):
    sandbox.set_clock(at=sandbox.world.end)
    run = sandbox.world.runs[1].run_number
    sandbox.fault("null-field", "oms", field="hlt_key", run=run)
    nulls = [row["run_number"] for row in attributes(oms("runs")) if row["hlt_key"] is None]
    sandbox.clear()
    assert set(nulls) - {row["run_number"] for row in attributes(oms("runs")) if row["hlt_key"] is None} == {run}


def test_a_fault_of_the_connection_is_only_for_requests_that_name_its_run(sandbox, oms):
    run = sandbox.world.runs[0].run_number
    sandbox.fault("error-500", "oms", run=run)
    assert oms(f"runs/{run}").status_code == 500
    assert oms("runs", {"filter[run_number]": run}).status_code == 500
    assert oms("runs").status_code == 200
    assert oms("runs", {"filter[run_number]": f"{run}0"}).status_code == 200


def test_a_fault_of_values_is_not_used_up_where_there_is_nothing_to_spoil(sandbox, oms):
    sandbox.fault("null-field", "oms", field="hlt_key", times=1)
    assert oms("runs/meta").status_code == 200
    assert oms("fills").status_code == 200
    assert {row["hlt_key"] for row in attributes(oms("runs"))} == {None}
    assert {row["hlt_key"] for row in attributes(oms("runs"))} != {None}


def test_a_fault_at_a_path_leaves_others_alone(sandbox, oms):
    sandbox.fault("error-500", "oms", path="/fills$")
    assert oms("fills").status_code == 500
    assert oms("fills/meta").status_code == 200


def test_a_value_changes_an_hour_later_and_last_update_tells(sandbox, oms):
    sandbox.set_clock(at=sandbox.world.end + timedelta(days=1))
    run = max(sandbox.world.runs, key=lambda run: run.recorded_lumi or 0.0)
    sandbox.fault("changed-value", "oms", run=run.run_number, field="recorded_lumi", value=1.5)
    before = attributes(oms("runs"))
    sandbox.advance(3599)
    assert attributes(oms("runs")) == before
    sandbox.advance(1)
    asked = {"sort": "-last_update", "page[limit]": 1}
    [newest] = attributes(oms("runs", asked))
    assert (newest["run_number"], newest["recorded_lumi"]) == (run.run_number, 1.5)
    updated = {"filter[last_update][GE]": newest["last_update"]}
    assert oms("runs", updated).json()["meta"]["totalResourceCount"] == 1


def test_a_change_without_a_value_is_one_of_ten_percent(sandbox, oms):
    sandbox.set_clock(at=sandbox.world.end + timedelta(days=1))
    before = [row["delivered_lumi"] for row in attributes(oms("runs"))]
    sandbox.fault("changed-value", "oms", seconds=0)
    after = [row["delivered_lumi"] for row in attributes(oms("runs"))]
    assert after == [value if value is None else value * 1.1 for value in before]


def test_a_skewed_clock_shows_in_the_date_and_in_last_update(sandbox, oms):
    [right] = attributes(oms("runs", {"page[limit]": 1}))
    sandbox.fault("clock-skew", "oms", seconds=-3600)
    answer = oms("runs", {"page[limit]": 1})
    late = parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()
    assert late == pytest.approx(-3600, abs=5)
    assert attributes(answer)[0]["last_update"] < right["last_update"]
    assert attributes(answer)[0]["start_time"] == right["start_time"]


def test_a_skewed_sso_writes_its_time_into_tokens(sandbox, http):
    sandbox.fault("clock-skew", "sso", seconds=-7200)
    slow = new_token(sandbox, http).json()["access_token"]
    meta = sandbox.addresses()["OMS_URL"] + "/runs/meta"
    assert http.get(meta, headers={"Authorization": f"Bearer {slow}"}).status_code == 401


def test_a_field_of_the_answer_with_a_token_is_spoiled(sandbox, http):
    sandbox.fault("null-field", "sso", times=1)
    assert new_token(sandbox, http).json()["access_token"] is None
    assert new_token(sandbox, http).json()["access_token"]


def test_an_error_is_not_spoiled_but_left_as_it_is(sandbox, oms):
    sandbox.fault("truncated", "oms", times=1)
    assert oms("runs/999999").json()["errors"]
    assert sandbox.faults()[0]["left"] == 1


def test_two_faults_come_together(sandbox, oms):
    sandbox.fault("slow", "oms", seconds=0.2)
    sandbox.fault("error-500", "oms")
    began = time.monotonic()
    assert oms("runs").status_code == 500
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("kind", sorted(Kind))
def test_the_sandbox_survives_every_fault_at_all_doors(sandbox, oms, http, kind):
    told = sandbox.addresses()
    doors = [told["DQMGUI_URL"], told["BRILCALC_URL"] + "?run=1", told["SSO_ISSUER"] + "/protocol/openid-connect/certs"]
    doors.append(told["RUN_REGISTRY_URL"] + "/get_all_dataset_names_of_run/1")
    sandbox.fault(kind, seconds=0.01)
    for address in (told["OMS_URL"] + "/runs", *doors):
        try:
            http.get(address, timeout=httpx.Timeout(5, read=0.1 if kind == "hang" else 5))
        except httpx.TransportError:
            assert kind in ("down", "reset", "hang")
    sandbox.clear()
    assert oms("runs").status_code == 200


def test_faults_are_listed_and_cleared_one_by_one(sandbox, oms):
    first, second = sandbox.fault("html", "oms"), sandbox.fault("error-500", "sso", times=3)
    assert [one["id"] for one in sandbox.faults()] == [first["id"], second["id"]]
    assert sandbox.clear(first["id"]) == 1
    assert [(one["kind"], one["left"]) for one in sandbox.faults()] == [("error-500", 3)]
    assert sandbox.clear(first["id"]) == 0


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"kind": "fire"}, "'fire' is no fault"),
        ({"kind": "html", "door": "gate"}, "'gate' is no door"),
        ({"kind": "html", "times": 0}, "times=0"),
        ({"kind": "html", "path": "("}, "no regular expression"),
        ({"kind": "html", "colour": "red"}, "a fault has no colour"),
        ({"kind": "slow", "seconds": "long"}, "is no number"),
        ({"kind": "slow", "run": "first"}, "is no run number"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox, fault, why):
    with pytest.raises(ControlError, match="refused") as refused:
        sandbox.fault(**fault)
    assert why in str(refused.value)
