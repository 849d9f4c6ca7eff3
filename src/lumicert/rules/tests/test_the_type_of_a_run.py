"""Rule R4 of CertHelper: collisions or cosmics; and what nobody obtained leaves the type unknown."""

from __future__ import annotations

import pytest

from lumicert.policy import UNKNOWN
from lumicert.rules.classify import classify
from lumicert.rules.tests.world import RULES, facts

PHYSICS = "/cdaq/physics/Run2018/2e34/v3.6.0/HLT/V2"
SPECIAL = "/cdaq/special/2018/TOTEM/HLT/V1"
COSMIC = "/cdaq/cosmic/commissioning2018/HLT/V1"
CIRCULATING = "/cdaq/circulating/2018/HLT/V1"


@pytest.mark.parametrize(
    ("hlt_key", "stable_beam", "expected"),
    [
        (PHYSICS, True, "collisions"),
        (PHYSICS, False, "cosmics"),
        (PHYSICS, None, "cosmics"),
        (SPECIAL, True, "collisions"),
        (COSMIC, True, "cosmics"),
        (None, True, "cosmics"),
        (CIRCULATING, True, "cosmics"),
    ],
)
def test_the_matrix_of_keys_and_beams(hlt_key, stable_beam, expected):
    assert classify(RULES, facts(hlt_key=hlt_key, stable_beam=stable_beam)).run_type == expected


def test_a_run_of_which_nothing_was_obtained_is_unknown_and_not_cosmics():
    found = classify(RULES, facts())
    assert found.run_type is UNKNOWN
    assert found.unknown["run_type"] == "not known: hlt_key, stable_beam"


@pytest.mark.parametrize(
    ("hlt_key", "stable_beam", "expected"),
    [
        (COSMIC, UNKNOWN, "cosmics"),
        (UNKNOWN, False, "cosmics"),
        (UNKNOWN, None, "cosmics"),
        (PHYSICS, UNKNOWN, UNKNOWN),
    ],
)
def test_half_of_the_facts_decide_only_where_the_other_half_cannot_matter(hlt_key, stable_beam, expected):
    assert classify(RULES, facts(hlt_key=hlt_key, stable_beam=stable_beam)).run_type == expected


def test_what_a_person_decided_is_kept_whatever_the_rules_say():
    found = classify(RULES, facts(hlt_key=PHYSICS, stable_beam=True, decided={"run_type": "cosmics"}))
    assert found.run_type == "cosmics"
    assert "run_type" not in classify(RULES, facts(decided={"run_type": "cosmics"})).unknown
