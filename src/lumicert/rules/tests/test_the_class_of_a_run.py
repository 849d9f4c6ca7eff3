"""Class, significance and datasets, by the published rules of 2022 and their likeness for earlier years."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lumicert.policy import UNKNOWN
from lumicert.rules.classify import classify
from lumicert.rules.documents import ClassRules
from lumicert.rules.tests.world import LUMIS, RULES, collisions, cosmics, facts


@pytest.mark.parametrize(
    ("known", "klass"),
    [
        (collisions(), "Collisions22"),
        (collisions(hlt_key="/cdaq/special/2022/LumiScan/HLT/V2"), "Collisions22Special"),
        (cosmics(), "Cosmics22"),
        (cosmics(hlt_key="/cdaq/cosmic/cruzet2022/HLT/V1"), "Commissioning22"),
        (cosmics(components=["DAQ", "TRACKER"]), "Commissioning22"),
        (collisions(hlt_key="/cdaq/circulating/2022/HLT/V1"), None),
        (collisions(hlt_key=None), None),
        (cosmics(hlt_key=None), None),
    ],
)
def test_a_run_of_2022_has_the_class_of_the_published_rules(known, klass):
    assert classify(RULES, known).klass == klass


@pytest.mark.parametrize(
    ("run", "klass"),
    [
        (286_999, None),
        (287_000, "Collisions17"),
        (312_999, "Collisions17"),
        (313_000, "Collisions18"),
        (327_999, "Collisions18"),
        (328_000, None),
        (349_999, None),
        (350_000, "Collisions22"),
    ],
)
def test_the_rules_of_a_year_hold_for_its_runs(run, klass):
    assert classify(RULES, collisions(run)).klass == klass


def test_the_first_rule_by_priority_wins_whatever_the_order_of_writing():
    always = [
        {"name": "late", "class": "Late", "priority": 2, "if": True},
        {"name": "early", "class": "Early", "priority": 1, "if": True},
    ]
    rules = replace(RULES, classes=ClassRules.model_validate({"rules": always}))
    assert classify(rules, facts()).klass == "Early"


def test_a_class_whose_turn_is_not_certain_is_not_given():
    found = classify(RULES, replace(cosmics(), flags={}))
    assert found.klass is UNKNOWN
    assert found.unknown["class"] == (
        "not known: beam1_present, beam2_present, cscm_ready, cscp_ready, dt0_ready, dtm_ready, dtp_ready, rpc_ready, "
        "tecm_ready, tecp_ready, tibtid_ready, tob_ready"
    )
    assert found.significant is UNKNOWN
    assert found.datasets == ()


def test_a_flag_counts_for_the_run_if_it_was_true_once():
    once = {"true": ((50, 50),), "false": ((1, 49), (51, 100))}
    known = collisions()
    assert classify(RULES, replace(known, flags={**known.flags, "beam1_stable": once})).klass == "Collisions22"


@pytest.mark.parametrize(
    ("stable", "value"),
    [
        ({}, UNKNOWN),
        ({"false": LUMIS}, False),
        ({"null": LUMIS}, False),
        ({"false": ((1, 99),)}, UNKNOWN),
        ({"false": ((1, 40), (61, 100)), "null": ((41, 60),)}, False),
        ({"true": ((3, 3),)}, True),
    ],
)
def test_a_flag_is_false_for_the_run_only_if_it_is_known_everywhere(stable, value):
    assert facts(flags={"beam1_stable": stable}).value("beam1_stable") is value
    assert facts(lumis=(), flags={"beam1_stable": {}}).value("beam1_stable") is UNKNOWN


@pytest.mark.parametrize(
    ("components", "value"), [(["DT", "CSC"], True), (["CSC"], None), ([], None), (None, UNKNOWN), (UNKNOWN, UNKNOWN)]
)
def test_what_took_part_is_true_or_null_and_unknown_without_a_list(components, value):
    assert facts(components=components).value("dt_included") is value


@pytest.mark.parametrize(
    ("known", "significant"),
    [
        (collisions(), True),
        (collisions(tier0_transfer=False), False),
        (collisions(tier0_transfer=None), False),
        (collisions(tier0_transfer=UNKNOWN), UNKNOWN),
        (collisions(hlt_key="/cdaq/physics/minidaq/HLT/V1"), False),
        (cosmics(hlt_physics_counter=1_000), True),
        (cosmics(hlt_physics_counter=999), False),
        (cosmics(hlt_physics_counter=None), False),
        (cosmics(components=["DAQ"], hlt_physics_counter=9_999), False),
        (cosmics(components=["DAQ"], hlt_physics_counter=10_000), True),
        (collisions(hlt_key=None), False),
    ],
)
def test_a_run_is_significant_by_the_rule_of_its_class(known, significant):
    assert classify(RULES, known).significant is significant


def test_what_follows_from_a_class_follows_from_the_one_that_a_person_decided():
    known = replace(cosmics(hlt_physics_counter=10), decided={"class": "Collisions22"})
    found = classify(RULES, known)
    assert (found.klass, found.significant) == ("Collisions22", True)
    assert [each.name for each in found.datasets] == ["/Express/Collisions2022/DQM", "/PromptReco/Collisions2022F/DQM"]


def test_a_run_that_is_not_significant_has_no_datasets():
    found = classify(RULES, collisions(tier0_transfer=False))
    assert (found.klass, found.datasets) == ("Collisions22", ())


def test_a_run_that_only_a_person_calls_significant_has_datasets():
    found = classify(RULES, replace(collisions(tier0_transfer=False), decided={"significant": True}))
    assert found.significant is True
    assert len(found.datasets) == 2


def test_only_what_the_undecided_rule_asks_for_is_called_missing():
    assert classify(RULES, collisions(hlt_key=UNKNOWN)).unknown["class"] == "not known: hlt_key"
    assert classify(RULES, facts(hlt_key="/cdaq/physics/x")).unknown["class"] == (
        "not known: beam1_present, beam1_stable, beam2_present, beam2_stable"
    )
    given = ClassRules.model_validate({"given_if": {"var": "era"}, "rules": [{"if": True, **NAMED}]})
    assert classify(replace(RULES, classes=given), facts()).unknown["class"] == "not known: era"


NAMED = {"name": "any", "class": "Any", "priority": 1}


def test_a_run_that_a_person_set_aside_has_no_datasets_whatever_its_class():
    found = classify(RULES, facts(decided={"significant": False}))
    assert (found.klass, found.significant, found.datasets) == (UNKNOWN, False, ())
    assert "datasets" not in found.unknown


def test_a_class_that_no_rule_of_significance_knows_is_not_significant():
    assert classify(RULES, facts(decided={"class": "Collisions12"})).significant is False


@pytest.mark.parametrize("era", ["2022F", "Run2022F", " Run2022F "])
def test_the_era_is_filled_into_the_name(era):
    names = [each.name for each in classify(RULES, collisions(era=era)).datasets]
    assert names == ["/Express/Collisions2022/DQM", "/PromptReco/Collisions2022F/DQM"]


@pytest.mark.parametrize("era", [UNKNOWN, None, "", "F", "2022F/../x", 2022])
def test_without_an_era_the_dataset_that_needs_it_is_missing_and_said_to_be(era):
    found = classify(RULES, collisions(era=era))
    assert [each.name for each in found.datasets] == ["/Express/Collisions2022/DQM"]
    assert "/PromptReco/Collisions{era}/DQM" in found.unknown["datasets"]


def test_the_datasets_of_cosmics_need_no_era():
    found = classify(RULES, cosmics(era=UNKNOWN))
    assert [(each.name, each.reconstruction) for each in found.datasets] == [
        ("/Express/Cosmics22/DQM", "express"),
        ("/PromptReco/Cosmics22/DQM", "prompt"),
    ]
    assert not found.unknown


def test_a_dataset_has_arrived_when_the_dqm_gui_has_a_name_of_it():
    express, prompt = classify(RULES, collisions()).datasets
    in_gui = ["/StreamExpress/Run2022F-Express-v1/DQMIO", "/ZeroBias/Run2022F-PromptReco-v1/DQMIO"]
    other_era = ["/ZeroBias/Run2022E-PromptReco-v1/DQMIO", "/JetHT/Run2022F-PromptReco-v1/DQMIO"]
    assert express.has_arrived(in_gui) == in_gui[:1]
    assert prompt.has_arrived(in_gui) == in_gui[1:]
    assert prompt.has_arrived(other_era) == []


def test_the_express_datasets_of_cosmics_arrive_under_both_kinds_of_era():
    express, prompt = classify(
        RULES, replace(cosmics(320_000), decided={"class": "Cosmics18", "significant": True})
    ).datasets
    assert express.has_arrived(["/StreamExpressCosmics/Commissioning2018-Express-v1/DQMIO"])
    assert prompt.has_arrived(
        ["/Cosmics/Commissioning2018-PromptReco-v1/DQMIO", "/Cosmics/Run2018D-PromptReco-v2/DQMIO"]
    )


def test_the_rules_that_were_used_are_named():
    assert classify(RULES, facts()).versions == dict.fromkeys(
        ["run-type", "class", "significant", "datasets", "components"], 1
    )
