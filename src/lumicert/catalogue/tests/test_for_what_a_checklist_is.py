"""A checklist is for types of runs, reconstructions and components; an empty list means all."""

from __future__ import annotations

from typing import Any

import pytest

from lumicert.catalogue.documents import Applies
from lumicert.catalogue.selectors import checklists_for
from lumicert.catalogue.tests.world import document, save

ASKED: dict[str, Any] = {"run_type": "cosmics", "reconstruction": "express", "components": ["tracker-pixel", "dt-dt"]}


@pytest.mark.parametrize(
    ("applies", "covers"),
    [
        ({}, True),
        ({"run_types": ["cosmics"]}, True),
        ({"run_types": ["collisions"]}, False),
        ({"reconstructions": ["prompt", "express"]}, True),
        ({"reconstructions": ["prompt"]}, False),
        ({"components": ["dt-dt"]}, True),
        ({"components": ["tracker-strip"]}, False),
        ({"run_types": ["cosmics"], "components": ["tracker-strip"]}, False),
    ],
)
def test_it_covers_what_all_its_lists_have(applies: dict[str, Any], covers: bool) -> None:
    assert Applies(**applies).covers(**ASKED) is covers


@pytest.mark.django_db
def test_only_checklists_for_certifying_come_in_the_order_of_their_places() -> None:
    save(document(place=5, title="Before all"), identifier="first", expected=0)
    save(document(purpose="report"), identifier="weekly", expected=0)
    found = [each.identifier for each in checklists_for(**ASKED)]
    assert found == ["first", "general", "trackermap", "pixel"]
