"""Saved views: filters, order and columns under a name; one's own to change, anybody's to open by its link."""

from __future__ import annotations

import pytest

from lumicert.shell.models import SavedView

pytestmark = pytest.mark.django_db

QUERY = "class=Collisions18&sort=-recorded&col=run&col=energy"


@pytest.fixture
def client(shifter, client_of):
    return client_of(shifter)


@pytest.fixture
def view(client):
    client.post("/runs/views/save", {"name": "  bright   runs ", "query": f"{QUERY}&page=3&fill=&format=csv"})
    return SavedView.objects.get()


def test_a_view_keeps_the_question_and_not_where_one_was_in_it(view, client):
    assert (view.name, view.query) == ("bright runs", QUERY)
    shown = client.get("/runs/").content.decode()
    assert ">bright runs</a>" in shown
    assert 'href="/runs/?class=Collisions18&amp;sort=-recorded' in shown


def test_saving_leads_back_to_what_was_shown_and_says_so(client):
    response = client.post("/runs/views/save", {"name": "bright", "query": QUERY}, follow=True)
    assert response.redirect_chain == [(f"/runs/?{QUERY}", 302)]
    assert "Saved the view &#x27;bright&#x27;" in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "  ", "query": ""}, "A view needs a name"),
        ({"name": "x" * 81, "query": ""}, "The name has 81 signs; at most 80 are taken"),
        ({"name": "bright runs", "query": ""}, "You have a view &#x27;bright runs&#x27; already"),
        ({"name": "long", "query": "x" * 8001}, "The address has 8,001 signs"),
    ],
)
def test_what_cannot_be_saved_is_told(typed, said, view, client):
    shown = client.post("/runs/views/save", typed, follow=True).content.decode()
    assert said in shown
    assert "Nothing was saved" in shown
    assert SavedView.objects.count() == 1


def test_a_view_is_renamed_and_removed(view, client):
    client.post(f"/runs/views/{view.pk}/rename", {"name": "brightest"})
    assert SavedView.objects.get().name == "brightest"
    client.post(f"/runs/views/{view.pk}/remove")
    assert not SavedView.objects.exists()


def test_others_open_a_view_by_its_link_but_do_not_change_it(view, shifter2, client_of):
    other = client_of(shifter2)
    assert other.get(f"/runs/views/{view.pk}")["Location"] == f"/runs/?{QUERY}"
    assert "bright runs" not in other.get("/runs/").content.decode()
    for deed in ("rename", "remove"):
        response = other.post(f"/runs/views/{view.pk}/{deed}", {"name": "mine"})
        assert response.status_code == 404
        assert "by the person who saved it" in response.content.decode()
    assert SavedView.objects.get().name == "bright runs"


def test_two_people_may_use_the_same_name(view, shifter2, client_of):
    client_of(shifter2).post("/runs/views/save", {"name": "bright runs", "query": ""})
    assert SavedView.objects.filter(name="bright runs").count() == 2


@pytest.mark.parametrize("address", ["/runs/views/save", "/runs/views/1/rename", "/runs/views/1/remove"])
def test_looking_at_an_address_changes_nothing(address, client):
    assert client.get(address).status_code == 405


def test_a_view_that_was_removed_is_said_to_be_gone(client):
    response = client.get("/runs/views/99")
    assert response.status_code == 404
    assert "whoever saved it removed it" in response.content.decode()
