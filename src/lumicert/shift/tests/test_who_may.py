"""Each page and each deed, and each of the cast: certifiers are let in, a guest is told why not."""

from __future__ import annotations

import pytest

from lumicert.certification.models import Certification, Claim, Draft
from lumicert.shift.tests.world import FORM, collisions, cosmics, sent

pytestmark = pytest.mark.django_db

PAGES = ("/queue/", FORM, "/certify/bulk?pick=321200+express")
DEEDS = (FORM, f"{FORM}draft", f"{FORM}discard", f"{FORM}claim", f"{FORM}seen", f"{FORM}release", "/certify/bulk")


@pytest.fixture(autouse=True)
def runs(db):
    collisions()
    cosmics(321200)


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("who", ["shifter", "shifter2", "leader"])
def test_who_certifies_sees_every_page(address, who, client_of, request):
    assert client_of(request.getfixturevalue(who)).get(address).status_code == 200


@pytest.mark.parametrize("address", [*PAGES, "/queue/next"])
def test_a_guest_is_told_why_there_is_nothing_to_see(address, guest, client_of):
    response = client_of(guest).get(address)
    assert response.status_code == 403
    assert "Your account has no role yet" in response.content.decode()


@pytest.mark.parametrize("address", DEEDS)
def test_neither_guest_nor_stranger_can_do_anything(address, guest, client_of):
    assert client_of(guest).post(address, sent()).status_code == 403
    assert client_of(None).post(address, sent()).status_code == 302
    assert not any(model.objects.exists() for model in (Certification, Claim, Draft))


@pytest.mark.parametrize("address", [each for each in DEEDS if each not in {FORM, "/certify/bulk"}])
def test_nothing_is_done_by_a_link(address, shifter, client_of):
    assert client_of(shifter).get(address).status_code == 405
