"""Marking by the form: what is right is written once, what is wrong comes back with its reason and what was typed."""

from __future__ import annotations

from uuid import uuid4

import pytest

from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.registry.tests.world import DATASET, MARK, PIXEL, RUN, form, register, say, stands

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(shifter, client_of):
    client = client_of(shifter)
    return lambda **typed: client.post(MARK, form(**typed))


@pytest.fixture(autouse=True)
def run(db):
    register()


def test_a_mark_is_written_as_the_word_of_the_person(send, shifter):
    response = send()
    event = Event.objects.latest("seq")
    assert response.status_code == 302
    assert response["Location"].startswith(f"/runs/{RUN}?dataset=")
    assert (event.actor, event.component, event.lumis, event.origin) == (shifter, PIXEL, ((5, 9),), "person")
    assert stands() == {"person": [("BAD", ((5, 9),))]}


def test_the_page_says_what_was_done_names_the_event_and_offers_undo(send, shifter, client_of):
    client = client_of(shifter)
    page = client.post(MARK, form(), follow=True).content.decode()
    event = Event.objects.latest("seq")
    assert f"Marked tracker-pixel in LS 5–9 of run {RUN} BAD (event {event.seq})" in page
    assert f'action="/events/act/{event.act}/undo"' in page


def test_several_ranges_are_one_event(send):
    send(lumis="5-9, 12 14-20")
    assert stands() == {"person": [("BAD", ((5, 9), (12, 12), (14, 20)))]}


def test_a_double_click_marks_once(send):
    act = str(uuid4())
    expected = current_seq()
    for _ in range(2):
        assert send(act=act, expected=expected).status_code == 302
    assert Event.objects.filter(kind="component.status").count() == 1


def test_a_form_that_was_changed_and_sent_again_is_not_lost_in_silence(send):
    act, expected = str(uuid4()), current_seq()
    send(act=act, expected=expected)
    response = send(act=act, expected=expected, lumis="20-22")
    assert response.status_code == 422
    assert "says something else" in response.content.decode()
    assert stands() == {"person": [("BAD", ((5, 9),))]}


def test_releasing_lets_the_automatic_status_count_again(send, shifter):
    say("GOOD", ((1, 92),))
    say("BAD", ((5, 9),), by=shifter)
    assert send(status="RELEASE").status_code == 302
    assert stands() == {"automatic": [("GOOD", ((1, 92),))]}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"lumis": ""}, "say which lumisections"),
        ({"lumis": "nine"}, "&#x27;nine&#x27; is neither a lumisection nor a range"),
        ({"lumis": "9-5"}, "the range is reversed; did you mean 5-9?"),
        ({"lumis": "0-5"}, "lumisections are counted from 1"),
        ({"lumis": "90-95, 99"}, "LS 93–95, 99 are not in this dataset, which has LS 1–92"),
        ({"component": "tracker-pixle"}, "did you mean tracker-pixel?"),
        ({"component": ""}, "choose a component"),
        ({"status": ""}, "choose a status"),
        ({"status": "EMPTY"}, "EMPTY is not one of the available choices"),
        ({"comment": "hm"}, "BAD needs a comment of at least 3 characters"),
        ({"comment": "x" * 4001}, "at most 4000 characters"),
        ({"cause": "x" * 201}, "at most 200 characters"),
        ({"expected": 10**9}, "read at an event that is not there"),
        ({"expected": ""}, "This field is required"),
        ({"act": "no uuid"}, "Enter a valid UUID"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_written(send, typed, said):
    before = current_seq()
    response = send(**({"cause": "typed before"} | typed))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert typed.get("cause", "typed before") in page
    assert current_seq() == before


def test_what_was_typed_stands_in_the_form_again(send):
    page = send(lumis="9-5", comment="a long story", component="dt-dt", status="STANDBY").content.decode()
    assert 'value="9-5"' in page
    assert "a long story</textarea>" in page
    assert "<option selected>dt-dt</option>" in page
    assert 'value="STANDBY" required checked' in page


def test_good_needs_no_comment(send):
    assert send(status="GOOD", comment="").status_code == 302


def test_a_component_that_only_this_run_has_can_be_marked(send):
    say("GOOD", ((1, 92),), component="rpc-hv")
    assert send(component="rpc-hv").status_code == 302


def test_an_unknown_run_is_not_found(client_of, shifter):
    response = client_of(shifter).post("/runs/77/mark", form())
    assert response.status_code == 404
    assert "Run 77 is not known here" in response.content.decode()


def test_a_run_number_beyond_all_numbers_is_not_found(client_of, shifter):
    assert client_of(shifter).get(f"/runs/{2**40}").status_code == 404


def test_an_unknown_dataset_is_not_found_and_the_others_are_named(send):
    response = send(dataset="/Express/X/DQM")
    assert response.status_code == 404
    assert DATASET in response.content.decode()


def test_looking_at_the_address_of_marking_leads_back_to_the_run(client_of, shifter):
    assert client_of(shifter).get(MARK)["Location"] == f"/runs/{RUN}"
