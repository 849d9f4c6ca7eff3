"""Comparisons and arithmetic of numbers, by numpy.

Where every operand of a condition is a number or null, JavaScript's rules reduce to IEEE arithmetic: null counts as 0
in comparisons by size and in `- / % min max`, as NaN in `+ *` (parseFloat("null")), and equals only null. NaN compares
false. Everything else (text, booleans, arrays) is left to the exact evaluator: `numeric_condition` returns None.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lumicert.policy.columns import Floats, Mask, Numbers
from lumicert.policy.tree import Node
from lumicert.policy.vector import Computed, Planes

Source = Callable[[slice], Numbers]

_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "min", "max"})
_ORDERS: dict[str, Callable[[Floats, Floats], Mask]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def numeric_condition(node: Node, sources: Mapping[str, Source | None]) -> Computed | None:
    """The condition of a leaf whose operands are all numeric, or None.

    `sources` gives for each variable the function that reads its numbers in a range of rows, or None if the variable
    may hold something that is neither number nor null.
    """
    compares = node.op in _ORDERS or node.op in _EQUALITIES
    known = _operands(node.args if compares else (node,), sources)
    if known is None:
        return None
    if node.op in _ORDERS:
        order = _ORDERS[node.op]
        return Computed(lambda rows: _chain(order, [read(rows) for read in known]))
    if node.op in _EQUALITIES:
        equal = _EQUALITIES[node.op]
        return Computed(lambda rows: _equality(equal, known[0](rows), known[1](rows)))
    return Computed(lambda rows: _truthiness(known[0](rows)))


def _operands(nodes: Sequence[Node], sources: Mapping[str, Source | None]) -> list[Source] | None:
    operands = [_operand(node, sources) for node in nodes]
    known = [operand for operand in operands if operand is not None]
    return known if len(known) == len(operands) else None


def _operand(node: Node, sources: Mapping[str, Source | None]) -> Source | None:
    if node.op == "var":
        # A default could be anything, and matters only where unknown counts as absent.
        return sources[str(node.value)] if not node.args else None
    if node.op == "constant":
        return _constant(node)
    if node.op not in _ARITHMETIC or not node.args or (node.op == "*" and len(node.args) == 1):
        return None
    known = _operands(node.args, sources)
    return None if known is None else lambda rows: _calculated(node.op, [read(rows) for read in known])


def _constant(node: Node) -> Source | None:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        return None
    null = np.ones(1, dtype=bool) if value is None else None
    # One element broadcasts over any range of rows.
    constant = Numbers(np.full(1, value or 0.0, dtype=np.float64), null, None)
    return lambda _rows: constant


def _calculated(op: str, operands: list[Numbers]) -> Numbers:
    null_is = np.nan if op in {"+", "*"} else 0.0
    values = [_with_null(operand, null_is) for operand in operands]
    if op in {"+", "*"}:
        values = [value + 0.0 for value in values]  # parseFloat reads -0 as the text "0"
    with np.errstate(all="ignore"):  # dividing by zero and overflowing are defined, and the same as in JavaScript
        result = _COMBINE[op](values)
    return Numbers(result, None, _either([operand.unknown for operand in operands]))


def _with_null(operand: Numbers, null_is: float) -> Floats:
    # Masked values are 0 already.
    return operand.values if operand.null is None or null_is == 0 else np.where(operand.null, null_is, operand.values)


def _either(masks: list[Mask | None]) -> Mask | None:
    found: Mask | None = None
    for mask in masks:
        if mask is not None:
            found = mask if found is None else found | mask
    return found


def _folded(function: Callable[[Floats, Floats], Floats]) -> Callable[[list[Floats]], Floats]:
    def fold(values: list[Floats]) -> Floats:
        result = values[0]
        for value in values[1:]:
            result = function(result, value)
        return result

    return fold


def _smaller(left: Floats, right: Floats) -> Floats:
    """Math.min of two: numpy leaves the sign of a zero open, and 1 / -0 shows it."""
    low = np.minimum(left, right)
    return np.where((low == 0) & (np.signbit(left) | np.signbit(right)), -0.0, low)


def _sum(values: list[Floats]) -> Floats:
    return _folded(np.add)([np.zeros(1), *values])


def _product(left: Floats, right: Floats) -> Floats:
    # JsonLogic reads the product so far as text again at each step.
    return np.multiply(left + 0.0, right)


def _difference(values: list[Floats]) -> Floats:
    return np.subtract(values[0], values[1]) if len(values) == 2 else np.negative(values[0])


_COMBINE: dict[str, Callable[[list[Floats]], Floats]] = {
    "+": _sum,
    "*": _folded(_product),
    "-": _difference,
    "/": _folded(np.divide),
    "%": _folded(np.fmod),
    "min": _folded(_smaller),
    "max": lambda values: np.negative(_folded(_smaller)([np.negative(value) for value in values])),
}


def _chain(order: Callable[[Floats, Floats], Mask], operands: list[Numbers]) -> Planes:
    true, maybe = _compared(order, operands[0], operands[1])
    if len(operands) == 2:
        return true, maybe
    next_true, next_maybe = _compared(order, operands[1], operands[2])
    return true & next_true, maybe & next_maybe


def _compared(order: Callable[[Floats, Floats], Mask], left: Numbers, right: Numbers) -> Planes:
    return _with_unknown(order(left.values, right.values), left, right)


def _with_unknown(found: Mask, *operands: Numbers) -> Planes:
    unknown = _either([operand.unknown for operand in operands])
    if unknown is None:
        return found, found
    return found & ~unknown, found | unknown


def _equality(negated: bool, left: Numbers, right: Numbers) -> Planes:
    equal: Mask = left.values == right.values
    left_null, right_null = left.null, right.null
    if left_null is not None or right_null is not None:
        nothing = np.zeros(1, dtype=bool)
        left_null = nothing if left_null is None else left_null
        right_null = nothing if right_null is None else right_null
        equal = (equal & ~left_null & ~right_null) | (left_null & right_null)
    return _with_unknown(~equal if negated else equal, left, right)


_EQUALITIES = {"==": False, "===": False, "!=": True, "!==": True}


def _truthiness(operand: Numbers) -> Planes:
    # Null is stored as 0, which is falsy like null.
    return _with_unknown((operand.values != 0) & ~np.isnan(operand.values), operand)
