"""Whoever certifies may look at the lists and checklists; only an administrator changes them."""

from __future__ import annotations

import pytest

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.decisions.models import Event

pytestmark = pytest.mark.django_db

READ = ["/manage/", "/manage/problems/", "/manage/reasons/", "/manage/checklists/", "/manage/checklists/pixel/"]
EDIT = ["/manage/checklists/new", "/manage/checklists/pixel/edit"]
SAVE = ["/manage/problems/save", "/manage/reasons/save"]


@pytest.mark.parametrize("address", [*READ, *EDIT, *SAVE])
def test_a_guest_is_refused_and_told_why(address: str, guest: User, client_of: ClientOf) -> None:
    answer = client_of(guest).get(address)
    assert answer.status_code == 403
    assert "role" in answer.content.decode()


@pytest.mark.parametrize("address", [*READ, *EDIT])
def test_nobody_is_sent_to_the_sign_in(address: str, client_of: ClientOf) -> None:
    assert client_of(None).get(address).status_code == 302


@pytest.mark.parametrize("address", READ)
def test_who_certifies_reads_and_is_offered_no_button(
    address: str, shifter: User, leader: User, client_of: ClientOf
) -> None:
    for account in (shifter, leader):
        answer = client_of(account).get(address)
        assert answer.status_code == 200
        assert not any(word in answer.content.decode() for word in ("Retire ", ">Edit<", "New checklist", ">Add<"))


@pytest.mark.parametrize("address", [*EDIT, *SAVE])
def test_who_certifies_changes_nothing(address: str, shifter: User, leader: User, client_of: ClientOf) -> None:
    for account in (shifter, leader):
        assert client_of(account).post(address, {"name": "x", "component": "tracker-pixel"}).status_code == 403
    assert not Event.objects.exists()


@pytest.mark.parametrize("address", [*READ, *EDIT])
def test_an_administrator_opens_all(address: str, admin_account: User, client_of: ClientOf) -> None:
    assert client_of(admin_account).get(address).status_code == 200


def test_the_menu_leads_there(shifter: User, client_of: ClientOf) -> None:
    assert '<a href="/manage/" aria-current="page">Manage</a>' in client_of(shifter).get("/manage/").content.decode()
