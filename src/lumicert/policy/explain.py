"""Why one row is in, out or undecided: the rule as a tree, each node with its verdict and its value.

*Changes* are the smallest set of leaves that would have to turn out differently for a node to become what the policy
wants of it (true, or false under a `!`). Leaves are taken to be independent of each other; where two sets are equally
small, the one written first is given.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lumicert.policy.scalar import Judgement, Row, judge
from lumicert.policy.tree import CONNECTIVES, Node
from lumicert.policy.values import IN, OUT, UNKNOWN, Json, Value, Verdict
from lumicert.policy.wording import condition_words


@dataclass(frozen=True, eq=False)
class Leaf:
    """One condition of a policy.

    `index` counts the leaves as written; `rule` is the leaf's own JSON; `text` says it in words.
    """

    index: int
    path: str
    rule: Json
    text: str
    variables: frozenset[str]

    def to_json(self) -> dict[str, Json]:
        return {"index": self.index, "path": self.path, "rule": self.rule, "text": self.text}


@dataclass(frozen=True, eq=False)
class Explanation:
    """A node of the rule, judged on one row.

    `inputs` are the values of a leaf's variables. `changes` is empty if the node is what the policy wants, and None if
    no change of leaves can make it so, because the rule itself says otherwise.
    """

    operator: str
    path: str
    verdict: Verdict
    value: Value
    text: str
    inputs: Mapping[str, Value]
    children: tuple["Explanation", ...]
    changes: tuple[Leaf, ...] | None
    leaf: Leaf | None = field(default=None)

    def walk(self) -> Iterator["Explanation"]:
        """This node and all below it, as written."""
        yield self
        for child in self.children:
            yield from child.walk()

    def to_json(self) -> dict[str, Json]:
        """For a page: `known` is false where a value is unknown, which JSON cannot say otherwise."""
        inputs: list[Json] = [{"name": name, **_shown(value)} for name, value in self.inputs.items()]
        children: list[Json] = [child.to_json() for child in self.children]
        changes: Json = None if self.changes is None else [leaf.index for leaf in self.changes]
        return {
            "operator": self.operator,
            "path": self.path,
            "verdict": self.verdict.name.lower(),
            **_shown(self.value),
            "text": self.text,
            "leaf": None if self.leaf is None else self.leaf.index,
            "inputs": inputs,
            "changes": changes,
            "children": children,
        }


def _shown(value: Value) -> dict[str, Json]:
    return {"value": _plain(value), "known": value is not UNKNOWN}


def _plain(value: Value) -> Json:
    if value is UNKNOWN:
        return None
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def explain(node: Node, leaves: Mapping[Node, Leaf], inputs: Row, row: Row) -> Explanation:
    """The explanation of a rule on one row.

    `inputs` holds the value of every variable, `row` the same as the exact evaluator is to see it.
    """
    return _Explainer(leaves, inputs, row).explained(node, IN)


class _Explainer:
    def __init__(self, leaves: Mapping[Node, Leaf], inputs: Row, row: Row) -> None:
        self._leaves, self._inputs, self._row = leaves, inputs, row
        self._judged: dict[Node, Judgement] = {}
        # Conditions of nested `if`s are asked for both ways: without memory that doubles with each level.
        self._known: dict[tuple[Node, Verdict], tuple[Leaf, ...] | None] = {}

    def explained(self, node: Node, wanted: Verdict) -> Explanation:
        verdict, value = self._judgement(node)
        leaf = self._leaves.get(node)
        return Explanation(
            operator=node.op,
            path=node.path,
            verdict=verdict,
            value=value,
            text=condition_words(node),
            inputs={name: self._inputs[name] for name in sorted(node.variables)} if leaf else {},
            children=tuple(self._children(node, wanted)),
            changes=self._changes(node, wanted),
            leaf=leaf,
        )

    def _judgement(self, node: Node) -> Judgement:
        if node not in self._judged:
            self._judged[node] = judge(node, self._row)
        return self._judged[node]

    def _children(self, node: Node, wanted: Verdict) -> Iterator[Explanation]:
        if node.op in CONNECTIVES:
            for at, arg in enumerate(node.args):
                # The conditions of an `if` are wanted true: that is how its branches are reached.
                condition = node.op == "if" and at % 2 == 0 and at < len(node.args) - 1
                yield self.explained(arg, IN if condition else wanted_below(node, wanted))

    def _changes(self, node: Node, wanted: Verdict) -> tuple[Leaf, ...] | None:
        key = (node, wanted)
        if key not in self._known:
            self._known[key] = () if self._judgement(node)[0] == wanted else self._found_changes(node, wanted)
        return self._known[key]

    def _found_changes(self, node: Node, wanted: Verdict) -> tuple[Leaf, ...] | None:
        if node in self._leaves:
            return (self._leaves[node],)
        if node.op == "constant":
            return None
        if node.op == "if":
            return self._if_changes(node.args, wanted)
        below = [self._changes(arg, wanted_below(node, wanted)) for arg in node.args]
        # By De Morgan: a false `and`, like a true `or`, needs one operand only.
        all_needed = len(below) == 1 or (node.op == "and") == (wanted == IN)
        return _together(below) if all_needed else _smallest(below)

    def _if_changes(self, args: tuple[Node, ...], wanted: Verdict) -> tuple[Leaf, ...] | None:
        """By the branch that is taken, or by what all branches agree on whatever the conditions."""
        options: list[tuple[Leaf, ...] | None] = []
        passed: list[tuple[Leaf, ...] | None] = []
        agreed: list[tuple[Leaf, ...] | None] = []
        for condition, then in zip(args[:-1:2], args[1::2], strict=False):
            result = self._changes(then, wanted)
            # To take this branch, the conditions before it must fail, its own must hold, and its result must fit.
            options.append(_together([*passed, self._changes(condition, IN), result]))
            passed.append(self._changes(condition, OUT))
            agreed.append(result)
        last = self._changes(args[-1], wanted) if len(args) % 2 else (() if wanted == OUT else None)
        options.append(_together([*passed, last]))
        options.append(_together([*agreed, last]))
        return _smallest(options)


def wanted_below(node: Node, wanted: Verdict) -> Verdict:
    """What a connective that is wanted to be `wanted` wants of its operands."""
    return Verdict(2 - wanted) if node.op == "!" else wanted


def _together(sets: list[tuple[Leaf, ...] | None]) -> tuple[Leaf, ...] | None:
    joined: dict[Leaf, None] = {}
    for leaves in sets:
        if leaves is None:
            return None
        joined.update(dict.fromkeys(leaves))
    return tuple(joined)


def _smallest(sets: list[tuple[Leaf, ...] | None]) -> tuple[Leaf, ...] | None:
    return min((leaves for leaves in sets if leaves is not None), key=len, default=None)
