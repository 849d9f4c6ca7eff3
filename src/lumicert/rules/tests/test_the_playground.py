"""What other rules would change, over many runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lumicert.rules.compare import Change, compare
from lumicert.rules.documents import read_document, written_document
from lumicert.rules.facts import Facts
from lumicert.rules.names import FLAGS
from lumicert.rules.selectors import shipped
from lumicert.rules.statuses import component_statuses
from lumicert.rules.tests.world import LUMIS, RULES, collisions, cosmics, facts


def edited(name: str, change: Any) -> Any:
    document = written_document(shipped(name).document)
    change(document)
    return RULES.with_document(name, read_document(name, document))


def all_on(document: dict[str, Any]) -> None:
    """DT is GOOD only where all three of its flags are true, and BAD where some are not."""
    rule = next(each for each in document["online"] if (each["component"], each["status"]) == ("dt-dt", "GOOD"))
    rule["if"]["and"][1] = {"and": rule["if"]["and"][1]["or"]}
    document["online"].append({"component": "dt-dt", "status": "BAD", "priority": 9, "if": {"var": "dt_included"}})


def test_the_same_rules_change_nothing():
    assert compare(RULES, RULES, [collisions(), cosmics(), facts()]) == []


def test_a_rule_that_names_another_class_changes_class_and_what_follows():
    def rename(document: dict[str, Any]) -> None:
        document["rules"][0]["class"] = "Collisions23"

    changes = compare(RULES, edited("class", rename), [collisions(360_001), cosmics(360_002)])
    assert {change.run for change in changes} == {360_001}
    by_what = {change.what: (change.before, change.after) for change in changes}
    assert by_what["class"] == ("Collisions22", "Collisions23")
    assert by_what["significant"] == (True, False)
    assert by_what["datasets"] == (["/Express/Collisions2022/DQM", "/PromptReco/Collisions2022F/DQM"], [])
    # a run that is not significant any more has no statuses
    assert by_what["tracker-pixel"] == ("GOOD", None)


def test_a_rule_about_a_component_changes_some_lumisections():
    half = {"true": ((1, 50),), "false": ((51, 100),)}
    known = collisions()
    runs = [replace(known, flags={**known.flags, "dtp_ready": half}), collisions(360_007)]
    changes = compare(RULES, edited("components", all_on), runs)
    assert changes == [Change(known.run, "dt-dt", "GOOD", "BAD", ((51, 100),))]


def test_what_becomes_unknown_is_a_change():
    def ask_for_more(document: dict[str, Any]) -> None:
        document["rules"][0]["if"]["and"].append({"==": [{"var": "energy"}, 6800]})

    changes = compare(RULES, edited("run-type", ask_for_more), [collisions()])
    assert changes == [Change(360_000, "run_type", "collisions", "unknown")]


def test_a_component_that_is_new_and_one_that_is_gone_are_changes():
    def swap(document: dict[str, Any]) -> None:
        document["online"] = [rule for rule in document["online"] if rule["component"] != "rpc-rpc"]
        document["online"].append({"component": "zdc-zdc", "status": "GOOD", "priority": 1, "if": {"var": "zdc_ready"}})

    assert compare(RULES, edited("components", swap), [collisions()]) == [
        Change(360_000, "rpc-rpc", "GOOD", None, LUMIS),
        Change(360_000, "zdc-zdc", None, "GOOD", LUMIS),
    ]


def test_runs_that_are_not_significant_have_no_statuses_to_change():
    assert compare(RULES, edited("components", all_on), [collisions(tier0_transfer=False)]) == []


def test_a_draft_has_no_version():
    assert "components" not in edited("components", all_on).versions


def run_of_500(number: int) -> Facts:
    """Every flag trips ten times, each flag elsewhere."""
    flags: dict[str, Any] = {}
    for place, flag in enumerate(sorted(FLAGS)):
        trips = tuple((start, start + 4) for start in range(7 + (place * 5 + number) % 40, 480, 47))
        on = tuple(zip((1, *(last + 1 for _, last in trips)), (*(first - 1 for first, _ in trips), 500), strict=True))
        flags[flag] = {"false": trips, "true": on}
    return replace(collisions(360_000 + number, lumis=((1, 500),)), flags=flags)


def test_a_thousand_runs_of_500_lumisections_are_compared():
    runs = [run_of_500(number) for number in range(1000)]
    new = edited("components", all_on)
    changes = compare(RULES, new, runs)
    assert len({change.run for change in changes}) == 1000
    # the same as two plain classifications of a run, apart
    before, after = (component_statuses(rules.components, runs[17])["dt-dt"] for rules in (RULES, new))
    bad = [
        change.lumis for change in changes if (change.run, change.after) == (360_017, "BAD") and change.before == "GOOD"
    ]
    lost = {ls for a, b in before["GOOD"] for ls in range(a, b + 1)} & {
        ls for a, b in after["BAD"] for ls in range(a, b + 1)
    }
    assert {ls for a, b in bad[0] for ls in range(a, b + 1)} == lost
