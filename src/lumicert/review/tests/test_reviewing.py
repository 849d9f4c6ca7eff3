"""The leader's desk: unreviewed first, oldest first; approve, send back, many at once; never one's own."""

from __future__ import annotations

import re

import pytest

from lumicert.certification.models import Review
from lumicert.decisions.selectors import current_seq
from lumicert.review.tests.world import RUN, approve, bad_pixel, certify, live, register, typed

pytestmark = pytest.mark.django_db

QUERIES_OF_THE_DESK = 12
ONE = f"/review/{RUN}/express/"


@pytest.fixture
def three(shifter, shifter2, leader):
    """Three certifications in the order in which they were made; the last is the leader's own."""
    for run, who in ((RUN + 2, shifter), (RUN, shifter2), (RUN + 1, leader)):
        register(run)
        certify(who, run)


@pytest.fixture
def client(leader, client_of):
    return client_of(leader)


def rows(page: str) -> list[int]:
    return [int(run) for run in re.findall(r'<a href="/review/(\d+)/express/">', page)]


def outcome(run: int = RUN) -> str | None:
    found = Review.objects.filter(run=run, of=live(run).seq).first()
    return found.outcome if found else None


def test_the_oldest_word_that_nobody_reviewed_is_first(three, leader, client):
    assert rows(client.get("/review/").content.decode()) == [RUN + 2, RUN, RUN + 1]
    approve(leader, RUN + 2)
    assert rows(client.get("/review/").content.decode()) == [RUN, RUN + 1]
    assert rows(client.get("/review/?review=approved").content.decode()) == [RUN + 2]
    assert rows(client.get("/review/?review=all").content.decode()) == [RUN + 2, RUN, RUN + 1]


def test_one_that_was_changed_after_its_review_waits_again(three, shifter, leader, client):
    approve(leader, RUN + 2)
    certify(shifter, RUN + 2, said=bad_pixel())
    assert rows(client.get("/review/").content.decode()) == [RUN, RUN + 1, RUN + 2]


def test_approving_opens_the_next_and_names_the_event(three, client):
    response = client.post(f"/review/{RUN + 2}/express/", typed(outcome="approved", comment=""), follow=True)
    assert response.redirect_chain == [(ONE, 302)]
    shown = response.content.decode()
    assert f"Approved run {RUN + 2} express (event {current_seq()})" in shown
    assert outcome(RUN + 2) == "approved"


def test_after_the_last_one_the_desk_says_that_nothing_waits(three, leader, client):
    approve(leader, RUN + 2)
    response = client.post(ONE, typed(outcome="approved"), follow=True)
    assert response.redirect_chain == [("/review/", 302)]
    assert rows(response.content.decode()) == [RUN + 1]


def test_sending_back_needs_a_word(three, client):
    response = client.post(ONE, typed(outcome="sent back", comment=" "))
    assert response.status_code == 422
    assert "say what shifter2 is to look at" in response.content.decode()
    client.post(ONE, typed(outcome="sent back", comment="look at layer 2"))
    assert outcome() == "sent back"


def test_a_certification_that_changed_meanwhile_is_not_approved_unseen(three, shifter2, client):
    read_at = current_seq()
    certify(shifter2, said=bad_pixel())
    response = client.post(ONE, {"expected": read_at, "outcome": "approved", "comment": "fine"})
    assert response.status_code == 409
    assert "hole in layer 2" in response.content.decode()
    assert "fine</textarea>" in response.content.decode()
    assert outcome() is None


def test_two_leaders_at_once_are_told_of_each_other(three, admin_account, client):
    read_at = current_seq()
    approve(admin_account)
    response = client.post(ONE, {"expected": read_at, "outcome": "sent back", "comment": "no"})
    assert response.status_code == 409
    assert "approved" in response.content.decode()
    assert outcome() == "approved"


def test_ones_own_is_reviewed_by_a_second_person_and_says_so(three, client):
    own = f"/review/{RUN + 1}/express/"
    assert "a second person reviews it" in client.get(own).content.decode()
    assert client.post(own, typed(outcome="approved")).status_code == 403
    desk = client.get("/review/").content.decode()
    assert f'value="{RUN + 1} express"' not in desk
    assert ">yours<" in desk


def test_the_chosen_ones_are_approved_in_one_act_with_one_undo(three, client):
    chosen = [f"{RUN} express", f"{RUN + 2} express"]
    response = client.post("/review/", typed(chosen=chosen, comment="looked at all"), follow=True)
    shown = response.content.decode()
    assert "Approved 2 certifications" in shown
    assert (outcome(), outcome(RUN + 2)) == ("approved", "approved")
    client.post(re.search(r'action="(/events/act/[^"]+/undo)"', shown)[1])
    assert (outcome(), outcome(RUN + 2)) == ("", "")
    assert len(rows(client.get("/review/").content.decode())) == 3


@pytest.mark.parametrize("also", [f"{RUN + 1} express"])
def test_one_of_ones_own_among_them_refuses_all(three, client, also):
    response = client.post("/review/", typed(chosen=[f"{RUN} express", also]))
    assert response.status_code == 403
    assert outcome() is None


def test_nothing_chosen_is_told(three, client):
    response = client.post("/review/", typed())
    assert response.status_code == 422
    assert "choose the certifications that you approve" in response.content.decode()


def test_one_that_changed_meanwhile_keeps_all_from_being_approved_and_the_choice(three, shifter2, client):
    read_at = current_seq()
    certify(shifter2, said=bad_pixel())
    chosen = [f"{RUN} express", f"{RUN + 2} express"]
    response = client.post("/review/", {"expected": read_at, "chosen": chosen, "comment": "all fine"})
    shown = response.content.decode()
    assert response.status_code == 409
    assert len(re.findall(r'name="chosen"[^>]*checked', shown)) == 2
    assert 'value="all fine"' in shown
    assert outcome(RUN + 2) is None


@pytest.mark.parametrize("wrong", ["praised", ""])
def test_there_are_two_outcomes(three, client, wrong):
    assert client.post(ONE, typed(outcome=wrong)).status_code == 400


def test_the_number_of_queries_does_not_grow_with_the_rows(three, shifter, client, django_assert_max_num_queries):
    for run in range(RUN + 10, RUN + 30):
        register(run)
        certify(shifter, run)
    with django_assert_max_num_queries(QUERIES_OF_THE_DESK):
        client.get("/review/")
