"""The exact evaluator: one rule, one row, in plain Python.

Every other evaluator of this package is this one, tabulated: it defines what a rule means. It follows json-logic-js
2.0.5 operator by operator, and carries unknowns by Kleene's logic:

* A result is unknown unless it is the same whatever the unknown values turn out to be, as far as the operator can
  tell from its operands. So `false and unknown` is false, `5 < unknown < 3` is unknown, `9 < 5 < unknown` is false,
  `in` is true if the needle is found among the known elements, and an array is never unknown as a condition, because
  only its length matters.
* An `if` whose condition is unknown has the common value of the branches that it may take, if they agree.
* `missing` with an unknown variable is unknown as a value: the list may or may not hold it. As a condition it is
  true if another variable is known to be missing.
* The default of `var` stands in for a variable that is *absent*, never for an unknown one: a default must not turn
  unknown into good. Nor does it replace a null that a source reported; that is JsonLogic's own rule.

It follows that every operator is monotone: making an operand unknown leaves the result, or makes it unknown. Hence
the law of a policy: replacing any value by UNKNOWN may turn IN or OUT into UNDECIDED, and nothing else.
"""

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence

from lumicert.policy.tree import Node
from lumicert.policy.values import (
    IN,
    OUT,
    UNDECIDED,
    UNKNOWN,
    Value,
    Verdict,
    code_units,
    contains_unknown,
    is_number,
    largest,
    less,
    less_or_equal,
    loose_equal,
    parse_float,
    smallest,
    strict_equal,
    to_number,
    to_text,
    verdict_of,
)

Row = Mapping[str, Value]
Judgement = tuple[Verdict, Value]


# What stands for the whole row where JsonLogic would have an object: there, and nothing in it has a name.
_WHOLE_ROW: Value = {}


def judge(node: Node, row: Row, element: Value = _WHOLE_ROW) -> Judgement:
    """The verdict (truthiness) and the value of an expression.

    `row` gives the variables by name; a name that it lacks is absent, and then the default of `var` applies.
    `element` is what the variables refer to inside `some`, `map` and their like.
    The verdict may be known where the value is not: `false and unknown` is false, whichever falsy value it is.
    """
    special = _SPECIAL.get(node.op)
    if special is not None:
        return special(node, row, element)
    return _of(_OPERATORS[node.op](_values(node, row, element)))


def evaluate(node: Node, row: Row) -> Value:
    """The value of an expression; see `judge`."""
    return judge(node, row)[1]


# Constants are half of all operands, and need no judgement of their own.
def _values(node: Node, row: Row, element: Value) -> list[Value]:
    return [arg.value if arg.op == "constant" else judge(arg, row, element)[1] for arg in node.args]


def _of(value: Value) -> Judgement:
    return verdict_of(value), value


def _from_verdict(verdict: Verdict) -> Judgement:
    return verdict, (UNKNOWN if verdict == UNDECIDED else verdict == IN)


def _constant(node: Node, _row: Row, _element: Value) -> Judgement:
    return _of(node.value)


def _array(node: Node, row: Row, element: Value) -> Judgement:
    return _of(_values(node, row, element))


def _connective(deciding: Verdict) -> Callable[[Node, Row, Value], Judgement]:
    """`and` (decided by OUT) and `or` (decided by IN): the first deciding operand, else the last one."""

    def judged(node: Node, row: Row, element: Value) -> Judgement:
        undecided = False
        verdict, value = UNDECIDED, UNKNOWN  # type: Verdict, Value
        for arg in node.args:
            verdict, value = judge(arg, row, element)
            if verdict == deciding:
                break
            undecided = undecided or verdict == UNDECIDED
        if not undecided:
            return verdict, value
        # An unknown operand may itself have been the first deciding one: only the truthiness is certain.
        verdict = deciding if verdict == deciding else UNDECIDED
        return _from_verdict(verdict) if node.boolean else (verdict, UNKNOWN)

    return judged


def _not(node: Node, row: Row, element: Value) -> Judgement:
    return _from_verdict(Verdict(2 - judge(node.args[0], row, element)[0]))


