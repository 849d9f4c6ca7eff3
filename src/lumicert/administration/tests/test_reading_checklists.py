"""A checklist on its page: as shifters see it, its versions, and what differs between two."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.administration.tests.world import newest, page
from lumicert.administration.writing import difference, lines_of
from lumicert.catalogue.documents import ChecklistDocument
from lumicert.catalogue.services import save_checklist
from lumicert.decisions.services import Act, undo

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(shifter: User, client_of: ClientOf) -> Client:
    return client_of(shifter)


def retitled(title: str, *, expected: int, actor: User | None = None) -> Act:
    document = newest("pixel").document.model_dump(mode="json") | {"title": title}
    _, act = save_checklist(identifier="pixel", document=document, note="a title", actor=actor, expected=expected)
    assert act is not None
    return act


def test_the_list_says_for_what_each_is_and_who_saved_it(browser: Client, leader: User) -> None:
    retitled("Pixels", expected=1, actor=leader)
    text = page(browser.get("/manage/checklists/"))
    assert "all runs · all reconstructions · tracker-pixel" in text
    assert "the weekly report" in text
    assert f", {leader.username}" in text
    assert "ships with Lumicert" in text


def test_a_version_is_shown_with_what_differs_from_another_one(browser: Client) -> None:
    retitled("Pixels", expected=1)
    text = page(browser.get("/manage/checklists/pixel/?version=2&against=1"))
    assert "<del>- Title: Pixel</del>" in text
    assert "<ins>+ Title: Pixels</ins>" in text
    assert "You see an earlier version" in page(browser.get("/manage/checklists/pixel/?version=1"))


def test_a_version_that_was_undone_is_still_readable_and_said_to_be_undone(browser: Client) -> None:
    undo(act=retitled("Pixels", expected=1).id, actor=None)
    assert "Pixel v1" in page(browser.get("/manage/checklists/pixel/"))
    text = page(browser.get("/manage/checklists/pixel/?version=2"))
    assert "Pixels v2" in text
    assert "Saving this version was undone" in text


def test_a_checklist_that_was_undone_whole_has_a_page_and_no_editor(
    browser: Client, admin_account: User, client_of: ClientOf
) -> None:
    document = newest("pixel").document.model_dump(mode="json")
    _, act = save_checklist(identifier="dt", document=document, note="", actor=None, expected=0)
    assert act is not None
    undo(act=act.id, actor=None)
    assert "Saving this checklist was undone" in page(browser.get("/manage/checklists/dt/"))
    assert client_of(admin_account).get("/manage/checklists/dt/edit").status_code == 404


@pytest.mark.parametrize("address", ["/manage/checklists/colour/", "/manage/checklists/pixel/?version=9"])
def test_what_does_not_exist_is_told_what_does(address: str, browser: Client) -> None:
    answer = browser.get(address)
    assert answer.status_code == 404
    assert "pixel" in page(answer)


@pytest.mark.parametrize("address", ["/manage/checklists/", "/manage/checklists/pixel/"])
def test_more_versions_need_no_more_queries(address: str, browser: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert browser.get(address).status_code == 200
        return len(found)

    queries()
    few = queries()
    for number in range(1, 6):
        retitled(f"Title {number}", expected=number)
    assert queries() == few <= 7


_LINE = st.sampled_from(["a", "a b", "Group: a", "  a", "☐ a"])
_TEXT = st.lists(_LINE, min_size=1, max_size=2).map("\n".join)
_GROUPS = st.lists(
    st.fixed_dictionaries(
        {
            "name": _LINE,
            "description": st.just("") | _TEXT,
            "items": st.lists(_TEXT, min_size=1, max_size=2).map(
                lambda texts: [{"key": f"k{place}", "text": text} for place, text in enumerate(texts)]
            ),
        }
    ),
    min_size=1,
    max_size=1,
)
_DOCUMENTS = st.fixed_dictionaries(
    {"title": _LINE, "description": st.just("") | _TEXT, "groups": _GROUPS, "retired": st.booleans()}
).map(ChecklistDocument.model_validate)


@settings(max_examples=200)
@given(_DOCUMENTS, _DOCUMENTS)
def test_a_difference_is_empty_only_between_documents_that_say_the_same(
    one: ChecklistDocument, other: ChecklistDocument
) -> None:
    assert (difference(one, other) == []) == (one == other)
    added = [line.text for line in difference(one, other) if line.kind == "added"]
    assert set(added) <= set(lines_of(other))
