"""Reference runs: promoted where certified good, changed, demoted; nothing is deleted and nothing cascades."""

from __future__ import annotations

import re

import pytest

from lumicert.certification.events import RunIn
from lumicert.certification.models import Reference
from lumicert.certification.selectors import is_reference
from lumicert.decisions.selectors import current_seq
from lumicert.review.tests.world import RUN, bad_pixel, certify, live, promote, register, withdraw

pytestmark = pytest.mark.django_db

ONE = f"/references/{RUN}/express/"
QUERIES_OF_THE_TABLE = 13


@pytest.fixture
def client(shifter, leader, client_of):
    register()
    certify(shifter)
    return client_of(leader)


def asked(**fields: object) -> dict[str, object]:
    return {
        "run": RUN,
        "reconstruction": "express",
        "notes": "",
        "first_run": "",
        "last_run": "",
        "expected": current_seq(),
    } | fields


def test_a_good_run_is_promoted_with_notes_and_validity(client):
    response = client.post(
        "/references/promote", asked(notes="full detector", first_run=321000, last_run=""), follow=True
    )
    shown = response.content.decode()
    assert f"Run {RUN} express is a reference run" in shown
    for told in ("full detector", "321000–on", "Collisions18", "3.8", "6500", ">leader<"):
        assert told in shown
    client.post(re.search(r'action="(/events/act/[^"]+/undo)"', shown)[1])
    assert not is_reference(RUN, "tracker", "express")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"run": ""}, "say which run"),
        ({"run": "abc"}, "&#x27;abc&#x27; is not the number of a run"),
        ({"run": RUN + 7}, f"nobody certified run {RUN + 7} express"),
        ({"reconstruction": "prompt"}, f"nobody certified run {RUN} prompt"),
        ({"reconstruction": "sideways"}, "choose a reconstruction"),
        ({"first_run": 322000, "last_run": 321000}, "321000 lies before 322000"),
    ],
)
def test_what_cannot_be_a_reference_is_told_and_keeps_what_was_typed(client, fields, said):
    response = client.post("/references/promote", asked(notes="a long note", **fields))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert "a long note</textarea>" in response.content.decode()
    assert not Reference.objects.exists()


def test_a_run_that_was_certified_bad_is_refused(client, shifter):
    certify(shifter, said=bad_pixel())
    response = client.post("/references/promote", asked())
    assert response.status_code == 422
    assert "was certified bad by shifter" in response.content.decode()


def test_one_that_changed_since_the_leader_saw_it_is_not_promoted_and_the_difference_is_shown(client, shifter):
    seen = current_seq()
    certify(shifter, comment="layer 2 was off for ten minutes")
    response = client.post("/references/promote", asked(notes="a long note", expected=seen))
    assert response.status_code == 409
    shown = response.content.decode()
    assert "Somebody was faster" in shown
    assert "layer 2 was off for ten minutes" in shown.split('id="conflict"')[1].split("</section>")[0]
    assert "a long note</textarea>" in shown
    assert not Reference.objects.exists()
    again = asked(expected=re.search(r'name="expected" value="(\d+)"', shown)[1])
    assert client.post("/references/promote", again).status_code == 302
    assert is_reference(RUN, "tracker", "express")


@pytest.mark.parametrize("deed", ["edit", "demote"])
def test_what_another_leader_changed_since_is_not_overwritten(client, leader, deed):
    promote(leader, notes="first note")
    seen = current_seq()
    promote(leader, notes="second note")
    response = client.post(f"{ONE}{deed}", {"expected": seen, "notes": "third note", "reason": "too old"})
    assert response.status_code == 409
    assert "second note" in response.content.decode()
    assert Reference.objects.get().notes == "second note"


def test_a_second_click_promotes_once_whatever_happened_since(client, shifter):
    form = asked(act="8b1f3f2c-55cc-4a0c-9e5d-6a3a0a7d1f11")
    assert client.post("/references/promote", form).status_code == 302
    certify(shifter, comment="changed")
    assert "in the log already" in client.post("/references/promote", form, follow=True).content.decode()


def test_notes_are_changed_and_the_history_has_both(client, leader):
    promote(leader, notes="first note")
    client.post(f"{ONE}edit", {"expected": current_seq(), "notes": "second note", "first_run": "", "last_run": ""})
    shown = client.get(ONE).content.decode()
    assert "second note" in shown
    assert "first note" in shown.split('id="history"')[1]


def test_demoting_needs_a_reason_and_touches_no_certification(client, leader, shifter):
    promote(leader)
    register(RUN + 1)
    certify(shifter, RUN + 1, reference=RunIn(run=RUN, reconstruction="express"))
    response = client.post(f"{ONE}demote", {"expected": current_seq(), "reason": ""})
    assert response.status_code == 422
    assert is_reference(RUN, "tracker", "express")
    response = client.post(f"{ONE}demote", {"expected": current_seq(), "reason": "too old"}, follow=True)
    assert "is no reference run any more" in response.content.decode()
    assert "too old" in response.content.decode()
    assert not is_reference(RUN, "tracker", "express")
    assert live(RUN + 1).reference_run == RUN
    assert f'href="/certifications/{RUN + 1}/express/"' in client.get(ONE).content.decode()


def test_one_that_was_demoted_is_promoted_again(client, leader):
    promote(leader)
    client.post(f"{ONE}demote", {"expected": current_seq(), "reason": "too old"})
    client.post(f"{ONE}edit", {"expected": current_seq(), "notes": "it was not"})
    assert is_reference(RUN, "tracker", "express")


def test_a_reference_whose_certification_fell_is_marked(client, leader, shifter):
    promote(leader)
    certify(shifter, said=bad_pixel())
    assert "certified bad since" in client.get("/references/").content.decode()
    withdraw(shifter)
    assert "certification withdrawn" in client.get("/references/").content.decode()
    response = client.post(f"{ONE}edit", {"expected": current_seq(), "notes": "still"})
    assert response.status_code == 422
    assert "was withdrawn" in response.content.decode()


def test_a_shifter_sees_them_and_changes_nothing(client, leader, shifter, client_of):
    promote(leader)
    theirs = client_of(shifter)
    assert "promote" not in theirs.get("/references/").content.decode()
    assert "Demote" not in theirs.get(ONE).content.decode()
    for address in ("/references/promote", f"{ONE}edit", f"{ONE}demote"):
        assert theirs.post(address, asked(reason="x")).status_code == 403


def test_what_never_was_one_has_no_page(client):
    assert client.get(ONE).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_rows(client, leader, shifter, django_assert_max_num_queries):
    for run in range(RUN + 1, RUN + 9):
        register(run)
        certify(shifter, run)
        promote(leader, run)
    with django_assert_max_num_queries(QUERIES_OF_THE_TABLE):
        client.get("/references/")