def _not_not(node: Node, row: Row, element: Value) -> Judgement:
    return _from_verdict(judge(node.args[0], row, element)[0])


def _if(node: Node, row: Row, element: Value) -> Judgement:
    (verdict, value), *others = _reachable(node, row, element)
    if any(other != verdict for other, _ in others):
        verdict = UNDECIDED
    if any(not _same(value, other) for _, other in others):
        value = UNKNOWN
    return _from_verdict(verdict) if node.boolean else (verdict, value)


def _reachable(node: Node, row: Row, element: Value) -> Iterator[Judgement]:
    """The judgements of the branches that the `if` may take."""
    args = node.args
    for at in range(0, len(args) - 1, 2):
        condition = judge(args[at], row, element)[0]
        if condition != OUT:
            yield judge(args[at + 1], row, element)
        # What follows a branch that is surely taken cannot be reached.
        if condition == IN:
            return
    yield judge(args[-1], row, element) if len(args) % 2 else _of(None)


def _same(left: Value, right: Value) -> bool:
    """Whether no operator can tell the two apart: NaN is the same as NaN, and 0 is not the same as -0."""
    if isinstance(left, float) or isinstance(right, float):
        return is_number(left) and is_number(right) and repr(to_number(left)) == repr(to_number(right))
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return strict_equal(left, right)


def _var(node: Node, row: Row, element: Value) -> Judgement:
    name = str(node.value)
    return _of(row[name]) if name in row else _default(node, row, element)


def _default(node: Node, row: Row, element: Value) -> Judgement:
    return judge(node.args[0], row, element) if node.args else _of(None)


def _element(node: Node, row: Row, element: Value) -> Judgement:
    found = _descend(element, str(node.value))
    return _default(node, row, element) if found is None else _of(found[0])


def _descend(value: Value, path: str) -> tuple[Value] | None:
    """What lies at a dotted path in a value, or None where there is nothing, which is not the same as a null."""
    for key in path.split(".") if path else ():
        if value is UNKNOWN:
            return (UNKNOWN,)
        found = _member(value, key)
        if found is None:
            return None
        value = found[0]
    return (value,)


def _member(value: Value, key: str) -> tuple[Value] | None:
    if isinstance(value, dict):
        return (value[key],) if key in value else None
    if isinstance(value, list):
        return _item(value, key)
    if isinstance(value, str):
        units = code_units(value)
        return _item([_text(units[i : i + 2]) for i in range(0, len(units), 2)], key)
    return None


def _item(items: Sequence[Value], key: str) -> tuple[Value] | None:
    if key == "length":
        return (len(items),)
    # "01" and "+1" are no indices in JavaScript, and int() would accept both.
    if key.isascii() and key.isdigit() and str(int(key[:20])) == key and int(key) < len(items):
        return (items[int(key)],)
    return None


def _text(units: bytes) -> str:
    return units.decode("utf-16-be", "surrogatepass")


def _missing(node: Node, row: Row, element: Value) -> Judgement:
    values = _values(node, row, element)
    names = values[0] if values and isinstance(values[0], list) else values
    if contains_unknown(names):
        return UNDECIDED, UNKNOWN
    missing, unknown = _absent(names, row, element)
    # Whether the list holds the unknown names is open, but with one name in it, it is not empty.
    if unknown:
        return (IN if missing else UNDECIDED), UNKNOWN
    return _of(missing)


def _missing_some(node: Node, row: Row, element: Value) -> Judgement:
    needed, names = _values(node, row, element)
    assert isinstance(names, list)  # noqa: S101 - the parser admits nothing else
    missing, unknown = _absent(names, row, element)
    if contains_unknown(needed):
        return UNDECIDED, UNKNOWN
    # Enough names are present even if all unknown ones turn out to be missing.
    if less_or_equal(needed, len(names) - len(missing) - unknown):
        return _of([])
    if unknown:
        never_enough = not less_or_equal(needed, len(names) - len(missing))
        return (IN if never_enough and missing else UNDECIDED), UNKNOWN
    return _of(missing)


