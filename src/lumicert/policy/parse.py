"""From JSON to a tree, or to an error that names the place.

The language is JsonLogic (https://jsonlogic.com/operations.html) without `log`. Where the JavaScript implementation
silently ignores an operand or compares with `undefined`, this parser refuses: a policy with `{"==": [x]}` is a slip,
not a wish. The number of operands of each operator is in `ARITY`. Names of variables must be written out, so that
what a rule needs is known before it is evaluated; only `missing` may choose among written names with `if` and `merge`.
"""

import difflib
import json
from collections.abc import Iterator
from typing import NoReturn

from lumicert.policy.catalogue import Catalogue
from lumicert.policy.tree import Node, if_results
from lumicert.policy.values import Json, Value, json_value, to_text

MAX_DEPTH = 100
MAX_VALUES = 100_000
MAX_TEXT = 4_000_000

ARITY: dict[str, tuple[int, int | None]] = {
    "var": (0, 2),
    "and": (1, None),
    "or": (1, None),
    "!": (0, 1),
    "!!": (0, 1),
    "if": (1, None),
    "?:": (1, None),
    "==": (2, 2),
    "!=": (2, 2),
    "===": (2, 2),
    "!==": (2, 2),
    "<": (2, 3),
    "<=": (2, 3),
    ">": (2, 2),
    ">=": (2, 2),
    "in": (2, 2),
    "+": (0, None),
    "-": (1, 2),
    "*": (1, None),
    "/": (2, 2),
    "%": (2, 2),
    "min": (0, None),
    "max": (0, None),
    "missing": (0, None),
    "missing_some": (2, 2),
    "some": (2, 2),
    "all": (2, 2),
    "none": (2, 2),
    "map": (2, 2),
    "filter": (2, 2),
    "reduce": (2, 3),
    "merge": (0, None),
    "cat": (0, None),
    "substr": (2, 3),
}
_OVER_ELEMENTS = frozenset({"some", "all", "none", "map", "filter", "reduce"})
# What people write who come from other languages, where resemblance alone would suggest something else.
_HABITS = {"&&": "and", "||": "or", "not": "!", "=": "==", "eq": "==", "ne": "!=", "<>": "!=", "like": "in", "mod": "%"}


