"""One function says whether a certification is good: the truth table of rule R3, low statistics included."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from lumicert.certification.events import CertificationMade
from lumicert.certification.judging import deciding, good
from lumicert.certification.tests.world import words
from lumicert.certification.workspaces import workspace


@pytest.mark.parametrize(
    ("run_type", "pixel", "strip", "tracking", "verdict"),
    [
        ("collisions", "GOOD", "GOOD", "GOOD", True),
        ("collisions", "BAD/L", "GOOD", "GOOD", True),
        ("collisions", "BAD", "GOOD", "GOOD", False),
        ("collisions", "EXCLUDED", "GOOD", "GOOD", False),
        ("collisions", "EXCLUDED/L", "GOOD", "GOOD", True),
        ("collisions", "GOOD", "BAD/L", "GOOD", True),
        ("collisions", "GOOD", "EXCLUDED", "GOOD", False),
        ("collisions", "GOOD", "GOOD", "BAD/L", True),
        ("collisions", "GOOD", "GOOD", "BAD", False),
        ("cosmics", "GOOD", "GOOD", "GOOD", True),
        ("cosmics", "BAD", "GOOD", "GOOD", True),
        ("cosmics", "EXCLUDED", "GOOD", "GOOD", True),
        ("cosmics", "BAD", "BAD/L", "GOOD", True),
        ("cosmics", "GOOD", "EXCLUDED", "GOOD", False),
        ("cosmics", "GOOD", "GOOD", "BAD", False),
    ],
)
def test_a_certification_is_good_where_each_deciding_component_is(run_type, pixel, strip, tracking, verdict):
    said = words(pixel, strip, tracking)
    assert good(said, deciding(workspace("tracker"), run_type)) is verdict


def test_bad_lumisections_of_a_good_component_leave_the_certification_good():
    said = words(bad={"strip": ((120, 340),), "tracking": ((120, 340),)})
    assert good(said, ["pixel", "strip", "tracking"])


def test_no_event_can_say_another_verdict_than_its_components():
    said = {
        "workspace": "tracker", "reconstruction": "express", "run_type": "collisions", "shifter": "shifter",
        "date": "2018-05-14", "parts": words(strip="BAD"), "decides": ["pixel", "strip", "tracking"],
    }  # fmt: skip
    assert CertificationMade.model_validate({**said, "verdict": "bad"}).verdict == "bad"
    with pytest.raises(ValidationError, match="the verdict is bad by its components, not good"):
        CertificationMade.model_validate({**said, "verdict": "good"})
