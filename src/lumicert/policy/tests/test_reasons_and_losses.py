"""Which leaves keep lumisections out, and what that costs."""

import numpy as np
import pytest
from hypothesis import given, settings

from lumicert.policy import OUT, UNDECIDED, UNKNOWN, Column, Frame, Policy
from lumicert.policy.reasons import Amount
from lumicert.policy.tests.skeleton import blocking
from lumicert.policy.tests.strategies import conditions, frames

RUN_REGISTRY_RULE = {
    "and": [
        {">=": [{"var": "run.oms.energy"}, 6000]},
        {"in": ["25ns", {"var": "run.oms.injection_scheme"}]},
        {"==": [{"in": ["WMass", {"var": "run.oms.hlt_key"}]}, False]},
        {"==": [{"var": "lumisection.rr.dt-dt"}, "GOOD"]},
        {"==": [{"var": "lumisection.rr.tracker-strip"}, "GOOD"]},
        {"==": [{"var": "lumisection.oms.beam1_stable"}, True]},
        {"==": [{"var": "lumisection.oms.cms_active"}, True]},
    ]
}


def two_runs():
    """Run 322000 of 12 lumisections (rows 0-11) and run 322001 of 6 (rows 12-17)."""

    def bad_at(rows, good, bad):
        codes = np.zeros(18, dtype=np.uint8)
        codes[rows] = 1
        return Column.coded(codes, [good, bad])

    return Frame(
        18,
        {
            "run.oms.energy": Column.constant(6500),
            "run.oms.injection_scheme": Column.constant("25ns_2556b"),
            "run.oms.hlt_key": Column.constant("/cdaq/physics/Run2018"),
            "lumisection.rr.dt-dt": bad_at([2, 3, 4, 5], "GOOD", "BAD"),
            "lumisection.rr.tracker-strip": bad_at([1, 2], "GOOD", "STANDBY"),
            "lumisection.oms.beam1_stable": bad_at([12, 13], True, False),
            "lumisection.oms.cms_active": bad_at([11], True, False),
        },
    )


# Recorded luminosity: 0.1 /pb times the number of the lumisection.
WEIGHTS = 0.1 * np.concatenate([np.arange(1, 13), np.arange(1, 7)])


def test_the_worked_example_of_run_registry_comes_out():
    policy, frame = Policy.parse(RUN_REGISTRY_RULE, None), two_runs()
    assert np.flatnonzero(policy.evaluate(frame) == 2).tolist() == [0, *range(6, 11), *range(14, 18)]
    found = {tuple(leaf.text for leaf in reason.leaves): reason.rows.tolist() for reason in policy.reasons(frame)}
    assert found == {
        ("dt-dt is GOOD",): [3, 4, 5],
        ("beam1_stable is true",): [12, 13],
        ("tracker-strip is GOOD",): [1],
        ("dt-dt is GOOD", "tracker-strip is GOOD"): [2],
        ("cms_active is true",): [11],
    }


def test_losses_count_luminosity_with_and_without_company():
    policy = Policy.parse(RUN_REGISTRY_RULE, None)
    losses = {loss.leaf.text: loss for loss in policy.losses(two_runs(), WEIGHTS)}
    assert losses["dt-dt is GOOD"].inclusive.rows == 4
    assert losses["dt-dt is GOOD"].inclusive.weight == pytest.approx(1.8)
    assert losses["dt-dt is GOOD"].exclusive.weight == pytest.approx(1.5)
    assert losses["tracker-strip is GOOD"].inclusive.weight == pytest.approx(0.5)
    assert losses["tracker-strip is GOOD"].exclusive == Amount(1, pytest.approx(0.2))
    assert losses["cms_active is true"].inclusive.weight == pytest.approx(1.2)
    assert losses["beam1_stable is true"].exclusive.weight == pytest.approx(0.3)
    assert losses["run energy >= 6000"].inclusive == Amount(0, 0.0)


def test_undecided_rows_are_counted_apart():
    column = Column.coded(np.array([0, 1, 2, 2]), ["GOOD", "BAD", UNKNOWN])
    policy = Policy.parse({"==": [{"var": "lumisection.rr.dt-dt"}, "GOOD"]}, None)
    frame = Frame(4, {"lumisection.rr.dt-dt": column})
    assert [(reason.verdict, reason.rows.tolist()) for reason in policy.reasons(frame)] == [
        (UNDECIDED, [2, 3]),
        (OUT, [1]),
    ]
    (loss,) = policy.losses(frame, [1.0, 2.0, 4.0, 8.0])
    assert (loss.inclusive, loss.undecided_inclusive) == (Amount(1, 2.0), Amount(2, 12.0))
    assert (loss.exclusive, loss.undecided_exclusive) == (Amount(1, 2.0), Amount(2, 12.0))


def test_without_weights_each_row_weighs_one():
    policy = Policy.parse(RUN_REGISTRY_RULE, None)
    assert [loss.inclusive.weight for loss in policy.losses(two_runs())] == [0, 0, 0, 4, 2, 2, 1]


