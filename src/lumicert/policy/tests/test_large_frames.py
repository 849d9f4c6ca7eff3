"""Each way of evaluating that only large tables take, against the exact evaluator on every distinct row."""

import numpy as np
import pytest

from lumicert.policy import UNKNOWN, Column, Frame, Policy
from lumicert.policy.scalar import judge

ROWS = 300_000  # more than two chunks
RANDOM = np.random.default_rng(7)
RUNS = np.sort(RANDOM.integers(0, 700, ROWS))
SPREAD = RANDOM.random(700).round(4)

FRAME = Frame(
    ROWS,
    {
        "status": Column.coded(
            RANDOM.integers(0, 7, ROWS), ["GOOD", "BAD", "STANDBY", "EXCLUDED", "NOTSET", "EMPTY", UNKNOWN]
        ),
        "bit": Column.coded(RANDOM.integers(0, 3, ROWS).astype(np.uint8), [True, False, None]),
        "run": Column.coded(RUNS, list(range(320_000, 320_700))),
        "field": Column.coded(
            RUNS, [None if i % 90 == 0 else UNKNOWN if i % 70 == 0 else x for i, x in enumerate(SPREAD)]
        ),
        "key": Column.coded(RUNS, [f"/cdaq/physics/{i % 130}" for i in range(700)]),
        "step": Column.coded(RANDOM.integers(0, 100, ROWS), [i / 100 for i in range(100)]),
        "limit": Column.constant(0.25),
        "lumi": Column.numbers(
            RANDOM.integers(0, 500, ROWS) / 100, null=RANDOM.random(ROWS) < 0.1, unknown=RANDOM.random(ROWS) < 0.1
        ),
    },
)

RULES = {
    "a few codes": {"in": [{"var": "status"}, ["GOOD", "STANDBY", "EMPTY", "BAD"]]},
    "numbers per run": {"<=": [0.2, {"var": "field"}, 0.8]},
    "numbers per run, against a constant": {">": [{"*": [{"var": "field"}, 2]}, {"var": "limit"}]},
    "text per run": {"in": ["/1", {"var": "key"}]},
    "several variables of a run": {"or": [{"in": ["/99", {"var": "key"}]}, {"<": [{"%": [{"var": "run"}, 7]}, 2]}]},
    "numbers of a run against each other": {"<": [{"%": [{"var": "run"}, 2]}, {"var": "field"}]},
    "two code arrays": {"==": [{"var": "bit"}, {"in": [{"var": "status"}, ["GOOD"]]}]},
    "many combinations of codes": {"in": ["0trueGO", {"cat": [{"var": "run"}, {"var": "bit"}, {"var": "status"}]}]},
    "numbers of two code arrays": {"<": [{"var": "step"}, {"var": "field"}]},
    "numbers per row": {">=": [{"var": "lumi"}, 1]},
    "numbers per row between": {"<": [0.5, {"var": "lumi"}, {"+": [{"var": "step"}, 1]}]},
    "numbers per row against null": {"!=": [{"var": "lumi"}, None]},
    "arithmetic per row": {">": [{"-": [{"max": [{"var": "lumi"}, {"var": "step"}]}, {"/": [{"var": "step"}, 2]}]}, 1]},
    "the sign of zero": {
        "and": [
            {"<": [{"/": [1, {"min": [{"var": "lumi"}, {"-": [{"var": "lumi"}]}]}]}, 0]},
            {">": [{"/": [1, {"max": [{"var": "lumi"}, {"-": [{"var": "lumi"}]}]}]}, 0]},
            {"<": [{"var": "step"}, 0.5]},
        ]
    },
    "numbers per row as text": {"in": ["1.", {"cat": [{"var": "lumi"}]}]},
    "truth of numbers": {"!": [{"-": [{"var": "lumi"}]}]},
    "a skeleton of everything": {
        "if": [
            {"or": [{"var": "bit"}, {"==": [{"var": "status"}, "GOOD"]}]},
            {">": [{"var": "lumi"}, {"var": "limit"}]},
            {"!": [{"<": [{"var": "field"}, 0.5]}]},
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("unknown_as_null", [False, True])
@pytest.mark.parametrize("name", RULES)
def test_a_large_frame_is_evaluated_exactly(name, unknown_as_null):
    policy = Policy.parse({"and": [RULES[name]]}, None, unknown_as_null=unknown_as_null)
    verdicts = policy.evaluate(FRAME)
    sample = [*range(0, ROWS, 150), ROWS - 1]
    expected = []
    for row in sample:
        data = FRAME.row(row, policy.variables)
        known = {key: value for key, value in data.items() if not (unknown_as_null and value is UNKNOWN)}
        expected.append(int(judge(policy.root, known)[0]))
    assert verdicts[sample].tolist() == expected
    assert len(set(expected)) > 1
