"""Luminosity: exact, with its unit, or not at all."""

import pickle
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.lumi import Luminosity, LuminosityError, parse_unit
from lumicert.lumi.luminosity import POWERS, SECONDS_PER_LS
from lumicert.lumi.tests.strategies import law

units = st.sampled_from(list(POWERS))
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=9)
luminosities = st.builds(Luminosity, amounts, units)


@pytest.mark.parametrize(
    "text",
    ["/pb", "1/pb", "pb^-1", "pb-1", "pb^{-1}", "pb**-1", "pb(-1)", "pb^(-1)", "pb⁻¹", " 1 / pb ", "pb −1"],
)
def test_every_way_to_write_an_inverse_picobarn_is_read(text):
    assert parse_unit(text) == "/pb"


@pytest.mark.parametrize("micro", ["u", "\u00b5", "\u03bc"])
def test_a_micro_may_be_a_u_or_either_of_the_two_greek_letters(micro):
    assert Luminosity.parse(f"4.5 {micro}b^-1") == Luminosity("4.5", "/ub")


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        ("/xb", "'/xb' is no unit of luminosity; known are /b, /mb, /ub, /nb, /pb, /fb, /ab"),
        ("/Pb", "'/Pb' is no unit"),
        ("pb", "'pb' is no unit of luminosity; did you mean /pb?"),
        ("/pb/s", "'/pb/s' is no unit"),
        ("hz/ub", "'hz/ub' is no unit"),
        ("", "'' is no unit"),
    ],
)
def test_an_unknown_unit_is_an_error_with_its_text(unit, message):
    with pytest.raises(LuminosityError) as error:
        Luminosity(1, unit)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("7.958398 /pb", "7.958398", "/pb"),
        ("7.958398/pb", "7.958398", "/pb"),
        ("7.958398 1/pb", "7.958398", "/pb"),
        ("-3e2 fb-1", "-300", "/fb"),
        (".5 /ub", "0.5", "/ub"),
        ("1/pb", "1", "/pb"),
    ],
)
def test_text_is_read_exactly(text, value, unit):
    lumi = Luminosity.parse(text)
    assert (lumi.value, lumi.unit) == (Decimal(value), unit)


@pytest.mark.parametrize("text", ["7.9", "/pb", "", "seven /pb", "NaN /pb", "inf /pb", "7,9 /pb", "1_0 /pb", "٣ /pb"])
def test_text_without_a_number_and_a_unit_is_refused_with_the_text(text):
    with pytest.raises(LuminosityError):
        Luminosity.parse(text)


@pytest.mark.parametrize("value", [1.5, True, None, float("nan")])
def test_a_float_is_no_exact_number(value):
    with pytest.raises(LuminosityError, match="a luminosity is an exact number"):
        Luminosity(value, "/pb")


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e500"), "1" * 101])
def test_a_number_that_is_not_finite_or_endlessly_long_is_refused(value):
    with pytest.raises(LuminosityError, match=r"100 digits|finite"):
        Luminosity(value, "/pb")


@law
@given(luminosities, units)
def test_a_conversion_there_and_back_changes_nothing(lumi, unit):
    assert lumi.to(unit) == lumi
    assert hash(lumi.to(unit)) == hash(lumi)
    assert lumi.to(unit).to(lumi.unit).value == lumi.value


@law
@given(luminosities, luminosities, luminosities)
def test_sums_and_differences_are_exact_in_any_order_and_unit(a, b, c):
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert (a + b) - b == a
    assert (a + b).unit == a.unit


@law
@given(luminosities, luminosities)
def test_order_is_that_of_the_amounts_whatever_the_units(a, b):
    difference = (a - b).value
    assert (a < b, a <= b, a == b, a >= b, a > b) == (
        difference < 0,
        difference <= 0,
        difference == 0,
        difference >= 0,
        difference > 0,
    )


def test_the_precision_of_the_surroundings_does_not_matter():
    with localcontext() as narrow:
        narrow.prec = 3
        assert Luminosity("1.23456789", "/fb") + Luminosity("1", "/b") == Luminosity("1234567890000001", "/b")


def test_the_seven_units_are_a_thousand_apart():
    for smaller, larger in zip(list(POWERS), list(POWERS)[1:], strict=False):
        assert Luminosity(1, larger) == Luminosity(1000, smaller)


@pytest.mark.parametrize("other", [1, 1.5, Decimal(1), "1 /pb", None])
def test_a_number_without_a_unit_does_not_mix(other):
    lumi = Luminosity(1, "/pb")
    for calculate in (lumi.__add__, lumi.__sub__, lumi.__lt__, lumi.__le__, lumi.__gt__, lumi.__ge__):
        with pytest.raises(LuminosityError, match=r"1 /pb and .* has no unit"):
            calculate(other)
    assert lumi != other


def test_a_result_beyond_a_hundred_digits_is_an_error_and_not_a_rounding():
    with pytest.raises(LuminosityError, match="more than 100 digits"):
        Luminosity("1e99", "/ab") + Luminosity(1, "/b")


def test_it_prints_itself_exactly_and_without_exponents():
    assert str(Luminosity("0.000000001", "/pb")) == "0.000000001 /pb"
    assert str(Luminosity("1e3", "/pb")) == "1000 /pb"


@pytest.mark.parametrize(
    ("lumi", "text"),
    [
        (Luminosity("41479.5", "/pb"), "41.480 /fb"),
        (Luminosity("138.789557764", "/pb"), "138.790 /pb"),
        (Luminosity("0.16", "/pb"), "160.000 /nb"),
        (Luminosity(0, "/pb"), "0.000 /pb"),
        (Luminosity(-1500, "/pb"), "-1.500 /fb"),
        (Luminosity(3_000_000, "/ab"), "3,000,000.000 /ab"),
        (Luminosity("0.5", "/b"), "0.500 /b"),
    ],
)
def test_for_people_it_takes_a_unit_with_a_readable_number(lumi, text):
    assert lumi.readable() == text


def test_it_is_immutable_and_survives_a_pickle():
    lumi = Luminosity("7.9", "/pb")
    with pytest.raises(AttributeError):
        lumi.value = Decimal(8)
    assert pickle.loads(pickle.dumps(lumi)) == lumi  # noqa: S301


def test_a_lumisection_lasts_23_seconds():
    assert round(float(SECONDS_PER_LS), 4) == 23.311