def test_reasons_can_be_asked_of_some_rows():
    found = Policy.parse(RUN_REGISTRY_RULE, None).reasons(two_runs(), rows=[11, 0, 2])
    assert sorted(reason.rows.tolist() for reason in found) == [[2], [11]]


def test_the_rule_as_run_registry_stores_it_has_the_same_reasons():
    plain = Policy.parse(RUN_REGISTRY_RULE, None).reasons(two_runs())
    stored = Policy.parse({"if": [RUN_REGISTRY_RULE, True, False]}, None).reasons(two_runs())
    assert [[leaf.text for leaf in reason.leaves] for reason in stored] == [
        [leaf.text for leaf in reason.leaves] for reason in plain
    ]


def blocked_by(rule, **values):
    frame = Frame(1, {name: Column.constant(value) for name, value in values.items()})
    return [leaf.path for reason in Policy.parse(rule, None).reasons(frame) for leaf in reason.leaves]


def test_an_if_is_blocked_by_the_branch_that_it_takes():
    rule = {"if": [{"var": "a"}, {"var": "b"}, {"var": "c"}]}
    assert blocked_by(rule, a=True, b=False, c=False) == ["if[1].var"]
    assert blocked_by(rule, a=False, b=False, c=False) == ["if[2].var"]
    assert blocked_by(rule, b=True, c=False) == ["if[0].var", "if[2].var"]


def test_an_if_is_blocked_by_its_condition_where_the_branch_is_a_constant():
    veto = {"if": [{"var": "a"}, False, {"var": "b"}]}
    assert blocked_by(veto, a=True, b=True) == ["if[0].var"]
    assert blocked_by(veto, a=True, b=False) == ["if[0].var", "if[2].var"]
    assert blocked_by(veto, a=False, b=False) == ["if[2].var"]
    assert blocked_by({"if": [{"var": "a"}, {"var": "b"}]}, a=False, b=False) == ["if[0].var", "if[1].var"]
    assert blocked_by({"if": [{"var": "a"}, False, False]}, a=False) == []


def test_rows_that_only_the_rule_keeps_out_have_no_leaves():
    (reason,) = Policy.parse(False, None).reasons(Frame(3, {}))
    assert (reason.verdict, reason.leaves, reason.rows.tolist()) == (OUT, (), [0, 1, 2])


def test_a_frame_with_every_row_in_has_no_reasons():
    assert Policy.parse(True, None).reasons(Frame(3, {})) == []


def test_more_leaves_than_bits_in_a_word_are_told_apart():
    names = [f"lumisection.rr.c-{i}" for i in range(130)]
    frame = Frame(
        130, {n: Column.coded((np.arange(130) == i).astype(int), ["GOOD", "BAD"]) for i, n in enumerate(names)}
    )
    policy = Policy.parse({"and": [{"==": [{"var": name}, "GOOD"]} for name in names]}, None)
    found = {reason.rows.item(): [leaf.index for leaf in reason.leaves] for reason in policy.reasons(frame)}
    assert found == {row: [row] for row in range(130)}


def test_more_rows_than_a_block_holds_are_grouped_as_one():
    column = Column.coded(np.arange(600_000) % 3, ["GOOD", "BAD", UNKNOWN])
    policy = Policy.parse({"==": [{"var": "x"}, "GOOD"]}, None)
    found = policy.reasons(Frame(600_000, {"x": column}))
    assert sorted(len(reason.rows) for reason in found) == [200_000, 200_000]


@pytest.mark.parametrize(
    ("weights", "message"), [([1.0], "one weight a row, 18"), ([np.nan] * 18, "weight of row 0 is nan")]
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        Policy.parse(RUN_REGISTRY_RULE, None).losses(two_runs(), weights)


@settings(max_examples=250)
@given(conditions(), frames())
def test_reasons_are_those_of_the_definition(rule, frame):
    policy = Policy.parse(rule, None)
    verdicts, leaf_verdicts = policy.evaluate(frame), policy.leaf_verdicts(frame)
    expected = {}
    for row in np.flatnonzero(verdicts != 2).tolist():
        given = {leaf.path: int(v) for leaf, v in zip(policy.leaves, leaf_verdicts[:, row], strict=True)}
        expected.setdefault((verdicts[row], frozenset(blocking(rule, given))), []).append(row)
    found = {(r.verdict, frozenset(leaf.path for leaf in r.leaves)): r.rows.tolist() for r in policy.reasons(frame)}
    assert found == expected


@settings(max_examples=100)
@given(conditions(), frames())
def test_what_is_in_and_what_is_lost_add_up(rule, frame):
    policy = Policy.parse(rule, None)
    found = policy.reasons(frame)
    kept_out = sorted(row for reason in found for row in reason.rows.tolist())
    assert kept_out == np.flatnonzero(policy.evaluate(frame) != 2).tolist()
    assert [len(reason.rows) for reason in found] == sorted((len(reason.rows) for reason in found), reverse=True)
    for loss in policy.losses(frame):
        assert loss.exclusive.rows <= loss.inclusive.rows <= (policy.evaluate(frame) == OUT).sum()
