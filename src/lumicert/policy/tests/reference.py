"""A slow reference: JsonLogic on one row, written from its published semantics and from the law of unknowns.

It shares no code with the product (only the sentinel UNKNOWN), evaluates the JSON of a rule directly, and covers what
the strategies of these tests generate: plain ASCII text, numbers whose text needs no exponent.
A result is a pair (verdict, value): 0 false, 1 unknown, 2 true.
"""

import itertools
import math
import re

from lumicert.policy import UNKNOWN as U

NUMBER = re.compile(r"\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)")


def truth(v):
    return 1 if v is U else 0 if v is None or v is False or v == "" or v == [] or v == 0 or v != v else 2


def text(v):
    if isinstance(v, list):
        return ",".join("" if x is None else text(x) for x in v)
    if isinstance(v, dict):
        return "[object Object]"
    if isinstance(v, float) and v != v:
        return "NaN"
    if isinstance(v, float) and math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    if isinstance(v, float) and v == int(v):
        return str(int(v))
    return {None: "null", True: "true", False: "false"}[v] if v is None or isinstance(v, bool) else str(v)


def number(v):
    if v is None or isinstance(v, bool | int | float):
        return float(v or 0)
    s = text(v).strip()
    m = NUMBER.fullmatch(s)
    return (
        float(s)
        if m
        else float(s.replace("Infinity", "inf"))
        if s in ("Infinity", "-Infinity")
        else math.nan
        if s
        else 0.0
    )


def parsed(v):
    s = text(v)
    m = NUMBER.match(s)
    return float(m[1]) if m else float(s.replace("Infinity", "inf")) if s in ("Infinity", "-Infinity") else math.nan


def same(a, b):
    if isinstance(a, list | dict) or isinstance(b, list | dict):
        return a is b
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def equal(a, b):
    if a is None or b is None:
        return a is b
    if isinstance(a, list | dict) and isinstance(b, list | dict):
        return a is b
    a, b = (text(v) if isinstance(v, list | dict) else v for v in (a, b))
    return a == b if isinstance(a, str) and isinstance(b, str) else number(a) == number(b)


def ordered(a, b, strictly):
    a, b = (text(v) if isinstance(v, list | dict) else v for v in (a, b))
    if not (isinstance(a, str) and isinstance(b, str)):
        a, b = number(a), number(b)
    return a < b if strictly else a <= b


def has_unknown(v):
    return v is U or (isinstance(v, list) and any(has_unknown(x) for x in v))


def lookup(data, path, absent):
    if isinstance(data, tuple):  # the row, in a tuple so that it cannot be mistaken for an element
        return data[0].get(path, absent) if path else {}
    for key in path.split(".") if path else []:
        if data is U:
            return U
        if isinstance(data, dict):
            data = data.get(key, absent)
        elif isinstance(data, list | str) and key == "length":
            data = len(data)
        elif isinstance(data, list | str) and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            return absent
        if data is absent:
            return absent
    return data


def pair(v):
    return truth(v), v


def boolean(t):
    return t, (U if t == 1 else t == 2)


def always_boolean(rule):
    if not isinstance(rule, dict):
        return isinstance(rule, bool)
    (op, args), *_ = rule.items()
    args = args if isinstance(args, list) else [args]
    if op in ("and", "or"):
        return all(map(always_boolean, args))
    if op in ("if", "?:"):
        return len(args) % 2 == 1 and all(map(always_boolean, [*args[1::2], args[-1]]))
    return op in ("==", "!=", "===", "!==", "<", "<=", ">", ">=", "!", "!!", "in", "some", "all", "none")


def identical(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(identical, a, b))
    return a is b or (type(a) is type(b) and repr(a) == repr(b)) or (same(a, b) and text(a) == text(b))


def apply(rule, data):
    if isinstance(rule, list):
        return pair([apply(r, data)[1] for r in rule])
    if not isinstance(rule, dict):
        return pair(rule)
    (op, args), *_ = rule.items()
    args = args if isinstance(args, list) else [args]
    if op == "if" or op == "?:":
        return if_(rule, args, data)
    if op in ("and", "or"):
        return and_or(rule, args, data, 0 if op == "and" else 2)
    if op in ("some", "all", "none", "map", "filter", "reduce"):
        return over(op, args, data)
    results = [apply(a, data) for a in args]
    if op in ("!", "!!"):
        t = results[0][0] if results else 0
        return boolean(2 - t if op == "!" else t)
    values = [v for _, v in results]
    if op == "var":
        absent = object()
        found = lookup(data, text(values[0]) if values and values[0] is not None else "", absent)
        return pair(found if found is not absent else values[1] if len(values) > 1 else None)
    if op in ("missing", "missing_some"):
        return missing(op, values, data)
    return pair(plain(op, values))


