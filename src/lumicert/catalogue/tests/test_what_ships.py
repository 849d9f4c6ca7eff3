"""What ships can be used as it is: it obeys the rules of what people write, and fits to the runs that there are."""

from __future__ import annotations

from typing import get_args

import pytest

from lumicert.catalogue.documents import Reconstruction, RunType
from lumicert.catalogue.events import ProblemDefined, ReasonDefined
from lumicert.catalogue.selectors import checklists_for, shipped_checklists, shipped_problems, shipped_reasons

PIXEL, STRIP, TRACK = "tracker-pixel", "tracker-strip", "tracker-track"


def test_every_entry_obeys_what_is_asked_of_people() -> None:
    for each in shipped_problems():
        assert ProblemDefined(component=each.component, name=each.name, description=each.description).name == each.name
    for reason in shipped_reasons():
        assert ReasonDefined(name=reason.name, description=reason.description).name == reason.name


def test_every_checklist_can_be_read_and_rendered() -> None:
    assert {each.identifier for each in shipped_checklists()} == {
        "general", "trackermap", "pixel", "sistrip", "tracking", "shiftleader",
    }  # fmt: skip
    for each in shipped_checklists():
        assert all("<p>" in item.html for group in each.groups for item in group.items)
        assert len(set(each.item_keys)) == len(each.item_keys) >= 7


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("components", "identifiers"),
    [
        ([PIXEL, STRIP, TRACK], ["general", "trackermap", "pixel", "sistrip", "tracking"]),
        ([PIXEL], ["general", "trackermap", "pixel"]),
        ([TRACK], ["general", "tracking"]),
        (["dt-dt"], []),
    ],
)
def test_each_component_is_certified_with_its_own_checklists_in_order(
    components: list[str], identifiers: list[str]
) -> None:
    for run_type in get_args(RunType):
        for reconstruction in get_args(Reconstruction):
            found = checklists_for(run_type=run_type, reconstruction=reconstruction, components=components)
            assert [each.identifier for each in found] == identifiers
