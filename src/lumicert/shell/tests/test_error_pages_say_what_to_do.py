"""Every error has a page in the product's look, a text for fragments, and says what happened and what to do."""

from __future__ import annotations

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.testing import urlconf_of
from lumicert.shell import views

RAISED = {
    "bad": BadRequest("LS 9999 is beyond the last lumisection of run 315257, 92."),
    "suspicious": SuspiciousOperation("the session was forged with key 42"),
    "denied": PermissionDenied("Event 12 is an act of shifter2; only its author may undo it."),
    "missing": Http404("Run 999999 is not registered."),
    "broken": ZeroDivisionError("secret detail"),
}


@requires(Permission.PUBLIC)
def raising(request: HttpRequest, what: str) -> HttpResponse:
    raise RAISED[what]


@requires(Permission.PUBLIC)
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("written")


@pytest.fixture(autouse=True)
def doors(settings):
    module = urlconf_of(path("raise/<what>", raising), path("form", form))
    module.handler400, module.handler403 = views.bad_request, views.permission_denied
    module.handler404, module.handler500 = views.page_not_found, views.server_error
    settings.ROOT_URLCONF = module
    settings.DEBUG = False


@pytest.fixture
def browser(db):
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("what", "status", "said"),
    [
        ("bad", 400, "LS 9999 is beyond the last lumisection of run 315257, 92."),
        ("denied", 403, "Event 12 is an act of shifter2; only its author may undo it."),
        ("missing", 404, "Run 999999 is not registered."),
    ],
)
def test_the_words_of_the_view_reach_the_person(browser, what, status, said):
    page = browser.get(f"/raise/{what}")
    assert page.status_code == status
    assert said in page.content.decode()
    assert "Lumicert" in page.content.decode()


def test_an_address_that_does_not_exist_is_named_without_naming_those_that_do(browser):
    page = browser.get("/nowhere")
    assert page.status_code == 404
    assert "No page has the address /nowhere" in page.content.decode()
    assert "form" not in page.content.decode().split("<main")[1].split("</main>")[0]


def test_a_suspicious_request_is_not_told_what_gave_it_away(browser):
    page = browser.get("/raise/suspicious")
    assert page.status_code == 400
    assert b"forged" not in page.content


def test_a_bug_is_owned_up_to_without_its_details(browser):
    page = browser.get("/raise/broken")
    assert page.status_code == 500
    assert "on our side" in page.content.decode()
    assert b"secret detail" not in page.content


def test_the_page_of_a_bug_needs_no_database_and_no_session(django_assert_num_queries, db):
    request = RequestFactory().get("/")
    with django_assert_num_queries(0):
        page = views.server_error(request).content.decode()
    assert 'data-theme="auto"' in page
    assert "on our side" in page


def test_a_form_of_another_session_is_refused_and_says_so(db):
    page = Client(enforce_csrf_checks=True).post("/form")
    assert page.status_code == 403
    assert "This form is out of date" in page.content.decode()


def test_a_conflict_says_who_was_faster():
    request = RequestFactory().post("/", headers={"HX-Request": "true"})
    answer = views.conflict(request, "shifter2 marked tracker-pixel BAD in LS 5–9 (event 13).")
    assert answer.status_code == 409
    assert answer.content.decode().startswith("shifter2 marked tracker-pixel BAD")


@pytest.mark.parametrize(("what", "status"), [("bad", 400), ("denied", 403), ("missing", 404), ("broken", 500)])
def test_a_fragment_gets_text_instead_of_a_whole_page(browser, what, status):
    answer = browser.get(f"/raise/{what}", headers={"HX-Request": "true"})
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/plain")
    assert "<" not in answer.content.decode()


def test_what_an_exception_says_cannot_become_markup(browser, monkeypatch):
    monkeypatch.setitem(RAISED, "missing", Http404("No run is called <script>alert(1)</script>."))
    assert b"<script>alert" not in browser.get("/raise/missing").content