def if_(rule, args, data):
    reached = []
    while len(args) > 1:
        t = apply(args[0], data)[0]
        if t > 0:
            reached.append(apply(args[1], data))
        if t == 2:
            args = None
            break
        args = args[2:]
    if args is not None:
        reached.append(apply(args[0], data) if args else (0, None))
    t = reached[0][0] if len({r[0] for r in reached}) == 1 else 1
    v = reached[0][1] if all(identical(reached[0][1], r[1]) for r in reached) else U
    return boolean(t) if always_boolean(rule) else (t, v)


def and_or(rule, args, data, deciding):
    results = [apply(a, data) for a in args]
    first = next((i for i, (t, _) in enumerate(results) if t == deciding), len(results) - 1)
    if all(t != 1 for t, _ in results[: first + 1]):
        return results[first]
    t = deciding if results[first][0] == deciding else 1
    return boolean(t) if always_boolean(rule) else (t, U)


def over(op, args, data):
    items = apply(args[0], data)[1]
    if op == "reduce":
        total = apply(args[2], data)[1] if len(args) > 2 else None
        if items is U:
            return pair(U)
        for item in items if isinstance(items, list) else []:
            total = apply(args[1], {"current": item, "accumulator": total})[1]
        return pair(total)
    if items is U:
        return pair(U)
    results = [apply(args[1], item) for item in items] if isinstance(items, list) else []
    ts = [t for t, _ in results]
    if op == "map":
        return pair([v for _, v in results])
    if op == "filter":
        return (max(ts), U) if 1 in ts else pair([i for i, t in zip(items, ts, strict=True) if t]) if ts else (0, [])
    if op == "all":
        return boolean(min(ts) if ts else 0)
    found = max(ts) if ts else 0
    return boolean(found if op == "some" else 2 - found)


def missing(op, values, data):
    if op == "missing_some":
        needed, names = values
    else:
        names = values[0] if values and isinstance(values[0], list) else values
    if has_unknown(names) or (op == "missing_some" and has_unknown(needed)):
        return pair(U)
    found = [lookup(data, "" if n is None else text(n), None) for n in names]
    gone = [n for n, v in zip(names, found, strict=True) if v is None or v == ""]
    unknown = sum(v is U for v in found)
    if op == "missing_some" and ordered(needed, len(names) - len(gone) - unknown, False):
        return pair([])
    if unknown == 0:
        return pair(gone)
    surely = op == "missing" or not ordered(needed, len(names) - len(gone), False)
    return (2 if gone and surely else 1), U


def plain(op, v):
    if op in ("<", "<=", ">", ">="):
        pairs = itertools.pairwise(v)
        results = [
            U if has_unknown([a, b]) else ordered(*((a, b) if "<" in op else (b, a)), "=" not in op) for a, b in pairs
        ]
        return False if False in results else U if U in results else True
    if op == "in":
        return contained(*v)
    if op == "merge":
        return U if U in v else [x for item in v for x in (item if isinstance(item, list) else [item])]
    if has_unknown(v):
        return U
    if op in ("==", "!="):
        return equal(*v) == (op == "==")
    if op in ("===", "!=="):
        return same(*v) == (op == "===")
    if op == "cat":
        return "".join("" if x is None else text(x) for x in v)
    if op == "substr":
        return substring(text(v[0]), *v[1:])
    return arithmetic(op, v)


def contained(needle, hay):
    if hay is U:
        return U
    if isinstance(hay, list):
        if needle is not U and any(x is not U and same(needle, x) for x in hay):
            return True
        return U if hay and (needle is U or any(x is U for x in hay)) else False
    if not isinstance(hay, str) or hay == "":
        return False
    return U if has_unknown(needle) else text(needle) in hay


def substring(s, start, length=U):
    def clip(x):
        return 0 if number(x) != number(x) else int(max(-999, min(999, number(x))))

    rest = s[max(len(s) + clip(start), 0) if clip(start) < 0 else clip(start) :]
    if length is U:
        return rest
    return rest[: clip(length)] if not number(length) < 0 else rest[: max(len(rest) + clip(length), 0)]


def arithmetic(op, v):
    if op == "+":
        total = 0.0
        for x in v:
            total = total + parsed(x)
        return total
    if op == "*":
        product = v[0]
        for x in v[1:]:
            product = parsed(product) * parsed(x)
        return product
    n = [number(x) for x in v]
    if op in ("min", "max"):
        if any(x != x for x in n):
            return math.nan
        return (min if op == "min" else max)(
            n, key=lambda x: (x, math.copysign(1, x)), default=math.inf if op == "min" else -math.inf
        )
    if op == "-":
        return -n[0] if len(n) == 1 else n[0] - n[1]
    a, b = n
    if op == "%":
        return math.nan if b == 0 or math.isinf(a) or a != a or b != b else math.fmod(a, b)
    if b == 0:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b
