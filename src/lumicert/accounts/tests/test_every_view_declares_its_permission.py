"""Every address x method x role: the table of roles decides who is let in, and an undeclared view lets nobody in."""

from __future__ import annotations

import pytest
from django.core.checks import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.urls import include, path, register_converter
from django.views.generic import TemplateView

from lumicert.accounts.checks import every_view_declares_its_permission
from lumicert.accounts.permissions import Permission, declared_views, requires, undeclared_views
from lumicert.accounts.roles import ROLES_WITH
from lumicert.accounts.services import DEMO_ACCOUNTS, ensure_demo_accounts
from lumicert.accounts.testing import browser_of, sample_address, urlconf_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VISITORS = (None, *DEMO_ACCOUNTS)


def forgotten(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse("nobody was asked")


@requires(Permission.DECIDE)
class Declared(TemplateView):
    template_name = "refusal.html"


@pytest.fixture
def accounts(db):
    return {account.username: account for account in ensure_demo_accounts()}


def is_let_in(response: HttpResponseBase) -> bool:
    to_sign_in = response.status_code == 302 and response["Location"].startswith("/sign-in?next=")
    return response.status_code not in {401, 403} and not to_sign_in


def should_be_let_in(permission: Permission, visitor: str | None) -> bool:
    if visitor is None:
        return permission is Permission.PUBLIC
    return DEMO_ACCOUNTS[visitor].role in ROLES_WITH[permission]


def test_no_view_of_the_product_is_undeclared():
    assert undeclared_views() == []


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_address_and_method_lets_in_exactly_the_roles_of_its_permission(accounts, visitor):
    views = declared_views()
    assert len(views) > 3
    wrong = []
    for view in views:
        address = sample_address(view)
        for method in METHODS:
            # signing out is one of the addresses, so each request has a browser of its own
            response = browser_of(accounts.get(visitor)).generic(method, address)
            if is_let_in(response) != should_be_let_in(view.permission, visitor):
                wrong.append(f"{method} {address} as {visitor or 'nobody'}: {response.status_code}")
    assert wrong == []


def test_an_undeclared_view_is_reported_by_its_address_and_name():
    module = urlconf_of(path("deep/", include([path("<int:number>", forgotten)])))
    assert undeclared_views(module) == [f"/deep/<int:number> ({__name__}.forgotten)"]


def test_the_start_up_check_fails_on_an_undeclared_view():
    with override_settings(ROOT_URLCONF=urlconf_of(path("forgotten/<int:number>", forgotten))):
        found = every_view_declares_its_permission()
    assert [type(message) for message in found] == [Error]
    assert "/forgotten/<int:number>" in found[0].msg


def test_the_start_up_check_passes_when_all_views_are_declared():
    with override_settings(ROOT_URLCONF=urlconf_of(path("declared", Declared.as_view()))):
        assert every_view_declares_its_permission() == []


@pytest.mark.parametrize("visitor", VISITORS)
def test_an_undeclared_view_lets_nobody_in_not_even_the_administrator(accounts, visitor):
    with override_settings(ROOT_URLCONF=urlconf_of(path("forgotten/<int:number>", forgotten))):
        response = browser_of(accounts.get(visitor)).get("/forgotten/1")
    assert response.status_code == 403
    assert b"nobody was asked" not in response.content


@pytest.mark.parametrize("visitor", VISITORS)
def test_a_class_based_view_is_guarded_like_a_function(accounts, visitor):
    with override_settings(ROOT_URLCONF=urlconf_of(path("declared", Declared.as_view()))):
        response = browser_of(accounts.get(visitor)).get("/declared")
    assert is_let_in(response) == should_be_let_in(Permission.DECIDE, visitor)


@pytest.mark.django_db
def test_a_public_view_is_let_in_without_a_look_at_the_database(client, django_assert_num_queries):
    is_alive = requires(Permission.PUBLIC)(lambda request: HttpResponse("ok"))
    with override_settings(ROOT_URLCONF=urlconf_of(path("alive", is_alive))), django_assert_num_queries(0):
        assert client.get("/alive").status_code == 200


def test_a_view_cannot_declare_two_permissions():
    with pytest.raises(ValueError, match="already requires decide"):
        requires(Permission.READ)(Declared)


def test_an_address_pattern_that_no_sample_fits_is_named_and_not_skipped():
    class Run:
        regex = "run[0-9]+"
        to_python = to_url = str

    register_converter(Run, "testrun")
    module = urlconf_of(path("forgotten/<testrun:number>", forgotten))
    with pytest.raises(LookupError, match="<number>"):
        sample_address(declared_views(module)[0])
