"""An act is taken back by whoever did it or undoes the acts of others, and only with the right to do what it did."""

from __future__ import annotations

import pytest

from lumicert.accounts.models import User
from lumicert.accounts.roles import Role
from lumicert.decisions.kinds import all_kinds
from lumicert.decisions.rights import may_undo


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "shifter_may", "leader_may", "admin_may"),
    [
        ("component.status", False, True, True),
        ("policy.saved", False, True, True),
        ("certification.made", False, True, True),
        ("reference.promoted", False, True, True),
        ("checklist.saved", False, False, True),
        ("problem.defined", False, False, True),
    ],
)
def test_acts_of_others_are_undone_by_roles_that_could_have_done_them(
    shifter: User, leader: User, admin_account: User, kind: str, shifter_may: bool, leader_may: bool, admin_may: bool
) -> None:
    somebody = -1
    found = [may_undo(person, somebody, [kind]) for person in (shifter, leader, admin_account)]
    assert found == [shifter_may, leader_may, admin_may]


@pytest.mark.django_db
def test_who_lost_the_role_does_not_undo_an_own_act_any_more(shifter: User) -> None:
    assert may_undo(shifter, shifter.pk, ["certification.made", "component.status"])
    shifter.role = Role.GUEST
    assert not may_undo(shifter, shifter.pk, ["component.status"])


@pytest.mark.django_db
def test_one_event_that_needs_more_keeps_the_whole_act(leader: User) -> None:
    assert not may_undo(leader, leader.pk, ["component.status", "checklist.saved"])


@pytest.mark.django_db
def test_a_guest_takes_nothing_back(guest: User) -> None:
    assert not any(may_undo(guest, guest.pk, [kind.name]) for kind in all_kinds())
