"""Drafts: read back they are what was typed, whatever that was; each person has an own one."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicert.certification import drafts
from lumicert.certification.tests.world import a_run, certify
from lumicert.decisions.models import Event

pytestmark = pytest.mark.django_db

KEY = {"run": 321123, "workspace": "tracker", "reconstruction": "prompt"}
# what a browser can send: any text but a lone half of a pair, which is no text at all
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.dictionaries(TEXT, st.lists(TEXT, max_size=4), max_size=8))
def test_a_draft_read_back_is_what_was_typed(typed, shifter):
    drafts.save(**KEY, user=shifter, seq=7, typed=typed)
    kept = drafts.find(**KEY, user=shifter)
    assert (kept.typed, kept.seq) == (typed, 7)


def test_the_latest_counts_and_others_do_not_see_it(shifter, shifter2):
    for text in ("a", "b"):
        drafts.save(**KEY, user=shifter, seq=1, typed={"comment": [text]})
    assert drafts.find(**KEY, user=shifter).typed == {"comment": ["b"]}
    assert drafts.find(**KEY, user=shifter2) is None


def test_a_draft_that_comes_after_its_form_was_submitted_is_not_kept(shifter):
    a_run(321123, by=shifter)
    certify(321123, "prompt", by=shifter)
    act = Event.objects.latest("seq").act
    assert drafts.save(**KEY, user=shifter, seq=1, typed={"comment": ["late"]}, act=act) is None
    assert drafts.save(**KEY, user=shifter, seq=1, typed={"comment": ["new"]}, act=uuid4()) is not None
    assert drafts.find(**KEY, user=shifter).typed == {"comment": ["new"]}


def test_what_no_form_holds_is_refused_and_the_draft_before_stays(shifter):
    drafts.save(**KEY, user=shifter, seq=1, typed={"comment": ["short"]})
    with pytest.raises(drafts.DraftRefused, match="longer than 200,000 characters"):
        drafts.save(**KEY, user=shifter, seq=1, typed={"comment": ["x" * 200_000]})
    assert drafts.find(**KEY, user=shifter).typed == {"comment": ["short"]}


def test_a_discarded_draft_is_gone(shifter):
    drafts.save(**KEY, user=shifter, seq=1, typed={})
    assert drafts.discard(**KEY, user=shifter)
    assert not drafts.discard(**KEY, user=shifter)
