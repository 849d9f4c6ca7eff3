"""Reading rules: the list, a rule set in words, its versions and what differs; who may open what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.classification.tests.world import renamed
from lumicert.rules.documents import NAMES
from lumicert.rules.services import save_rules

pytestmark = pytest.mark.django_db

READ = ["/rules/", "/rules/class/", "/rules/explain"]
LEAD = ["/rules/class/edit", "/rules/apply"]


def save(actor: User, text: str, *, expected: int = 1, comment: str = "the class of 2023") -> None:
    save_rules(name="class", document=json.loads(text), comment=comment, actor=actor, expected=expected)


@pytest.mark.parametrize("address", [*READ, *LEAD])
def test_a_guest_is_refused_and_told_why(address: str, guest: User, client_of: ClientOf) -> None:
    answer = client_of(guest).get(address)
    assert answer.status_code == 403
    assert "role" in answer.content.decode()


@pytest.mark.parametrize("address", [*READ, *LEAD])
def test_nobody_is_sent_to_the_sign_in(address: str, client_of: ClientOf) -> None:
    assert client_of(None).get(address).status_code == 302


@pytest.mark.parametrize("address", READ)
def test_a_shifter_reads(address: str, shifter: User, client_of: ClientOf) -> None:
    assert client_of(shifter).get(address).status_code == 200


@pytest.mark.parametrize("address", LEAD)
def test_a_shifter_changes_nothing(address: str, shifter: User, client_of: ClientOf) -> None:
    assert client_of(shifter).get(address).status_code == 403
    assert client_of(shifter).post(address, {}).status_code == 403


def test_a_shifter_is_not_offered_what_is_for_leaders(shifter: User, leader: User, client_of: ClientOf) -> None:
    for address in ("/rules/", "/rules/class/"):
        assert reverse("classification:apply") not in client_of(shifter).get(address).content.decode()
        assert reverse("classification:apply") in client_of(leader).get(address).content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_set_has_a_page_in_words(name: str, shifter: User, client_of: ClientOf) -> None:
    page = client_of(shifter).get(f"/rules/{name}/").content.decode()
    assert "ships with Lumicert" in page
    assert "{&quot;" not in page


def test_a_condition_is_a_sentence_and_a_status_is_shown_as_one(shifter: User, client_of: ClientOf) -> None:
    page = client_of(shifter).get("/rules/components/").content.decode()
    assert "castor_included is true and castor_ready is false" in page
    assert '<span class="status standby">STANDBY</span>' in page


def test_a_version_says_who_saved_it_why_and_what_differs(leader: User, client_of: ClientOf) -> None:
    save(leader, renamed())
    browser = client_of(leader)
    page = browser.get("/rules/class/").content.decode()
    assert "Class v2" in page
    assert "the class of 2023" in page
    difference = browser.get("/rules/class/?version=2&against=1").content.decode()
    assert "<del>-       &quot;class&quot;: &quot;Collisions22&quot;,</del>" in difference
    assert "<ins>+       &quot;class&quot;: &quot;Collisions23&quot;,</ins>" in difference
    old = browser.get("/rules/class/?version=1").content.decode()
    assert "not in force any more" in old
    assert "Collisions23" not in old


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/rules/clas/", "no rule set &#x27;clas&#x27;; there are run-type"),
        ("/rules/class/?version=9", "no version &#x27;9&#x27; of the rules &#x27;class&#x27;; choose one of 1"),
        ("/rules/class/?against=x", "no version &#x27;x&#x27; of the rules &#x27;class&#x27;; choose one of 1"),
    ],
)
def test_what_is_not_there_is_a_404_that_names_what_is(
    address: str, message: str, shifter: User, client_of: ClientOf
) -> None:
    answer = client_of(shifter).get(address)
    assert answer.status_code == 404
    assert message in answer.content.decode()


@pytest.mark.parametrize(("address", "most"), [("/rules/", 9), ("/rules/class/", 6), ("/rules/class/edit", 6)])
def test_a_page_needs_few_queries_however_many_versions_there_are(
    address: str, most: int, leader: User, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, 7):
        save(leader, renamed(f"Collisions{number}"), expected=number)
    browser = client_of(leader)
    with django_assert_max_num_queries(most):
        assert browser.get(address).status_code == 200
