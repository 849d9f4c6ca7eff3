"""Precedence: a person over a rule, later over earlier; what is overridden stays visible beside it."""

from __future__ import annotations

import pytest

from lumicert.decisions import selectors
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.services import append
from lumicert.decisions.tests.build import RUN, lumis_by_status, said, say

pytestmark = pytest.mark.django_db


def both() -> tuple[object, object]:
    found = selectors.standing(run=RUN)
    return lumis_by_status(found, Layer.PERSON), lumis_by_status(found, Layer.AUTOMATIC)


def test_a_rule_that_speaks_later_does_not_touch_what_a_person_said() -> None:
    say("BAD", (1, 5))
    say("GOOD", (1, 10), layer=Layer.AUTOMATIC)
    assert both() == ({"BAD": ((1, 5),)}, {"GOOD": ((1, 10),)})


def test_the_rules_word_stays_visible_under_a_persons() -> None:
    say("GOOD", (1, 10), layer=Layer.AUTOMATIC)
    say("BAD", (3, 4))
    assert both() == ({"BAD": ((3, 4),)}, {"GOOD": ((1, 10),)})


def test_later_stands_over_earlier_where_they_overlap_and_only_there() -> None:
    say("GOOD", (1, 10))
    say("BAD", (8, 12))
    assert both()[0] == {"GOOD": ((1, 7),), "BAD": ((8, 12),)}


def test_within_one_act_the_later_event_stands() -> None:
    events = [said("GOOD", (1, 10)), said("BAD", (5, 6)), said("STANDBY", (6, 7))]
    append(events=events, actor=None, origin=Origin.IMPORT)
    assert both()[0] == {"GOOD": ((1, 4), (8, 10)), "BAD": ((5, 5),), "STANDBY": ((6, 7),)}


def test_a_person_who_takes_the_word_back_lets_the_rules_reappear() -> None:
    say("GOOD", (1, 10), layer=Layer.AUTOMATIC)
    say("BAD", (3, 6))
    say(None, (3, 4))
    assert both() == ({"BAD": ((5, 6),)}, {"GOOD": ((1, 10),)})


def test_each_row_names_the_event_whose_word_it_is() -> None:
    say("GOOD", (1, 10), layer=Layer.AUTOMATIC)
    say("BAD", (3, 6), comment="noisy")
    found = [(item.seq, item.layer, item.comment) for item in selectors.standing(run=RUN)]
    assert found == [(1, Layer.AUTOMATIC, ""), (2, Layer.PERSON, "noisy")]
