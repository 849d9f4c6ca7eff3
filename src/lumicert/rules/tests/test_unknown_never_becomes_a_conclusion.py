"""The law of classification: taking facts away makes conclusions unknown, and changes them to nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.policy import UNKNOWN
from lumicert.rules.classify import classify
from lumicert.rules.tests.world import RULES, collisions, cosmics

BEAMS = ("beam1_present", "beam2_present", "beam1_stable", "beam2_stable")
changed = st.fixed_dictionaries(
    {},
    optional={
        "hlt_key": st.sampled_from([None, "/cdaq/physics/x", "/cdaq/special/x", "/cdaq/cosmic/commissioning2022/x"]),
        "stable_beam": st.sampled_from([True, False, None]),
        "tier0_transfer": st.sampled_from([True, False, None]),
        "hlt_physics_counter": st.sampled_from([None, 0, 1000, 10_000]),
        "components": st.sampled_from([None, [], ["TRACKER", "DT"]]),
    },
)
flag_values = st.dictionaries(st.sampled_from(BEAMS), st.sampled_from(["true", "false", "null"]), max_size=4)
lost = st.sets(st.sampled_from(["hlt_key", "stable_beam", "tier0_transfer", "components", "era", "dt_ready", *BEAMS]))


def _forgotten(known: Any, names: set[str]) -> Any:
    return replace(
        known,
        attributes={name: value for name, value in known.attributes.items() if name not in names},
        flags={name: value for name, value in known.flags.items() if name not in names},
    )


@given(st.sampled_from([collisions, cosmics]), changed, flag_values, lost)
@settings(max_examples=150)
def test_knowing_less_leaves_a_conclusion_or_makes_it_unknown(run, attributes, values, names):
    known = run(**attributes)
    known = replace(known, flags={**known.flags, **{name: {value: known.lumis} for name, value in values.items()}})
    before, after = classify(RULES, known), classify(RULES, _forgotten(known, names))
    assert after.run_type in (before.run_type, UNKNOWN)
    assert after.klass in (before.klass, UNKNOWN)
    assert after.significant in (before.significant, UNKNOWN)
    assert {each.name for each in after.datasets} <= {each.name for each in before.datasets}


@given(st.sampled_from([collisions, cosmics]), changed, lost)
@settings(max_examples=60)
def test_each_unknown_conclusion_says_what_is_missing(run, attributes, names):
    found = classify(RULES, _forgotten(run(**attributes), names))
    concluded = {"run_type": found.run_type, "class": found.klass, "significant": found.significant}
    for what, value in concluded.items():
        assert (what in found.unknown) == (value is UNKNOWN)
        assert found.unknown.get(what, "not known: x") != "not known: "
