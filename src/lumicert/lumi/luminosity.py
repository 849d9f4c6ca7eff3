"""Luminosity: an exact number with its unit.

Integrated luminosity counts collisions per cross-section, so its unit is an inverse area: /b, or the inverse of a part
of a barn, /mb, /ub, /nb, /pb, /fb, /ab. The smaller the part, the larger the unit: 1 /fb = 1000 /pb. Between them lie
powers of ten, so that decimal numbers convert exactly; a float has no place here, because 0.1 /pb is none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow, Underflow
from fractions import Fraction
from functools import wraps
from typing import Concatenate, ParamSpec, Self, TypeVar

from lumicert.lumi.errors import LuminosityError

POWERS = {"/b": 0, "/mb": 3, "/ub": 6, "/nb": 9, "/pb": 12, "/fb": 15, "/ab": 18}
"""The units, each as the power of ten of 1 /b that it is worth."""

SECONDS_PER_LS = Fraction(2**18 * 3564, 40_079_000)
"""The length of a lumisection, 23.31 s: 2^18 orbits of 3564 bunch places at the LHC clock of 40.079 MHz."""

# Whatever does not fit into a hundred digits is an error, never a rounding.
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation, Overflow, Underflow])
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?"
_AMOUNT = re.compile(rf"\s*({_NUMBER})\s*(\S.*?)\s*", re.ASCII)
_UNIT = re.compile(r"(?:1?/([munpfa]?b)|([munpfa]?b)(?:\^|\*\*)?(?:-1|\{-1\}|\(-1\)))")

_P = ParamSpec("_P")
_T = TypeVar("_T")


def parse_unit(text: str) -> str:
    """The unit, as in `POWERS`, of `/pb`, `1/pb`, `pb^-1`, `pb-1`, `pb^{-1}`, `pb⁻¹`; a micro may be u, µ or μ.

    Raises LuminosityError with the text.
    """
    plain = "".join(text.split()).translate({0xB5: "u", 0x3BC: "u", 0x207B: "-", 0xB9: "1", 0x2212: "-"})
    match = _UNIT.fullmatch(plain)
    if match:
        return "/" + (match[1] or match[2])
    hint = f"; did you mean /{plain}?" if f"/{plain}" in POWERS else ""
    raise LuminosityError(f"{text!r} is no unit of luminosity{hint or '; known are ' + ', '.join(POWERS)}")


def _exactly(method: Callable[Concatenate["Luminosity", _P], _T]) -> Callable[Concatenate["Luminosity", _P], _T]:
    @wraps(method)
    def checked(self: "Luminosity", /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return method(self, *args, **kwargs)
        except DecimalException:
            raise LuminosityError(f"{self}: the exact result has more than {_EXACT.prec} digits") from None

    return checked


@dataclass(frozen=True, slots=True, eq=False)
class Luminosity:
    """`value` in `unit`, exact. Equal, ordered and hashed by the amount: 1000 /pb is 1 /fb.

    The value may be given as a Decimal, an int or text. Raises LuminosityError for a float, for what is no finite
    number, and for an unknown unit.
    """

    value: Decimal
    unit: str

    def __init__(self, value: Decimal | int | str, unit: str) -> None:
        object.__setattr__(self, "value", _decimal(value, unit))
        object.__setattr__(self, "unit", parse_unit(unit))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a number and its unit, as in "7.958398 /pb". Raises LuminosityError with the text."""
        match = _AMOUNT.fullmatch(text)
        if not match:
            raise LuminosityError(f'{text!r} is no luminosity; write a number and its unit, as in "7.958398 /pb"')
        return cls(match[1], match[2])

    @_exactly
    def to(self, unit: str) -> Self:
        """The same amount in another unit, exactly."""
        unit = parse_unit(unit)
        return type(self)(_EXACT.scaleb(self.value, POWERS[self.unit] - POWERS[unit]), unit)

    def readable(self, digits: int = 3) -> str:
        """For people: in the unit that leaves a number below 1000, as large as can be, rounded to `digits` decimals."""
        amounts = [self.to(unit) for unit in POWERS] if self.value else [self]
        amount = next((amount for amount in amounts if abs(amount.value) < 1000), amounts[-1])
        return f"{amount.value:,.{digits}f} {amount.unit}"

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}"

    def _in_my_unit(self, other: object, what: str) -> Decimal:
        if not isinstance(other, Luminosity):
            raise LuminosityError(f"cannot {what} {self} and {other!r}: {other!r} has no unit")
        return other.to(self.unit).value

    @_exactly
    def __add__(self, other: "Luminosity") -> Self:
        return type(self)(_EXACT.add(self.value, self._in_my_unit(other, "add")), self.unit)

    @_exactly
    def __sub__(self, other: "Luminosity") -> Self:
        return type(self)(_EXACT.subtract(self.value, self._in_my_unit(other, "subtract")), self.unit)

    def __eq__(self, other: object) -> bool:
        return self.to("/b").value == other.to("/b").value if isinstance(other, Luminosity) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to("/b").value)

    def __lt__(self, other: "Luminosity") -> bool:
        return self.value < self._in_my_unit(other, "compare")

    def __le__(self, other: "Luminosity") -> bool:
        return self.value <= self._in_my_unit(other, "compare")

    def __gt__(self, other: "Luminosity") -> bool:
        return self.value > self._in_my_unit(other, "compare")

    def __ge__(self, other: "Luminosity") -> bool:
        return self.value >= self._in_my_unit(other, "compare")


def _decimal(value: object, unit: str) -> Decimal:
    if isinstance(value, (float, bool)) or not isinstance(value, (Decimal, int, str)):
        raise LuminosityError(f"{value!r} {unit}: a luminosity is an exact number; give a Decimal, an int or text")
    if isinstance(value, str) and not re.fullmatch(_NUMBER, value, re.ASCII):
        raise LuminosityError(f"{value!r} {unit}: this is no number")
    try:
        number = _EXACT.create_decimal(value)
    except DecimalException:
        raise LuminosityError(f"{str(value)[:20]}... {unit}: more than {_EXACT.prec} digits") from None
    if not number.is_finite() or abs(number.adjusted()) > _EXACT.prec:
        raise LuminosityError(f"{value} {unit}: a luminosity is a finite number of at most {_EXACT.prec} digits")
    return number
