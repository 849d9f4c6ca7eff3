"""Contradictions and omissions are errors at their field, whatever the browser let through."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from lumicert.certification.checking import Given, Wanted, check
from lumicert.certification.events import RunIn, Ticked
from lumicert.certification.judging import Word
from lumicert.certification.tests.world import TODAY, words
from lumicert.certification.workspaces import workspace

GOOD_REFERENCE = RunIn(run=315190, reconstruction="express")
GIVEN = Given(
    workspace=workspace("tracker"),
    run=315257,
    reconstruction="express",
    run_type="collisions",
    lumis=((1, 400),),
    today=TODAY,
    recorded=Decimal("12.5"),
    references={GOOD_REFERENCE: "collisions", RunIn(run=315000, reconstruction="express"): "cosmics"},
    problems={"pixel": ["Hole"]},
    reasons=["HV off"],
    items={("general", 1): ["dataset", "statistics"]},
)
TICKED = Ticked(identifier="general", version=1, items={"dataset": "t", "statistics": "t"})


def errors_of(given=GIVEN, **changes):
    values = {
        "words": words(), "reference": GOOD_REFERENCE, "bad_reason": "", "tracker_map": "exists", "comment": "",
        "date": TODAY, "checklists": [TICKED],
    }  # fmt: skip
    return check(Wanted(**{**values, **changes}), given).errors


def cosmics(**changes):
    from dataclasses import replace

    return replace(GIVEN, run_type="cosmics", recorded=None, references={GOOD_REFERENCE: "cosmics"}, **changes)


def test_a_good_run_has_no_errors():
    assert errors_of() == {}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (words(strip="BAD"), "Tracking cannot be GOOD while Strip is BAD"),
        (words(strip="EXCLUDED"), "Tracking cannot be GOOD while Strip is EXCLUDED"),
        (words(pixel="BAD"), "Tracking cannot be GOOD while Pixel is BAD"),
        (words(tracking="EXCLUDED"), "Tracking cannot be EXCLUDED: say GOOD or BAD"),
        (words(bad={"strip": ((120, 340),)}), "Tracking cannot be GOOD in LS 120–340, where Strip is BAD"),
        (
            words(bad={"strip": ((120, 340),), "tracking": ((100, 200),)}),
            "Tracking cannot be GOOD in LS 201–340, where Strip is BAD",
        ),
    ],
)
def test_tracking_cannot_be_good_without_what_it_needs(said, told):
    assert any(told in problem for problem in errors_of(words=said, bad_reason="HV off")["tracking"])


def test_pixel_is_not_needed_in_cosmics():
    assert errors_of(cosmics(), words=words(pixel="BAD"), bad_reason="HV off") == {}


def test_what_is_bad_only_for_low_statistics_contradicts_nothing():
    assert errors_of(words=words(strip="BAD/L")) == {}


def test_low_statistics_of_what_is_excluded_say_nothing():
    found = errors_of(words=words("EXCLUDED/L", "GOOD", "BAD"), bad_reason="HV off")
    assert "take away 'low statistics'" in found["pixel"][0]


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        (((390, 410),), "LS 401–410 are not in this dataset, which has LS 1–400"),
        (((1, 400),), "all lumisections of Pixel are in its ranges: say BAD"),
    ],
)
def test_ranges_are_some_of_the_lumisections_of_the_dataset(ranges, told):
    said = words(bad={"pixel": ranges, "tracking": ((1, 2),)})
    assert told in errors_of(words=said, bad_reason="HV off")["pixel"][0]


def test_ranges_beside_a_component_that_is_bad_everywhere_are_refused():
    said = {**words(tracking="BAD"), "strip": Word(status="BAD", bad_lumis=((1, 2),))}
    assert "BAD in all lumisections" in errors_of(words=said, bad_reason="HV off")["strip"][0]


def test_a_component_without_a_status_is_told_of():
    said = words()
    del said["strip"]
    assert errors_of(words=said)["strip"] == ["choose a status"]


def test_a_component_that_the_workspace_does_not_have_is_refused():
    said = {**words(), "moon": Word(status="GOOD")}
    assert errors_of(words=said)["moon"] == ["Tracker has no such component"]


@pytest.mark.parametrize(
    "said", [words(pixel="BAD", tracking="BAD"), words(bad={"pixel": ((1, 2),), "tracking": ((1, 2),)})]
)
def test_what_is_bad_needs_a_reason(said):
    assert errors_of(words=said)["bad_reason"] == ["say why it is bad: choose a reason"]
    assert "bad_reason" not in errors_of(words=said, bad_reason="HV off")


def test_reasons_and_problems_are_those_of_the_lists():
    said = {**words(), "pixel": Word(status="GOOD", problems=("Hole", "Mole"))}
    found = errors_of(words=said, bad_reason="because")
    assert found["pixel"] == ["there is no problem Mole in the list any more"]
    assert found["bad_reason"] == ["there is no reason 'because' in the list any more"]


def test_a_date_of_the_future_is_refused_and_today_is_not():
    assert errors_of(date=TODAY + timedelta(days=1))["date"] == ["2018-05-15 is in the future"]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        (RunIn(run=315257, reconstruction="express"), "it cannot be its own reference"),
        (RunIn(run=315000, reconstruction="express"), "is a run of cosmics, and this is one of collisions"),
        (RunIn(run=315190, reconstruction="prompt"), "is no reference run"),
    ],
)
def test_a_reference_is_another_run_of_the_same_type_that_was_promoted(reference, told):
    assert told in errors_of(reference=reference)["reference"][0]


def test_the_same_run_in_another_reconstruction_may_be_the_reference():
    from dataclasses import replace

    other = RunIn(run=315257, reconstruction="rereco")
    assert "reference" not in errors_of(replace(GIVEN, references={other: "collisions"}), reference=other)


def test_whether_the_tracker_map_exists_is_said():
    assert errors_of(tracker_map="")["tracker_map"] == ["say whether the tracker map exists"]


def test_every_item_of_every_checklist_is_ticked():
    half = Ticked(identifier="general", version=1, items={"dataset": "t"})
    assert errors_of(checklists=[half])["checklist.general"] == ["1 of 2 items are not ticked"]
    assert errors_of(checklists=[])["checklist.general"] == ["2 of 2 items are not ticked"]


def test_ticks_of_an_older_version_do_not_count():
    from dataclasses import replace

    given = replace(GIVEN, items={("general", 2): ["dataset"]})
    assert errors_of(given, checklists=[TICKED])["checklist.general"] == ["1 of 1 items are not ticked"]
