"""The text in the editor is the document, nothing less; and differences are told line by line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.classification.forms import NotJson, read_json
from lumicert.classification.tests.world import renamed
from lumicert.classification.writing import WIDTH, difference, text_of
from lumicert.rules.documents import NAMES, read_document
from lumicert.rules.selectors import shipped


@pytest.mark.parametrize("name", NAMES)
def test_a_document_comes_back_from_its_text(name: str) -> None:
    document = shipped(name).document
    assert read_document(name, read_json(text_of(document))) == document


conditions = st.recursive(
    st.sampled_from([True, False, {"var": "hlt_key"}, {"==": [{"var": "energy"}, 6800.5]}, {"var": "dt0_ready"}]),
    lambda inner: st.builds(lambda op, parts: {op: parts}, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1)),
    max_leaves=12,
)
words = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,30}", fullmatch=True)
rules = st.fixed_dictionaries(
    {"name": words, "class": words, "priority": st.integers(1, 99), "if": conditions},
    optional={"note": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)},
)


@settings(max_examples=60)
@given(st.lists(rules, max_size=5))
def test_every_document_comes_back_from_its_text(several: list[dict[str, object]]) -> None:
    document = read_document("class", {"rules": several})
    assert read_document("class", read_json(text_of(document))) == document


def test_a_rule_begins_with_its_name_and_what_fits_stands_on_one_line() -> None:
    text = text_of(shipped("class").document)
    assert text.splitlines()[4].strip() == '"name": "collisions",'
    assert '      "runs": [350000, null],' in text.splitlines()
    short = [line for line in text.splitlines() if '"note"' not in line]
    assert max(map(len, short)) <= WIDTH


def test_the_same_document_has_the_same_text_whatever_the_order_of_its_keys() -> None:
    rule = {"priority": 1, "class": "A", "if": True, "name": "first"}
    turned = dict(reversed(rule.items()))
    assert text_of(read_document("class", {"rules": [rule]})) == text_of(read_document("class", {"rules": [turned]}))


@pytest.mark.django_db
def test_a_difference_shows_what_is_gone_and_what_is_new() -> None:
    old, new = shipped("class").document, read_document("class", json.loads(renamed()))
    lines = difference(old, new)
    changed = [(line.kind, line.text.strip()) for line in lines if line.kind in {"added", "removed"}]
    assert changed == [("removed", '"class": "Collisions22",'), ("added", '"class": "Collisions23",')]
    assert lines[0].kind == "gap"


def test_documents_that_say_the_same_do_not_differ() -> None:
    assert difference(shipped("class").document, shipped("class").document) == []


def test_a_key_that_stands_twice_is_refused_with_its_rule() -> None:
    with pytest.raises(NotJson, match=r"'priority' of the rule cosmics Cosmics22 stands twice"):
        read_json('{"rules": [{"name": "cosmics", "priority": 1, "class": "Cosmics22", "priority": 2}]}')


def test_a_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(NotJson, match="NaN"):
        read_json('{"rules": NaN}')
