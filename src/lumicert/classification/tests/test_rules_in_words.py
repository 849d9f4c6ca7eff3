"""Rules are shown as sentences, in the order in which they are asked."""

from __future__ import annotations

import pytest

from lumicert.classification.wording import Line, in_words, n_rules, runs_in_words, sheets
from lumicert.policy import Policy
from lumicert.rules.documents import NAMES, read_document
from lumicert.rules.names import CATALOGUE
from lumicert.rules.selectors import shipped


def said(rule: object) -> Line:
    return in_words(Policy.parse(rule, CATALOGUE).root)


SHORT = {"and": [{"==": [{"var": "beam1_present"}, True]}, {"var": "tracker_included"}]}
LONG = {"or": [SHORT, {"in": ["/cdaq/cosmic/commissioning2022/", {"var": "hlt_key"}]}, {"var": "dt0_ready"}]}


def test_short_conditions_stand_in_one_sentence() -> None:
    assert said(SHORT) == Line("beam1_present is true and tracker_included", joined=True)


def test_conditions_of_two_kinds_are_a_list_under_their_word_so_that_none_is_misread() -> None:
    line = said(LONG)
    assert line.text == "at least one of"
    assert [child.text for child in line.children] == [
        "beam1_present is true and tracker_included",
        "hlt_key contains /cdaq/cosmic/commissioning2022/",
        "dt0_ready",
    ]


def test_many_conditions_are_a_list() -> None:
    flags = ("bpix_ready", "fpix_ready", "tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready", "castor_ready")
    line = said({"and": [{"==": [{"var": flag}, True]} for flag in flags]})
    assert (line.text, len(line.children)) == ("all of", 7)


def test_not_is_said_of_the_whole_group() -> None:
    assert said({"!": [SHORT]}) == Line("not", (said(SHORT),))
    assert said({"!": [{"var": "dt0_ready"}]}) == Line("not: dt0_ready")


def test_a_constant_is_always_or_never() -> None:
    assert (said(True).text, said(False).text) == ("always", "never")


def test_a_group_of_one_is_that_one() -> None:
    assert said({"and": [{"var": "dt0_ready"}]}) == Line("dt0_ready")


@pytest.mark.parametrize(("runs", "words"), [(None, "all"), ((5, None), "5 and later"), ((5, 9), "5–9")])
def test_a_range_of_runs_is_said(runs: tuple[int, int | None] | None, words: str) -> None:
    assert runs_in_words(runs) == words


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_that_ships_is_in_the_tables_with_a_cell_for_each_column(name: str) -> None:
    document = shipped(name).document
    found = sheets(document)
    assert n_rules(document) > 0
    for sheet in found:
        assert all(len(row.cells) == len(sheet.columns) for row in sheet.rows)
        assert all((row.condition is not None) == sheet.conditions for row in sheet.rows)


def test_classes_are_in_the_order_of_their_priorities() -> None:
    rules = [
        {"name": "second", "class": "B", "priority": 2, "if": True},
        {"name": "first", "class": "A", "priority": 1, "if": True},
    ]
    (sheet,) = sheets(read_document("class", {"rules": rules}))
    assert [row.cells[:3] for row in sheet.rows] == [(1, "first", "A"), (2, "second", "B")]


def test_other_datasets_have_tables_of_their_own() -> None:
    offline = {"copied": {"dt-dt": ["STANDBY"]}, "constant": {"csc-csc": "NOTSET"}}
    titles = [sheet.title for sheet in sheets(read_document("components", {"online": [], "offline": offline}))]
    assert titles == ["online", "other datasets: taken over", "other datasets: fixed"]
