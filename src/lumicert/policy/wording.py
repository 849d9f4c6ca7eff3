"""Rules in words: short, for the person who asks why a lumisection is out.

Attributes are named by their last part (`lumisection.rr.tracker-strip` is "tracker-strip"), those of the run and of
the dataset with that word before them, because a run and a lumisection share names (`run.oms.energy`: "run energy").
"""

import json

from lumicert.policy.tree import Node
from lumicert.policy.values import UNKNOWN, Value

_PREFIXES = {
    "lumisection.oms.": "",
    "lumisection.rr.": "",
    "lumisection.": "",
    "run.oms.": "run ",
    "run.rr.": "run ",
    "run.": "run ",
    "dataset.": "dataset ",
}
_INFIX = {
    "==": "is",
    "!=": "is not",
    "===": "is exactly",
    "!==": "is not exactly",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "+": "+",
    "-": "-",
    "*": "*",
    "/": "/",
    "%": "%",
}


def variable_words(name: str) -> str:
    """A variable by its short name."""
    for prefix, word in _PREFIXES.items():
        if name.startswith(prefix):
            return word + name.removeprefix(prefix).removeprefix(word)
    return name


def value_words(value: Value) -> str:
    """A value as one would say it: text bare, the rest as JSON."""
    if value is UNKNOWN:
        return "unknown"
    if isinstance(value, str) and value.strip():
        return value
    return json.dumps(value, default=lambda _: "unknown", ensure_ascii=False)


def condition_words(node: Node) -> str:
    """A node in condition position, connectives without their operands."""
    if node.op in {"and", "or"}:
        count = f"{len(node.args)} condition" + ("s" if len(node.args) > 1 else "")
        return ("all of " if node.op == "and" else "at least one of ") + count
    if node.op == "!":
        return f"not: {condition_words(node.args[0])}"
    if node.op == "!!":
        return condition_words(node.args[0])
    if node.op == "if":
        return f"if {condition_words(node.args[0])}"
    return words(node)


def words(node: Node) -> str:
    """An expression in words."""
    if node.op == "constant":
        return value_words(node.value)
    if node.op == "var":
        return variable_words(str(node.value))
    if node.op == "element":
        return str(node.value) or "the element"
    if node.op in {"==", "!="} and node.args[0].boolean and isinstance(node.args[1].value, bool):
        return words(node.args[0]) if node.args[1].value == (node.op == "==") else f"not ({words(node.args[0])})"
    if node.op == "in":
        return _membership(*node.args)
    if node.op in {"some", "all", "none"}:
        return f"{node.op} of {words(node.args[0])}: {words(node.args[1])}"
    if node.op in _INFIX and len(node.args) > 1:
        return f" {_INFIX[node.op]} ".join(_grouped(arg) for arg in node.args)
    return f"{node.op}({', '.join(map(words, node.args))})"


def _membership(needle: Node, haystack: Node) -> str:
    if haystack.op == "constant" and isinstance(haystack.value, list):
        return f"{words(needle)} is one of {', '.join(map(value_words, haystack.value))}"
    return f"{words(haystack)} contains {words(needle)}"


def _grouped(node: Node) -> str:
    return f"({words(node)})" if node.op in _INFIX and len(node.args) > 1 else words(node)
