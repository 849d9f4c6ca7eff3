"""Two people on one run: they see each other, and the second is shown the difference and loses nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lumicert.certification import drafts, selectors
from lumicert.certification.models import Certification, Claim
from lumicert.decisions.selectors import current_seq
from lumicert.shift.tests.world import FORM, RUN, certified, collisions, marked, sent

pytestmark = pytest.mark.django_db

KEY = {"run": RUN, "workspace": "tracker", "reconstruction": "prompt"}


@pytest.fixture
def opened(db):
    collisions()
    return current_seq()


def test_a_shifter_who_is_second_is_told_whose_it_is_with_the_difference(opened, shifter, shifter2, client_of):
    certified(shifter2, strip__comment="looked fine")
    response = client_of(shifter).post(FORM, sent(expected=opened, strip__comment="PS trip", comment="mine"))
    page = response.content.decode()
    assert response.status_code == 403
    for told in ("shifter2 certified run", "GOOD; looked fine", "GOOD; PS trip", "mine</textarea>", "Nothing of yours"):
        assert told in page
    assert drafts.find(**KEY, user=shifter).typed["comment"] == ["mine"]
    assert Certification.objects.get().shifter == "shifter2"


def test_a_leader_who_is_second_gets_the_difference_and_says_why(opened, shifter2, leader, client_of):
    certified(shifter2, comment="theirs")
    client = client_of(leader)
    response = client.post(FORM, sent(expected=opened, comment="mine"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "<td>theirs</td><td>mine</td>" in page
    assert "Go on from theirs" in page
    again = sent(expected=current_seq(), comment="mine", reason="I looked at the maps")
    assert client.post(FORM, again).status_code == 302
    live = Certification.objects.get()
    assert (live.comment, live.shifter) == ("mine", "shifter2")


def test_going_on_from_theirs_begins_with_what_they_said(opened, shifter2, leader, client_of):
    certified(shifter2, comment="theirs")
    client = client_of(leader)
    client.post(FORM, sent(expected=opened, comment="mine"))
    page = client.get(f"{FORM}?from=theirs").content.decode()
    assert "theirs</textarea>" in page
    assert "mine</textarea>" not in page


def test_a_status_that_somebody_marked_meanwhile_is_a_conflict_too(opened, shifter, shifter2, client_of):
    marked(shifter2, "tracker-strip", ((5, 9),), "BAD")
    client = client_of(shifter)
    response = client.post(FORM, sent(expected=opened))
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody spoke of the same lumisections" in page
    assert "tracker-strip" in page
    assert client.post(FORM, sent()).status_code == 302


def test_a_draft_over_which_somebody_certified_is_shown_against_it(opened, shifter, shifter2, client_of):
    drafts.save(**KEY, user=shifter, seq=opened, typed={"comment": ["mine"], "pixel.status": ["BAD"]})
    certified(shifter2)
    response = client_of(shifter).get(FORM)
    assert response.status_code == 200
    assert "<td>GOOD</td><td>BAD</td>" in response.content.decode()


def test_who_typed_nothing_is_told_that_it_is_taken(opened, shifter, shifter2, client_of):
    certified(shifter2)
    response = client_of(shifter).get(FORM)
    assert response.status_code == 403
    assert "shifter2 certified this already" in response.content.decode()
    assert "certify-form" not in response.content.decode()


# ---- presence ----


def test_the_first_who_opens_it_is_on_it_and_the_second_is_told(opened, shifter, shifter2, client_of):
    mine = client_of(shifter).post(f"{FORM}seen").content.decode()
    theirs = client_of(shifter2).post(f"{FORM}seen").content.decode()
    assert "You are on it since" in mine
    assert "shifter is on it" in theirs
    assert "seen 0 s ago" in theirs
    assert "shifter is on it" in client_of(shifter2).get(FORM).content.decode()


def test_a_claim_that_was_left_is_not_shown(opened, shifter, shifter2, client_of):
    client_of(shifter).post(f"{FORM}seen")
    for claim in Claim.objects.all():
        claim.seen_at -= timedelta(minutes=6)
        claim.save()
    assert "is on it" not in client_of(shifter2).get(FORM).content.decode()


def test_claiming_leads_to_the_form_and_releasing_back_to_the_queue(opened, shifter, client_of):
    client = client_of(shifter)
    to_form = client.post(f"{FORM}claim", {"dataset": "/PromptReco/Collisions2018D/DQM", "queue": "order=newest"})
    assert to_form["Location"].startswith(f"{FORM}?dataset=%2FPromptReco")
    assert "queue=order%3Dnewest" in to_form["Location"]
    assert client.post(f"{FORM}release")["Location"].startswith("/queue/")
    assert not Claim.objects.exists()


def test_opening_alone_claims_nothing(opened, shifter, client_of):
    client_of(shifter).get(FORM)
    assert not Claim.objects.exists()


# ---- drafts ----


def test_what_is_typed_is_there_on_another_machine_and_can_be_discarded(opened, shifter, client_of):
    fields = sent(comment="half a story", strip__lumis="12-", tracking__problems=["Few tracks", "Beam spot"])
    answer = client_of(shifter).post(f"{FORM}draft", fields)
    assert answer.json()["saved"]
    other = client_of(shifter)
    page = other.get(FORM).content.decode()
    for told in ("Restored from", "half a story</textarea>", 'value="12-"', 'value="Beam spot" checked'):
        assert told in page
    other.post(f"{FORM}discard")
    assert "half a story" not in other.get(FORM).content.decode()


def test_a_draft_that_comes_late_says_that_it_is_not_kept(opened, shifter, client_of):
    client, fields = client_of(shifter), sent()
    client.post(FORM, fields)
    assert client.post(f"{FORM}draft", fields).json() == {"saved": None}
    assert drafts.find(**KEY, user=shifter) is None


def test_a_draft_is_nobody_elses(opened, shifter, shifter2, client_of):
    client_of(shifter).post(f"{FORM}draft", sent(comment="half a story"))
    assert "half a story" not in client_of(shifter2).get(FORM).content.decode()


def test_a_draft_is_no_decision(opened, shifter, client_of):
    client_of(shifter).post(f"{FORM}draft", sent())
    assert current_seq() == opened
    assert selectors.live_of(RUN, "tracker", "prompt") is None
