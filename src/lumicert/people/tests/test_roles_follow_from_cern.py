"""S4: the role follows from `cern_roles` letter by letter, anew at each sign-in, and is taken away again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.accounts.roles import Role
from lumicert.decisions.models import Event
from lumicert.people.arrivals import arrive
from lumicert.people.mapping import GUEST, SHIPPED, Rule, standing
from lumicert.people.tests.travel import account_named

RANK = list(Role)
names = st.sampled_from([rule.cern_role for rule in SHIPPED]) | st.text(max_size=12)
workspaces = st.lists(st.sampled_from(["tracker", "dt", "csc", "*"]), min_size=1, max_size=3).map(tuple)
rules = st.builds(
    Rule,
    cern_role=st.sampled_from(["a", "b", "c", "d"]),
    role=st.sampled_from(["shifter", "leader", "expert", "admin"]),
    workspaces=workspaces,
)


@pytest.mark.parametrize("name", ["shift", "er", "", "adm", "leader", "s", "Shifter", "shifter ", "shifters"])
def test_s4_a_part_of_a_role_is_not_the_role(name):
    assert standing(SHIPPED, [name]) == GUEST


@pytest.mark.parametrize(
    "claim",
    [None, "", "admin", "shifter,admin", 50, True, {}, {"admin": True}, {"roles": ["admin"]}, [["admin"]], [None, 3]],
    ids=repr,
)
def test_s4_a_claim_that_is_missing_or_no_list_makes_a_guest(claim):
    assert standing(SHIPPED, claim) == GUEST


def test_what_is_no_name_in_a_list_does_not_spoil_the_rest():
    assert standing(SHIPPED, [None, 3, "shifter"]).role is Role.SHIFTER


@pytest.mark.parametrize(
    ("claim", "role"),
    [
        (["shifter"], Role.SHIFTER),
        (["default-role", "shiftleader"], Role.LEADER),
        (["shifter", "admin", "expert"], Role.ADMIN),
        (["expert", "shiftleader"], Role.EXPERT),
        (["cms-dqm-runregistry-offline-tracker-certifiers"], Role.SHIFTER),
    ],
)
def test_the_highest_role_counts(claim, role):
    assert standing(SHIPPED, claim).role is role


def test_the_workspaces_of_all_rules_that_fit_are_joined():
    mapping = [
        Rule(cern_role="dt-certifier", role="shifter", workspaces=("dt",)),
        Rule(cern_role="tracker-leader", role="leader", workspaces=("tracker",)),
    ]
    assert standing(mapping, ["dt-certifier"]).workspaces == ("dt",)
    assert standing(mapping, ["dt-certifier", "tracker-leader"]).workspaces == ("dt", "tracker")


@given(st.lists(rules, max_size=6), st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=5))
def test_a_standing_is_the_highest_of_the_rules_that_fit(mapping, claim):
    fitting = [rule for rule in mapping if rule.cern_role in claim]
    found = standing(mapping, claim)
    assert found.role == max((Role(rule.role) for rule in fitting), key=RANK.index, default=Role.GUEST)
    assert set(found.because) == {rule.cern_role for rule in fitting}
    for rule in fitting:
        assert all(name in found.workspaces or "*" in found.workspaces for name in rule.workspaces)


@given(st.lists(rules, max_size=6), st.lists(names, max_size=5), st.lists(names, max_size=5))
def test_more_cern_roles_never_make_a_lower_role(mapping, some, more):
    assert RANK.index(standing(mapping, some + more).role) >= RANK.index(standing(mapping, some).role)


def came(*roles: str, sub: str = "jdoe", **said: Any) -> Any:
    return arrive(sub=sub, said={"cern_upn": sub, "cern_roles": list(roles), **said})


@pytest.mark.django_db
def test_s4_a_role_that_cern_took_away_is_gone_at_the_next_sign_in():
    assert came("shiftleader").role == Role.LEADER
    assert came("shifter").role == Role.SHIFTER
    assert came().role == Role.GUEST
    assert account_named("jdoe").workspaces == []
    changes = Event.objects.filter(kind="account.role_changed").order_by("seq")
    assert [(event.payload["before"], event.payload["after"]) for event in changes] == [
        ("guest", "leader"),
        ("leader", "shifter"),
        ("shifter", "guest"),
    ]


@pytest.mark.django_db
def test_a_change_of_role_says_whose_from_what_to_what_and_because_of_which_claims():
    came("default-role", "shiftleader")
    event = Event.objects.get(kind="account.role_changed")
    assert event.actor_name == "CERN SSO"
    assert event.origin == "automatic"
    assert event.payload == {
        "account": "jdoe",
        "before": "guest",
        "after": "leader",
        "workspaces": ["*"],
        "claimed": ["default-role", "shiftleader"],
        "because": ["shiftleader"],
    }


@pytest.mark.django_db
def test_the_same_claims_again_write_nothing():
    came("shifter")
    count = Event.objects.count()
    came("shifter")
    assert Event.objects.count() == count


@pytest.mark.django_db
@pytest.mark.parametrize("claim", [None, "admin", {"admin": 1}], ids=repr)
def test_s4_whoever_had_a_role_is_a_guest_when_the_claim_is_odd(claim):
    came("admin")
    assert arrive(sub="jdoe", said={"cern_upn": "jdoe", "cern_roles": claim}).role == Role.GUEST


@pytest.mark.django_db
def test_two_people_are_told_apart_by_sub_and_not_by_name():
    first, second = came("admin", sub="1"), came(sub="2", cern_upn="1")
    assert first.pk != second.pk
    assert second.username == "1@cern"
    assert second.role == Role.GUEST


def test_a_session_that_is_open_has_the_new_role_at_its_next_request(traveller):
    traveller.sign_in("leader")
    assert "shift leader" in traveller.here.get("/account").content.decode()
    came(sub="leader")
    assert "You have no role here yet" in traveller.here.get("/account").content.decode()
    assert traveller.here.get("/account/tokens").status_code == 403
