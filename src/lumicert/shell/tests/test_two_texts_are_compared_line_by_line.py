"""Differences of texts as pages show them: what was added and removed, and where lines were left out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.http import Http404
from hypothesis import given
from hypothesis import strategies as st

from lumicert.shell.differences import line_differences, version_named

TEXTS = st.lists(st.sampled_from("abcdef"), max_size=12)


@dataclass
class Kept:
    version: int


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert line_differences(text, text, around=2) == []


@given(TEXTS, TEXTS)
def test_with_enough_lines_around_both_texts_can_be_read_from_it(old, new):
    lines = line_differences(old, new, around=100)
    if old != new:
        assert [each.text for each in lines if each.kind in ("same", "removed")] == old
        assert [each.text for each in lines if each.kind in ("same", "added")] == new


def test_lines_that_are_left_out_leave_a_gap_and_none_before_the_first_line():
    old = [str(number) for number in range(20)]
    in_the_middle = line_differences(old, [*old[:10], "new", *old[10:]], around=1)
    assert [each.kind for each in in_the_middle] == ["gap", "same", "added", "same"]
    assert [each.kind for each in line_differences(old, ["new", *old], around=1)] == ["added", "same"]


def test_a_version_that_is_not_there_is_refused_with_those_that_are():
    kept = [Kept(1), Kept(3)]
    assert version_named(kept, "3", "the list") is kept[1]
    assert version_named(kept, None, "the list") is None
    with pytest.raises(Http404, match=r"no version '2' of the list; choose one of 1, 3"):
        version_named(kept, "2", "the list")
