"""What others did with one's certifications: told until seen, and counted beside the menu."""

from __future__ import annotations

import re

import pytest

from lumicert.decisions.selectors import current_seq
from lumicert.review.tests.world import RUN, approve, bad_pixel, certify, register, withdraw

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


def test_what_comes_in_after_the_page_was_read_is_still_news(client, leader):
    approve(leader)
    read_at = re.search(r'name="expected" value="(\d+)"', client.get(NEWS).content.decode())[1]
    certify(leader, said=bad_pixel(), reason="on second thought")
    client.post(SEEN, {"expected": read_at})
    assert count(client) == "1"


def test_who_claims_to_have_seen_the_future_has_not(client, leader):
    client.post(SEEN, {"expected": 10**12})
    approve(leader)
    assert count(client) == "1"


def test_nobody_else_is_told(client, leader, shifter2, client_of):
    approve(leader)
    assert count(client_of(shifter2)) == ""
    register(RUN + 1)
    certify(shifter2, RUN + 1)
    assert count(client_of(shifter2)) == ""


def test_the_menu_asks_for_the_count(client):
    assert f'data-count="{COUNT}"' in client.get("/certifications/").content.decode()
