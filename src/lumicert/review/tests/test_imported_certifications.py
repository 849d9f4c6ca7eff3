"""What an import brought in was reviewed elsewhere, or years ago: the desk leaves it out, says so, and shows it."""

from __future__ import annotations

import re

import pytest

from lumicert.certification.events import CertificationMade
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin
from lumicert.decisions.services import append
from lumicert.review.tests.world import EXPRESS, RUN, bad_pixel, certify, live, register, typed

pytestmark = pytest.mark.django_db

OLD, OLDER = RUN - 1000, RUN - 2000


@pytest.fixture
def client(leader, client_of):
    return client_of(leader)


@pytest.fixture
def desk(shifter):
    """One certification that was made here, between two that were imported."""
    register(RUN)
    certify(shifter, RUN)
    for run in (OLDER, OLD):
        register(run)
        said = CertificationMade.model_validate(live(RUN).payload)
        append(events=[NewEvent(said, run, EXPRESS)], actor=None, origin=Origin.IMPORT)


def rows(page: str) -> list[int]:
    return [int(run) for run in re.findall(r'<a href="/review/(\d+)/express/">', page)]


def test_the_desk_leaves_them_out_and_says_how_many(desk, client):
    page = client.get("/review/").content.decode()
    assert rows(page) == [RUN]
    assert "2 imported certifications that nobody here reviewed are left out" in page


@pytest.mark.parametrize(("asked", "shown"), [("yes", [OLDER, OLD]), ("all", [RUN, OLDER, OLD])])
def test_they_are_shown_where_they_are_asked_for(desk, client, asked, shown):
    page = client.get(f"/review/?imported={asked}").content.decode()
    assert rows(page) == shown
    assert "left out." not in page


def test_nothing_is_said_of_them_where_there_are_none(shifter, client):
    register(RUN)
    certify(shifter, RUN)
    assert "left out." not in client.get("/review/").content.decode()


def test_one_that_somebody_changed_here_waits_for_a_review(desk, leader, shifter2, client_of):
    certify(leader, OLD, said=bad_pixel(), reason="the tracker map shows a hole")
    assert rows(client_of(leader).get("/review/").content.decode()) == [RUN, OLD]


def test_after_an_imported_one_comes_the_next_imported_one(desk, client):
    response = client.post(f"/review/{OLDER}/express/", typed(outcome="approved", comment=""))
    assert response["Location"] == f"/review/{OLD}/express/"


def test_after_one_that_was_made_here_no_imported_one_comes(desk, client):
    response = client.post(f"/review/{RUN}/express/", typed(outcome="approved", comment=""))
    assert response["Location"] == "/review/"


def test_its_page_and_the_table_say_that_it_was_imported(desk, client):
    assert '<span class="pill">imported</span>' in client.get(f"/certifications/{OLD}/express/").content.decode()
    assert '<span class="pill">imported</span>' not in client.get(f"/certifications/{RUN}/express/").content.decode()
    table = client.get("/certifications/?imported=yes").content.decode()
    assert str(OLD) in table
    assert str(OLDER) in table
    assert f"{RUN}/express" not in table
