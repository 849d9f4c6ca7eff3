"""Each page and each deed against each role."""

from __future__ import annotations

import pytest

from lumicert.crosscheck import deliveries
from lumicert.crosscheck.models import Delivery
from lumicert.crosscheck.tests.world import N_LS, RUN, a_run, certify, states, writing_begins

pytestmark = pytest.mark.django_db

PAGES = ("/crosscheck/", "/crosscheck/?registry=ours", "/crosscheck/?format=csv", "/crosscheck/outbox")
ASK = "/crosscheck/ask"
EVERYBODY = ("shifter", "shifter2", "leader", "admin_account")


@pytest.fixture
def waiting(shifter, set_up) -> Delivery:
    a_run(RUN, by=shifter, n_ls=N_LS)
    writing_begins()
    certify(RUN, by=shifter)
    deliveries.take_from_log()
    return Delivery.objects.get()


def deeds(waiting: Delivery) -> list[str]:
    return ["/crosscheck/outbox/again", *(f"/crosscheck/outbox/{waiting.pk}/{deed}" for deed in ("again", "give-up"))]


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("who", EVERYBODY)
def test_who_reads_certifications_reads_the_comparison(address, who, waiting, client_of, request):
    assert client_of(request.getfixturevalue(who)).get(address).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_a_guest_is_told_why_there_is_nothing_and_a_stranger_is_led_to_the_sign_in_page(address, guest, client_of):
    response = client_of(guest).get(address)
    assert response.status_code == 403
    assert "Your account has no role yet" in response.content.decode()
    assert client_of(None).get(address).status_code == 302


@pytest.mark.parametrize(
    ("who", "status"), [("shifter", 403), ("shifter2", 403), ("guest", 403), ("leader", 302), ("admin_account", 302)]
)
def test_who_reviews_decides_about_deliveries(who, status, waiting, client_of, request):
    client = client_of(request.getfixturevalue(who))
    for address in deeds(waiting):
        assert client.post(address, {"reason": "x"}).status_code == status
    assert states() == ["given up" if status == 302 else "waiting"]


@pytest.mark.parametrize(
    ("who", "status"), [("guest", 403), ("shifter", 302), ("shifter2", 302), ("leader", 302), ("admin_account", 302)]
)
def test_who_certifies_has_the_registry_asked(who, status, waiting, client_of, request):
    assert client_of(request.getfixturevalue(who)).post(ASK).status_code == status


def test_a_stranger_does_nothing(waiting, client_of):
    for address in (ASK, *deeds(waiting)):
        answer = client_of(None).post(address, {"reason": "x"})
        assert answer.status_code == 302
        assert "sign-in" in answer.url
    assert states() == ["waiting"]


def test_nothing_is_done_by_a_link(waiting, leader, client_of):
    for address in (ASK, *deeds(waiting)):
        assert client_of(leader).get(address).status_code == 405
    assert states() == ["waiting"]


def test_the_buttons_are_shown_to_whoever_may(waiting, shifter, leader, client_of):
    assert "Give up" in client_of(leader).get("/crosscheck/outbox").content.decode()
    assert "Give up" not in client_of(shifter).get("/crosscheck/outbox").content.decode()


def test_the_menu_leads_whoever_reviews_there(leader, shifter, client_of):
    assert 'href="/crosscheck/"' in client_of(leader).get("/certifications/").content.decode()
    assert 'href="/crosscheck/"' not in client_of(shifter).get("/certifications/").content.decode()
