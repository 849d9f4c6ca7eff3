"""A refused request: as a page for a person, as text for a fragment, as JSON for a program, and with the way out."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.testing import urlconf_of


@requires(Permission.READ)
def reading(request: HttpRequest) -> HttpResponse:
    return HttpResponse("read")


@requires(Permission.EDIT_POLICY)
def saving(request: HttpRequest) -> HttpResponse:
    return HttpResponse("saved")


@pytest.fixture(autouse=True)
def doors(settings):
    settings.ROOT_URLCONF = urlconf_of(path("read", reading), path("save", saving))


@pytest.mark.django_db
def test_nobody_is_sent_to_the_sign_in_page_and_back_again(client):
    assert client.get("/read?run=1&ls=2")["Location"] == "/sign-in?next=%2Fread%3Frun%3D1%26ls%3D2"


@pytest.mark.django_db
def test_after_a_form_the_way_back_is_the_page_that_held_it(client):
    response = client.post("/save", headers={"Referer": "http://testserver/read"})
    assert response["Location"] == "/sign-in?next=http%3A%2F%2Ftestserver%2Fread"
    assert client.post("/save", headers={"Referer": "http://evil.example/"})["Location"] == "/sign-in?next=%2F"


@pytest.mark.django_db
def test_a_fragment_is_refused_in_text_with_401(client):
    response = client.get("/read", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response["Content-Type"].startswith("text/plain")
    assert b"Sign in again" in response.content


@pytest.mark.django_db
def test_a_program_is_refused_in_json_with_401(client):
    response = client.get("/read", headers={"Accept": "application/json"})
    assert response.status_code == 401
    assert response.json()["error"] == "You are not signed in"


def test_a_shifter_who_may_not_is_told_the_permission_and_who_has_it(client_of, shifter):
    response = client_of(shifter).post("/save")
    page = response.content.decode()
    assert response.status_code == 403
    for words in ("permission edit_policy", "shift leader, expert or administrator", "Your role is shifter"):
        assert words in page


def test_a_guest_is_told_why_it_is_empty_and_how_to_get_a_role(client_of, guest):
    response = client_of(guest).get("/read")
    page = response.content.decode()
    assert response.status_code == 403
    for words in ("no role in certification", "permission read", "to give you the role shifter"):
        assert words in page


def test_a_refused_fragment_says_the_same_in_text(client_of, guest):
    response = client_of(guest).get("/read", headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert response["Content-Type"].startswith("text/plain")
    assert b"to give you the role shifter" in response.content


def test_a_program_gets_the_same_in_json(client_of, shifter):
    answer = client_of(shifter).get("/save", headers={"Accept": "application/json"}).json()
    assert answer["error"] == "You may not save policies and rules"
    assert "Your role is shifter" in answer["detail"]
