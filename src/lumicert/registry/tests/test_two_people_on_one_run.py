"""Two people on the same lumisections: the second is shown what the first said, and decides."""

from __future__ import annotations

import re
from html import unescape

import pytest

from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.registry.tests.world import MARK, form, register, say, stands

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(db):
    register()
    return current_seq()


def insisting(page: str) -> dict[str, str]:
    """The fields of the form `Apply mine anyway`."""
    conflict = page[page.index('id="conflict"') : page.index("Apply mine anyway")]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', conflict)
    return {name: unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}


def test_the_second_is_told_who_said_what_where_and_loses_nothing(opened, shifter, shifter2, client_of):
    first = say("GOOD", ((8, 20),), by=shifter2, comment="looked fine")
    response = client_of(shifter).post(MARK, form(expected=opened, comment="PS trip"))
    page = response.content.decode()
    assert response.status_code == 409
    for told in ("shifter2", f"event {first.first}", "<td>8–9</td>", "looked fine", "PS trip", "Discard mine"):
        assert told in page
    assert stands() == {"person": [("GOOD", ((8, 20),))]}


def test_applying_mine_anyway_writes_mine_over_theirs(opened, shifter, shifter2, client_of):
    say("GOOD", ((8, 20),), by=shifter2)
    client = client_of(shifter)
    page = client.post(MARK, form(expected=opened)).content.decode()
    assert client.post(MARK, insisting(page)).status_code == 302
    assert sorted(stands()["person"]) == [("BAD", ((5, 9),)), ("GOOD", ((10, 20),))]


def test_who_comes_in_after_the_difference_was_shown_is_a_conflict_of_its_own(opened, shifter, shifter2, client_of):
    client = client_of(shifter)
    say("GOOD", ((8, 20),), by=shifter2)
    fields = insisting(client.post(MARK, form(expected=opened)).content.decode())
    say("STANDBY", ((9, 9),), by=shifter2, comment="changed my mind")
    response = client.post(MARK, fields)
    assert response.status_code == 409
    assert "changed my mind" in response.content.decode()


def test_other_lumisections_of_the_same_component_do_not_conflict(opened, shifter, shifter2, client_of):
    say("GOOD", ((10, 20),), by=shifter2)
    assert client_of(shifter).post(MARK, form(expected=opened)).status_code == 302


def test_a_released_word_is_told_as_released(opened, shifter, shifter2, client_of):
    say("GOOD", ((8, 20),), by=shifter2)
    read = Event.objects.latest("seq").seq
    say(None, ((8, 20),), by=shifter2)
    page = client_of(shifter).post(MARK, form(expected=read)).content.decode()
    assert "<td>released</td>" in page


def test_words_of_others_are_escaped(opened, shifter, shifter2, client_of):
    say("GOOD", ((8, 20),), by=shifter2, comment="<script>alert(1)</script>")
    page = client_of(shifter).post(MARK, form(expected=opened)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
