"""What is unlikely is a warning: it has a text, is confirmed by its code, and another value asks again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from lumicert.certification.checking import Wanted, check
from lumicert.certification.comparing import Difference
from lumicert.certification.events import RunIn
from lumicert.certification.tests.test_what_is_refused import GIVEN, GOOD_REFERENCE, TICKED
from lumicert.certification.tests.world import TODAY, words


def warnings_of(given=GIVEN, reference=GOOD_REFERENCE):
    said = Wanted(
        words=words(), reference=reference, bad_reason="", tracker_map="exists", comment="", date=TODAY,
        checklists=[TICKED],
    )  # fmt: skip
    return check(said, given).warnings


def with_reference(run):
    found = RunIn(run=run, reconstruction="express")
    return replace(GIVEN, references={found: "collisions"}), found


def test_a_usual_run_asks_nothing():
    assert warnings_of() == []


@pytest.mark.parametrize(
    ("run", "texts"),
    [
        (315258, ["The reference run 315258 is from the future: it comes after run 315257."]),
        (309257, []),
        (309256, ["The reference run 309256 is 6,001 runs away."]),
    ],
)
def test_a_reference_from_the_future_or_far_away_is_unlikely(run, texts):
    assert [each.text for each in warnings_of(*with_reference(run))] == texts


def test_without_a_reference_it_asks_with_what_the_run_was_compared():
    (found,) = warnings_of(reference=None)
    assert (found.field, found.code) == ("reference", "no-reference")


def test_cosmics_with_luminosity_and_collisions_without_are_unlikely():
    cosmics = replace(GIVEN, run_type="cosmics", references={GOOD_REFERENCE: "cosmics"})
    assert "12.5 pb⁻¹ were recorded" in warnings_of(cosmics)[0].text
    assert "without luminosity" in warnings_of(replace(GIVEN, recorded=Decimal(0)))[0].text
    assert warnings_of(replace(GIVEN, recorded=None)) == []


def test_each_difference_from_the_counterpart_is_told_with_both_values():
    given = replace(GIVEN, counterpart="prompt", differences=[Difference("Strip", "GOOD", "BAD")])
    (found,) = warnings_of(given)
    assert found.text == "Strip: GOOD here, and prompt was certified as BAD."


def test_a_warning_about_another_value_has_another_code():
    codes = {warnings_of(*with_reference(run))[0].code for run in (315258, 315259)}
    assert len(codes) == 2