def _absent(names: Sequence[Value], row: Row, element: Value) -> tuple[list[Value], int]:
    """The names whose value is absent, null or empty text, and how many are unknown."""
    missing: list[Value] = []
    unknown = 0
    for name in names:
        found = _look_up(name, row, element)
        unknown += found is UNKNOWN
        if found is None or found == "":
            missing.append(name)
    return missing, unknown


def _look_up(name: Value, row: Row, element: Value) -> Value:
    # An `if` without else chose no name: to JsonLogic that is the whole data.
    path = "" if name is None else to_text(name)
    if path in row:
        return row[path]
    found = _descend(element, path)
    return None if found is None else found[0]


def _elements(node: Node, row: Row, element: Value) -> tuple[Value, list[Judgement]]:
    """The first operand, and the judgements of the second one for each of its elements."""
    items = judge(node.args[0], row, element)[1]
    # The row is out of reach inside: JsonLogic's variables there mean the element alone.
    return items, [judge(node.args[1], {}, item) for item in items] if isinstance(items, list) else []


# JsonLogic departs from logic here: `all` of nothing is false.
def _all(node: Node, row: Row, element: Value) -> Judgement:
    items, judged = _elements(node, row, element)
    if items is UNKNOWN:
        return UNDECIDED, UNKNOWN
    return _from_verdict(min((verdict for verdict, _ in judged), default=OUT))


def _some(node: Node, row: Row, element: Value) -> Judgement:
    items, judged = _elements(node, row, element)
    if items is UNKNOWN:
        return UNDECIDED, UNKNOWN
    return _from_verdict(max((verdict for verdict, _ in judged), default=OUT))


def _none(node: Node, row: Row, element: Value) -> Judgement:
    return _from_verdict(Verdict(2 - _some(node, row, element)[0]))


def _map(node: Node, row: Row, element: Value) -> Judgement:
    items, judged = _elements(node, row, element)
    return _of(UNKNOWN if items is UNKNOWN else [value for _, value in judged])


def _filter(node: Node, row: Row, element: Value) -> Judgement:
    items, judged = _elements(node, row, element)
    # One element that may or may not stay makes the whole array unknown, its length included.
    if items is UNKNOWN or any(verdict == UNDECIDED for verdict, _ in judged):
        kept = any(verdict == IN for verdict, _ in judged)
        return (IN if kept else UNDECIDED), UNKNOWN
    kept_items = zip(items if isinstance(items, list) else [], judged, strict=True)
    return _of([item for item, (verdict, _) in kept_items if verdict == IN])


def _reduce(node: Node, row: Row, element: Value) -> Judgement:
    items = judge(node.args[0], row, element)[1]
    accumulator = judge(node.args[2], row, element)[1] if len(node.args) == 3 else None
    if items is UNKNOWN:
        return UNDECIDED, UNKNOWN
    for item in items if isinstance(items, list) else []:
        accumulator = judge(node.args[1], {}, {"current": item, "accumulator": accumulator})[1]
    return _of(accumulator)


_SPECIAL: dict[str, Callable[[Node, Row, Value], Judgement]] = {
    "constant": _constant,
    "array": _array,
    "var": _var,
    "element": _element,
    "and": _connective(OUT),
    "or": _connective(IN),
    "!": _not,
    "!!": _not_not,
    "if": _if,
    "missing": _missing,
    "missing_some": _missing_some,
    "all": _all,
    "some": _some,
    "none": _none,
    "map": _map,
    "filter": _filter,
    "reduce": _reduce,
}


def _strict(function: Callable[[Sequence[Value]], Value]) -> Callable[[Sequence[Value]], Value]:
    """The operator that is unknown as soon as an operand holds an unknown."""
    return lambda values: UNKNOWN if any(map(contains_unknown, values)) else function(values)


