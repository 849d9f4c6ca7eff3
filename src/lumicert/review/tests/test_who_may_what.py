"""Each page and each act against each role: closed to guests and strangers, leaders' acts closed to shifters."""

from __future__ import annotations

import pytest

from lumicert.decisions.selectors import current_seq
from lumicert.review.tests.world import PAGE, RUN, certify, promote, register

pytestmark = pytest.mark.django_db

PAGES = (
    "/certifications/", "/certifications/?format=csv", "/certifications/?format=json", "/certifications/news",
    "/certifications/withdrawn/", PAGE, "/references/", f"/references/{RUN}/express/", "/coverage/", "/coverage/check",
)  # fmt: skip
LEADERS_PAGES = ("/review/", f"/review/{RUN}/express/")
ACTS = tuple(f"{PAGE}{deed}" for deed in ("withdraw", "restore", "hand-over"))
LEADERS_ACTS = (
    f"{PAGE}review", f"{PAGE}promote", "/review/", f"/review/{RUN}/express/", "/references/promote",
    f"/references/{RUN}/express/edit", f"/references/{RUN}/express/demote",
)  # fmt: skip
PERSONAL = ("/certifications/news/seen", "/certifications/views/save")


@pytest.fixture(autouse=True)
def certified(shifter, leader):
    register()
    certify(shifter)
    promote(leader)


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("who", ["shifter", "shifter2", "leader", "admin_account"])
def test_who_certifies_sees_the_pages(address, who, client_of, request):
    assert client_of(request.getfixturevalue(who)).get(address).status_code == 200


@pytest.mark.parametrize("address", LEADERS_PAGES)
@pytest.mark.parametrize(
    ("who", "status"), [("shifter", 403), ("shifter2", 403), ("leader", 200), ("admin_account", 200)]
)
def test_who_reviews_sees_the_desk(address, who, status, client_of, request):
    assert client_of(request.getfixturevalue(who)).get(address).status_code == status


@pytest.mark.parametrize("address", [*PAGES, *LEADERS_PAGES])
def test_a_guest_is_told_why_there_is_nothing_and_a_stranger_is_led_to_the_sign_in_page(address, guest, client_of):
    response = client_of(guest).get(address)
    assert response.status_code == 403
    assert "Your account has no role yet" in response.content.decode()
    assert client_of(None).get(address).status_code == 302


@pytest.mark.parametrize("address", [*ACTS, *LEADERS_ACTS, *PERSONAL])
def test_neither_guest_nor_stranger_writes(address, guest, client_of):
    before = current_seq()
    assert client_of(guest).post(address, {"reason": "x"}).status_code == 403
    assert client_of(None).post(address, {"reason": "x"}).status_code == 302
    assert current_seq() == before


@pytest.mark.parametrize("address", LEADERS_ACTS)
@pytest.mark.parametrize("who", ["shifter", "shifter2"])
def test_a_shifter_does_no_leaders_act(address, who, client_of, request):
    before = current_seq()
    sent = {"outcome": "approved", "reason": "x", "run": RUN, "reconstruction": "express", "expected": before}
    assert client_of(request.getfixturevalue(who)).post(address, sent).status_code == 403
    assert current_seq() == before


@pytest.mark.parametrize("address", [*ACTS, *LEADERS_ACTS[:2], *LEADERS_ACTS[4:], *PERSONAL])
def test_an_act_is_never_a_link(address, leader, client_of):
    before = current_seq()
    assert client_of(leader).get(address).status_code in (404, 405)
    assert current_seq() == before


def test_the_menu_shows_the_desk_to_whoever_reviews(shifter, leader, client_of):
    assert 'href="/review/"' in client_of(leader).get("/certifications/").content.decode()
    assert 'href="/review/"' not in client_of(shifter).get("/certifications/").content.decode()
