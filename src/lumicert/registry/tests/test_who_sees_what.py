"""Each page and each role: certifiers are let in, a guest is told why not, a stranger is asked to sign in."""

from __future__ import annotations

import pytest

from lumicert.registry.tests.world import MARK, RUN, form, register, say

pytestmark = pytest.mark.django_db

PAGES = (
    "/runs/", f"/runs/{RUN}", "/runs/new", f"/runs/{RUN}/values/energy", "/fills/", "/fills/6615",
    "/fills/6615/values/energy", "/events/", "/lists/", "/import/", "/search?q=x",
)  # fmt: skip


# what is typed there does not matter: nobody looks at it
DOORS = tuple(
    (address, {})
    for address in (
        "/runs/new", f"/runs/{RUN}/values/energy", "/fills/6615/values/energy", "/runs/views/save",
        "/runs/views/1/rename", "/runs/views/1/remove",
    )
)  # fmt: skip


@pytest.fixture(autouse=True)
def run(db):
    register(fill_number=6615)


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("who", ["shifter", "shifter2", "leader", "admin_account"])
def test_who_certifies_sees_every_page(address, who, client_of, request):
    assert client_of(request.getfixturevalue(who)).get(address).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_a_guest_is_told_why_there_is_nothing_to_see(address, guest, client_of):
    response = client_of(guest).get(address)
    assert response.status_code == 403
    assert "Your account has no role yet" in response.content.decode()


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_led_to_the_sign_in_page(address, client_of):
    response = client_of(None).get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in?next=")


def test_neither_guest_nor_stranger_can_write(guest, shifter, client_of):
    act = say("BAD", ((5, 9),), by=shifter)
    for address, typed in ((MARK, form()), (f"/events/act/{act.id}/undo", {}), ("/import/", {"kind": "list"}), *DOORS):
        assert client_of(guest).post(address, typed).status_code == 403
        assert client_of(None).post(address, typed).status_code == 302
