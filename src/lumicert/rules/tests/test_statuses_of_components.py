"""The status of components in lumisections: by example, and against a reading of one lumisection at a time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.decisions.ranges import canonical
from lumicert.policy import IN, OUT, UNKNOWN
from lumicert.policy.scalar import judge
from lumicert.rules.documents import ComponentRules
from lumicert.rules.facts import Facts
from lumicert.rules.names import FLAGS
from lumicert.rules.statuses import component_statuses, offline_statuses
from lumicert.rules.tests.world import LUMIS, RULES, collisions, facts, flags_of

RULED = RULES.components


def with_flags(**flags: Any) -> Facts:
    known = collisions()
    return replace(known, flags={**known.flags, **flags})


def test_everything_is_good_in_a_run_with_everything_on():
    found = component_statuses(RULED, collisions())
    good = {component for component, by_status in found.items() if by_status == {"GOOD": LUMIS}}
    assert good >= {"tracker-pixel", "tracker-strip", "dt-dt", "csc-csc", "rpc-rpc", "ecal-ecal", "gem-gem", "cms-cms"}
    assert found["castor-castor"] == {"EXCLUDED": LUMIS}
    assert found["l1t-l1tmu"] == {"NOTSET": LUMIS}
    assert found["lumi-lumi"] == {"GOOD": LUMIS}


def test_a_late_high_voltage_is_standby_until_any_part_is_on():
    late = {"false": ((1, 12),), "true": ((13, 100),)}
    later = {"false": ((1, 30),), "true": ((31, 100),)}
    found = component_statuses(RULED, with_flags(bpix_ready=late, fpix_ready=later))
    assert found["tracker-pixel"] == {"STANDBY": ((1, 12),), "GOOD": ((13, 100),)}


def test_a_part_that_is_null_leaves_the_component_without_a_status():
    nothing = {"null": ((1, 100),)}
    found = component_statuses(RULED, with_flags(rpc_ready=nothing))
    assert found["rpc-rpc"] == {}


def test_roman_pots_that_report_null_are_standby_as_the_published_rules_have_it():
    known = replace(with_flags(rp_sect_45_ready={"null": LUMIS}, rp_sect_56_ready={"false": LUMIS}))
    included = replace(known, attributes={**known.attributes, "components": ["CTPPS"]})
    assert component_statuses(RULED, included)["ctpps-ctpps"] == {"STANDBY": LUMIS}


def test_beams_that_were_lost_are_bad_for_cms_from_then_on():
    lost = {"true": ((1, 60),), "false": ((61, 100),)}
    assert component_statuses(RULED, with_flags(beam2_stable=lost))["cms-cms"] == {
        "GOOD": ((1, 60),),
        "BAD": ((61, 100),),
    }


def test_what_nobody_obtained_gives_no_status():
    found = component_statuses(RULED, facts())
    assert found["tracker-pixel"] == {}
    assert found["cms-cms"] == {}
    assert component_statuses(RULED, with_flags(rpc_ready={"true": ((1, 10),)}))["rpc-rpc"] == {"GOOD": ((1, 10),)}


def test_a_run_without_lumisections_has_no_status_anywhere():
    assert not any(component_statuses(RULED, collisions(lumis=())).values())


def test_lumisections_outside_the_run_get_no_status():
    known = replace(collisions(), lumis=((5, 9), (20, 20)))
    assert component_statuses(RULED, known)["dt-dt"] == {"GOOD": ((5, 9), (20, 20))}


def test_of_rules_of_one_priority_the_one_written_first_wins():
    always = {"component": "x-x", "priority": 1, "if": True}
    rules = ComponentRules.model_validate({"online": [{**always, "status": "BAD"}, {**always, "status": "GOOD"}]})
    assert component_statuses(rules, facts()) == {"x-x": {"BAD": LUMIS}}


def test_a_rule_that_might_have_its_turn_keeps_later_ones_from_theirs():
    unknown = {"component": "x-x", "priority": 1, "status": "EXCLUDED", "if": {"==": [{"var": "dt_included"}, None]}}
    certain = {"component": "x-x", "priority": 2, "status": "GOOD", "if": True}
    rules = ComponentRules.model_validate({"online": [unknown, certain]})
    assert component_statuses(rules, facts()) == {"x-x": {}}
    assert component_statuses(rules, facts(components=["DT"])) == {"x-x": {"GOOD": LUMIS}}


def test_other_datasets_copy_what_online_says_where_the_rules_say_so():
    online = {
        "dt-dt": {"GOOD": ((1, 90),), "NOTSET": ((91, 100),)},
        "cms-cms": {"GOOD": ((1, 50),), "STANDBY": ((51, 100),)},
    }
    found = offline_statuses(RULED, collisions(), online)
    assert found["dt-dt"] == {"GOOD": ((1, 90),)}
    assert found["cms-cms"] == {"GOOD": ((1, 50),)}
    assert found["csc-csc"] == {}
    assert found["tracker-track"] == {"NOTSET": LUMIS}
    assert found["ecal-ebm"] == {"GOOD": LUMIS}
    assert offline_statuses(RULED, collisions(components=["DT"]), online)["ecal-ebm"] == {"EXCLUDED": LUMIS}


def test_a_constant_is_no_status_where_there_are_no_lumisections():
    assert offline_statuses(RULED, facts(lumis=()), {})["tracker-track"] == {}


cuts = st.lists(st.integers(1, 30), max_size=6).map(lambda places: sorted({*places}))
values = st.sampled_from(["true", "false", "null", None])


@st.composite
def flag_ranges(draw: st.DrawFn) -> dict[str, Any]:
    """A flag that changes at some lumisections, and is unknown in some."""
    edges = [1, *draw(cuts), 31]
    by_value: dict[str, list[tuple[int, int]]] = {}
    for first, end in pairwise(edges):
        value = draw(values)
        if value is not None and first < end:
            by_value.setdefault(value, []).append((first, end - 1))
    return {value: canonical(ranges) for value, ranges in by_value.items()}


components = st.one_of(
    st.none(), st.just(UNKNOWN), st.lists(st.sampled_from(["DT", "ES", "PIXEL", "CTPPS"]), max_size=3)
)
varied = st.builds(
    lambda flags, present, lumis: facts(flags=flags, lumis=canonical(lumis), components=present),
    st.fixed_dictionaries(
        {},
        optional={
            name: flag_ranges()
            for name in ("dt0_ready", "dtm_ready", "dtp_ready", "esm_ready", "esp_ready", "bpix_ready", "fpix_ready",
                         "rp_sect_45_ready", "rp_sect_56_ready", "beam1_present", "beam2_present", "beam1_stable",
                         "beam2_stable")
        },
    ),
    components,
    st.lists(st.tuples(st.integers(1, 15), st.integers(0, 15)).map(lambda pair: (pair[0], sum(pair))), max_size=3),
)  # fmt: skip


def slow_status(known: Facts, component: str, ls: int) -> str | None:
    """One lumisection, one rule after the other, by the evaluator that defines what a rule means."""
    words = {"true": True, "false": False, "null": None}
    row = {name: known.attribute(name) for name in ("dt_included", "es_included", "pixel_included", "ctpps_included")}
    for name in FLAGS:
        told = [words[value] for value, ranges in known.flags.get(name, {}).items() if within(ranges, ls)]
        row[name] = told[0] if told else UNKNOWN
    for rule in RULED.by_component[component]:
        verdict, _ = judge(rule.policy.root, row)
        if verdict != OUT:
            return rule.status if verdict == IN else None
    return None


def within(ranges: Any, ls: int) -> bool:
    return any(first <= ls <= last for first, last in ranges)


@given(varied)
@settings(max_examples=60)
def test_all_lumisections_at_once_agree_with_one_at_a_time(known):
    found = component_statuses(RULED, known)
    for component in ("dt-dt", "ecal-es", "tracker-pixel", "ctpps-ctpps", "ctpps-rp45_210", "cms-cms", "hlt-hlt"):
        for ls in range(1, 32):
            fast = [status for status, ranges in found[component].items() if within(ranges, ls)]
            expected = slow_status(known, component, ls) if within(known.lumis, ls) else None
            assert fast == ([expected] if expected else []), (component, ls)


@given(varied, st.sampled_from(sorted(FLAGS)))
@settings(max_examples=60)
def test_knowing_less_takes_statuses_away_and_never_changes_or_adds_one(known, flag):
    less = replace(known, flags={name: each for name, each in known.flags.items() if name != flag})
    before, after = component_statuses(RULED, known), component_statuses(RULED, less)
    for component, by_status in after.items():
        for status, ranges in by_status.items():
            assert canonical([*ranges, *before[component].get(status, ())]) == before[component].get(status, ())


@given(st.booleans(), st.booleans())
def test_flags_of_all_lumisections_are_one_segment(first, second):
    known = facts(flags=flags_of(LUMIS, bpix_ready=first, fpix_ready=second), components=["PIXEL"])
    assert component_statuses(RULED, known)["tracker-pixel"] == {"GOOD" if first or second else "STANDBY": LUMIS}
