"""Undoing: one's own acts, or all as a leader; what stands in the way is named."""

from __future__ import annotations

import pytest

from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import append
from lumicert.registry import services
from lumicert.registry.tests.world import RUN, register, say, stands
from lumicert.runs.events import RunRegistered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def run(db):
    register()
    say("GOOD", ((1, 92),))


def undo_address(act):
    return f"/events/act/{act.id}/undo"


def test_undoing_ones_own_act_puts_back_what_stood_before(shifter, client_of):
    act = say("BAD", ((5, 9),), by=shifter)
    response = client_of(shifter).post(undo_address(act), {"next": f"/runs/{RUN}"})
    assert response.status_code == 302
    assert response["Location"] == f"/runs/{RUN}"
    assert stands() == {"automatic": [("GOOD", ((1, 92),))]}


def test_an_undoing_is_told_with_its_event_and_can_be_undone(shifter, client_of):
    client = client_of(shifter)
    act = say("BAD", ((5, 9),), by=shifter)
    page = client.post(undo_address(act), {"next": f"/runs/{RUN}"}, follow=True).content.decode()
    undoing = Event.objects.get(kind="act.undone")
    assert f"Undone (events {undoing.seq} to {undoing.seq + 1})" in page
    client.post(f"/events/act/{undoing.act}/undo")
    assert stands()["person"] == [("BAD", ((5, 9),))]


def test_the_undone_act_is_struck_through_and_says_by_whom(shifter, client_of):
    client = client_of(shifter)
    act = say("BAD", ((5, 9),), by=shifter)
    client.post(undo_address(act))
    page = client.get(f"/runs/{RUN}").content.decode()
    assert '<li class="undone ' in page
    assert "undone by shifter" in page
    assert f"Undid event {act.first}" in page


def test_a_shifter_does_not_undo_the_act_of_another(shifter, shifter2, client_of):
    act = say("BAD", ((5, 9),), by=shifter2)
    before = current_seq()
    response = client_of(shifter).post(undo_address(act))
    assert response.status_code == 403
    assert "is an act of shifter2. You may undo your own acts" in response.content.decode()
    assert current_seq() == before


def test_the_refusal_holds_in_the_service_not_only_on_the_page(shifter, shifter2):
    act = say("BAD", ((5, 9),), by=shifter2)
    with pytest.raises(services.NotYours):
        services.undo(act=act.id, actor=shifter)


def test_a_shifter_does_not_undo_what_a_rule_said(shifter, client_of):
    assert client_of(shifter).post(undo_address(say("BAD", ((5, 9),)))).status_code == 403


@pytest.mark.parametrize("who", ["leader", "admin_account"])
def test_leader_and_admin_undo_what_others_did(who, shifter, client_of, request):
    act = say("BAD", ((5, 9),), by=shifter)
    assert client_of(request.getfixturevalue(who)).post(undo_address(act)).status_code == 302
    assert "person" not in stands()


def test_the_button_is_shown_only_to_who_may(shifter, shifter2, leader, client_of):
    act = say("BAD", ((5, 9),), by=shifter)
    shown = {
        user.username: undo_address(act) in client_of(user).get(f"/runs/{RUN}").content.decode()
        for user in (shifter, shifter2, leader)
    }
    assert shown == {"shifter": True, "shifter2": False, "leader": True}


def test_an_act_over_many_runs_is_not_undone_by_a_click_on_the_page_of_one(leader, client_of):
    run, other = (NewEvent(RunRegistered(source="a test", attributes={}), number) for number in (1, 2))
    act = append(events=[run, other], actor=leader, origin=Origin.IMPORT)
    client = client_of(leader)
    shown = client.get("/runs/1").content.decode()
    assert undo_address(act) not in shown
    assert "and 1 of other runs or lists" in shown
    assert undo_address(act) in client.get(f"/events/act/{act.id}").content.decode()


def test_an_undoing_can_be_undone_on_the_page_of_the_run(shifter, client_of):
    client = client_of(shifter)
    client.post(undo_address(say("BAD", ((5, 9),), by=shifter)))
    undoing = Event.objects.get(kind="act.undone")
    client.get(f"/runs/{RUN}")  # takes the message, which has a button of its own
    assert f'action="/events/act/{undoing.act}/undo"' in client.get(f"/runs/{RUN}").content.decode()


def test_a_later_word_stands_in_the_way_and_is_named(shifter, leader, client_of):
    act = say("BAD", ((5, 9),), by=shifter)
    later = say("GOOD", ((9, 9),), by=leader)
    response = client_of(shifter).post(undo_address(act))
    page = response.content.decode()
    assert response.status_code == 409
    assert f"event {later.first}</a> by leader" in page
    assert "Undo that event first" in page
    assert sorted(stands()["person"]) == [("BAD", ((5, 8),)), ("GOOD", ((9, 9),))]


def test_undoing_twice_is_refused_with_who_did_it(shifter, client_of):
    client = client_of(shifter)
    act = say("BAD", ((5, 9),), by=shifter)
    client.post(undo_address(act))
    response = client.post(undo_address(act))
    assert response.status_code == 409
    assert "this act is undone already, by shifter" in response.content.decode()


def test_an_act_that_does_not_exist_is_not_found(shifter, client_of):
    response = client_of(shifter).post("/events/act/00000000-0000-0000-0000-000000000001/undo")
    assert response.status_code == 404


def test_the_way_back_never_leaves_this_site(shifter, client_of):
    act = say("BAD", ((5, 9),), by=shifter)
    response = client_of(shifter).post(undo_address(act), {"next": "https://elsewhere.example/"})
    assert response["Location"] == "/"
