"""Every operation x everybody: a role, a token with the scope or without, a token that is no good any more, nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lumicert.accounts.permissions import declared_views
from lumicert.accounts.roles import ROLES_WITH, Permission
from lumicert.accounts.testing import browser_of, sample_address
from lumicert.api.gate import scope_of
from lumicert.api.tests.world import API, a_program, post, sent
from lumicert.certification.tests.world import a_run, certify
from lumicert.people.models import Token
from lumicert.people.services import revoke_token
from lumicert.people.tokens import OPENS, Scope

pytestmark = pytest.mark.django_db

RUN = 315257
PROBLEM = "application/problem+json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def operations():
    """(method, address, permission) of every operation."""
    return [
        (method, sample_address(view), rule.permission)
        for view in declared_views()
        for method, rule in getattr(view.view, "api_rules", {}).items()
    ]


CLOSED = [each for each in operations() if each[2] is not Permission.PUBLIC]


def ask(client, method, address):
    return client.generic(method, address, "{}", content_type="application/json")


def is_let_in(answer):
    return answer.status_code not in (401, 403)


def test_the_table_of_operations_is_this_one():
    found = {(method, address.removeprefix(API), str(permission)) for method, address, permission in operations()}
    assert found == {
        ("GET", "/certify/allRunsRefRuns/", "read"),
        ("GET", "/mldatasets/allRunsRefRuns/", "read"),
        ("GET", "/openapi.json", "public"),
        ("GET", "/certifications", "read"),
        ("GET", "/certifications/1/1", "read"),
        ("GET", "/certifications/1/1/history", "read"),
        ("GET", "/withdrawals", "read"),
        ("GET", "/workspaces", "read"),
        ("GET", "/references", "read"),
        ("GET", "/problems", "read"),
        ("GET", "/reasons", "read"),
        ("GET", "/checklists", "read"),
        ("GET", "/checklists/1/1", "read"),
        ("GET", "/queue", "read"),
        ("POST", "/certifications", "certify"),
        ("POST", "/certifications/1/1/withdrawal", "certify"),
        ("POST", "/certifications/1/1/restoration", "certify"),
        ("POST", "/certifications/1/1/review", "review"),
        ("POST", "/references/1/1/promotion", "references"),
        ("POST", "/references/1/1/demotion", "references"),
        ("PUT", "/queue/1/1/claim", "certify"),
        ("DELETE", "/queue/1/1/claim", "certify"),
    }


def test_every_view_of_the_api_has_rules_or_answers_nothing():
    for view in declared_views():
        if view.route.startswith("/api/") and not hasattr(view.view, "api_rules"):
            assert Client().post(sample_address(view)).status_code == 404


@pytest.mark.parametrize("name", ["guest", "shifter", "leader", "admin_account"])
def test_a_session_does_what_its_role_may(name, request):
    account = request.getfixturevalue(name)
    wrong = [
        (method, address)
        for method, address, permission in CLOSED
        if is_let_in(ask(browser_of(account), method, address)) != (account.role in ROLES_WITH[permission])
    ]
    assert wrong == []


def test_nobody_is_asked_to_show_a_token(db):
    for method, address, _ in CLOSED:
        answer = ask(Client(), method, address)
        assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM), (method, address)
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("name", ["guest", "shifter", "leader"])
def test_a_token_does_what_its_scope_opens_and_its_owner_may(name, scope, request):
    account = request.getfixturevalue(name)
    program = a_program(account, scope)
    wrong = [
        (method, address)
        for method, address, permission in CLOSED
        if is_let_in(ask(program, method, address))
        != (permission in OPENS[scope] and account.role in ROLES_WITH[permission])
    ]
    assert wrong == []


def test_a_token_without_the_scope_is_told_which_one_it_lacks(shifter):
    answer = post(a_program(shifter, Scope.READ), "/certifications", {})
    assert answer.status_code == 403
    assert 'scope="certify"' in answer["WWW-Authenticate"]
    assert "lacks the scope 'certify'" in answer.json()["detail"]


@pytest.mark.parametrize("fault", ["expired", "revoked", "of an account that was switched off", "mistyped"])
def test_a_token_that_is_no_good_opens_nothing_even_beside_a_session(fault, shifter):
    program = a_program(shifter)
    assert program.get(f"{API}/certifications").status_code == 200
    token = Token.objects.get()
    if fault == "expired":
        Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif fault == "revoked":
        revoke_token(token=token, actor=shifter)
    elif fault == "mistyped":
        program.defaults["HTTP_AUTHORIZATION"] = "Bearer lct_mistyped"
    program.force_login(shifter)
    if fault.startswith("of an account"):
        shifter.is_active = False
        shifter.save()
    for method, address, _ in CLOSED:
        answer = ask(program, method, address)
        assert answer.status_code == 401, (method, address)
        assert 'error="invalid_token"' in answer["WWW-Authenticate"]


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Basic c2hpZnRlcjp4", "Bearer lct_\N{LATIN SMALL LETTER E WITH ACUTE}"]
)
def test_a_header_that_is_no_token_is_refused(shown, db):
    answer = Client(headers={"authorization": shown}).get(f"{API}/certifications")
    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)


def test_a_method_that_an_address_does_not_take_is_named_with_those_that_it_does(leader):
    program = a_program(leader)
    for view in declared_views():
        rules = getattr(view.view, "api_rules", {})
        for method in set(METHODS) - {*rules, *(["HEAD"] if "GET" in rules else [])} if rules else ():
            answer = ask(program, method, sample_address(view))
            assert answer.status_code == 405, (method, view.route)
            assert answer["Allow"] == ", ".join(sorted(rules))


def test_a_session_writes_only_with_the_token_of_its_page(shifter):
    a_run(RUN, by=shifter)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(shifter)
    body = sent(RUN)
    refused = post(browser, "/certifications", body)
    assert (refused.status_code, refused["Content-Type"]) == (403, PROBLEM)
    assert "X-CSRFToken" in refused.json()["detail"]
    browser.cookies["csrftoken"] = "a" * 32
    taken = browser.post(
        f"{API}/certifications", body, content_type="application/json", headers={"x-csrftoken": "a" * 32}
    )
    assert taken.status_code == 201


def test_a_leaders_token_for_certifying_does_not_change_what_others_certified(shifter, leader):
    a_run(RUN, by=shifter)
    certify(RUN, by=shifter)
    changed = sent(RUN, comment="looked again", reason="looked again")
    narrow, wide = a_program(leader, Scope.READ, Scope.CERTIFY), a_program(leader)
    refused = post(narrow, "/certifications", changed)
    assert refused.status_code == 403
    assert "scope 'review'" in refused.json()["detail"]
    withdrawal = {"reason": "wrong run", "expected": changed["expected"]}
    assert post(narrow, f"/certifications/{RUN}/express/withdrawal", withdrawal).status_code == 403
    assert post(wide, "/certifications", {**changed, "expected": changed["expected"] + 2}).status_code == 201


def test_every_permission_of_an_operation_has_a_scope():
    assert {scope_of(permission) for _, _, permission in CLOSED} == set(Scope)


def test_a_token_that_asks_too_often_is_told_when_to_go_on(shifter, settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"api_rate": 3})
    program, other = a_program(shifter), a_program(shifter)
    statuses = [program.get(f"{API}/workspaces").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = program.get(f"{API}/workspaces")
    assert refused["Content-Type"] == PROBLEM
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert other.get(f"{API}/workspaces").status_code == 200
