"""The editor of a checklist: its buttons without a script, what is refused, what is saved, and two people at it."""

from __future__ import annotations

from typing import Any, get_args
from uuid import uuid4

import pytest
from django.test import Client

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.administration.drafts import Draft, DraftGroup, DraftItem
from lumicert.administration.tests.world import newest, page, sent
from lumicert.catalogue.documents import Reconstruction, RunType
from lumicert.catalogue.selectors import checklist
from lumicert.catalogue.services import save_checklist
from lumicert.decisions.models import Event
from lumicert.decisions.services import undo
from lumicert.rules import documents as rules
from lumicert.rules.reconstruction import Reconstruction as ReconstructionOfRules

pytestmark = pytest.mark.django_db
EDIT = "/manage/checklists/pixel/edit"


@pytest.fixture
def browser(admin_account: User, client_of: ClientOf) -> Client:
    return client_of(admin_account)


@pytest.fixture
def draft() -> Draft:
    return Draft.of(newest("pixel").document)


def press(browser: Client, draft: Draft, address: str = EDIT, *, expected: int = 1, **more: Any) -> Any:
    return browser.post(address, sent(draft, expected=expected, **more))


def shown(answer: Any) -> Draft:
    found: Draft = answer.context["editor"].draft
    return found


def test_the_words_of_runs_are_those_of_the_rules() -> None:
    assert get_args(RunType) == get_args(rules.RunType)
    assert get_args(Reconstruction) == get_args(ReconstructionOfRules)


def test_what_the_form_shows_comes_back_as_it_was(browser: Client, draft: Draft) -> None:
    assert browser.get(EDIT).context["editor"].draft == draft
    assert shown(press(browser, draft, do="preview")) == draft
    assert press(browser, draft, do="save")["Location"] == "/manage/checklists/pixel/"
    assert "Nothing was saved: pixel v1 says the same already" in page(browser.get("/manage/checklists/pixel/"))
    assert not Event.objects.exists()


def test_saving_makes_the_next_version_says_so_and_offers_undo(browser: Client, draft: Draft) -> None:
    draft.groups[0].items[0].text = "Clusters, **all** of them"
    answer = press(browser, draft, do="save")
    assert answer.status_code == 302
    text = page(browser.get(answer["Location"]))
    assert "Saved pixel v2 (event 1). Certifications ask for it from now on" in text
    assert "Undo" in text
    assert "Clusters, <strong>all</strong> of them" in text
    saved = newest("pixel")
    assert (saved.version, saved.note, saved.item_keys) == (2, "better words", checklist("pixel", 1).item_keys)


def test_a_group_and_an_item_are_added_by_buttons_that_are_sent(browser: Client, draft: Draft) -> None:
    more = shown(press(browser, draft, **{"add-group": "1"}))
    assert len(more.groups) == len(draft.groups) + 1
    group = more.groups[-1]
    answer = press(browser, more, **{"add-item": group.id})
    assert len(shown(answer).groups[-1].items) == 2
    ids = [each.id for g in shown(answer).groups for each in (g, *g.items)]
    assert len(set(ids)) == len(ids)
    # the field to type in next
    assert answer.context["editor"].focus == shown(answer).groups[-1].items[-1].id
    assert not Event.objects.exists()


def test_an_item_is_moved_within_its_group_and_over_its_edge(browser: Client, draft: Draft) -> None:
    first, second = draft.groups[0].items
    down = shown(press(browser, draft, down=first.id))
    assert [item.id for item in down.groups[0].items] == [second.id, first.id]
    over = shown(press(browser, down, down=first.id))
    assert over.groups[1].items[0].id == first.id
    back = shown(press(browser, over, up=first.id))
    assert back == down
    # at the very ends there is nowhere to go
    assert shown(press(browser, draft, up=first.id)) == draft


def test_a_group_is_moved_and_removed(browser: Client, draft: Draft) -> None:
    names = [group.name for group in draft.groups]
    moved = shown(press(browser, draft, up=draft.groups[1].id))
    assert [group.name for group in moved.groups] == [names[1], names[0], names[2]]
    left = shown(press(browser, moved, remove=moved.groups[0].id))
    assert [group.name for group in left.groups] == [names[0], names[2]]


def test_a_button_for_what_is_gone_changes_nothing(browser: Client, draft: Draft) -> None:
    for button in ("up", "remove", "add-item"):
        assert shown(press(browser, draft, **{button: "n999"})) == draft


