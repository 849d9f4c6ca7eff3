"""The outbox as people see it, and the line for the page of a certification."""

from __future__ import annotations

import pytest
from django.utils import timezone

from lumicert.crosscheck import deliveries, selectors, sending
from lumicert.crosscheck.models import Delivery
from lumicert.crosscheck.tests.world import (
    N_LS,
    RUN,
    Registry,
    a_run,
    bad_pixel,
    certify,
    down,
    states,
    withdraw,
    writing_begins,
)  # fmt: skip

pytestmark = pytest.mark.django_db

ADDRESS = "/crosscheck/outbox"
MOST_QUERIES = 12


@pytest.fixture
def registry(shifter, set_up, told) -> Registry:
    """Refuses the first certification, takes the second, and is down for the third."""
    told()
    found = Registry()
    for place in range(3):
        a_run(RUN + place, by=shifter, n_ls=N_LS)
        found.has(RUN + place)
    writing_begins()
    found.refuses = "Run must be in state OPEN to be edited"
    for place in range(3):
        certify(RUN + place, said=bad_pixel((3, 4)), by=shifter)
        deliveries.take_from_log()
        sending.send_due(found)
        found.refuses = ""
        found.fails = down() if place == 1 else None
    return found


def page(client, query: str = "") -> str:
    response = client.get(f"{ADDRESS}{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def test_what_was_refused_comes_first_with_its_words(registry, leader, client_of):
    assert states() == ["refused", "delivered", "waiting"]
    text = page(client_of(leader))
    places = [text.index(f">{RUN + place}</a>") for place in range(3)]
    assert places[0] < places[2] < places[1]
    assert "Run must be in state OPEN to be edited" in text
    assert "1 try" in text
    assert "BAD</span> LS" in text


@pytest.mark.parametrize(("state", "runs"), [("refused", [0]), ("delivered", [1]), ("waiting", [2]), ("given up", [])])
def test_it_is_filtered_by_state(state, runs, registry, leader, client_of):
    text = page(client_of(leader), f"?state={state}")
    assert [place for place in range(3) if f">{RUN + place}</a>" in text] == runs


def test_it_is_filtered_by_run_and_a_wrong_range_is_told(registry, leader, client_of):
    assert f">{RUN}</a>" not in page(client_of(leader), f"?runs={RUN + 1}")
    assert client_of(leader).get(f"{ADDRESS}?runs=x").status_code == 400


def test_a_long_outbox_has_pages_and_one_that_is_not_there_is_the_last(registry, leader, client_of, monkeypatch):
    monkeypatch.setattr(selectors, "ROWS_A_PAGE", 2)
    for query, shown, number in (("", [0, 2], 1), ("?page=2", [1], 2), ("?page=9", [1], 2)):
        text = page(client_of(leader), query)
        assert [place for place in range(3) if f">{RUN + place}</a>" in text] == shown
        assert f"page {number} of 2" in text


def test_a_leader_tries_again_with_a_click(registry, leader, client_of):
    pk = Delivery.objects.get(run=RUN).pk
    client = client_of(leader)
    response = client.post(f"{ADDRESS}/{pk}/again", {"next": f"{ADDRESS}?state=refused"})
    assert response.url == f"{ADDRESS}?state=refused"
    assert "is sent again" in page(client)
    assert states()[0] == "waiting"


def test_a_leader_gives_up_with_a_reason_that_is_shown(registry, leader, client_of):
    pk = Delivery.objects.get(run=RUN).pk
    client = client_of(leader)
    client.post(f"{ADDRESS}/{pk}/give-up", {"reason": ""})
    assert "Say why" in page(client)
    client.post(f"{ADDRESS}/{pk}/give-up", {"reason": "signed off"})
    text = page(client)
    assert "given up by leader" in text
    assert "signed off" in text
    assert states()[0] == "given up"


def test_all_that_was_refused_is_tried_again(registry, leader, client_of):
    client_of(leader).post(f"{ADDRESS}/again")
    assert states() == ["waiting", "delivered", "waiting"]


def test_a_delivery_that_there_is_not_is_told(leader, client_of):
    client = client_of(leader)
    client.post(f"{ADDRESS}/999/again")
    assert "There is no delivery 999" in page(client)


def test_while_writing_is_off_the_page_says_what_that_means(set_up, settings, leader, client_of):
    settings.CONFIG = settings.CONFIG.model_copy(update={"run_registry_write": False})
    assert "Writing is switched off" in page(client_of(leader))


def test_without_a_registry_the_page_says_so(leader, client_of):
    assert "LUMICERT_RUN_REGISTRY_URL" in page(client_of(leader))


def test_before_anything_was_certified_it_says_so(set_up, told, leader, client_of):
    told()
    assert "Nothing was taken into the outbox yet" in page(client_of(leader))
    writing_begins()
    assert "Nothing is to be written" in page(client_of(leader))


def test_it_takes_at_most_12_queries(registry, leader, client_of, django_assert_max_num_queries):
    client = client_of(leader)
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(ADDRESS)


@pytest.fixture
def line(shifter, client_of):
    client = client_of(shifter)

    def of(run: int) -> str:
        text = str(client.get(f"/certifications/{run}/express/").content.decode())
        assert f'href="/crosscheck/?runs={run}&amp;show=all"' in text
        return text[text.index('<p class="delivered">') : text.index("Compare with the registries")]

    return of


def test_the_page_of_a_certification_says_what_became_of_it(registry, shifter, line):
    assert "Run Registry refused it" in line(RUN)
    assert "written to Run Registry" in line(RUN + 1)
    assert "waits for Run Registry" in line(RUN + 2)
    a_run(RUN + 3, by=shifter, n_ls=N_LS)
    registry.has(RUN + 3)
    certify(RUN + 3, by=shifter)
    assert "delivery-line" not in line(RUN + 3)
    withdraw(shifter, RUN + 1)
    deliveries.take_from_log()
    registry.fails = None
    Delivery.objects.update(due_at=timezone.now())
    sending.send_due(registry)
    assert "taken back in Run Registry" in line(RUN + 1)
