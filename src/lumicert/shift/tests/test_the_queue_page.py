"""My queue as a page: what waits, filters, news for a page that follows, and an empty queue that says why."""

from __future__ import annotations

import re

import pytest

from lumicert.certification import claims, selectors, services
from lumicert.decisions.selectors import current_seq
from lumicert.shift.tests.world import EXPRESS, PROMPT, RUN, certified, collisions, cosmics

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_of, shifter):
    return client_of(shifter)


def page(client, address="/queue/"):
    return client.get(address).content.decode()


def waiting(text):
    return re.findall(r'<tr id="waits-(\d+)-(\w+)">', text)


def test_what_waits_is_there_with_a_button_to_claim_it(client):
    collisions(recorded_lumi=12.5)
    text = page(client)
    assert waiting(text) == [(str(RUN), "prompt")]
    assert f'formaction="/certify/{RUN}/prompt/claim"' in text
    assert "in 6 d" in text
    assert "12.500" in text


def test_who_is_on_it_is_told(client, shifter2):
    collisions()
    claims.keep(run=RUN, workspace="tracker", reconstruction="prompt", user=shifter2)
    assert "<b>shifter2</b>" in page(client)


def test_filters_stay_in_the_address_and_narrow_what_is_shown(client):
    for run in (RUN, RUN + 5, RUN + 9):
        collisions(run, EXPRESS, PROMPT)
    text = page(client, f"/queue/?runs={RUN},+{RUN + 8}-{RUN + 9}&reconstruction=express&order=newest")
    assert waiting(text) == [(str(RUN + 9), "express"), (str(RUN), "express")]
    assert "Nothing that waits passes these filters" in page(client, "/queue/?klass=Cosmics99")


def test_a_filter_that_cannot_be_read_says_so_and_keeps_what_was_typed(client):
    response = client.get("/queue/?runs=9-5")
    assert response.status_code == 400
    assert "reversed" in response.content.decode()
    assert 'value="9-5"' in response.content.decode()


def test_of_runs_that_were_asked_for_and_do_not_wait_it_is_said_how_far_they_are(client, shifter):
    collisions()
    certified(shifter, RUN)
    collisions(RUN + 5, "online")
    shown = client.get(f"/queue/?runs={RUN},{RUN + 5},399999").content.decode()
    _, told = shown.split("Asked for, and not in the queue")
    assert f'href="/certifications/{RUN}/prompt/"' in told
    assert f'<a href="/certify/{RUN + 5}/express/">certify without its dataset</a>' in told
    assert "<b>399999</b> is not known here" in told
    assert 'href="/runs/new?run=399999"' in told
    assert "Asked for, and not" not in client.get(f"/queue/?runs={RUN}-{RUN + 9}").content.decode()


def test_an_empty_queue_says_why(client, shifter):
    assert "every dataset that has arrived is certified" in page(client)
    collisions(significant=False)
    assert "1 of runs that are not significant wait" in page(client)
    assert waiting(page(client, "/queue/?all=on")) == [(str(RUN), "prompt")]


def test_what_was_sent_back_to_me_is_on_top(client, shifter, leader):
    collisions()
    certified(shifter)
    live = selectors.live_of(RUN, "tracker", "prompt")
    services.review(live=live, outcome="sent back", comment="look at TOB", actor=leader, expected=current_seq())
    text = page(client)
    assert text.index("look at TOB") < text.index("queue-filters")


def test_the_next_is_opened_and_where_nothing_is_left_one_is_told(client):
    collisions()
    assert client.get("/queue/next")["Location"].startswith(f"/certify/{RUN}/prompt/?dataset=")
    left = client.get(f"/queue/next?after={RUN}+prompt", follow=True)
    assert "That was the last of the queue" in left.content.decode()


def test_nothing_is_sent_until_something_is_new_or_somebody_else_is_on_it(client, shifter2):
    collisions()
    tag = re.search(r'<live-page data-tag="([^"]*)"', page(client))[1]
    assert client.get("/queue/", headers={"X-Lumicert-Live": tag}).status_code == 204
    claims.keep(run=RUN, workspace="tracker", reconstruction="prompt", user=shifter2)
    news = client.get("/queue/", headers={"X-Lumicert-Live": tag})
    assert news.status_code == 200
    assert "shifter2" in news.content.decode()
    assert "<html" not in news.content.decode()


def test_every_part_that_is_sent_is_a_part_of_the_page(client):
    collisions()
    parts = re.compile(r'id="([^"]+)" data-live=')
    news = client.get("/queue/", headers={"X-Lumicert-Live": "0"}).content.decode()
    assert {"queue-rows", "queue-found", "sent-back"} <= set(parts.findall(news)) <= set(parts.findall(page(client)))


def test_a_long_queue_takes_at_most_12_queries(client, django_assert_max_num_queries):
    for run in range(RUN, RUN + 110):
        collisions(run)
    with django_assert_max_num_queries(12):
        text = page(client)
    assert len(waiting(text)) == 100
    assert "page 1 of 2" in text
    assert len(waiting(page(client, "/queue/?page=2"))) == 10


def test_only_cosmics_can_be_picked(client):
    collisions()
    cosmics(RUN + 1)
    assert re.findall(r'name="pick" form="bulk" value="([^"]*)"', page(client)) == [f"{RUN + 1} express"]
