"""Another subsystem certifies with the same pages: its workspace is a file, and each page keeps to it."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings

from lumicert.certification.models import Certification, Claim, Draft
from lumicert.decisions.selectors import standing
from lumicert.shift.tests.world import PROMPT, RUN, certified, collisions, sent

pytestmark = pytest.mark.django_db

DT = {
    "name": "dt",
    "label": "Drift tubes",
    "parts": [
        {"key": "chambers", "label": "Chambers", "component": "dt-dt"},
        {"key": "trigger", "label": "Trigger", "component": "l1t-dt"},
    ],
}
FORM = f"/certify/{RUN}/prompt/"


@pytest.fixture(autouse=True)
def two_workspaces(tmp_path, monkeypatch):
    (tmp_path / "dt.json").write_text(json.dumps(DT))
    monkeypatch.setattr(settings, "CONFIG", settings.CONFIG.model_copy(update={"workspaces": tmp_path}))
    collisions()


@pytest.fixture
def client(client_of, shifter):
    return client_of(shifter)


def said(**typed):
    fields = sent(**typed)
    kept = {name: value for name, value in fields.items() if not name.startswith(("pixel", "strip", "tracking"))}
    del kept["tracker_map"], kept["tick"]
    return kept | {"chambers.status": "GOOD", "trigger.status": "GOOD", "queue": "workspace=dt"}


def test_its_queue_is_beside_the_trackers_and_leads_to_its_forms(client):
    shown = client.get("/queue/?workspace=dt").content.decode()
    assert '<a href="/queue/?workspace=dt" aria-current="page">Drift tubes</a>' in shown
    assert '<a href="/queue/">Tracker</a>' in shown
    address = re.search(rf'href="({FORM}[^"]*)"', shown)[1].replace("&amp;", "&")
    form = client.get(address).content.decode()
    assert "Chambers" in form
    assert "Pixel" not in form
    assert 'name="queue" value="workspace=dt"' in form


def test_what_is_certified_there_is_its_own_and_the_trackers_stays_open(client):
    response = client.post(FORM, said())
    assert response.status_code == 302, response.content.decode()
    assert response["Location"] == f"/certifications/{RUN}/prompt/?workspace=dt"
    assert client.get(response["Location"]).status_code == 200
    assert Certification.objects.get().workspace == "dt"
    assert {word.component for word in standing(run=RUN, dataset=PROMPT)} == {"dt-dt", "l1t-dt"}
    assert f'id="waits-{RUN}-prompt"' in client.get("/queue/").content.decode()
    assert f'id="waits-{RUN}-prompt"' not in client.get("/queue/?workspace=dt").content.decode()


def test_drafts_claims_and_the_next_run_keep_to_it(client):
    collisions(RUN + 1)
    client.post(f"{FORM}claim", {"queue": "workspace=dt", "dataset": PROMPT})
    client.post(f"{FORM}draft", said(comment="half a story"))
    assert Claim.objects.get().workspace == Draft.objects.get().workspace == "dt"
    assert "half a story" in client.get(f"{FORM}?workspace=dt").content.decode()
    assert "half a story" not in client.get(FORM).content.decode()
    response = client.post(FORM, said(then="next"), follow=True)
    assert response.redirect_chain[-1][0].endswith("queue=workspace%3Ddt")
    assert "Chambers" in response.content.decode()


def test_who_works_in_the_tracker_alone_is_refused_with_what_was_typed(client, shifter):
    shifter.workspaces = ["tracker"]
    shifter.save()
    response = client.post(FORM, said(comment="a story"))
    assert response.status_code == 403
    assert "a story" in response.content.decode()
    assert not Certification.objects.exists()


def test_who_certifies_elsewhere_alone_is_led_to_that_queue(client, shifter):
    shifter.workspaces = ["dt"]
    shifter.save()
    assert client.get("/queue/?order=newest")["Location"] == "/queue/?order=newest&workspace=dt"
    shifter.workspaces = ["ecal"]
    shifter.save()
    assert client.get("/queue/").status_code == 200


@pytest.mark.parametrize("certified_before", [False, True])
def test_who_works_elsewhere_is_told_so_before_anything_is_typed(certified_before, client_of, shifter, shifter2):
    if certified_before:
        certified(shifter2)
    shifter.workspaces = ["dt"]
    shifter.save()
    response = client_of(shifter).get(FORM)
    assert response.status_code == 403
    assert "does not certify in the workspace Tracker" in response.content.decode()
    assert "Chambers" in client_of(shifter).get(f"{FORM}?workspace=dt").content.decode()


@pytest.mark.parametrize(
    "address", ["/queue/?workspace=ecal", f"{FORM}?workspace=ecal", "/certify/bulk?queue=workspace%3Decal"]
)
def test_a_workspace_that_is_not_there_is_said_to_be_so(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "there are dt, tracker" in response.content.decode()
