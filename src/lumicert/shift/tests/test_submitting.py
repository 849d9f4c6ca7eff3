"""Submitting: one act, told with its events and an undo; mistakes come back at their fields with all that was typed."""

from __future__ import annotations

import re

import pytest

from lumicert.certification import claims, drafts, selectors
from lumicert.certification.models import Certification
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import standing
from lumicert.shift.tests.world import FORM, PROMPT, RUN, certified, collisions, sent

pytestmark = pytest.mark.django_db

KEY = {"run": RUN, "workspace": "tracker", "reconstruction": "prompt"}


@pytest.fixture
def client(client_of, shifter):
    collisions()
    return client_of(shifter)


def told(client, address="/queue/"):
    return client.get(address).content.decode()


def test_a_good_run_is_certified_and_the_message_names_the_events_and_undoes_it(client):
    assert client.post(FORM, sent(then="next")).status_code == 302
    page = told(client)
    assert f"Certified run {RUN} prompt GOOD: Pixel GOOD, Strip GOOD, Tracking GOOD (events " in page
    undo = re.search(r'action="(/events/act/[^"]*/undo)"', page)[1]
    client.post(undo)
    assert not Certification.objects.exists()


def test_a_bad_range_is_bad_in_the_registry_and_nowhere_else(client):
    fields = sent(strip__lumis="120-340", tracking__lumis="120-340", bad_reason="HV off")
    assert client.post(FORM, fields).status_code == 302
    found = {(each.component, each.status): each.lumis for each in standing(run=RUN, dataset=PROMPT)}
    assert found["tracker-strip", "BAD"] == ((120, 340),)
    assert found["tracker-strip", "GOOD"] == ((1, 119), (341, 500))
    assert found["tracker-pixel", "GOOD"] == ((1, 500),)


def test_the_next_of_the_queue_is_opened(client):
    collisions(RUN + 1)
    query = {"then": "next", "queue": "order=newest"}
    response = client.post(FORM, sent(**query), follow=True)
    assert response.request["PATH_INFO"] == f"/certify/{RUN + 1}/prompt/"
    assert response.request["QUERY_STRING"].endswith("queue=order%3Dnewest")


def test_htmx_is_told_to_go_there(client):
    response = client.post(FORM, sent(), headers={"HX-Request": "true"})
    assert response["HX-Redirect"]


def test_every_mistake_comes_back_at_once_with_all_that_was_typed(client):
    fields = sent(
        strip__status="BAD", strip__comment="half of TOB", strip__lumis="9-5", comment="a long story", tracker_map="",
        date="2099-01-01", tick=[], pixel__problems="FED errors",
    )  # fmt: skip
    response = client.post(FORM, fields)
    page = response.content.decode()
    assert response.status_code == 422
    for problem in (
        "did you mean 5-9", "2099-01-01 is in the future", "say whether the tracker map exists", "items are not ticked",
        "say why it is bad",
    ):  # fmt: skip
        assert problem in page
    for typed in ('value="half of TOB"', "a long story", 'value="9-5"', 'value="2099-01-01"'):
        assert typed in page
    assert re.search(r'value="FED errors" checked', page)
    assert not Certification.objects.exists()


def test_a_form_that_came_back_is_a_draft_as_well(client, shifter):
    client.post(FORM, sent(comment="a long story", tracker_map=""))
    assert drafts.find(**KEY, user=shifter).typed["comment"] == ["a long story"]


def test_ticked_items_stay_ticked(client):
    ticks = sent()["tick"]
    page = client.post(FORM, sent(tick=ticks[:-1])).content.decode()
    assert page.count('name="tick"') == len(ticks)
    assert len(re.findall(r'name="tick" value="[^"]*" data-item="[^"]*" checked', page)) == len(ticks) - 1


def test_a_warning_asks_and_what_is_confirmed_is_stored(client):
    response = client.post(FORM, sent(confirm=[]))
    page = response.content.decode()
    assert response.status_code == 422
    assert "No reference run is named" in page
    assert '<input class="form-check-input" type="checkbox" name="confirm" value="no-reference">' in page
    assert client.post(FORM, sent(confirm=["no-reference"])).status_code == 302
    assert Event.objects.get(kind="certification.made").payload["confirmed"][0]["code"] == "no-reference"


def test_a_second_click_does_nothing_again(client):
    fields = sent()
    client.post(FORM, fields)
    head = Event.objects.latest("seq").seq
    assert client.post(FORM, fields).status_code == 302
    assert Event.objects.latest("seq").seq == head
    assert "it was in the log already" in told(client)


def test_after_it_the_draft_and_the_claim_are_gone(client, shifter):
    claims.keep(**KEY, user=shifter)
    drafts.save(**KEY, user=shifter, seq=1, typed={"comment": ["x"]})
    client.post(FORM, sent())
    assert claims.who_is_on(**KEY) is None
    assert drafts.find(**KEY, user=shifter) is None


def test_my_own_is_opened_as_it_stands_and_changed(client, shifter):
    certified(shifter, comment="before")
    page = client.get(FORM).content.decode()
    assert "before</textarea>" in page
    assert "You certified this at" in page
    assert client.post(FORM, sent(comment="after", reason="typo")).status_code == 302
    assert selectors.live_of(RUN, "tracker", "prompt").comment == "after"


def test_a_form_that_says_nothing_of_itself_is_no_form_of_ours(client):
    for wrong in ({"act": "x"}, {"expected": ""}):
        assert client.post(FORM, sent() | wrong).status_code == 400


def test_texts_of_people_are_escaped(client, shifter):
    certified(shifter, comment="<script>alert(1)</script>")
    page = client.get(FORM).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
