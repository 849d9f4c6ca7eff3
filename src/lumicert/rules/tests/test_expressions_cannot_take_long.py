"""What people write as regular expressions is bounded before it is ever searched for."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.rules import expressions


@pytest.mark.parametrize(
    "expression",
    [
        r"/ZeroBias/Run2018D-PromptReco-v.*?/DQMIO",
        r"^/StreamExpressCosmics/(Run|Commissioning)2022[A-Z]?-Express-v\d+/DQMIO$",
        r"^/(?:ZeroBias|SingleMuon)/Run{era}-PromptReco-v\d+/DQMIO$",
        r"/Run20\d{2}[A-Z]-.*-v[0-9]+/",
        r"[(+*?|]\(\+",
    ],
)
def test_what_names_of_datasets_need_is_taken(expression):
    assert expressions.check(expression) == expression


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        (r"(a+)+$", "repeats a group"),
        (r"(a|a)*$", "repeats a group"),
        (r"(ab){3}", "repeats a group"),
        (r"(ab)?", "repeats a group"),
        (r".*.*.*x", "3 repeats"),
        (r"a?a?a?a?a?aaaaa", "5 choices"),
        (r"(a|b)(a|b)(a|b)(a|b)(a|b)", "5 choices"),
        (r"(?=a)b", "looks around"),
        (r"(?P<x>a)", "looks around"),
        (r"(a)\1", "looks around or back"),
        (r"[[a]b]", "a set in a set"),
        (r"[a", "is no regular expression"),
        (r"a{2,1}", "is no regular expression"),
        (r"(a", "is no regular expression"),
    ],
)
def test_what_could_take_long_or_does_not_compile_is_refused(expression, why):
    with pytest.raises(ValueError, match=why):
        expressions.check(expression)


@pytest.mark.parametrize("expression", [".*.*x", "a*a*b", ".+.+a?a?a?a?b", "[^/]*[^/]*y", "(a|a)(a|a)(a|a)(a|a).*.*z"])
def test_the_worst_that_is_taken_ends_soon_on_the_longest_name(expression):
    expressions.check(expression)
    began = time.process_time()
    assert not expressions.found(expression, "a" * expressions.LONGEST_NAME)
    assert time.process_time() - began < 5


def test_a_name_longer_than_any_dataset_is_not_searched():
    assert expressions.found("a", "a" * expressions.LONGEST_NAME)
    assert not expressions.found("a", "a" * (expressions.LONGEST_NAME + 1))


@given(st.text(alphabet="ab.*+?|()[]{}2,\\1^$", max_size=14))
@settings(max_examples=200)
def test_whatever_is_taken_can_be_searched_for(expression):
    try:
        expressions.check(expression)
    except ValueError:
        return
    expressions.found(expression, "ab" * 100)


def test_an_era_is_taken_literally():
    assert expressions.found(expressions.with_era("^/Run{era}-", "2022."), "/Run2022.-")
    assert not expressions.found(expressions.with_era("^/Run{era}-", "2022."), "/Run2022F-")
