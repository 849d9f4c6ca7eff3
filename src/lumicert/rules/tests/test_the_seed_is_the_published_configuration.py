"""The rules that ship, held against Run Registry's published configuration of 2022, rule by rule."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from lumicert.rules.documents import ClassRules, ComponentRules, SignificantRules
from lumicert.rules.selectors import shipped

FOLDER = os.environ.get("LUMICERT_REAL_DATA")
_LINE = re.compile(r"(online|offline) (\S+) (\S+) (\d+) (\S+) (True|False) (.+)")

published = pytest.mark.skipif(FOLDER is None, reason="LUMICERT_REAL_DATA names no folder with the real public files")
Published = tuple[str, str, int, Any]


def read(where: str) -> list[Published]:
    """(component, status, priority, rule) of the enabled rules, in the order of the file."""
    lines = (Path(str(FOLDER)) / "rr_component_rules_2022.txt").read_text().splitlines()
    rules = [found.groups() for line in lines if (found := _LINE.fullmatch(line))]
    return [
        (f"{workspace}-{column}", status, int(priority), json.loads(logic))
        for place, workspace, column, priority, status, enabled, logic in rules
        if place == where and enabled == "True"
    ]


def seed() -> ComponentRules:
    document = shipped("components").document
    assert isinstance(document, ComponentRules)
    return document


@pytest.mark.real_data
@published
def test_the_72_online_rules_are_the_published_ones():
    ours = [(rule.component, rule.status, rule.priority, rule.logic) for rule in seed().online]
    assert len(ours) == 72
    assert ours == read("online")


@pytest.mark.real_data
@published
def test_the_130_offline_rules_say_what_the_published_ones_say():
    offline = seed().offline
    copied = [
        (component, status, 1, {"==": [{"var": f"lumisection.rr.{component}.status"}, status]})
        for component, statuses in offline.copied.items()
        for status in statuses
    ]
    constant = [(component, status, 1, True) for component, status in offline.constant.items()]
    ruled = [(rule.component, rule.status, rule.priority, _in_their_names(rule.logic)) for rule in offline.rules]
    ours, theirs = ([json.dumps(rule) for rule in rules] for rules in ([*copied, *constant, *ruled], read("offline")))
    assert len(ours) == 130
    assert sorted(ours) == sorted(theirs)


def _in_their_names(logic: Any) -> Any:
    """Flat names as the offline rules write them: with the place where the value lies."""
    text = re.sub(r'"(\w+_included)"', r'"run.oms.\1"', json.dumps(logic))
    return json.loads(re.sub(r'"(\w+_ready)"', r'"lumisection.oms.\1"', text))


def equal(name: str, value: bool) -> dict[str, Any]:
    return {"==": [{"var": name}, value]}


def test_the_classes_of_2022_are_the_published_ones_in_their_order():
    document = shipped("class").document
    assert isinstance(document, ClassRules)
    rules = {rule.klass: rule.logic for rule in document.ordered if rule.covers(360_000)}
    stable = [equal(f"beam{beam}_{what}", True) for what in ("present", "stable") for beam in (1, 2)]
    assert list(rules) == ["Collisions22", "Collisions22Special", "Cosmics22", "Commissioning22"]
    assert rules["Collisions22"] == {"and": [{"in": ["/cdaq/physics/", {"var": "hlt_key"}]}, *stable]}
    assert rules["Collisions22Special"] == {"and": [{"in": ["/cdaq/special/", {"var": "hlt_key"}]}, *stable]}
    unstable = [equal(f"beam{beam}_{what}", False) for what in ("present", "stable") for beam in (1, 2)]
    assert rules["Commissioning22"] == {"or": unstable}


@pytest.mark.parametrize(
    ("klass", "least"),
    [
        ("Collisions22", None),
        ("Collisions22Special", None),
        ("Commissioning22", 10_000),
        ("Cosmics22", 1_000),
        ("Cosmics22CRUZET", 1_000),
    ],
)
def test_significance_of_2022_is_the_published_one(klass, least):
    document = shipped("significant").document
    assert isinstance(document, SignificantRules)
    (rule,) = (rule for rule in document.rules if rule.klass == klass)
    conditions = [{"var": "tier0_transfer"}, {"==": [{"in": ["minidaq", {"var": "hlt_key"}]}, False]}]
    if least is not None:
        conditions.append({">=": [{"var": "hlt_physics_counter"}, least]})
    assert rule.logic == {"and": conditions}


def test_every_class_that_is_given_has_a_rule_of_significance_and_datasets():
    given = {rule.klass for rule in shipped("class").document.rules}
    assert given <= {rule.klass for rule in shipped("significant").document.rules}
    assert given == {rule.klass for rule in shipped("datasets").document.rules}
