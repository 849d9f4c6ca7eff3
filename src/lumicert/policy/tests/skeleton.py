"""The skeleton of a rule, walked slowly on its JSON: what the tests of explanations and reasons compare with."""

CONNECTIVES = {"and", "or", "!", "!!", "if"}


def parts(rule, path=""):
    """The operator, its place, and the operands with theirs; None for a leaf or a constant."""
    if not isinstance(rule, dict):
        return None
    ((op, args),) = rule.items()
    place = f"{path}.{op}" if path else op
    if op not in CONNECTIVES:
        return None
    if not isinstance(args, list):
        return op, place, [(args, place)]
    return op, place, [(arg, f"{place}[{i}]") for i, arg in enumerate(args)]


def leaf_place(rule, path):
    (op,) = rule
    return f"{path}.{op}" if path else op


def verdict(rule, leaf_verdicts, path=""):
    """The Kleene verdict of a rule, given those of its leaves by their place."""
    known = parts(rule, path)
    if known is None:
        return leaf_verdicts[leaf_place(rule, path)] if isinstance(rule, dict) else 2 if rule else 0
    op, _, operands = known
    below = [verdict(arg, leaf_verdicts, at) for arg, at in operands]
    if op == "if":
        return _if(below)
    return {"and": min(below), "or": max(below), "!": 2 - below[0], "!!": below[0]}[op]


def _if(below):
    if len(below) < 2:
        return below[0] if below else 0
    condition, then, rest = below[0], below[1], _if(below[2:])
    return then if condition == 2 else rest if condition == 0 else then if then == rest else 1


def blocking(rule, leaf_verdicts, path="", wanted=2):
    """The places of the leaves that block, as the module `reasons` defines it."""
    if verdict(rule, leaf_verdicts, path) == wanted or not isinstance(rule, dict):
        return set()
    known = parts(rule, path)
    if known is None:
        return {leaf_place(rule, path)}
    op, _, operands = known
    if op == "if":
        return _blocking_if(operands, leaf_verdicts, wanted)
    below = 2 - wanted if op == "!" else wanted
    return set().union(*(blocking(arg, leaf_verdicts, at, below) for arg, at in operands))


def hopeless(operands, wanted):
    """Whether operands of an `if`, from one of its conditions on, are a constant other than what is wanted."""
    if not operands:
        return wanted == 2
    return len(operands) == 1 and not isinstance(operands[0][0], dict) and (2 if operands[0][0] else 0) != wanted


def _blocking_if(operands, leaf_verdicts, wanted):
    if len(operands) == 1:
        return blocking(*_at(operands[0], leaf_verdicts), wanted)
    if not operands:
        return set()
    (condition, then), rest = operands[:2], operands[2:]
    state = verdict(condition[0], leaf_verdicts, condition[1])
    dead, last = hopeless([then], wanted), hopeless(rest, wanted)
    found = set()
    if dead and not last:
        found |= blocking(*_at(condition, leaf_verdicts), 0)
    if not dead and (last or state == 1):
        found |= blocking(*_at(condition, leaf_verdicts), 2)
    if not dead and (last or state != 0):
        found |= blocking(*_at(then, leaf_verdicts), wanted)
    if dead or state != 2:
        found |= _blocking_if(rest, leaf_verdicts, wanted)
    return found


def _at(operand, leaf_verdicts):
    return operand[0], leaf_verdicts, operand[1]
