"""The search: a number opens the run, a fill opens its page, a part of a name lists datasets and classes."""

from __future__ import annotations

import pytest

from lumicert.registry.tests.world import DATASET, RUN, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def search(shifter, client_of):
    register(RUN, fill_number=6615)
    register(2, "/Express/Cosmics18/DQM", klass="Cosmics18")
    client = client_of(shifter)
    return lambda text: client.get("/search", {"q": text})


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (str(RUN), f"/runs/{RUN}"),
        (f"  {RUN} ", f"/runs/{RUN}"),
        ("6615", "/fills/6615"),
        ("express", "/runs/?dataset=%2FExpress%2FCosmics18%2FDQM"),
    ],
)
def test_one_single_hit_is_opened_at_once(search, text, address):
    assert search(text)["Location"] == address


def test_several_hits_are_listed_with_how_many_runs_each_has(search):
    shown = search("18").content.decode()
    for told in ("Collisions18", "Cosmics18", DATASET, "1 runs"):
        assert told in shown


@pytest.mark.parametrize("text", ["", "nothing like it", "77", "9" * 40, "%", "<b>"])
def test_nothing_found_says_what_can_be_searched(search, text):
    response = search(text)
    shown = response.content.decode()
    assert response.status_code == 200
    assert "You can search for a run by its whole number" in shown


def test_what_was_searched_is_escaped(search):
    assert "<i>x</i>" not in search("<i>x</i>").content.decode()
