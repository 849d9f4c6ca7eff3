"""The role mapping as a versioned document: whom a change would change, saving, two who save, putting one back."""

from __future__ import annotations

from uuid import uuid4

import pytest

from lumicert.accounts.models import User
from lumicert.accounts.roles import Role
from lumicert.decisions.models import Event
from lumicert.decisions.projections import check
from lumicert.decisions.services import ActRefused, Conflict, undo
from lumicert.people import selectors, services
from lumicert.people.arrivals import arrive
from lumicert.people.mapping import SHIPPED, Rule

DT = Rule(cern_role="dt-certifier", role=Role.SHIFTER, workspaces=("dt",))
ADMIN = Rule(cern_role="admin", role=Role.ADMIN)


@pytest.fixture
def jdoe(db):
    return arrive(sub="jdoe", said={"cern_upn": "jdoe", "cern_roles": ["shifter", "dt-certifier"]})


def role_of(username: str) -> tuple[str, list[str]]:
    user = User.objects.get(username=username)
    return user.role, user.workspaces


def typed(*rules: Rule, do: str = "save", expected: int = 1, comment: str = "why", **more: str) -> dict[str, str]:
    """What the page's form sends."""
    form = {"do": do, "expected": str(expected), "comment": comment, "act": str(uuid4())}
    form |= {"form-TOTAL_FORMS": str(len(rules) + 2), "form-INITIAL_FORMS": str(len(rules))}
    # the lines for new rules come back as they went
    for place in (len(rules), len(rules) + 1):
        form |= {f"form-{place}-cern_role": "", f"form-{place}-role": "shifter", f"form-{place}-workspaces": "*"}
    for place, rule in enumerate(rules):
        form |= {f"form-{place}-cern_role": rule.cern_role, f"form-{place}-role": rule.role.value}
        form |= {f"form-{place}-workspaces": " ".join(rule.workspaces)}
    return form | more


def test_the_page_shows_what_is_in_force(client_of, admin_account):
    page = client_of(admin_account).get("/people/roles").content.decode()
    assert "v1 in force" in page
    assert all(f'value="{rule.cern_role}"' in page for rule in SHIPPED)


def test_a_look_at_who_would_change_writes_nothing(client_of, admin_account, jdoe):
    count = Event.objects.count()
    page = client_of(admin_account).post("/people/roles", typed(DT, do="try", comment="")).content.decode()
    assert "jdoe" in page.split("Who would change")[1].split("</section>")[0]
    assert "in dt" in page
    assert Event.objects.count() == count
    assert role_of("jdoe") == ("shifter", ["*"])


def test_saving_changes_those_who_have_signed_in_in_the_same_act(client_of, admin_account, jdoe):
    answer = client_of(admin_account).post("/people/roles", typed(DT, ADMIN), follow=True)
    assert "Role mapping v2 is in force" in answer.content.decode()
    assert "it changed 1 account" in answer.content.decode()
    assert role_of("jdoe") == ("shifter", ["dt"])
    mapped, changed = Event.objects.order_by("seq")[2:]
    assert mapped.act == changed.act
    assert (mapped.kind, changed.kind) == ("roles.mapped", "account.role_changed")
    assert changed.payload["because"] == ["dt-certifier"]
    assert selectors.current_mapping().rules == (DT, ADMIN)
    assert all(found.same for found in check())


def test_a_role_that_left_the_mapping_is_gone_at_once(admin_account, jdoe):
    services.save_mapping(rules=[ADMIN], comment="x", actor=admin_account, expected=1)
    assert role_of("jdoe") == ("guest", [])


def test_the_change_is_undone_by_putting_the_version_before_in_force_again(client_of, admin_account, jdoe):
    page = client_of(admin_account)
    page.post("/people/roles", typed(DT))
    answer = page.post("/people/roles/1/restore", follow=True)
    assert "Role mapping v3 is in force" in answer.content.decode()
    assert role_of("jdoe") == ("shifter", ["*"])
    assert selectors.current_mapping().rules == SHIPPED


