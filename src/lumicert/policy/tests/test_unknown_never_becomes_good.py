"""The law of unknowns (invariant R12): knowing less may undecide a lumisection, and do nothing else."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.policy import UNKNOWN, Column, Frame, Policy
from lumicert.policy.tests.strategies import NAMES, conditions, frames, rules


@st.composite
def forgotten(draw, frame):
    """The frame with any of its values replaced by UNKNOWN."""
    columns = {}
    for name in NAMES:
        column = frame.column(name)
        values = [column.value(row) for row in range(frame.n_rows)]
        lost = draw(st.lists(st.booleans(), min_size=frame.n_rows, max_size=frame.n_rows))
        kept = [UNKNOWN if gone else value for value, gone in zip(values, lost, strict=True)]
        columns[name] = Column.coded(np.arange(frame.n_rows), kept)
    return Frame(frame.n_rows, columns)


@settings(max_examples=300)
@given(st.data(), st.one_of(rules(), conditions()), frames())
def test_replacing_values_by_unknown_keeps_a_verdict_or_undecides_it(data, rule, frame):
    policy = Policy.parse(rule, None)
    before = policy.evaluate(frame)
    after = policy.evaluate(data.draw(forgotten(frame)))
    assert ((after == before) | (after == 1)).all()


@settings(max_examples=200)
@given(st.data(), conditions(), frames())
def test_dropping_whole_columns_brings_no_row_in(data, rule, frame):
    policy = Policy.parse(rule, None)
    kept = data.draw(st.sets(st.sampled_from(NAMES)))
    fewer = Frame(frame.n_rows, {name: column for name, column in frame.columns.items() if name in kept})
    brought_in = (policy.evaluate(fewer) == 2) & (policy.evaluate(frame) != 2)
    assert not brought_in.any()


@settings(max_examples=200)
@given(rules(), frames())
def test_with_unknown_as_null_everything_is_decided(rule, frame):
    assert set(Policy.parse(rule, None, unknown_as_null=True).evaluate(frame).tolist()) <= {0, 2}
