r"""The units of OMS, as it writes them in `meta.row`, as exact factors.

Integrated luminosity comes in `pb^{-1}`, `{\mu}b^{-1}` and others, instantaneous in `10^{34}cm^{-2}s^{-1}` or
`10^{30}cm^{-2}s^{-1}`; which one is OMS's choice for each row, so a number without its unit means nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache

from lumicert.lumi.errors import LuminosityError
from lumicert.lumi.luminosity import POWERS, Luminosity, parse_unit

INSTANTANEOUS = "cm^{-2}s^{-1}"

# a luminosity has up to a hundred digits
_WIDE = Context(prec=150)
_POWER = re.compile(r"10\^\{?(-?\d{1,3})\}?(?:\s*(?=\D)|$)")
# the other units that OMS writes: (factor, base)
_PLAIN: dict[str, tuple[str, str]] = {
    "": ("1", ""),
    INSTANTANEOUS: ("1", INSTANTANEOUS),
    "cm^{-2}s^{-1}(10^{11}p)^{-2}": ("1E-22", "cm^{-2}s^{-1}p^{-2}"),
    "T": ("1", "T"),
    "GeV": ("1", "GeV"),
    "TeV": ("1000", "GeV"),
    "s": ("1", "s"),
    "Hz": ("1", "Hz"),
    "kHz": ("1000", "Hz"),
    "cm": ("1", "cm"),
    "m": ("100", "cm"),
    "urad": ("1", "urad"),
    "%": ("0.01", ""),
    "MB": ("1", "MB"),
    "GB": ("1000", "MB"),
    "MB/s": ("1", "MB/s"),
    "GB/s": ("1000", "MB/s"),
}


class UnknownUnit(ValueError):
    """OMS wrote a unit that is not known here. The text names it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What 1 in a unit of OMS is worth: `factor` of `base`; the base of integrated luminosity is `/b`."""

    factor: Decimal
    base: str


@lru_cache(maxsize=256)
def parse(text: str) -> Unit:
    r"""The worth of a unit that OMS wrote, such as `{\mu}b^{-1}` or `10^{34}cm^{-2}s^{-1}`.

    Raises:
        UnknownUnit: naming the text.
    """
    plain = text.replace(r"{\mu}", "u").replace(r"\mu", "u").replace(" ", "")
    power = _POWER.match(plain)
    rest = plain[power.end() :] if power else plain
    factor = Decimal(1).scaleb(int(power[1])) if power else Decimal(1)
    if rest in _PLAIN:
        own, base = _PLAIN[rest]
        return Unit(factor * Decimal(own), base)
    try:
        return Unit(factor.scaleb(POWERS[parse_unit(rest)]), "/b")
    except LuminosityError:
        raise UnknownUnit(f"{text!r} is no unit that is known of OMS") from None


def exact(value: float | Decimal) -> Decimal:
    """The number that OMS wrote: of a float its shortest text, which is what stood in the answer."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def integrated(value: float | Decimal, unit: str) -> Luminosity:
    """Recorded or delivered luminosity, exact. Raises UnknownUnit for a unit that is not one of those."""
    worth = parse(unit)
    name = next((name for name, power in POWERS.items() if worth == Unit(Decimal(1).scaleb(power), "/b")), None)
    if name is None:
        raise UnknownUnit(f"{unit!r} is no unit of integrated luminosity")
    return Luminosity(exact(value), name)


def instantaneous(value: float | Decimal, unit: str) -> Decimal:
    """Instantaneous luminosity per square centimetre and second, exact. Raises UnknownUnit for another unit."""
    worth = parse(unit)
    if worth.base != INSTANTANEOUS:
        raise UnknownUnit(f"{unit!r} is no unit of instantaneous luminosity")
    return exact(value) * worth.factor


def format_integrated(amount: Luminosity, *, slash: bool = False) -> str:
    """Integrated luminosity as reports of the tracker print it: at most three decimals of /pb, below that of /ub.

    `slash` writes `/pb`, for the electronic logbook, in place of `pb^-1`. The unit changes where three decimals of
    /pb would read zero, so 0.0004 /pb is "400 ub^-1" and 0.0006 /pb is "0.001 pb^-1", as CertHelper prints them.
    """
    value, unit = _rounded(amount.to("/pb").value), "pb"
    if not value:
        value, unit = _rounded(amount.to("/ub").value), "ub"
    text = f"{value:f}".rstrip("0").rstrip(".")
    return f"{text} /{unit}" if slash else f"{text} {unit}^-1"


def _rounded(value: Decimal) -> Decimal:
    rounded = value.quantize(Decimal("0.001"), context=_WIDE)
    return rounded or abs(rounded)
