"""A value is typed over that of a source, with a reason, and released again; what is wrong is told at its field."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest

from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.registry.tests.world import RUN, tell
from lumicert.runs.models import Run
from lumicert.runs.typing import type_run

pytestmark = pytest.mark.django_db

ADDRESS = f"/runs/{RUN}/values"


@pytest.fixture
def client(shifter, client_of):
    tell(energy=6499, recorded_lumi=7.5, components=["DAQ"], stable_beam=True)
    return client_of(shifter)


def sent(**typed: Any) -> dict[str, Any]:
    return {"act": str(uuid4()), "expected": current_seq(), "reason": "", **typed}


@pytest.mark.parametrize(
    ("name", "typed", "column", "stored"),
    [
        ("energy", {"value": "6500"}, "energy", 6500.0),
        ("recorded_lumi", {"value": "8000", "unit": "nb^{-1}"}, "recorded", 8 * 10**12),
        ("components", {"value": "DAQ, PIXEL"}, "components", "DAQ PIXEL"),
        ("stable_beam", {"value": "no"}, "stable_beam", False),
        ("last_lumisection_number", {"value": "1 700"}, "n_ls", 1700),
        ("run_type", {"value": "cosmics"}, "run_type", "cosmics"),
        ("class", {"value": "Cosmics18"}, "klass", "Cosmics18"),
        ("significant", {"value": "yes"}, "significant", True),
    ],
)
def test_every_kind_of_value_is_typed_as_people_write_it(name, typed, column, stored, client):
    response = client.post(f"{ADDRESS}/{name}", sent(**typed), follow=True)
    assert response.redirect_chain == [(f"/runs/{RUN}", 302)]
    assert getattr(Run.objects.get(run=RUN), column) == stored
    assert "(event 2)" in response.content.decode()


def test_the_apv_mode_of_which_no_source_tells_is_typed_and_stands_on_the_page(client):
    response = client.post(f"{ADDRESS}/apv_mode", sent(value="DECO"), follow=True)
    assert "<dt>APV mode</dt><dd>DECO" in response.content.decode()
    assert Run.objects.get(run=RUN).attributes["apv_mode"] == "DECO"


def test_the_notice_undoes_it(client):
    shown = client.post(f"{ADDRESS}/energy", sent(value="6500"), follow=True).content.decode()
    client.post(re.search(r'action="(/events/act/[^"]+/undo)"', shown)[1])
    assert Run.objects.get(run=RUN).energy == 6499


def test_released_the_sources_value_counts_again(client):
    client.post(f"{ADDRESS}/energy", sent(value="6500"))
    assert "Release, so that OMS" in client.get(f"{ADDRESS}/energy").content.decode()
    shown = client.post(f"{ADDRESS}/energy", sent(release="1"), follow=True).content.decode()
    assert Run.objects.get(run=RUN).energy == 6499
    assert "Released Energy of a beam of run" in shown


def test_the_panel_tells_all_that_was_said_with_reasons(client):
    client.post(f"{ADDRESS}/energy", sent(value="6500", reason="the logbook says so"))
    shown = client.get(f"{ADDRESS}/energy").content.decode()
    for told in ("the logbook says so", "event 1", "event 2", "OMS,", "shifter,", "counts</b>"):
        assert told in shown


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("energy", {"value": ""}, "write the value that is right"),
        ("energy", {"value": "high"}, "'high' is not a number"),
        ("energy", {"value": "99999"}, "above 10000"),
        ("stable_beam", {"value": "maybe"}, "maybe is not one of the available choices"),
        ("apv_mode", {"value": "peak"}, "peak is not one of the available choices"),
        ("start_time", {"value": "28.4.2018"}, "'28.4.2018' is no time such as"),
        ("energy", {"release": "1"}, "was not typed by anybody"),
    ],
)
def test_a_slip_comes_back_with_what_was_typed_and_nothing_is_written(name, typed, said, client):
    response = client.post(f"{ADDRESS}/{name}", sent(reason="a long story", **typed))
    shown = response.content.decode().replace("&#x27;", "'")
    assert response.status_code == 422
    assert said in shown
    assert 'value="a long story"' in shown
    assert Event.objects.count() == 1


def test_a_part_of_the_page_is_asked_for_and_the_page_is_loaded_after_writing(client):
    part = client.get(f"{ADDRESS}/energy", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    done = client.post(f"{ADDRESS}/energy", sent(value="6500"), headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == f"/runs/{RUN}"


def test_somebody_who_was_faster_is_shown_and_insisting_is_a_second_click(client, shifter2):
    form = sent(value="6500")
    type_run(run=RUN, values={"energy": 6501}, actor=shifter2)
    response = client.post(f"{ADDRESS}/energy", form)
    shown = response.content.decode()
    assert response.status_code == 409
    assert "Nothing of yours is written yet" in shown
    assert 'value="6500"' in shown
    again = dict(re.findall(r'name="(act|expected)" value="([^"]*)"', shown))
    client.post(f"{ADDRESS}/energy", {**form, **again})
    assert Run.objects.get(run=RUN).energy == 6500


def test_a_value_or_a_run_that_is_not_there_is_not_found(client):
    assert client.get(f"{ADDRESS}/nonsense").status_code == 404
    assert client.get("/runs/1/values/energy").status_code == 404
    assert client.get(f"/runs/{2**40}/values/energy").status_code == 404
