"""The pages of the log: acts newest first, filtered, page by page, and each act in full."""

from __future__ import annotations

import re

import pytest

from lumicert.decisions.models import Event
from lumicert.registry import selectors
from lumicert.registry.tests.world import PIXEL, RUN, register, say

pytestmark = pytest.mark.django_db

QUERIES_OF_EVENTS = 6
QUERIES_OF_AN_ACT = 7


@pytest.fixture
def page(shifter, client_of):
    client = client_of(shifter)
    return lambda query="": client.get(f"/events/{query}").content.decode()


def numbers(page: str) -> list[str]:
    return re.findall(r'<td class="num"><a href="/events/act/[^"]*">([^<]*)</a>', page)


def test_acts_are_newest_first_and_each_is_one_row(page, shifter):
    register()
    say("BAD", ((5, 9),), by=shifter)
    assert numbers(page()) == ["3", "1–2"]


def test_filters_of_run_person_and_kind_narrow_it(page, shifter, shifter2):
    register()
    register(1)
    say("BAD", ((5, 9),), by=shifter)
    say("GOOD", ((20, 22),), by=shifter2)
    assert numbers(page(f"?run={RUN}")) == ["6", "5", "1–2"]
    assert numbers(page("?actor=shifter2")) == ["6"]
    assert numbers(page("?kind=run.registered")) == ["3–4", "1–2"]
    assert numbers(page("?kind=run.registered&run=1")) == ["3–4"]
    assert "No act passes these filters" in page("?actor=nobody")


def test_the_log_is_read_page_by_page_without_a_gap(page, shifter, monkeypatch):
    monkeypatch.setattr(selectors, "ACTS_A_PAGE", 2)
    register()
    for first in range(1, 9):
        say("BAD", ((first, first),), by=shifter)
    seen, query = [], ""
    while True:
        shown = page(query)
        seen += numbers(shown)
        older = re.search(r'href="(\?before=\d+)">older', shown)
        if not older:
            break
        query = older[1]
    assert seen == ["10", "9", "8", "7", "6", "5", "4", "3", "1–2"]


def test_an_empty_log_says_so(page):
    assert "Nothing was done here yet" in page()


def test_a_wrong_filter_is_told(shifter, client_of):
    response = client_of(shifter).get("/events/?run=x")
    assert response.status_code == 400
    assert "Enter a whole number" in response.content.decode()


def test_an_act_shows_its_events_with_payload_and_digest(shifter, client_of):
    register()
    act = say("BAD", ((5, 9),), by=shifter, comment="<b>PS trip</b>")
    shown = client_of(shifter).get(f"/events/act/{act.id}").content.decode()
    assert bytes(Event.objects.get(act=act.id).digest).hex() in shown
    assert "&lt;b&gt;PS trip" in shown
    assert "<b>PS trip" not in shown
    assert f'href="/runs/{RUN}?dataset=' in shown
    assert "Undo this act" in shown


def test_an_undone_act_names_who_undid_it_and_the_undoing_names_what_it_undid(shifter, client_of):
    client = client_of(shifter)
    register()
    act = say("BAD", ((5, 9),), by=shifter)
    client.post(f"/events/act/{act.id}/undo")
    assert "This act is undone, by shifter" in client.get(f"/events/act/{act.id}").content.decode()
    shown = client.get("/events/").content.decode()
    assert f"undid event {act.first}: {PIXEL} is BAD in LS 5–9" in shown
    assert '<span class="struck">tracker-pixel is BAD' in shown


def test_a_long_act_is_shown_in_part(shifter, client_of, monkeypatch):
    monkeypatch.setattr(selectors, "EVENTS_OF_ACT", 2)
    act = register(RUN, "/A/B/DQM", "/A/C/DQM", "/A/D/DQM")
    assert "and 2 more events" in client_of(shifter).get(f"/events/act/{act.id}").content.decode()


def test_an_act_that_does_not_exist_is_not_found(shifter, client_of):
    assert client_of(shifter).get("/events/act/00000000-0000-0000-0000-000000000001").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_acts(shifter, client_of, django_assert_num_queries):
    client = client_of(shifter)
    register()
    acts = [say("BAD", ((5, 9),), by=shifter)]
    client.post(f"/events/act/{acts[0].id}/undo")
    with django_assert_num_queries(QUERIES_OF_EVENTS):
        client.get("/events/")
    for first in range(10, 30):
        act = say("BAD", ((first, first),), by=shifter)
        client.post(f"/events/act/{act.id}/undo")
    with django_assert_num_queries(QUERIES_OF_EVENTS):
        client.get("/events/")
    with django_assert_num_queries(QUERIES_OF_AN_ACT):
        client.get(f"/events/act/{acts[0].id}")