def _chain(ordered: Callable[[Value, Value], bool]) -> Callable[[Sequence[Value]], Value]:
    """`a < b`, or `a < b and b < c`: one pair that is known to fail decides."""

    def compared(values: Sequence[Value]) -> Value:
        unknown = False
        for pair in itertools.pairwise(values):
            if any(map(contains_unknown, pair)):
                unknown = True
            elif not ordered(*pair):
                return False
        return UNKNOWN if unknown else True

    return compared


def _in(values: Sequence[Value]) -> Value:
    needle, haystack = values
    if isinstance(haystack, list):
        # An unknown needle can be in an array only if the array has elements.
        if needle is not UNKNOWN and any(strict_equal(needle, item) for item in haystack if item is not UNKNOWN):
            return True
        return UNKNOWN if haystack and (needle is UNKNOWN or UNKNOWN in haystack) else False
    if haystack is UNKNOWN:
        return UNKNOWN
    # JsonLogic gives up on a falsy haystack before it looks: nothing is in "", not even "".
    if not isinstance(haystack, str) or not haystack:
        return False
    return UNKNOWN if contains_unknown(needle) else to_text(needle) in haystack


def _product(values: Sequence[Value]) -> Value:
    # With one operand JsonLogic returns it as it is, text included.
    # Otherwise it reads the product so far as text again at each step, which loses the sign of a zero.
    return functools.reduce(lambda product, value: parse_float(product) * parse_float(value), values)


def _difference(values: Sequence[Value]) -> Value:
    if len(values) == 1:
        return -to_number(values[0])
    return to_number(values[0]) - to_number(values[1])


def _quotient(values: Sequence[Value]) -> Value:
    over, under = map(to_number, values)
    if under != 0:
        return over / under
    if over == 0 or math.isnan(over):
        return math.nan
    return math.copysign(math.inf, over) * math.copysign(1.0, under)


def _remainder(values: Sequence[Value]) -> Value:
    over, under = map(to_number, values)
    return math.nan if math.isinf(over) or under == 0 else math.fmod(over, under)


def _merge(values: Sequence[Value]) -> Value:
    if UNKNOWN in values:
        return UNKNOWN  # it may be an array of any length
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _cat(values: Sequence[Value]) -> Value:
    return "".join("" if value is None else to_text(value) for value in values)


def _substr(values: Sequence[Value]) -> Value:
    units = code_units(to_text(values[0]))
    size = len(units) // 2
    start = _whole(values[1])
    start = max(size + start, 0) if start < 0 else min(start, size)
    if len(values) == 2:
        return _text(units[2 * start :])
    length = _whole(values[2])
    # A negative length counts from the end; a text of fewer units than that is empty.
    end = size + length if less(values[2], 0) else min(start + length, size)
    return _text(units[2 * start : 2 * max(end, start)])


def _whole(value: Value) -> int:
    """ECMAScript's ToIntegerOrInfinity, with infinities cut to what no text reaches."""
    number = to_number(value)
    return 0 if math.isnan(number) else int(max(-(2.0**53), min(number, 2.0**53)))


_OPERATORS: dict[str, Callable[[Sequence[Value]], Value]] = {
    "==": _strict(lambda v: loose_equal(v[0], v[1])),
    "!=": _strict(lambda v: not loose_equal(v[0], v[1])),
    "===": _strict(lambda v: strict_equal(v[0], v[1])),
    "!==": _strict(lambda v: not strict_equal(v[0], v[1])),
    "<": _chain(less),
    "<=": _chain(less_or_equal),
    ">": _chain(lambda a, b: less(b, a)),
    ">=": _chain(lambda a, b: less_or_equal(b, a)),
    "in": _in,
    # Not sum(): from Python 3.12 it compensates rounding errors, which JavaScript does not.
    "+": _strict(lambda v: functools.reduce(operator.add, map(parse_float, v), 0.0)),
    "*": _strict(_product),
    "-": _strict(_difference),
    "/": _strict(_quotient),
    "%": _strict(_remainder),
    "min": _strict(smallest),
    "max": _strict(largest),
    "merge": _merge,
    "cat": _strict(_cat),
    "substr": _strict(_substr),
}
