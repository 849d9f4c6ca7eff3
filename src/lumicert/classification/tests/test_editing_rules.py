"""The editor: what cannot be used is named, a draft is tried, a version is saved, and of two people one is told."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.classification.tests.world import collisions, cosmics, renamed
from lumicert.classification.writing import text_of
from lumicert.decisions.models import Event
from lumicert.rules.documents import written_document
from lumicert.rules.selectors import current
from lumicert.rules.services import save_rules

pytestmark = pytest.mark.django_db


def send(browser: Any, *, name: str = "class", htmx: bool = False, **data: object) -> Any:
    posted = {"draft": renamed(), "expected": 1, "comment": "", "act": uuid4(), "do": "try", **data}
    headers = {"HX-Request": "true"} if htmx else {}
    return browser.post(f"/rules/{name}/edit", posted, headers=headers)


def page(answer: Any) -> str:
    return str(answer.content.decode()).replace("&#x27;", "'").replace("&quot;", '"')


def with_rule(**changes: Any) -> str:
    document = written_document(current("class").document)
    document["rules"][2] |= changes
    return json.dumps(document)


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        ('{"rules": [', "line 1, column 12"),
        ("", "Rules as JSON"),
        ("[]", "valid dictionary"),
        ("rules: []", "this is not JSON"),
        ('{"rules": [], "rules": []}', "'rules' stands twice"),
        ('{"rules": [], "given_if": ' + '{"!": [' * 3000 + "1" + "]}" * 3000 + "}", "deep"),
    ],
)
def test_a_draft_that_cannot_be_read_is_refused_with_the_place_and_kept(
    draft: str, message: str, leader: User, client_of: ClientOf
) -> None:
    for do in ("try", "save"):
        answer = send(client_of(leader), draft=draft, do=do, comment="my comment")
        assert answer.status_code == 422
        assert message in page(answer)
        assert "my comment" in page(answer)
        assert draft[:100] in page(answer)


def test_a_rule_that_cannot_be_used_is_named(leader: User, client_of: ClientOf) -> None:
    bad = with_rule(**{"if": {"var": "bpix_redy"}})
    text = page(send(client_of(leader), draft=bad))
    assert "<code>rules[2].if (cosmics Cosmics22)</code>" in text
    assert "bpix_redy" in text


def test_every_rule_that_cannot_be_used_is_named_at_once(leader: User, client_of: ClientOf) -> None:
    text = page(send(client_of(leader), draft=with_rule(priority=0, runs=[9, 2])))
    assert "rules[2].priority (cosmics Cosmics22)" in text
    assert "rules[2].runs (cosmics Cosmics22)" in text


def test_trying_counts_each_change_lists_its_runs_and_writes_nothing(leader: User, client_of: ClientOf) -> None:
    for run in range(360_001, 360_008):
        collisions(run)
    cosmics(360_010)
    before = Event.objects.count()
    answer = send(client_of(leader))
    assert answer.status_code == 200
    trial = answer.context["trial"]
    assert (trial.n_runs, trial.n_changed, trial.first, trial.last) == (8, 7, 360_001, 360_010)
    classes = next(group for group in trial.groups if group.what == "class")
    assert (classes.before.text, classes.after.text) == ("Collisions22", "Collisions23")
    assert classes.runs == [*range(360_007, 360_000, -1)]
    statuses = {(group.what, group.before.text, group.after.text): group.n_ls for group in trial.groups}
    # what is not significant any more has no statuses
    assert statuses["tracker-pixel", "GOOD", "no status"] == 140
    assert 'href="/runs/360007"' in page(answer)
    assert Event.objects.count() == before


def test_a_draft_that_changes_nothing_says_so(leader: User, client_of: ClientOf) -> None:
    collisions(360_001)
    assert "Nothing: every run keeps" in page(send(client_of(leader), draft=text_of(current("class").document)))


def test_without_runs_the_playground_says_why_it_is_empty(leader: User, client_of: ClientOf) -> None:
    assert "no run to try these rules on" in page(send(client_of(leader)))


def test_other_rules_for_other_datasets_are_said_not_to_be_tried(leader: User, client_of: ClientOf) -> None:
    collisions(360_001)
    document = written_document(current("components").document)
    document["offline"]["constant"]["l1t-new"] = "GOOD"
    answer = send(client_of(leader), name="components", draft=json.dumps(document))
    assert "not part of this trial" in page(answer)


def test_saving_makes_the_next_version_says_so_and_can_be_undone(leader: User, client_of: ClientOf) -> None:
    browser = client_of(leader)
    answer = send(browser, do="save", comment="the class of 2023")
    assert (answer.status_code, answer["Location"]) == (302, "/rules/class/")
    shown = page(browser.get(answer["Location"]))
    assert "Saved class v2 (event 1)" in shown
    assert "Undo" in shown
    assert (str(current("class")), current("class").by, current("class").comment) == (
        "class v2",
        leader.name,
        "the class of 2023",
    )


def test_htmx_is_led_to_the_page_instead_of_being_given_it(leader: User, client_of: ClientOf) -> None:
    answer = send(client_of(leader), do="save", comment="the class of 2023", htmx=True)
    assert answer["HX-Redirect"] == "/rules/class/"


def test_a_version_without_a_reason_is_not_saved(leader: User, client_of: ClientOf) -> None:
    answer = send(client_of(leader), do="save", comment=" ")
    assert answer.status_code == 422
    assert "Say what is new in this version" in page(answer)
    assert "Collisions23" in page(answer)
    assert not Event.objects.exists()


def test_a_double_click_saves_once(leader: User, client_of: ClientOf) -> None:
    browser, act = client_of(leader), uuid4()
    for _ in range(2):
        assert send(browser, do="save", comment="once", act=act).status_code == 302
    assert Event.objects.count() == 1


def test_rules_that_say_the_same_are_not_saved_again(leader: User, client_of: ClientOf) -> None:
    browser = client_of(leader)
    answer = send(browser, do="save", comment="nothing", draft=text_of(current("class").document))
    assert "Nothing was saved: class v1 says the same already" in page(browser.get(answer["Location"]))


def test_of_two_people_the_second_is_told_what_the_first_changed(
    leader: User, admin_account: User, client_of: ClientOf
) -> None:
    theirs = json.loads(renamed("CollisionsTheirs"))
    save_rules(name="class", document=theirs, comment="theirs first", actor=admin_account, expected=1)
    browser = client_of(leader)
    answer = send(browser, do="save", comment="mine")
    assert answer.status_code == 409
    text = page(answer)
    assert admin_account.name in text
    assert "theirs first" in text
    assert '<ins>+       "class": "CollisionsTheirs",</ins>' in text
    assert "Collisions23" in text
    assert str(current("class")) == "class v2"
    assert send(browser, do="", over=2, comment="mine").status_code == 302
    assert (str(current("class")), current("class").comment) == ("class v3", "mine")


def test_who_began_from_a_version_that_was_taken_back_is_told(leader: User, client_of: ClientOf) -> None:
    answer = send(client_of(leader), do="save", comment="mine", expected=7)
    assert answer.status_code == 422
    assert "never had a version 7" in page(answer)


def test_a_comment_that_the_log_cannot_hold_is_refused(leader: User, client_of: ClientOf) -> None:
    answer = send(client_of(leader), do="save", comment="a\0b")
    assert answer.status_code == 422
    assert not Event.objects.exists()


def test_a_form_without_its_hidden_fields_is_no_500(leader: User, client_of: ClientOf) -> None:
    answer = client_of(leader).post("/rules/class/edit", {"do": "save"})
    assert answer.status_code == 422
    assert "load the page again" in page(answer)