def test_a_preview_shows_the_markdown_without_harm_and_writes_nothing(browser: Client, draft: Draft) -> None:
    draft.groups[0].items[0].text = "**bold** <script>alert(1)</script>"
    text = page(press(browser, draft, do="preview"))
    assert "<p><strong>bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>" in text
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("change", "message", "field"),
    [
        ({"title": " "}, "this is empty", "title"),
        ({"place": "soon"}, "valid integer", "place"),
        ({"place": "0"}, "greater than or equal to 1", "place"),
        ({"note": " "}, "Say what is new in this version, and why", "note"),
        ({"group": []}, "a checklist needs a group with an item", ""),
        ({"text-n2": " "}, "this is empty", "text-n2"),
        ({"name-n1": ""}, "this is empty", "name-n1"),
        ({"about-n1": "x" * 2001}, "at most 2000 characters", "about-n1"),
        ({"other_components": "tracker-pixl"}, "did you mean tracker-pixel?", "other-components"),
        ({"run_types": ["heavy"]}, "'collisions' or 'cosmics'", "run_types"),
        ({"expected": "x"}, "load the page again", ""),
        ({"act": ""}, "load the page again", ""),
        ({"act": "x", "note": "y" * 1001}, "at most 1000 characters", "note"),
    ],
)
def test_what_cannot_be_saved_is_named_with_its_field_and_all_that_was_typed_is_kept(
    change: dict[str, Any], message: str, field: str, browser: Client, draft: Draft
) -> None:
    draft.groups[-1].items[-1].text = "the last thing typed"
    answer = press(browser, draft, do="save", **change)
    assert answer.status_code == 422
    assert message in page(answer)
    assert field in answer.context["editor"].errors
    if change.get("group", True):
        assert "the last thing typed" in page(answer)
    assert not Event.objects.exists()


def test_everything_that_is_wrong_is_named_at_once(browser: Client, draft: Draft) -> None:
    draft.components = ["tracker-pixl", "strip"]
    answer = press(browser, draft, do="save", note="", title="", **{"name-n1": ""})
    problems = answer.context["editor"].problems
    assert [problem.field for problem in problems] == [
        "note",
        "other-components",
        "other-components",
        "title",
        "name-n1",
    ]
    # what was ticked or typed is ticked still
    assert 'value="tracker-pixl" checked' in page(answer)


def test_a_field_that_was_left_empty_is_no_item(browser: Client, draft: Draft) -> None:
    draft.groups[0].items.append(DraftItem("n99"))
    draft.groups[0].items[0].text = "new"
    press(browser, draft, do="save")
    assert len(newest("pixel").item_keys) == len(checklist("pixel", 1).item_keys)


def test_a_new_checklist_is_made_without_knowing_json(browser: Client) -> None:
    opened = browser.get("/manage/checklists/new")
    draft = shown(opened)
    draft.title, draft.components = "Drift tubes", ["dt-dt"]
    draft.groups[0].name = "Occupancy"
    draft.groups[0].items[0].text = "Every chamber has hits"
    answer = press(browser, draft, "/manage/checklists/new", expected=0, do="save", identifier="dt")
    assert answer["Location"] == "/manage/checklists/dt/"
    saved = newest("dt")
    assert (saved.version, saved.applies.components) == (1, ("dt-dt",))
    assert saved.item_keys == ("every-chamber-has-hits",)


@pytest.mark.parametrize(
    ("identifier", "message"),
    [("pixel", "there is a checklist 'pixel' already"), ("D T", "should match pattern"), ("", "should match pattern")],
)
def test_an_identifier_that_cannot_be_taken_is_refused(identifier: str, message: str, browser: Client) -> None:
    draft = Draft(title="Mine", groups=[DraftGroup("n1", "A", items=[DraftItem("n2", text="b")])])
    answer = press(browser, draft, "/manage/checklists/new", expected=0, do="save", identifier=identifier)
    assert answer.status_code == 422
    assert message in page(answer)
    assert "identifier" in answer.context["editor"].errors


def test_of_two_people_the_second_is_shown_the_difference_and_may_go_over_it(
    browser: Client, draft: Draft, shifter: User
) -> None:
    theirs = newest("pixel").document.model_dump(mode="json")
    theirs["groups"][0]["items"][0]["text"] = "theirs"
    save_checklist(identifier="pixel", document=theirs, note="theirs first", actor=shifter, expected=1)
    draft.title = "Mine"
    answer = press(browser, draft, do="save")
    text = page(answer)
    assert answer.status_code == 409
    assert "“theirs first”" in text
    assert "<ins>+   ☐ theirs  [cluster-number]</ins>" in text
    assert 'value="Mine"' in text
    assert press(browser, draft, over=2).status_code == 302
    assert (newest("pixel").version, newest("pixel").title) == (3, "Mine")


def test_who_edits_what_was_taken_back_is_told_and_may_save_all_the_same(browser: Client, draft: Draft) -> None:
    _, act = save_checklist(identifier="dt", document=draft.document(), note="", actor=None, expected=0)
    assert act is not None
    undo(act=act.id, actor=None)
    answer = press(browser, draft, "/manage/checklists/dt/edit", do="save")
    assert answer.status_code == 409
    assert "Every version of it was taken back" in page(answer)
    assert press(browser, draft, "/manage/checklists/dt/edit", over=0).status_code == 302
    assert newest("dt").version == 2


def test_a_double_click_saves_once(browser: Client, draft: Draft) -> None:
    draft.title, act = "Mine", uuid4()
    draft.groups[0].items.append(DraftItem("n99", text="new"))
    for _ in range(2):
        assert press(browser, draft, do="save", act=act).status_code == 302
    assert newest("pixel").version == 2


def test_retiring_is_a_version_that_nobody_ticks(browser: Client, draft: Draft) -> None:
    draft.retired = True
    answer = press(browser, draft, do="save")
    text = page(browser.get(answer["Location"]))
    assert "nobody is asked to tick it any more" in text
    assert newest("pixel").retired
