"""OMS's units, exact; and luminosities as reports print them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.lumi.luminosity import Luminosity
from lumicert.sources.oms.units import (
    Unit,
    UnknownUnit,
    exact,
    format_integrated,
    instantaneous,
    integrated,
    parse,
)


@pytest.mark.parametrize(
    ("text", "power"),
    [
        ("pb^{-1}", 12),
        ("{\\mu}b^{-1}", 6),
        ("\\mu b^{-1}", 6),
        ("nb^{-1}", 9),
        ("fb^{-1}", 15),
        ("mb^{-1}", 3),
        ("b^{-1}", 0),
        ("/pb", 12),
        ("pb^-1", 12),
        ("10^{3}pb^{-1}", 15),
    ],
)
def test_a_unit_of_integrated_luminosity_is_a_power_of_ten_inverse_barns(text: str, power: int) -> None:
    assert parse(text) == Unit(Decimal(10) ** power, "/b")


@pytest.mark.parametrize(
    ("text", "factor", "base"),
    [
        ("10^{34}cm^{-2}s^{-1}", "1E34", "cm^{-2}s^{-1}"),
        ("10^{30}cm^{-2}s^{-1}", "1E30", "cm^{-2}s^{-1}"),
        ("cm^{-2}s^{-1}", "1", "cm^{-2}s^{-1}"),
        ("10^{30}cm^{-2}s^{-1}(10^{11}p)^{-2}", "1E8", "cm^{-2}s^{-1}p^{-2}"),
        ("10^{11}", "1E11", ""),
        ("T", "1", "T"),
        ("GeV", "1", "GeV"),
        ("TeV", "1000", "GeV"),
        ("{\\mu}rad", "1", "urad"),
        ("%", "0.01", ""),
        ("kHz", "1000", "Hz"),
        ("m", "100", "cm"),
    ],
)
def test_every_other_unit_that_oms_writes_is_known(text: str, factor: str, base: str) -> None:
    assert parse(text) == Unit(Decimal(factor), base)


@pytest.mark.parametrize("text", ["furlong", "pb", "pb^{-2}", "10^{34}", "10^{9999}pb^{-1}", "{\\mu}", "KeyError"])
def test_another_unit_is_told_by_its_name(text: str) -> None:
    with pytest.raises(UnknownUnit) as caught:
        integrated(1, text)
    assert repr(text) in str(caught.value)


def test_an_instantaneous_unit_is_no_integrated_one() -> None:
    with pytest.raises(UnknownUnit, match="no unit of integrated luminosity"):
        integrated(1, "10^{34}cm^{-2}s^{-1}")
    with pytest.raises(UnknownUnit, match="no unit of instantaneous luminosity"):
        instantaneous(1, "pb^{-1}")


def test_run_299329_in_the_units_of_oms() -> None:
    recorded, delivered = integrated(38.566, "pb^{-1}"), integrated(40.870, "pb^{-1}")
    assert recorded == Luminosity("38566000", "/ub")
    assert format_integrated(recorded) == "38.566 pb^-1"
    assert format_integrated(delivered) == "40.87 pb^-1"
    unit = "10^{30}cm^{-2}s^{-1}"
    assert instantaneous(10432.919, unit) == Decimal("1.0432919E34")
    assert instantaneous(9695.004, unit) == instantaneous(0.9695004, "10^{34}cm^{-2}s^{-1}")
    assert instantaneous(12934.529, unit) == Decimal("1.2934529E34")
    # both scales that OMS uses agree to the last digit
    assert instantaneous(1.2934529, "10^{34}cm^{-2}s^{-1}") == instantaneous(12934.529, unit)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.000000266922", "0.267 ub^-1"),
        ("1.12345", "1.123 pb^-1"),
        ("0", "0 ub^-1"),
        ("0.0004", "400 ub^-1"),
        ("0.0006", "0.001 pb^-1"),
        ("12345.6789", "12345.679 pb^-1"),
        ("-1", "-1 pb^-1"),
        ("100", "100 pb^-1"),
        ("0.0001", "100 ub^-1"),
        ("-0.0000000001", "0 ub^-1"),
    ],
)
def test_a_luminosity_in_a_report(value: str, text: str) -> None:
    assert format_integrated(Luminosity(value, "/pb")) == text
    assert format_integrated(Luminosity(value, "/pb"), slash=True) == text.replace(" ", " /").replace("^-1", "")


def test_a_luminosity_of_many_digits_is_formatted_all_the_same() -> None:
    assert format_integrated(Luminosity("1" + "0" * 40, "/fb")) == "1" + "0" * 43 + " pb^-1"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_number_that_was_written(value: float) -> None:
    assert float(exact(value)) == value
    assert str(value) == str(float(str(exact(value))))


def test_a_tenth_is_a_tenth() -> None:
    assert exact(0.1) == Decimal("0.1")
    assert integrated(0.1, "pb^{-1}") == Luminosity("100", "/nb")