def test_s4_nobody_undoes_a_mapping_past_the_administrators(admin_account, leader, jdoe):
    _, act = services.save_mapping(rules=[DT], comment="x", actor=admin_account, expected=1)
    with pytest.raises(ActRefused, match="an administrator changes it back"):
        undo(act=act.id, actor=leader)
    assert selectors.current_mapping().version == 2


def test_of_two_who_save_the_second_sees_what_came_in_between(client_of, admin_account, jdoe):
    page = client_of(admin_account)
    page.post("/people/roles", typed(DT))
    answer = page.post("/people/roles", typed(ADMIN))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "only in v2: <code>dt-certifier</code>" in text
    assert "only in yours: <code>admin</code>" in text
    assert 'name="expected" value="2"' in text
    assert selectors.current_mapping().rules == (DT,)
    assert page.post("/people/roles", typed(ADMIN, expected=2)).status_code == 302


def test_a_second_click_saves_once(admin_account, jdoe):
    act = uuid4()
    first = services.save_mapping(rules=[DT], comment="x", actor=admin_account, expected=1, act=act)
    second = services.save_mapping(rules=[DT], comment="x", actor=admin_account, expected=1, act=act)
    assert first[0].version == second[0].version == 2
    assert second[1].repeated
    with pytest.raises(ActRefused, match="in the log already"):
        services.save_mapping(rules=[ADMIN], comment="x", actor=admin_account, expected=1, act=act)


def test_a_version_that_never_was_is_refused(admin_account):
    with pytest.raises(ActRefused, match="never had a version 9"):
        services.save_mapping(rules=[DT], comment="x", actor=admin_account, expected=9)
    services.save_mapping(rules=[DT], comment="x", actor=admin_account, expected=1)
    with pytest.raises(Conflict):
        services.save_mapping(rules=[ADMIN], comment="x", actor=admin_account, expected=1)


def test_a_mapping_that_says_the_same_is_not_saved(client_of, admin_account):
    answer = client_of(admin_account).post("/people/roles", typed(*SHIPPED), follow=True)
    assert "says the same already" in answer.content.decode()
    assert not Event.objects.exists()


def test_a_mapping_that_would_leave_no_administrator_is_refused(client_of, db):
    chief = arrive(sub="chief", said={"cern_upn": "chief", "cern_roles": ["admin"]})
    answer = client_of(chief).post("/people/roles", typed(DT))
    assert answer.status_code == 409
    assert "No administrator would be left" in answer.content.decode()
    assert 'value="dt-certifier"' in answer.content.decode()
    assert role_of("chief") == ("admin", ["*"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"form-1-cern_role": "dt-certifier"}, "stands twice"),
        ({"form-0-cern_role": "<script>"}, "is not the name of a role"),
        ({"form-0-workspaces": "No Such!"}, "is no workspace"),
        ({"form-0-role": "guest"}, "not one of the available choices"),
        ({"comment": ""}, "Say what is new"),
        ({"act": "x"}, "load the page again"),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_nothing_is_lost(client_of, admin_account, change, words):
    answer = client_of(admin_account).post("/people/roles", typed(DT, ADMIN) | change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "<script>" not in page.split("</head>")[1]
    assert 'value="admin"' in page or 'value="dt-certifier"' in page
    assert not Event.objects.exists()


def test_an_empty_line_and_a_removed_one_are_no_rules(client_of, admin_account):
    form = typed(DT, ADMIN, DT) | {"form-1-remove": "on", "form-2-cern_role": ""}
    client_of(admin_account).post("/people/roles", form)
    assert selectors.current_mapping().rules == (DT,)


def test_a_version_that_does_not_exist_cannot_be_put_back(client_of, admin_account):
    assert client_of(admin_account).post("/people/roles/7/restore").status_code == 404
