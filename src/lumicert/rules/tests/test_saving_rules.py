"""Versions: 1 ships with the product, later ones are events of the log; of two editors one is told of the other."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lumicert.accounts.models import User
from lumicert.accounts.services import demo_account
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import check, rebuild
from lumicert.decisions.selectors import describe
from lumicert.decisions.services import ActRefused, Conflict, undo
from lumicert.rules import selectors
from lumicert.rules.classify import classify
from lumicert.rules.documents import NAMES, RulesRefused
from lumicert.rules.services import save_rules
from lumicert.rules.tests.world import collisions

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader(db: None) -> User:
    return demo_account(username="leader")


def run_types(name: str = "a") -> dict[str, Any]:
    return {"rules": [{"name": name, "then": "cosmics", "if": True}], "otherwise": "collisions"}


def save(document: dict[str, Any], *, expected: int, **more: Any) -> Any:
    return save_rules(name="run-type", document=document, comment="why", **({"actor": None} | more), expected=expected)


def test_the_first_that_is_saved_is_version_two(leader):
    saved, act = save(run_types(), expected=1, actor=leader)
    assert (saved.version, saved.by, saved.comment) == (2, "leader", "why")
    assert saved.seq == act.last
    assert selectors.current("run-type") == saved
    assert [each.version for each in selectors.versions("run-type")] == [1, 2]
    assert selectors.version("run-type", 1) == selectors.shipped("run-type")
    event = Event.objects.get(seq=act.last)
    assert (event.kind, event.origin) == ("rules.saved", Origin.PERSON)
    assert describe(event) == "rules run-type v2 saved"


def test_nothing_is_saved_that_says_what_the_newest_says():
    _, first = save(run_types(), expected=1)
    again, act = save(run_types(), expected=2)
    assert act is None
    assert again.seq == first.last


def test_who_edited_an_older_version_is_told_what_came_in_between():
    _, first = save(run_types("a"), expected=1)
    with pytest.raises(Conflict, match="rules run-type v2 saved") as conflict:
        save(run_types("b"), expected=1)
    assert [event.seq for event in conflict.value.later] == [first.last]
    assert selectors.current("run-type").version == 2


def test_a_version_that_never_was_is_refused():
    with pytest.raises(ActRefused, match="never had a version 7"):
        save(run_types(), expected=7)


def test_rules_of_another_set_are_no_conflict():
    save(run_types(), expected=1)
    other, _ = save_rules(name="significant", document={"rules": []}, comment="", actor=None, expected=1)
    assert other.version == 2


def test_a_rule_that_cannot_be_used_writes_nothing():
    with pytest.raises(RulesRefused, match=r"rules\[0\]\.if \(a\)"):
        save(
            {"rules": [{"name": "a", "then": "cosmics", "if": {"var": "hlt_kye"}}], "otherwise": "cosmics"}, expected=1
        )
    assert not Event.objects.exists()


def test_the_second_click_does_nothing_again():
    act = uuid4()
    first, done = save(run_types(), expected=1, act=act)
    second, repeated = save(run_types(), expected=1, act=act)
    assert second == first
    assert repeated.repeated
    assert repeated.last == done.last
    with pytest.raises(ActRefused, match="says something else"):
        save(run_types("other"), expected=1, act=act)


def test_undoing_brings_the_version_before_back_and_redoing_the_same_number():
    save(run_types("a"), expected=1)
    third, act = save(run_types("b"), expected=2)
    undone = undo(act=act.id, actor=None)
    assert selectors.current("run-type").version == 2
    with pytest.raises(Conflict, match="withdrawn"):
        save(run_types("c"), expected=3)
    undo(act=undone.id, actor=None)
    back = selectors.current("run-type")
    assert (back.version, back.document) == (3, third.document)


def test_a_number_is_never_given_again():
    _, act = save(run_types("a"), expected=1)
    undo(act=act.id, actor=None)
    saved, _ = save(run_types("b"), expected=1)
    assert saved.version == 3
    with pytest.raises(selectors.NoSuchRules, match="have no version 2; they have 1, 3"):
        selectors.version("run-type", 2)


def test_rules_are_read_as_of_an_event():
    _, first = save(run_types("a"), expected=1)
    save(run_types("b"), expected=2)
    assert selectors.current("run-type", at=first.last).version == 2
    assert selectors.current("run-type", at=first.last - 1).version == 1
    assert selectors.rulesets(at=first.last).versions["run-type"] == 2


def test_all_rule_sets_come_with_one_query():
    saved, _ = save(run_types(), expected=1)
    with CaptureQueriesContext(connection) as queries:
        found = selectors.rulesets()
    assert len(queries) == 1
    assert found.run_type == saved.document
    assert found.versions == dict.fromkeys(NAMES, 1) | {"run-type": 2}


def test_what_was_saved_classifies_from_then_on():
    run = collisions(hlt_key="/cdaq/circulating/2022/HLT/V1")
    before = classify(selectors.rulesets(), run)
    always = {"rules": [{"name": "any", "class": "Circulating22", "priority": 1, "if": True}]}
    _, act = save_rules(name="class", document=always, comment="", actor=None, expected=1)
    after = classify(selectors.rulesets(), run)
    assert (before.klass, before.versions["class"]) == (None, 1)
    assert (after.klass, after.versions["class"]) == ("Circulating22", 2)
    assert classify(selectors.rulesets(at=act.last - 1), run) == before


def test_an_unknown_name_is_told_what_there_is():
    with pytest.raises(selectors.NoSuchRules, match="there are run-type, class"):
        selectors.current("colour")
    with pytest.raises(RulesRefused, match="there are run-type, class"):
        save_rules(name="colour", document={}, comment="", actor=None, expected=1)


def test_the_kept_table_follows_from_the_log():
    _, act = save(run_types("a"), expected=1)
    undo(act=act.id, actor=None)
    save(run_types("b"), expected=1)
    rebuild()
    assert [each.same for each in check() if each.table == "rules_savedrules"] == [True]
    assert [each.version for each in selectors.versions("run-type")] == [1, 3]