class PolicyError(ValueError):
    """A rule that cannot be used. `path` names the place in the rule, or the line and column of malformed text."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


def parse(rule: object, catalogue: Catalogue | None) -> Node:
    """The tree of a rule, given as a JSON value or as JSON text.

    Raises PolicyError.
    """
    data = _load(rule) if isinstance(rule, str) else rule
    if not isinstance(data, dict | bool):
        raise PolicyError("", f'a rule is an operation such as {{"==": [...]}}, or true or false, not {_shown(data)}')
    return _Parser(catalogue).node(data, "", 0, False)


def _load(text: str) -> Json:
    if len(text) > MAX_TEXT:
        raise PolicyError("", f"the rule has {len(text):,} characters; at most {MAX_TEXT:,} are read")
    try:
        loaded: Json = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise PolicyError(place, f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise PolicyError("", f"the rule is nested deeper than {MAX_DEPTH} operations") from None
    return loaded


def _unique_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    # json.loads would silently keep the last one, and half of the rule would be gone.
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise PolicyError("", f"the key {_shown(key)} stands twice in one object; give each operation its own")
        seen.add(key)
    return dict(pairs)


def _refuse_constant(name: str) -> NoReturn:
    raise PolicyError("", f"{name} is not JSON: write a finite number or null")


def _shown(value: object) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Parser:
    def __init__(self, catalogue: Catalogue | None) -> None:
        self._catalogue = catalogue
        self._seen = 0

    def node(self, rule: object, path: str, depth: int, in_element: bool) -> Node:
        """`in_element`: variables refer to the element that `some`, `map`, ... is looking at."""
        self._count(path)
        if depth > MAX_DEPTH:
            raise PolicyError("", f"the rule is nested deeper than {MAX_DEPTH} operations")
        if isinstance(rule, dict):
            return self._operation(rule, path, depth, in_element)
        if isinstance(rule, list | tuple):
            return self._array(list(rule), path, depth, in_element)
        return _constant(rule, path)

    def _count(self, path: str) -> None:
        self._seen += 1
        if self._seen > MAX_VALUES:
            raise PolicyError(path, f"the rule has more than {MAX_VALUES:,} operations and values")

    def _array(self, items: list[object], path: str, depth: int, in_element: bool) -> Node:
        args = tuple(self.node(item, f"{path}[{i}]", depth + 1, in_element) for i, item in enumerate(items))
        rule: list[Json] = [arg.rule for arg in args]
        if all(arg.op == "constant" for arg in args):
            return Node("constant", path, rule, value=[arg.value for arg in args])
        return Node("array", path, rule, args, variables=_union(args))

    def _operation(self, rule: dict[str, object], path: str, depth: int, in_element: bool) -> Node:
        op, given = self._single_key(rule, path)
        # JsonLogic lets a single operand stand without brackets; its place then is that of the operator.
        place = f"{path}.{op}" if path else op
        self._check_operator(op, place)
        raw = list(given) if isinstance(given, list | tuple) else [given]
        _check_arity(op, len(raw), place)
        paths = [f"{place}[{i}]" for i in range(len(raw))] if isinstance(given, list | tuple) else [place]
        if op == "var":
            return self._variable(raw, paths, place, depth, in_element)
        scoped = [in_element or (op in _OVER_ELEMENTS and i == 1) for i in range(len(raw))]
        args = tuple(self.node(item, at, depth + 1, inner) for item, at, inner in zip(raw, paths, scoped, strict=True))
        return self._finish(op, place, args, isinstance(given, list | tuple), in_element)

    def _single_key(self, rule: dict[str, object], path: str) -> tuple[str, object]:
        if len(rule) != 1:
            keys = ", ".join(map(_shown, rule)) or "none"
            raise PolicyError(path, f"an operation is an object with exactly one key; this one has {len(rule)}: {keys}")
        return next(iter(rule.items()))

    def _check_operator(self, op: object, place: str) -> None:
        if op == "log":
            raise PolicyError(place, "log is not supported: evaluating a policy must not write anything")
        if op not in ARITY:
            raise PolicyError(place, f"unknown operator {_shown(op)}{_did_you_mean(_similar_operators(str(op)))}")

    def _finish(self, op: str, place: str, args: tuple[Node, ...], bracketed: bool, in_element: bool) -> Node:
        operands: list[Json] = [arg.rule for arg in args]
        rule: Json = {op: operands if bracketed else operands[0]}
        if op in {"!", "!!"} and not args:
            args = (_constant(None, place),)  # an operand left out is falsy, as undefined is
        variables = _union(args)
        if op in {"missing", "missing_some"}:
            names = set(_missing_names(op, args))
            if not in_element:
                self._check_names(names, place)
                variables |= names
        return Node("if" if op == "?:" else op, place, rule, args, variables=variables)

    def _variable(self, raw: list[object], paths: list[str], place: str, depth: int, in_element: bool) -> Node:
        defaults = tuple(
            self.node(item, at, depth + 1, in_element) for item, at in zip(raw[1:], paths[1:], strict=True)
        )
        # No name, null and "" all mean the whole data, which exists only inside `some`, `map`, ...
        name = _written_name(raw[0], place) if raw and raw[0] is not None else ""
        rule: Json = {"var": [name, *(node.rule for node in defaults)] if paths != [place] else name}
        if in_element:
            return Node("element", place, rule, defaults, name, _union(defaults))
        self._check_names({name}, place)
        return Node("var", place, rule, defaults, name, _union(defaults) | {name})

    def _check_names(self, names: set[str], place: str) -> None:
        for name in sorted(names):
            if not name:
                raise PolicyError(place, "the whole data is no variable: give a name such as run.oms.energy")
            if self._catalogue is not None and name not in self._catalogue:
                hint = _did_you_mean(self._catalogue.suggest(name))
                raise PolicyError(place, f"there is no variable {_shown(name)}{hint}")


def _missing_names(op: str, args: tuple[Node, ...]) -> Iterator[str]:
    """Every name that `missing` or `missing_some` may look for."""
    if op == "missing_some":
        args = args[1:]
        if args[0].op != "constant" or not isinstance(args[0].value, list):
            raise PolicyError(args[0].path, f"give a list of names here, not {_shown(args[0].rule)}")
    for arg in args:
        if len(args) > 1 and (arg.op != "constant" or isinstance(arg.value, list)):
            raise PolicyError(arg.path, "give missing either several names, or one list of names")
        yield from _names(arg)


def _names(node: Node) -> Iterator[str]:
    """Every name that an operand of `missing` can evaluate to."""
    if node.op == "constant":
        for item in node.value if isinstance(node.value, list) else [node.value]:
            yield _written_name(item, node.path)
        return
    if node.op not in {"merge", "if"}:
        raise PolicyError(node.path, f"names must be written out here, or chosen by merge and if, not by {node.op}")
    for arg in if_results(node.args) if node.op == "if" else node.args:
        yield from _names(arg)


def _written_name(given: object, place: str) -> str:
    if isinstance(given, str) or (isinstance(given, int | float) and not isinstance(given, bool)):
        return to_text(given)
    raise PolicyError(place, f"the name of a variable must be written out, as text; this is {_shown(given)}")


def _constant(given: object, path: str) -> Node:
    try:
        value: Json = json_value(given)
    except (TypeError, ValueError) as error:
        raise PolicyError(path, str(error)) from None
    constant: Value = value  # type: ignore[assignment]  # Json is Value without UNKNOWN, but lists are invariant
    return Node("constant", path, value, value=constant)


def _check_arity(op: str, count: int, place: str) -> None:
    least, most = ARITY[op]
    if count < least or (most is not None and count > most):
        span = f"at least {least}" if most is None else str(least) if least == most else f"{least} or {most}"
        noun = "operand" if span == "1" else "operands"
        raise PolicyError(place, f"{op} takes {span} {noun}, and here it has {count}")


def _similar_operators(op: str) -> list[str]:
    habit = _HABITS.get(op.lower())
    return [habit] if habit else difflib.get_close_matches(op.lower(), ARITY, n=3)


def _did_you_mean(names: list[str]) -> str:
    return f"; did you mean {' or '.join(names)}?" if names else ""


def _union(nodes: tuple[Node, ...]) -> frozenset[str]:
    return frozenset().union(*(node.variables for node in nodes))
