"""The control door obeys who has its key, and tells what was asked of the others."""

import asyncio
import threading
from datetime import timedelta

import httpx
import pytest

from lumicert.sandbox.remote import ControlError, Remote

from .conftest import new_token


@pytest.mark.parametrize("key", ["", "guessed"])
def test_nothing_is_done_without_the_key(sandbox, key):
    with pytest.raises(ControlError, match="key is missing or wrong"):
        Remote(sandbox.url, key).fault("html")
    assert sandbox.faults() == []


def test_another_machine_is_not_answered_even_with_the_key(sandbox):
    async def asked(host):
        transport = httpx.ASGITransport(sandbox._app, client=(host, 5000))
        headers = {"Authorization": f"Bearer {sandbox.key}"}
        async with httpx.AsyncClient(transport=transport, base_url=sandbox.url, headers=headers) as client:
            return (await client.get("/control/clock")).status_code

    assert asyncio.run(asked("127.0.0.1")) == 200
    assert asyncio.run(asked("192.0.2.1")) == 403


def test_what_is_no_json_object_is_refused(sandbox):
    with pytest.raises(ControlError, match="a JSON object is needed"):
        sandbox._call("POST", "faults", ["html"])


def test_where_no_sandbox_is_one_is_told(sandbox):
    with pytest.raises(ControlError, match="no sandbox answers at"):
        Remote("http://127.0.0.1:9", "key").now()


def test_the_clock_is_set_advanced_and_let_run(sandbox):
    start = sandbox.now()
    assert sandbox.advance(60) == start + timedelta(minutes=1)
    assert sandbox.set_clock(at=start, speed=1_000_000) >= start
    assert sandbox.now() > start + timedelta(seconds=60)


@pytest.mark.parametrize(
    "asked", [{"speed": -1}, {"at": "2022-10-15"}, {"at": "soon"}, {"pace": 2}, {"advance": "far"}]
)
def test_a_time_that_makes_no_sense_is_refused(sandbox, asked):
    before = sandbox.now()
    with pytest.raises(ControlError, match="refused"):
        sandbox._call("POST", "clock", asked)
    assert sandbox.now() == before


def test_requests_are_counted_by_door_and_path(sandbox, http, oms):
    sandbox.forget_requests()
    oms("runs", {"page[limit]": 1})
    oms("runs", {"page[limit]": 2})
    new_token(sandbox, http)
    told = sandbox.requests()
    assert told["doors"] == {"oms": 2, "sso": 1}
    assert told["paths"]["GET /agg/api/v1/runs"] == 2
    assert told["newest"][1] == {"door": "oms", "request": "GET /agg/api/v1/runs?page[limit]=2", "status": 200}


def test_identical_requests_at_once_are_noticed(sandbox, http):
    sandbox.forget_requests()
    sandbox.fault("slow", "oms", seconds=1)
    addresses = [sandbox.addresses()["OMS_URL"] + path for path in ("/runs", "/runs", "/fills")]
    threads = [threading.Thread(target=http.get, args=(address,)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = sandbox.requests()
    assert told["most_at_once"]["oms"] == 3
    assert told["most_identical_at_once"]["oms"] == 2


def test_requests_to_the_control_door_are_not_counted(sandbox):
    sandbox.forget_requests()
    sandbox.now()
    assert sandbox.requests()["doors"] == {}


def test_a_reset_makes_everything_as_at_the_start(sandbox):
    start = sandbox.now()
    sandbox.fault("html")
    sandbox.tokens(lifetime=5)
    sandbox.set_clock(advance=1000, speed=60)
    sandbox.reset()
    assert sandbox.now() == start
    assert sandbox.faults() == []
    assert sandbox.tokens() == 1200


def test_run_registry_learns_of_runs_of_the_past(sandbox):
    dataset = {"name": "/Express/A/DQM", "state": "OPEN", "components": {}}
    run = {
        "run": 7,
        "class": "A",
        "start": "2021-10-03T18:04:10Z",
        "end": "2021-10-03T20:41:00Z",
        "datasets": [dataset],
    }
    assert sandbox.bring([run]) == 1
    with pytest.raises(ControlError, match="not how runs of the past are written"):
        sandbox.bring([{}])
