"""Live pages: nothing is sent where nothing is new, and what is sent is the parts that may change."""

from __future__ import annotations

import re

import pytest

from lumicert.registry.tests.world import RUN, register, tell, tell_fill

pytestmark = pytest.mark.django_db

FILL = 6615
ADDRESSES = ("/runs/", "/runs/?class=Collisions18&sort=-ls", f"/runs/{RUN}", f"/fills/{FILL}")


@pytest.fixture
def client(shifter, client_of):
    register(fill_number=FILL)
    tell_fill(FILL, state="going")
    tell(state="going", last_lumisection_number=5)
    return client_of(shifter)


def tag_of(page: str) -> str:
    return re.search(r'<live-page data-tag="([^"]*)"', page)[1]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_sent_until_something_is_new(address, client):
    tag = tag_of(client.get(address).content.decode())
    silent = client.get(address, headers={"X-Lumicert-Live": tag})
    assert (silent.status_code, silent.content) == (204, b"")
    tell(state="going", last_lumisection_number=1234)
    news = client.get(address, headers={"X-Lumicert-Live": tag})
    shown = news.content.decode()
    assert news.status_code == 200
    assert "1\N{NARROW NO-BREAK SPACE}234" in shown
    assert tag_of(shown) != tag
    assert "<html" not in shown


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_part_that_is_sent_is_a_part_of_the_page(address, client):
    parts = re.compile(r'id="([^"]+)" data-live=')
    page = client.get(address).content.decode()
    news = client.get(address, headers={"X-Lumicert-Live": "0"}).content.decode()
    assert parts.findall(news)
    assert set(parts.findall(news)) <= set(parts.findall(page))


def test_a_silent_question_costs_three_queries(client, django_assert_num_queries):
    tag = tag_of(client.get("/runs/").content.decode())
    # the session, the account, the head of the log
    with django_assert_num_queries(3):
        client.get("/runs/", headers={"X-Lumicert-Live": tag})


def test_a_question_leaves_the_messages_for_the_next_page(client):
    client.post("/runs/views/save", {"name": "bright", "query": ""})
    client.get("/runs/", headers={"X-Lumicert-Live": "0"})
    assert "Saved the view" in client.get("/runs/").content.decode()


def test_further_pages_and_the_past_do_not_follow(client):
    for run in range(1, 103):
        register(run)
    assert "<live-page" not in client.get("/runs/?page=2").content.decode()
    assert "<live-page" not in client.get(f"/runs/{RUN}?at=1").content.decode()


def test_who_was_signed_out_meanwhile_is_told_so(client, client_of):
    answer = client_of(None).get("/runs/", headers={"X-Lumicert-Live": "1", "HX-Request": "true"})
    assert answer.status_code == 401
