"""What others did with one's certifications: told until seen, and counted beside the menu."""

from __future__ import annotations

import re

import pytest

from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import undo
from lumicert.review.tests.world import RUN, approve, bad_pixel, certify, hand_over, live, register, withdraw

pytestmark = pytest.mark.django_db

NEWS, COUNT, SEEN = "/certifications/?shifter=me", "/certifications/news", "/certifications/news/seen"


@pytest.fixture
def client(shifter, client_of):
    register()
    certify(shifter)
    return client_of(shifter)


def count(client) -> str:
    return client.get(COUNT).content.decode()


def test_what_one_did_oneself_is_no_news(client, shifter):
    certify(shifter, said=bad_pixel())
    assert count(client) == ""
    assert "Nothing since you last looked" in client.get(NEWS).content.decode()


def test_an_amendment_is_told_with_its_reason_until_it_was_seen(client, leader):
    certify(leader, said=bad_pixel(), reason="layer 2 was off")
    assert count(client) == "1"
    shown = client.get(NEWS).content.decode()
    assert "layer 2 was off" in shown
    assert "leader" in shown
    client.post(SEEN, {"expected": current_seq()})
    assert count(client) == ""


def test_a_review_and_a_withdrawal_are_told_too(client, leader):
    approve(leader, outcome="sent back", comment="look at layer 2")
    assert "look at layer 2" in client.get(NEWS).content.decode()
    withdraw(leader, reason="it was a test run")
    assert "it was a test run" in client.get(NEWS).content.decode()


def test_what_was_approved_is_told_in_one_line_and_asks_for_no_look(client, leader):
    approve(leader, comment="nice")
    assert count(client) == ""
    shown = client.get(NEWS).content.decode()
    assert "<summary>1 approved</summary>" in shown
    assert f'{RUN} express</a> <span class="muted">by leader: nice</span>' in shown
    client.post(SEEN, {"expected": current_seq()})
    assert "approved</summary>" not in client.get(NEWS).content.decode()


def test_who_lost_a_certification_to_somebody_else_is_told_and_so_is_who_got_it(client, leader, shifter2, client_of):
    hand_over(leader, to=shifter2, reason="shifter is on holiday")
    for theirs in (client, client_of(shifter2)):
        assert count(theirs) == "1"
        told = theirs.get(NEWS).content.decode()
        assert f"run {RUN} express handed over from shifter to shifter2 (shifter is on holiday)" in told
    certify(shifter2, comment="mine now")
    assert count(client) == "1"
    client.post(SEEN, {"expected": current_seq()})
    assert count(client) == ""


def test_who_hands_over_an_own_one_is_not_told(client, shifter, shifter2):
    hand_over(shifter, to=shifter2, reason="my shift is over")
    assert count(client) == ""


def test_undoing_what_came_after_does_not_tell_again(client, leader, shifter2):
    hand_over(leader, to=shifter2, reason="on holiday")
    certify(shifter2, comment="mine now")
    client.post(SEEN, {"expected": current_seq()})
    undo(act=Event.objects.get(seq=live().seq).act, actor=shifter2)
    assert count(client) == ""


def test_what_comes_in_after_the_page_was_read_is_still_news(client, leader):
    approve(leader)
    read_at = re.search(r'name="expected" value="(\d+)"', client.get(NEWS).content.decode())[1]
    certify(leader, said=bad_pixel(), reason="on second thought")
    client.post(SEEN, {"expected": read_at})
    assert count(client) == "1"


def test_who_claims_to_have_seen_the_future_has_not(client, leader):
    client.post(SEEN, {"expected": 10**12})
    approve(leader, outcome="sent back", comment="look again")
    assert count(client) == "1"


def test_nobody_else_is_told(client, leader, shifter2, client_of):
    approve(leader, outcome="sent back", comment="look again")
    assert count(client_of(shifter2)) == ""
    register(RUN + 1)
    certify(shifter2, RUN + 1)
    assert count(client_of(shifter2)) == ""


def test_the_menu_asks_for_the_count(client):
    assert f'data-count="{COUNT}"' in client.get("/certifications/").content.decode()
