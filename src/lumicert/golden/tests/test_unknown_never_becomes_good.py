"""Invariant R12: taking knowledge away can make good unknown, and can make nothing good."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicert.decisions.ranges import canonical
from lumicert.golden import policies, selectors
from lumicert.golden.tests.test_the_frame_agrees_with_a_slow_reading import LAST, forgotten, numbers
from lumicert.golden.tests.world import DATASET, TRACKER, flag, is_status, policy, register, report, say

pytestmark = pytest.mark.django_db

RUN = 315257
FLAGS = ("cms_active", "bpix_ready")
LEAVES = [
    *(is_status(component, status) for component in TRACKER for status in ("GOOD", "BAD")),
    *(flag(name) for name in FLAGS),
    *({"!=": [{"var": f"lumisection.rr.{component}"}, "BAD"]} for component in TRACKER),
    {">": [{"var": "run.oms.energy"}, 6000]},
]
rules = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"and": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"or": parts}),
        inner.map(lambda part: {"!": [part]}),
        st.tuples(inner, inner, inner).map(lambda parts: {"if": list(parts)}),
    ),
    max_leaves=6,
)
lumis = st.lists(
    st.tuples(st.integers(1, LAST), st.integers(1, LAST)).map(lambda pair: (min(pair), max(pair))),
    min_size=1,
    max_size=2,
).map(canonical)
inputs = st.lists(st.tuples(st.sampled_from(TRACKER), st.sampled_from(("GOOD", "BAD")), lumis), min_size=1, max_size=5)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rule=rules, said=inputs, active=lumis, taken=lumis, component=st.sampled_from((*TRACKER, "cms_active", "energy"))
)
def test_taking_any_input_away_makes_no_lumisection_good(
    rule: object, said: list, active: tuple, taken: tuple, component: str
) -> None:
    with forgotten():
        everything = verdicts(rule, said, active, energy=6500)
    with forgotten():
        energy = None if component == "energy" else 6500
        less = verdicts(
            rule, said, () if component == "cms_active" else active, energy=energy, taken=(component, taken)
        )
    for ls in range(1, LAST + 1):
        assert less[ls] in (everything[ls], "unknown"), f"LS {ls} went from {everything[ls]} to {less[ls]}"


def verdicts(
    rule: object, said: list, active: tuple, *, energy: int | None, taken: tuple | None = None
) -> dict[int, str]:
    register(RUN, ((1, LAST),), **({"energy": energy} if energy else {}))
    for component, status, ranges in said:
        say(RUN, component, status, ranges)
    if active:
        report(RUN, active, {"cms_active": {"true": active}, "bpix_ready": {"false": active}})
    if taken and taken[0] in TRACKER:
        say(RUN, taken[0], None, taken[1])
    golden = selectors.build(policy=policy(rule), dataset=DATASET)
    return dict(zip(golden.universe.ls.tolist(), (("out", "unknown", "in")[v] for v in golden.verdicts), strict=True))


def test_a_lumisection_that_nobody_looked_at_is_counted_as_unknown_and_is_not_golden() -> None:
    register(RUN, ((1, 10),))
    say(RUN, "tracker-pixel", "GOOD", ((1, 10),))
    say(RUN, "tracker-strip", "GOOD", ((1, 8),))
    say(RUN, "tracker-track", "BAD", ((9, 9),))
    golden = selectors.build(policy=policies.find("tracker-good"), dataset=DATASET)
    assert (golden.inside.n_ls, golden.outside.n_ls, golden.unknown.n_ls) == (0, 1, 9)


def test_run_registry_s_reading_of_unknown_as_null_is_a_switch() -> None:
    register(RUN, ((1, 3),))
    rule = {"!=": [{"var": "lumisection.rr.tracker-pixel"}, "BAD"]}
    assert selectors.build(policy=policy(rule), dataset=DATASET).unknown.n_ls == 3
    assert selectors.build(policy=policy(rule, unknown_as_null=True), dataset=DATASET).inside.n_ls == 3


def test_numbers_of_a_test_range_are_what_they_say() -> None:
    assert numbers(((1, 3), (5, 5))) == [1, 2, 3, 5]
