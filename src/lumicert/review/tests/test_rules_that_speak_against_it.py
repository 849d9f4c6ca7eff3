"""A rule that says worse than GOOD after a run was certified is told: to who reads, who reviews, who leads the week."""

from __future__ import annotations

import csv
import io
import re

import pytest

from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import append
from lumicert.review.tests.world import EXPRESS, PAGE, RUN, certify, register

pytestmark = pytest.mark.django_db

DESK, ONE, WEEK = "/review/", f"/review/{RUN}/express/", "/review/week/"
WORDS = "The rules say STANDBY in LS 30–40, HV off"


@pytest.fixture
def certified(shifter):
    """Two certifications; after them the rules say of one that its high voltage was off."""
    for run in (RUN, RUN + 1):
        register(run)
        certify(shifter, run)


@pytest.fixture
def spoken(certified):
    return rules_say()


def rules_say():
    said = ComponentStatusSaid(layer=Layer.AUTOMATIC, status="STANDBY", cause="HV off")
    return append(
        events=[NewEvent(said, RUN, EXPRESS, "tracker-strip", ((30, 40),))], actor=None, origin=Origin.AUTOMATIC
    )


def text(response) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize("address", [PAGE, ONE])
def test_its_page_tells_which_lumisections_by_which_event_and_what_to_do(spoken, leader, client_of, address):
    answer = client_of(leader).get(address)
    shown = text(answer)
    assert WORDS in shown
    assert f"/events/act/{spoken.id}" in answer.content.decode()
    assert "The rules said this after it was certified. GOOD stands above them" in shown
    assert "Certify it again , and they are left to the rules" in shown


def test_who_may_not_change_it_is_told_who_can(spoken, shifter2, client_of):
    shown = text(client_of(shifter2).get(PAGE))
    assert WORDS in shown
    assert "Whoever certifies it again leaves them to the rules." in shown


def test_the_past_does_not_know_of_it(certified, leader, client_of):
    before = current_seq()
    rules_say()
    assert "The rules say" not in text(client_of(leader).get(f"{PAGE}?at={before}"))


def test_certified_again_nothing_speaks_against_it(spoken, shifter, client_of):
    certify(shifter)
    shown = text(client_of(shifter).get(PAGE))
    assert "The rules say" not in shown
    assert "LS 30–40 as the rules have it: not good" in shown


def test_the_desk_marks_the_row(spoken, leader, client_of):
    rows = client_of(leader).get(DESK).content.decode().split("<tr>")
    assert [f"/review/{run}/" in row for row in rows if "the rules say worse" in row for run in (RUN,)] == [True]


def test_the_week_lists_it(spoken, leader, client_of):
    client = client_of(leader)
    (row,) = csv.DictReader(io.StringIO(client.get(f"{WEEK}?block=against&format=csv").content.decode()))
    assert row == {
        "Run": str(RUN), "Type": "collisions", "Reconstruction": "express", "Component": "Strip",
        "The rules say": "STANDBY in LS 30–40, HV off", "Shifter": "shifter",
    }  # fmt: skip
    assert "Worse by the rules" in text(client.get(WEEK))


def test_a_week_without_any_says_so(certified, leader, client_of):
    assert "No rule speaks against what is certified." in text(client_of(leader).get(WEEK))
