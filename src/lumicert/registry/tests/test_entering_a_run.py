"""A run is entered by hand where OMS cannot help: number, type, lumisections and luminosity suffice."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest

from lumicert.decisions.models import Event
from lumicert.registry.tests.world import RUN, register, tell
from lumicert.runs.models import Dataset, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(shifter, client_of):
    return client_of(shifter)


def typed(**changes: Any) -> dict[str, Any]:
    right = {"run": RUN, "run_type": "cosmics", "n_ls": 92, "recorded": "", "unit": "pb^{-1}", "act": str(uuid4())}
    return right | changes


def test_number_type_and_lumisections_suffice_and_a_run_without_a_fill_is_normal(client):
    response = client.post("/runs/new", typed(), follow=True)
    assert response.redirect_chain == [(f"/runs/{RUN}", 302)]
    run = Run.objects.get(run=RUN)
    assert (run.run_type, run.n_ls, run.recorded, run.fill, run.typed, run.state) == (
        "cosmics",
        92,
        None,
        None,
        True,
        "",
    )
    assert Dataset.objects.get(run=RUN).dataset == "online"
    shown = response.content.decode()
    assert f"Entered run {RUN} by hand (events 1 to 3)" in shown
    assert "shifter entered it; OMS has not reported it yet" in shown
    assert "/undo" in shown


def test_luminosity_is_taken_in_the_unit_that_was_chosen(client):
    client.post("/runs/new", typed(run_type="collisions", recorded="7 958.4", unit="nb^{-1}"))
    assert Run.objects.get(run=RUN).recorded == 7_958_400_000_000


def test_other_values_are_taken_where_they_are_known(client):
    client.post(
        "/runs/new",
        typed(
            fill_number="6615",
            start_time="2018-04-28 12:00",
            components="DAQ, PIXEL",
            energy="6499",
            hlt_key="/cdaq/v1",
        ),
    )
    run = Run.objects.get(run=RUN)
    assert (run.fill, run.components, run.energy, run.hlt_key) == (6615, "DAQ PIXEL", 6499, "/cdaq/v1")
    # CERN's local time in April is two hours before Greenwich
    assert run.start_time.isoformat() == "2018-04-28T10:00:00+00:00"
    client.post(f"/runs/{RUN}/values/class", {"value": "Cosmics18", "act": str(uuid4()), "expected": 99})
    assert Run.objects.get(run=RUN).klass == "Cosmics18"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"run": "abc"}, "run", "Enter a whole number"),
        ({"run_type": ""}, "run_type", "This field is required"),
        ({"n_ls": "0"}, "n_ls", "greater than or equal to 1"),
        ({"recorded": "much"}, "recorded", "'much' is not a number; write it as 38.566"),
        ({"recorded": "-3"}, "recorded", "below 0"),
        ({"recorded": "nan"}, "recorded", "not a number that can be measured"),
        ({"fill_number": "12a"}, "fill_number", "'12a' is not a whole number"),
        ({"fill_number": "0"}, "fill_number", "below 1"),
        ({"start_time": "today"}, "start_time", "'today' is no time such as 2018-06-01 14:30:00"),
        ({"b_field": "38"}, "b_field", "above 5"),
    ],
)
def test_a_slip_is_told_at_its_field_and_everything_typed_stays(changes, field, said, client):
    sent = typed(reason="OMS is down", hlt_key="/cdaq/v1", **changes)
    response = client.post("/runs/new", sent)
    shown = response.content.decode().replace("&#x27;", "'")
    assert response.status_code == 422
    of_field = re.search(rf'<(?:input|select)[^>]*name="{field}".*?</label>', shown, re.DOTALL)[0]
    assert said in of_field
    assert "is-invalid" in of_field
    assert "OMS is down" in shown
    assert 'value="/cdaq/v1"' in shown
    assert not Event.objects.exists()


def test_a_run_that_is_known_already_leads_to_its_page(client):
    register()
    response = client.post("/runs/new", typed(), follow=True)
    assert response.redirect_chain == [(f"/runs/{RUN}", 302)]
    assert "is known already: this is its page. Nothing was entered" in response.content.decode()
    assert Event.objects.count() == 2


def test_a_double_click_enters_once(client):
    sent = typed()
    client.post("/runs/new", sent)
    response = client.post("/runs/new", sent, follow=True)
    assert Event.objects.count() == 3
    assert f"Entered run {RUN} by hand" in response.content.decode()


def test_what_oms_says_later_is_set_beside_what_was_typed(client):
    client.post("/runs/new", typed(energy="6500"))
    tell(energy=6499, b_field=3.8)
    shown = client.get(f"/runs/{RUN}").content.decode()
    assert "typed by shifter" in shown
    assert "OMS says 6\N{NARROW NO-BREAK SPACE}499 GeV" in shown
    assert "<dd>3.8 <span" in shown
    assert "by hand</span>" not in client.get("/runs/").content.decode()


def test_the_whole_entry_is_undone_from_the_notice(client):
    shown = client.post("/runs/new", typed(), follow=True).content.decode()
    client.post(re.search(r'action="(/events/act/[^"]+/undo)"', shown)[1])
    assert not Run.objects.filter(run=RUN).exists()


def test_the_form_can_be_opened_with_a_number(client):
    assert f'value="{RUN}"' in client.get(f"/runs/new?run={RUN}").content.decode()
