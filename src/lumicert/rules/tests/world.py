"""Runs for tests of rules, and the rules that ship with the product."""

from __future__ import annotations

from typing import Any

from lumicert.decisions.ranges import Ranges
from lumicert.policy import UNKNOWN
from lumicert.rules.facts import Facts
from lumicert.rules.names import FLAGS
from lumicert.rules.selectors import shipped_rulesets

RULES = shipped_rulesets()
RUN = 360_000
LUMIS: Ranges = ((1, 100),)
EVERYTHING = "CSC DAQ DCS DQM DT ECAL ES GEM HCAL PIXEL RPC TCDS TRACKER TRG".split()

_BEAM = ("beam1_present", "beam2_present", "beam1_stable", "beam2_stable")


def flags_of(lumis: Ranges, **values: bool | None) -> dict[str, dict[str, Ranges]]:
    """The flags named, one value each in all lumisections."""
    words = {True: "true", False: "false", None: "null"}
    return {flag: {words[value]: lumis} for flag, value in values.items()}


def facts(
    run: int = RUN,
    *,
    lumis: Ranges = LUMIS,
    flags: dict[str, dict[str, Ranges]] | None = None,
    decided: dict[str, Any] | None = None,
    **attributes: Any,
) -> Facts:
    """A run of which nothing is known but what is given; an attribute that is UNKNOWN is left out."""
    known = {name: value for name, value in attributes.items() if value is not UNKNOWN}
    return Facts(run, known, flags or {}, lumis, decided or {})


def collisions(run: int = RUN, *, lumis: Ranges = LUMIS, **attributes: Any) -> Facts:
    """A run with beams and every detector on, of which everything is known."""
    usual = {
        "hlt_key": "/cdaq/physics/Run2022/2e34/v1.4.0/HLT/V3",
        "stable_beam": True,
        "tier0_transfer": True,
        "hlt_physics_counter": 1_000_000,
        "components": EVERYTHING,
        "era": "Run2022F",
    }
    return facts(run, lumis=lumis, flags=flags_of(lumis, **dict.fromkeys(FLAGS, True)), **usual | attributes)


def cosmics(run: int = RUN, **attributes: Any) -> Facts:
    """A run of the same detectors without beams."""
    values: dict[str, bool | None] = dict.fromkeys(FLAGS, True) | dict.fromkeys(_BEAM, False)
    usual = {
        "hlt_key": "/cdaq/cosmic/commissioning2022/v1.2.0/HLT/V1",
        "stable_beam": False,
        "tier0_transfer": True,
        "hlt_physics_counter": 5_000,
        "components": EVERYTHING,
        "era": "2022F",
    }
    return facts(run, flags=flags_of(LUMIS, **values), **usual | attributes)
