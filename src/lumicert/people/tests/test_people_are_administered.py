"""The pages of accounts: who may open them (S2, S4), and what an administrator may and may not do there."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user

from lumicert.accounts.models import User
from lumicert.accounts.roles import Role
from lumicert.decisions.models import Event
from lumicert.decisions.services import ActRefused, undo
from lumicert.people import services
from lumicert.people.arrivals import arrive

ADMIN_PAGES = [
    ("get", "/people"),
    ("get", "/people/{pk}"),
    ("post", "/people/{pk}/role"),
    ("post", "/people/{pk}/switch"),
    ("get", "/people/roles"),
    ("post", "/people/roles"),
    ("post", "/people/roles/1/restore"),
]


@pytest.fixture
def cast(shifter, shifter2, leader, admin_account, guest):
    return {user.username: user for user in (shifter, shifter2, leader, admin_account, guest)}


@pytest.mark.parametrize("who", ["guest", "shifter", "leader"])
@pytest.mark.parametrize(("method", "address"), ADMIN_PAGES)
def test_s2_s4_nobody_but_an_administrator_opens_a_page_of_people(cast, client_of, who, method, address):
    before = list(User.objects.order_by("pk").values("role", "is_active"))
    target = address.format(pk=cast[who].pk)
    answer = getattr(client_of(cast[who]), method)(target, {"role": "admin", "workspaces": "*", "active": "no"})
    assert answer.status_code == 403
    assert list(User.objects.order_by("pk").values("role", "is_active")) == before


@pytest.mark.parametrize(("who", "status"), [("guest", 403), ("shifter", 200), ("leader", 200), ("admin", 200)])
def test_s2_a_guest_has_no_tokens_page(cast, client_of, who, status):
    assert client_of(cast[who]).get("/account/tokens").status_code == status
    assert client_of(cast[who]).get("/account").status_code == 200


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_nothing_changes_by_a_link(cast, client_of, method):
    page = client_of(cast["admin"])
    for address in ("role", "switch"):
        assert getattr(page, method)(f"/people/{cast['shifter'].pk}/{address}").status_code == 405
    assert getattr(page, method)("/people/roles/1/restore").status_code == 405


def test_an_expert_may_what_a_leader_may(cast, client_of):
    User.objects.filter(pk=cast["leader"].pk).update(role=Role.EXPERT)
    assert client_of(cast["leader"]).get("/account").status_code == 200
    assert client_of(cast["leader"]).get("/people").status_code == 403


def test_the_table_shows_everybody_in_few_queries(cast, client_of, django_assert_max_num_queries):
    arrive(sub="jdoe", said={"cern_upn": "jdoe", "given_name": "Jane", "cern_roles": ["expert"]})
    browser = client_of(cast["admin"])
    with django_assert_max_num_queries(8):
        page = browser.get("/people").content.decode()
    for words in (*cast, "jdoe", "Jane", "expert", "CERN", "local", "never"):
        assert words in page


def test_a_local_account_is_given_a_role_and_it_is_in_the_log(cast, client_of):
    target = f"/people/{cast['guest'].pk}"
    answer = client_of(cast["admin"]).post(f"{target}/role", {"role": "leader", "workspaces": "dt, tracker"})
    assert answer.status_code == 302
    user = User.objects.get(username="guest")
    assert (user.role, user.workspaces) == (Role.LEADER, ["dt", "tracker"])
    assert user.works_in("dt")
    assert not user.works_in("csc")
    event = Event.objects.get(kind="account.role_changed")
    assert event.actor == cast["admin"]
    assert (event.payload["before"], event.payload["after"]) == ("guest", "leader")
    assert "guest is shift leader in dt, tracker, was guest" in client_of(cast["admin"]).get(target).content.decode()


def test_a_guest_is_given_no_workspace(cast, admin_account):
    services.set_role(user=cast["shifter"], role=Role.GUEST, workspaces=["tracker"], actor=admin_account)
    assert User.objects.get(username="shifter").workspaces == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"role": "leader", "workspaces": "Tracker!"}, "is no workspace"),
        ({"role": "leader", "workspaces": ""}, "write its name"),
        ({"role": "emperor", "workspaces": "*"}, "not one of the available choices"),
    ],
)
def test_a_role_that_cannot_be_is_refused_with_what_was_typed(cast, client_of, typed, words):
    answer = client_of(cast["admin"]).post(f"/people/{cast['shifter'].pk}/role", typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert f'value="{typed["workspaces"]}"' in page
    assert not Event.objects.exists()


def test_s4_the_role_of_a_cern_account_cannot_be_typed(cast, client_of):
    user = arrive(sub="jdoe", said={"cern_upn": "jdoe", "cern_roles": ["shifter"]})
    page = client_of(cast["admin"])
    answer = page.post(f"/people/{user.pk}/role", {"role": "admin", "workspaces": "*"})
    assert answer.status_code == 409
    assert "comes from CERN" in answer.content.decode()
    assert User.objects.get(pk=user.pk).role == Role.SHIFTER
    assert f"/people/{user.pk}/role" not in page.get(f"/people/{user.pk}").content.decode()


def test_an_account_that_is_switched_off_is_out_at_its_next_request(cast, client_of):
    theirs = client_of(cast["shifter"])
    client_of(cast["admin"]).post(f"/people/{cast['shifter'].pk}/switch", {"active": "no"})
    assert get_user(theirs).is_anonymous
    client_of(cast["admin"]).post(f"/people/{cast['shifter'].pk}/switch", {"active": "yes"})
    assert [event.payload["active"] for event in Event.objects.order_by("seq")] == [False, True]


def test_nobody_switches_themselves_off(cast, client_of):
    answer = client_of(cast["admin"]).post(f"/people/{cast['admin'].pk}/switch", {"active": "no"})
    assert answer.status_code == 409
    assert "your own account" in answer.content.decode()
    assert User.objects.get(username="admin").is_active


def test_the_last_administrator_stays_one(cast, client_of):
    page = client_of(cast["admin"])
    answer = page.post(f"/people/{cast['admin'].pk}/role", {"role": "shifter", "workspaces": "*"})
    assert answer.status_code == 409
    assert "No administrator would be left" in answer.content.decode()
    assert User.objects.get(username="admin").role == Role.ADMIN
    assert not Event.objects.exists()


def test_s4_undoing_acts_of_others_hands_out_no_roles(cast, admin_account, leader):
    act = services.set_role(user=leader, role=Role.SHIFTER, workspaces=["*"], actor=admin_account)
    with pytest.raises(ActRefused, match="not undone here"):
        undo(act=act.id, actor=leader)
    assert User.objects.get(username="leader").role == Role.SHIFTER


def test_what_happened_to_an_account_is_found_by_an_index(cast, db):
    from django.db import connection

    query = """EXPLAIN SELECT * FROM decisions_event WHERE payload ? 'account' AND payload->'account' = '"x"'::jsonb
        ORDER BY seq DESC LIMIT 200"""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(query)
        assert "people_event_of_account" in "\n".join(line for (line,) in cursor.fetchall())


def test_somebody_who_does_not_exist_is_not_found(cast, client_of):
    assert client_of(cast["admin"]).get("/people/999999").status_code == 404
