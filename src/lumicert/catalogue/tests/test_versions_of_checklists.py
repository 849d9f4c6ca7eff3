"""Versions: 1 ships or is the first that was saved, numbers have no gaps, and what was ticked can be read for ever."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pydantic
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicert.accounts.models import User
from lumicert.catalogue import selectors
from lumicert.catalogue.documents import MOST_ITEMS, ChecklistDocument, with_keys
from lumicert.catalogue.services import save_checklist
from lumicert.catalogue.tests.world import document, save
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import check, rebuild
from lumicert.decisions.selectors import describe
from lumicert.decisions.services import ActRefused, Conflict, undo

pytestmark = pytest.mark.django_db


def test_the_first_version_over_one_that_ships_is_two_and_says_who_saved_it(leader: User) -> None:
    saved, act = save(document(), identifier="pixel", expected=1, actor=leader)
    assert (str(saved), saved.by, saved.note, saved.seq) == ("pixel v2", leader.name, "why", act.last)
    event = Event.objects.get(seq=act.last)
    assert (event.kind, event.origin, describe(event)) == ("checklist.saved", Origin.PERSON, "checklist pixel v2 saved")
    assert [each.version for each in selectors.versions_of("pixel")] == [1, 2]


def test_a_new_checklist_begins_with_version_one() -> None:
    assert str(save(document(), expected=0)[0]) == "mine v1"


def test_a_new_checklist_cannot_take_the_identifier_of_another_one() -> None:
    with pytest.raises(ActRefused, match="there is a checklist 'pixel' already; edit it"):
        save(document(), identifier="pixel", expected=0)


def test_who_edited_an_older_version_is_told_what_came_in_between() -> None:
    save(document("a"), expected=0)
    _, second = save(document("b"), expected=1)
    with pytest.raises(Conflict, match="checklist mine v2 saved") as conflict:
        save(document("c"), expected=1)
    assert [event.seq for event in conflict.value.later] == [second.last]


def test_a_version_that_never_was_is_refused() -> None:
    with pytest.raises(ActRefused, match="never had a version 7"):
        save(document(), identifier="pixel", expected=7)


def test_what_says_the_same_is_not_saved_again() -> None:
    saved, _ = save(document("a"), expected=0)
    same = saved.document.model_dump(mode="json")
    assert save_checklist(identifier="mine", document=same, note="", actor=None, expected=1) == (saved, None)


def test_the_second_click_does_nothing_again() -> None:
    act = uuid4()
    first, done = save(document("a"), expected=0, act=act)
    second, repeated = save(document("a"), expected=0, act=act)
    assert (second, repeated.last, repeated.repeated) == (first, done.last, True)
    with pytest.raises(ActRefused, match="says something else"):
        save(document("b"), expected=0, act=act)


def test_undoing_brings_the_version_before_back_and_redoing_the_same_number() -> None:
    save(document("a"), expected=0)
    second, act = save(document("b"), expected=1)
    undone = undo(act=act.id, actor=None)
    newest = {each.identifier: each for each in selectors.checklists()}
    assert str(newest["mine"]) == "mine v1"
    with pytest.raises(Conflict, match="withdrawn"):
        save(document("c"), expected=2)
    undo(act=undone.id, actor=None)
    newest = {each.identifier: each for each in selectors.checklists()}
    assert (newest["mine"].version, newest["mine"].document) == (2, second.document)


def test_what_was_ticked_can_be_read_after_its_saving_was_undone() -> None:
    saved, act = save(document("a"), expected=0)
    undo(act=act.id, actor=None)
    assert saved.identifier not in [each.identifier for each in selectors.checklists(with_retired=True)]
    kept = selectors.checklist("mine", 1)
    assert (kept.withdrawn, kept.document) == (True, saved.document)


def test_a_number_is_never_given_again() -> None:
    _, act = save(document("a"), expected=0)
    undo(act=act.id, actor=None)
    assert save(document("b"), expected=0)[0].version == 2


def test_a_retired_checklist_is_not_to_be_ticked_and_can_be_read() -> None:
    save(document("a", retired=True), identifier="general", expected=1)
    assert "general" not in [each.identifier for each in selectors.checklists()]
    assert "general" in [each.identifier for each in selectors.checklists(with_retired=True)]
    assert selectors.checklist("general", 1).title == "General"


def test_an_item_keeps_its_key_when_its_wording_gets_better_and_no_key_is_used_twice() -> None:
    first, _ = save(document("Dead channels", "dead channels!"), expected=0)
    assert first.item_keys == ("dead-channels", "dead-channels-2")
    better = first.document.model_dump(mode="json")
    better["groups"][0]["items"] = [{"key": "dead-channels", "text": "Dead readout chips"}]
    second, _ = save(better, expected=1)
    assert second.item_keys == ("dead-channels",)
    better["groups"][0]["items"].append({"key": "", "text": "Dead channels"})
    # dead-channels-2 once stood for another item
    assert save(better, expected=2)[0].item_keys == ("dead-channels", "dead-channels-3")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (document() | {"groups": []}, "needs a group with an item"),
        (document() | {"groups": [{"name": "Empty", "items": []}]}, "the group 'Empty' has no item"),
        (document("  "), "this is empty"),
        (document(title=" "), "this is empty"),
        (document(*["x"] * (MOST_ITEMS + 1)), "it has 201 items"),
        (document("x" * 2001), "at most 2000"),
        (document(applies={"run_types": ["heavy"]}), "'collisions' or 'cosmics'"),
        (document(applies={"components": ["pixel"]}), "match"),
        (document("with a NUL \0"), "NUL"),
        (document() | {"groups": [{"name": "A", "items": [{"key": "a", "text": "b"}] * 2}]}, "stands for two items"),
    ],
)
def test_a_checklist_that_cannot_be_used_writes_nothing(said: dict[str, Any], message: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=message):
        save(said, expected=0)
    assert not Event.objects.exists()


def test_lines_that_a_browser_ended_its_way_count_once() -> None:
    said = document("\r\n".join(["x" * 99] * 20))
    assert "\r" not in save(said, expected=0)[0].groups[0].items[0].text


def test_an_unknown_checklist_or_version_is_told_what_there_is() -> None:
    with pytest.raises(KeyError) as unknown:
        selectors.versions_of("colour")
    assert str(unknown.value).startswith("there is no checklist 'colour'; there are general, trackermap, pixel")
    with pytest.raises(KeyError, match="the checklist 'pixel' has no version 9; it has 1"):
        selectors.checklist("pixel", 9)


def test_the_kept_tables_follow_from_the_log() -> None:
    _, act = save(document("a"), expected=0)
    undo(act=act.id, actor=None)
    save(document("b"), expected=0)
    rebuild()
    assert all(each.same for each in check())
    assert [(each.version, each.withdrawn) for each in selectors.versions_of("mine")] == [(1, True), (2, False)]


def test_each_reading_is_one_query_however_many_versions_there_are() -> None:
    for number in range(4):
        save(document(str(number)), identifier="pixel", expected=number + 1)
    for reading in (
        lambda: selectors.checklists(with_retired=True),
        lambda: selectors.checklists_for(run_type="cosmics", reconstruction="express", components=["tracker-pixel"]),
        lambda: selectors.checklist("pixel", 3),
        lambda: selectors.versions_of("pixel"),
    ):
        with CaptureQueriesContext(connection) as queries:
            reading()
        assert len(queries) == 1


_WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
_SAID = _WORDS.filter(lambda text: text.strip())
_GROUPS = st.lists(
    st.fixed_dictionaries(
        {
            "name": _SAID,
            "description": _WORDS,
            "items": st.lists(st.fixed_dictionaries({"text": _SAID}), min_size=1, max_size=3),
        }
    ),
    min_size=1,
    max_size=3,
)
_DOCUMENTS = st.fixed_dictionaries(
    {"title": _SAID, "description": _WORDS, "groups": _GROUPS, "retired": st.booleans()},
    optional={
        "purpose": st.sampled_from(["certification", "report"]),
        "place": st.integers(1, 999),
        "applies": st.fixed_dictionaries({"run_types": st.lists(st.sampled_from(["collisions", "cosmics"]))}),
    },
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(_DOCUMENTS, min_size=1, max_size=4), undone=st.sets(st.integers(0, 3)))
def test_versions_are_numbered_without_gaps_and_every_document_reads_back_equal(
    documents: list[dict[str, Any]], undone: set[int]
) -> None:
    identifier = f"law-{uuid4().hex[:8]}"
    wanted: dict[int, ChecklistDocument] = {}
    standing = [0]
    for place, said in enumerate(documents):
        # the keys that stood before, as the service knows them
        taken = {key for each in wanted.values() for key in each.keys}
        saved, act = save_checklist(identifier=identifier, document=said, note="", actor=None, expected=standing[-1])
        if act is None:
            continue
        wanted[saved.version] = ChecklistDocument.model_validate(with_keys(said, taken))
        if place in undone:
            undo(act=act.id, actor=None)
        else:
            standing.append(saved.version)
    found = selectors.versions_of(identifier)
    assert [each.version for each in found] == [*range(1, len(wanted) + 1)]
    assert {each.version: each.document for each in found} == wanted
    assert [each.version for each in found if not each.withdrawn] == standing[1:]
