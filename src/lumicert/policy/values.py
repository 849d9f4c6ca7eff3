"""The values of a rule, and what JavaScript does with them.

A *value* is a JSON value (null, boolean, number, string, array, object) or UNKNOWN.

* **null** (``None``) is a value that a source reported. It follows JsonLogic's own rules.
* **UNKNOWN** is a value that nobody has obtained or set: a source that is down, a lumisection that no source covers,
  a component without any status. It is no JSON value, and no function of this module accepts it, except those that
  say so.

JsonLogic is defined by what its JavaScript implementation does, so the coercions here are ECMAScript's (ECMA-262,
section 7, "Abstract Operations"). One operation is JsonLogic's own: an empty array is falsy
(https://jsonlogic.com/truthy.html). All numbers are IEEE 754 doubles; integers beyond 2**53 are rounded on entry.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Final, Literal, NoReturn, TypeAlias

import numpy as np


class Unknown(Enum):
    """The type of UNKNOWN, its only member."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"

    # A plain `if value:` would make an unknown count as true, which is the one thing it must never do.
    def __bool__(self) -> NoReturn:
        raise TypeError("UNKNOWN is neither true nor false: compare with `is UNKNOWN`")


UNKNOWN: Final = Unknown.UNKNOWN

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | Unknown | None"


class Verdict(IntEnum):
    """What a condition says of a row, in Kleene's order: `and` is the minimum, `or` the maximum, `not` is 2 - x."""

    OUT = 0
    UNDECIDED = 1
    IN = 2


OUT: Final[Literal[Verdict.OUT]] = Verdict.OUT
UNDECIDED: Final[Literal[Verdict.UNDECIDED]] = Verdict.UNDECIDED
IN: Final[Literal[Verdict.IN]] = Verdict.IN

_EXACT_INTEGERS = 2**53
# str.strip() would take other characters: it keeps U+FEFF, and drops the separators U+001C to U+001F.
_WHITESPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_DECIMAL = re.compile(r"[+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
_PREFIXED = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")


def json_value(value: object) -> Json:
    """A copy of `value` as plain JSON data; numpy scalars become Python's.

    Raises TypeError for what JSON cannot hold, ValueError for a number that is not finite.
    """
    # Columns are often made from what numpy.unique gives, whose items only look like Python's.
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: json_value(item) for key, item in value.items()}
    raise TypeError(f"{value!r} is no JSON value")


def _number(value: int | float) -> int | float:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is no JSON number: give null or UNKNOWN")
        return value + 0.0  # JSON writers drop the sign of zero, and so does this
    return value if abs(value) <= _EXACT_INTEGERS else float(value)


def contains_unknown(value: Value) -> bool:
    """Whether `value` is UNKNOWN, or an array that holds one at any depth."""
    return value is UNKNOWN or (isinstance(value, list) and any(map(contains_unknown, value)))


def truthy(value: Value) -> bool:
    """JsonLogic's truthiness of a known value: null, false, 0, NaN, "" and [] are falsy; "0" and {} are truthy."""
    if isinstance(value, list):
        return bool(value)
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return isinstance(value, dict) or bool(value)


def verdict_of(value: Value) -> Verdict:
    """Truthiness as a verdict; UNKNOWN is undecided. An array of unknowns is an array: IN unless it is empty."""
    if value is UNKNOWN:
        return UNDECIDED
    return IN if value is True or truthy(value) else OUT


def to_number(value: Value) -> float:
    """ECMAScript's ToNumber: null and "" are 0, booleans 0 and 1, text that is no number is NaN."""
    if value is None:
        return 0.0
    if isinstance(value, bool | int | float):
        return float(value)
    return _text_to_number(to_text(value))


def _text_to_number(text: str) -> float:
    text = text.strip(_WHITESPACE)
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    # These come without a sign: to JavaScript "-0x10" is no number, though int() reads it.
    if _PREFIXED.fullmatch(text):
        return _rounded(int(text, 0))
    return math.nan


def _rounded(integer: int) -> float:
    try:
        return float(integer)
    except OverflowError:
        return math.inf


def parse_float(value: Value) -> float:
    """ECMAScript's parseFloat: the longest number at the start of the text, else NaN (so null and true are NaN)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) + 0.0  # parseFloat(-0) reads the text "0"
    found = _DECIMAL.match(to_text(value).lstrip(_WHITESPACE))
    return float(found[0]) if found else math.nan


def to_text(value: Value) -> str:
    """ECMAScript's ToString: arrays are their elements joined by commas, null elements empty."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(float(value))
    if isinstance(value, list):
        return ",".join("" if item is None else to_text(item) for item in value)
    return value if isinstance(value, str) else "[object Object]"


def _number_text(number: float) -> str:
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")
    if number == 0:
        return "0"
    if number.is_integer() and abs(number) <= _EXACT_INTEGERS:
        return str(int(number))
    return ("-" if number < 0 else "") + _shortest_digits(abs(number))


def _shortest_digits(number: float) -> str:
    """Number::toString of ECMA-262: Python finds the same shortest digits, but switches to exponents elsewhere."""
    _, digit_tuple, scale = Decimal(repr(number)).as_tuple()
    digits = "".join(map(str, digit_tuple)).rstrip("0")
    point = len(digit_tuple) + int(scale)
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{point - 1:+d}"


def strict_equal(left: Value, right: Value) -> bool:
    """ECMAScript's ===: same type and same value; arrays and objects are equal only to themselves."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return left is right
    return _kind(left) == _kind(right) and left == right


def _kind(value: Value) -> str:
    return "number" if is_number(value) else type(value).__name__


def is_number(value: Value) -> bool:
    """Whether the value is a number to JavaScript; to Python, booleans are integers."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def loose_equal(left: Value, right: Value) -> bool:
    """ECMAScript's ==: null equals only null; text and booleans become numbers unless both sides are text."""
    if left is None or right is None:
        return left is right
    # Two arrays are compared by identity; only an array and a scalar meet as text.
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        return left is right
    left, right = _primitive(left), _primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return to_number(left) == to_number(right)


def less(left: Value, right: Value) -> bool:
    """ECMAScript's <: by UTF-16 code units between two texts, else as numbers; NaN is less than nothing."""
    left, right = _primitive(left), _primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        return code_units(left) < code_units(right)
    return to_number(left) < to_number(right)


def less_or_equal(left: Value, right: Value) -> bool:
    """ECMAScript's <=: not the negation of >, because NaN compares false both ways."""
    left, right = _primitive(left), _primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        return code_units(left) <= code_units(right)
    return to_number(left) <= to_number(right)


def _primitive(value: Value) -> Value:
    return to_text(value) if isinstance(value, list | dict) else value


def code_units(text: str) -> bytes:
    """The text as JavaScript counts and orders it: two bytes a UTF-16 code unit, high byte first."""
    return text.encode("utf-16-be", "surrogatepass")


def smallest(values: Sequence[Value]) -> float:
    """Math.min: NaN if any is NaN, -0 below 0, Infinity of nothing."""
    # The sign turns with the order, so the rule for zeros and NaN need be written only once.
    return -largest([-to_number(value) for value in values])


def largest(values: Sequence[Value]) -> float:
    """Math.max: NaN if any is NaN, 0 above -0, -Infinity of nothing."""
    numbers = [to_number(value) for value in values]
    if any(math.isnan(number) for number in numbers):
        return math.nan
    # Python's max holds 0 and -0 for equal and keeps the first; Math.max tells them apart.
    return max(numbers, key=lambda number: (number, math.copysign(1.0, number)), default=-math.inf)
