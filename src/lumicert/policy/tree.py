"""The parsed rule: a tree of nodes, each of which knows its place in the rule.

A *path* names a place as one would say it aloud: `and[3].==[0].var` is the variable in the first operand of the `==`
that is the fourth operand (counted from 0) of the `and` at the top.

A node stands in *condition* position if only its truthiness matters: the rule itself, the operands of `and`, `or`,
`!` and `!!` there, and every operand of an `if` there. The connectives `and or ! !! if` in condition position are the
*skeleton* of the rule. A *leaf* is a maximal sub-expression in condition position that is no connective and no
constant: what a person would call one condition.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from lumicert.policy.values import Json, Value

CONNECTIVES = frozenset({"and", "or", "!", "!!", "if"})
COMPARISONS = frozenset({"==", "!=", "===", "!==", "<", "<=", ">", ">="})
_BOOLEAN = COMPARISONS | {"!", "!!", "in", "some", "all", "none"}


@dataclass(frozen=True, eq=False)
class Node:
    """One operation, variable, array or constant.

    `op` is the JsonLogic operator, or one of `constant`, `array` (of expressions), `var` (a column of the row) and
    `element` (a path into the element that `some`, `map`, ... is looking at). `value` is the constant, the name of the
    column, or the path of the element.
    """

    op: str
    path: str
    rule: Json
    args: tuple["Node", ...] = ()
    value: Value = None
    variables: frozenset[str] = field(default=frozenset())

    @cached_property
    def boolean(self) -> bool:
        """Whether the value is true or false whatever the data, so that its truthiness tells the value."""
        if self.op == "constant":
            return isinstance(self.value, bool)
        if self.op == "if":
            # Without a final else the value may be null.
            return len(self.args) % 2 == 1 and all(arg.boolean for arg in if_results(self.args))
        return self.op in _BOOLEAN or (self.op in {"and", "or"} and all(arg.boolean for arg in self.args))


def if_results(args: tuple[Node, ...]) -> tuple[Node, ...]:
    """The operands of an `if` that can become its value: every second one, and the final else."""
    return args[1::2] + (args[-1:] if len(args) % 2 else ())


def leaves(node: Node) -> Iterator[Node]:
    """The leaves under a node in condition position, in the order in which they are written."""
    if node.op in CONNECTIVES:
        for arg in node.args:
            yield from leaves(arg)
    elif node.op != "constant":
        yield node
