"""Random rules and random frames."""

import numpy as np
from hypothesis import strategies as st

from lumicert.policy import UNKNOWN, Column, Frame

NAMES = ["run.oms.energy", "run.rr.class", "lumisection.oms.bit", "lumisection.rr.strip", "x", "luminosity"]
SCALARS = [None, True, False, 0, 1, -1, 2, 3.5, 6500, "", "0", "1", " 2 ", "abc", "GOOD", "BAD", "GOOD,BAD", "nil"]
ARRAYS = [[], [1], [0, None], ["GOOD", "BAD"], [[]], [True, "1"], [{"x": 1}, {"x": ""}]]
NUMERIC = [None, 0, 1, -2, 3.5, 6500, 7000.25]

scalars = st.sampled_from(SCALARS)
constants = st.one_of(scalars, scalars, st.sampled_from([array for array in ARRAYS if array != ARRAYS[-1]]))


def variables(names=None):
    names = st.sampled_from(names or NAMES)
    return st.one_of(
        names.map(lambda name: {"var": name}),
        names.map(lambda name: {"var": [name]}),
        st.tuples(names, constants).map(lambda pair: {"var": list(pair)}),
    )


ELEMENT_NAMES = ["", "x", "0", "length", "current", "accumulator"]


def rules(names=None, depth=4):
    """Rules of any operator over the variables `names`."""
    return _expressions(names, depth).map(lambda rule: rule if isinstance(rule, dict) else {"!!": [rule]})


def _expressions(names, depth):
    leaf = st.one_of(constants, variables(names), variables(names))
    if depth == 0:
        return leaf
    return st.one_of(leaf, st.deferred(lambda: _operations(names, depth - 1)))


def _operations(names, depth):
    sub = _expressions(names, depth)

    def op(which, least, most):
        return st.tuples(st.sampled_from(which), st.lists(sub, min_size=least, max_size=most)).map(
            lambda p: {p[0]: p[1]}
        )

    inner = _expressions(ELEMENT_NAMES, min(depth, 1))
    listed = st.lists(st.sampled_from(names or NAMES), max_size=3)
    return st.one_of(
        op(["and", "or"], 1, 4),
        op(["and", "or"], 2, 3),
        op(["!", "!!"], 1, 1),
        op(["if", "?:"], 1, 5),
        op(["==", "!=", "===", "!=="], 2, 2),
        op(["<", "<="], 2, 3),
        op([">", ">=", "in", "/", "%", "-"], 2, 2),
        op(["+", "min", "max", "merge", "cat"], 0, 3),
        op(["*", "-"], 1, 2),
        op(["substr"], 2, 3),
        st.one_of(listed, listed.map(lambda names: [names])).map(lambda args: {"missing": args}),
        st.tuples(sub, listed, listed).map(lambda t: {"missing": {"merge": [t[1], {"if": [t[0], t[2], []]}]}}),
        st.tuples(sub, listed).map(lambda pair: {"missing_some": list(pair)}),
        st.tuples(st.sampled_from(["some", "all", "none", "map", "filter"]), sub, inner).map(
            lambda t: {t[0]: [t[1], t[2]]}
        ),
        st.tuples(sub, inner, sub).map(lambda t: {"reduce": list(t)}),
        st.lists(sub, max_size=3),
    )


# Skeletons of conditions, as policies are in practice.
def conditions(depth=3):
    status = st.sampled_from(["GOOD", "BAD"]).map(lambda s: {"==": [{"var": "lumisection.rr.strip"}, s]})
    leaf = st.one_of(
        status,
        st.sampled_from([True, False, None]).map(lambda b: {"==": [{"var": "lumisection.oms.bit"}, b]}),
        st.just({">=": [{"var": "luminosity"}, 1]}),
        st.just({"in": [{"var": "run.rr.class"}, ["GOOD", "abc"]]}),
        st.just({"var": "x"}),
        st.booleans(),
    )
    if depth == 0:
        return leaf
    sub = conditions(depth - 1)
    return st.one_of(
        leaf,
        st.lists(sub, min_size=1, max_size=4).map(lambda rules: {"and": rules}),
        st.lists(sub, min_size=1, max_size=4).map(lambda rules: {"or": rules}),
        sub.map(lambda rule: {"!": [rule]}),
        st.lists(sub, min_size=1, max_size=5).map(lambda rules: {"if": rules}),
    )


def policies():
    """Rules that a policy accepts: an operation or a Boolean."""
    return conditions()


def unshared(value):
    """A copy whose arrays and objects are its own: JavaScript tells shared ones apart from equal ones."""
    if isinstance(value, list):
        return [unshared(item) for item in value]
    return {key: unshared(item) for key, item in value.items()} if isinstance(value, dict) else value


@st.composite
def frames(draw, max_rows=6):
    """A frame of few rows: shared codes for the run, a code array for each of the rest, numbers for luminosity."""
    n_rows = draw(st.integers(1, max_rows))
    anything = st.one_of(st.just(UNKNOWN), scalars, st.sampled_from(ARRAYS).map(unshared))

    def codes(n_values):
        kind = draw(st.sampled_from([np.uint8, np.int64]))
        return np.array(draw(st.lists(st.integers(0, n_values - 1), min_size=n_rows, max_size=n_rows)), dtype=kind)

    runs = codes(3)
    columns = {
        "run.oms.energy": Column.coded(runs, draw(st.lists(anything, min_size=3, max_size=3))),
        "run.rr.class": Column.coded(runs, draw(st.lists(anything, min_size=3, max_size=4))),
        "lumisection.oms.bit": Column.coded(codes(4), [True, False, None, UNKNOWN]),
        "lumisection.rr.strip": Column.coded(codes(3), ["GOOD", "BAD", UNKNOWN]),
        "luminosity": draw(_numbers(n_rows)),
    }
    x = draw(st.sampled_from(["constant", "coded", "numbers", "missing"]))
    if x == "constant":
        columns["x"] = Column.constant(draw(anything))
    elif x == "coded":
        columns["x"] = Column.coded(codes(2), draw(st.lists(anything, min_size=2, max_size=2)))
    elif x == "numbers":
        columns["x"] = draw(_numbers(n_rows))
    return Frame(n_rows, columns)


@st.composite
def _numbers(draw, n_rows):
    values = draw(st.lists(st.sampled_from([*NUMERIC, UNKNOWN]), min_size=n_rows, max_size=n_rows))
    null = np.array([value is None for value in values])
    unknown = np.array([value is UNKNOWN for value in values])
    return Column.numbers(
        [0.0 if value is None or value is UNKNOWN else value for value in values], null=null, unknown=unknown
    )
