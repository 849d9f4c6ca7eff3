"""Lumisections of a run: flags and labels as ranges, numbers exact, own luminosity; complete or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.sources.errors import SourceChanged, Unexpected
from lumicert.sources.oms.lumisections import OmsLumisections, read_lumisections
from lumicert.sources.oms.pages import Row
from lumicert.sources.oms.tests.fake import PB, Oms, ls, run
from lumicert.sources.tests.servers import Notes

UB = "{\\mu}b^{-1}"


def read(*rows: dict[str, Any], before: dict[str, Any] | None = None, unit: str = PB) -> OmsLumisections:
    meta = {name: {"units": unit} for name in ("recorded_lumi", "delivered_lumi")} if unit else {}
    return read_lumisections(7, [Row(row, meta) for row in rows], Row(before, meta) if before else None)


def without(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def recorded(found: OmsLumisections) -> dict[int, str]:
    numbers = [number for first, last in found.with_luminosity for number in range(first, last + 1)]
    return dict(zip(numbers, map(str, found.recorded), strict=True))


def test_a_flag_is_where_it_is_true_false_and_null() -> None:
    found = read(ls(1, cms_active=True), ls(2, cms_active=True), ls(3, cms_active=False), ls(4), ls(5, cms_active=True))
    assert found.flags["cms_active"] == {"true": ((1, 2), (5, 5)), "false": ((3, 3),), "null": ((4, 4),)}
    assert found.flags["physics_flag"] == {"null": ((1, 5),)}


def test_a_lumisection_is_told_by_its_number_and_not_by_its_place() -> None:
    found = read(ls(5, cms_active=False), ls(2, cms_active=True), ls(1, cms_active=True))
    assert found.lumis == ((1, 2), (5, 5))
    assert found.flags["cms_active"] == {"true": ((1, 2),), "false": ((5, 5),)}


def test_a_gap_cuts_a_range_even_if_the_value_goes_on() -> None:
    found = read(ls(1, cms_active=True), ls(3, cms_active=True))
    assert found.flags["cms_active"] == {"true": ((1, 1), (3, 3))}


def test_labels_and_series_leave_null_out_and_are_exact() -> None:
    names = ["2.0E34", "2.0E34", None, "1.5E34"]
    found = read(
        *(
            ls(n + 1, prescale_name=name, prescale_index=n, pileup=n * 0.1 if name else None)
            for n, name in enumerate(names)
        )
    )
    assert found.labels == {"prescale_name": {"2.0E34": ((1, 2),), "1.5E34": ((4, 4),)}}
    assert found.series["pileup"] == (((1, 2), (4, 4)), [Decimal(t) for t in ("0.0", "0.1", "0.30000000000000004")])
    assert found.series["prescale_index"] == (((1, 4),), [Decimal(n) for n in range(4)])
    assert found.series["init_lumi"] == ((), [])


def test_attributes_that_nobody_knows_are_kept_by_their_kind() -> None:
    rows = [ls(n, new_bit=n > 1, new_rate=n / 2, new_name="x", new_null=None) for n in (1, 2, 3)]
    found = read(*rows)
    assert found.flags["new_bit"] == {"false": ((1, 1),), "true": ((2, 3),)}
    assert found.flags["new_null"] == {"null": ((1, 3),)}
    assert found.series["new_rate"] == (((1, 3),), [Decimal("0.5"), Decimal("1.0"), Decimal("1.5")])
    assert found.labels["new_name"] == {"x": ((1, 3),)}


def test_own_luminosity_is_the_difference_within_the_fill() -> None:
    found = read(ls(1, lumi=0.1), ls(2, lumi=0.3), ls(3, lumi=0.3), before=ls(90, of=6, lumi=0.05))
    assert recorded(found) == {1: "0.05", 2: "0.2", 3: "0.0"}
    assert found.unit == PB


def test_own_luminosity_of_the_first_is_unknown_without_the_one_before() -> None:
    assert recorded(read(ls(1, lumi=0.1), ls(2, lumi=0.3))) == {2: "0.2"}


def test_a_change_of_unit_within_a_run_is_converted_exactly() -> None:
    rows = [(ls(1, lumi=0), UB), (ls(2, lumi=250000.5), UB), (ls(3, lumi=0.75), PB)]
    meta = {unit: {name: {"units": unit} for name in ("recorded_lumi", "delivered_lumi")} for unit in (UB, PB)}
    found = read_lumisections(7, [Row(row, meta[unit]) for row, unit in rows])
    assert found.unit == UB
    assert [Decimal(text) for text in recorded(found).values()] == [0, Decimal("250000.5"), Decimal("499999.5")]


def test_recorded_and_delivered_in_two_units_come_in_one() -> None:
    meta = {"recorded_lumi": {"units": UB}, "delivered_lumi": {"units": PB}}
    rows = [ls(1, lumi=0), ls(2) | {"recorded_lumi": 900000, "delivered_lumi": 1.5}]
    found = read_lumisections(7, [Row(row, meta) for row in rows])
    assert (found.unit, found.recorded[1], found.delivered[1]) == (UB, 900000, 1500000)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (None, "LS 2: 0.5: without a unit, though others have pb^{-1}"),
        ("GeV", "LS 2: 0.5: 'GeV' is no unit of integrated luminosity"),
        ("furlong", "LS 2: 0.5: 'furlong' is no unit that is known of OMS"),
    ],
)
def test_a_row_in_a_unit_of_another_kind_is_rejected_and_the_others_stay(other: str | None, why: str) -> None:
    units = [PB, other, PB]
    rows = [Row(ls(n, lumi=n / 4), {"recorded_lumi": {"units": unit}}) for n, unit in enumerate(units, 1)]
    found = read_lumisections(7, rows)
    assert found.rejected["recorded_lumi"] == why
    assert found.unit == PB


def test_a_new_number_in_units_that_do_not_agree_is_rejected_where_they_differ() -> None:
    rows = [Row(ls(n, new_rate=n), {"new_rate": {"units": unit}}) for n, unit in ((1, "Hz"), (2, "GeV"), (3, "kHz"))]
    found = read_lumisections(7, rows)
    assert found.series["new_rate"] == (((1, 1), (3, 3)), [Decimal(1), Decimal(3000)])
    assert found.rejected["new_rate"] == "LS 2: 2: in GeV, though others are in Hz"
    assert found.units["new_rate"] == "Hz"


def test_a_label_that_is_no_text_is_rejected() -> None:
    found = read(ls(1, prescale_name="a"), ls(2, prescale_name=5))
    assert found.labels == {"prescale_name": {"a": ((1, 1),)}}
    assert found.rejected["prescale_name"] == "LS 2: 5: not a text"


def test_a_null_between_numbers_is_in_no_series() -> None:
    found = read(ls(1, pileup=-1), ls(2, pileup=None), ls(3, pileup=2))
    assert found.series["pileup"] == (((3, 3),), [Decimal(2)])


@pytest.mark.parametrize(
    ("unit", "why"),
    [("", "LS 1: without a unit (and 1 more)"), ("furlong", "LS 1: 0.5: 'furlong' is no unit that is known of OMS")],
)
def test_luminosity_in_no_unit_is_unknown_and_the_flags_come_all_the_same(unit: str, why: str) -> None:
    found = read(ls(1, lumi=0.5, cms_active=True), ls(2, lumi=0.75, cms_active=True), unit=unit)
    assert found.with_luminosity == ()
    assert found.rejected["recorded_lumi"].startswith(why)
    assert found.flags["cms_active"] == {"true": ((1, 2),)}


def test_values_that_cannot_be_are_rejected_for_their_lumisection_only() -> None:
    rows = [ls(1, cms_active=1, pileup=3), ls(2, cms_active=True, pileup=-2.5), ls(3, cms_active="true", pileup=1e9)]
    found = read(*rows)
    assert found.flags["cms_active"] == {"true": ((2, 2),)}
    assert found.series["pileup"] == (((1, 1),), [Decimal(3)])
    assert found.rejected == {
        "cms_active": "LS 1: 1: neither true nor false (and 1 more)",
        "pileup": "LS 2: -2.5: below 0, the least that can be (and 1 more)",
    }


def test_a_negative_luminosity_leaves_its_neighbours_own_unknown() -> None:
    found = read(ls(1, lumi=0), ls(2, lumi=0.25), ls(3, lumi=-0.5), ls(4, lumi=0.75), ls(5, lumi=1.25))
    assert recorded(found) == {1: "0", 2: "0.25", 5: "0.50"}
    assert found.rejected["recorded_lumi"] == f"LS 3: -0.5: below 0 {PB}, the least that can be"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([ls(1), ls(1)], "lumisection_number 1 comes after 1"),
        ([ls(0)], "the lumisection_number of a row is 0, not a number from 1 on"),
        ([ls(1) | {"lumisection_number": "1"}], "the lumisection_number of a row is '1'"),
        ([ls(1, of=8)], "LS 1 is of run 8, though run 7 was asked for"),
        ([without("bpix_ready", ls(1))], "there is no bpix_ready; was it renamed"),
        ([ls(1), without("tob_ready", ls(2))], "LS 2 has no tob_ready, which others have; was it renamed"),
    ],
)
def test_an_answer_against_the_protocol_is_a_change(rows: list[dict[str, Any]], why: str) -> None:
    oms, notes = Oms(), Notes()
    served = {"data": [{"attributes": row} for row in rows], "meta": {"totalResourceCount": len(rows)}}
    oms.bend = lambda document: served if len(oms.asked) == 1 else document
    with pytest.raises(SourceChanged, match=f"OMS answered something unexpected .*run 7.*{why}"):
        oms.client(notes).lumisections(7)
    assert notes.calls[-1].outcome == "changed"


def test_an_attribute_that_only_later_lumisections_have_is_a_change() -> None:
    with pytest.raises(Unexpected, match="LS 1 has no new_bit, which others have"):
        read(ls(1), ls(2, new_bit=True))


def test_a_lumisection_without_a_number_is_refused() -> None:
    with pytest.raises(Unexpected, match="the lumisection_number of a row is 0"):
        read(ls(0))


def test_a_unit_without_a_luminosity_says_nothing() -> None:
    units = {"recorded_lumi": {"units": "furlong"}, "delivered_lumi": {"units": PB}}
    found = read_lumisections(7, [Row(ls(1), units), Row(ls(2), units)])
    assert (found.unit, found.with_luminosity, found.rejected) == ("", (), {})


def test_a_lumisection_that_comes_twice_is_refused() -> None:
    with pytest.raises(Unexpected, match="LS 1 comes twice"):
        read(ls(1), ls(2), ls(1))


def test_a_run_without_lumisections_has_none() -> None:
    found = Oms(lumisections=[]).client().lumisections(7)
    assert (found.lumis, found.flags, found.unit, found.recorded) == ((), {}, "", [])


def test_a_missing_page_is_noticed() -> None:
    oms = Oms(lumisections=[ls(number) for number in range(1, 10)])
    oms.bend = lambda document: document if len(oms.asked) < 2 else {**document, "data": []}
    with pytest.raises(SourceChanged, match=r"lumisections of run 7 .page above 4..: the page has 0 of 4 rows"):
        oms.client(lumisections=4).lumisections(7)


@settings(max_examples=50)
@given(st.sets(st.integers(1, 40)), st.integers(1, 50), st.integers(0, 45))
def test_pages_and_going_on_behind_a_lumisection_change_nothing(there: set[int], page: int, after: int) -> None:
    rows = [ls(number, lumi=number / 8, cms_active=number % 3 == 0) for number in there]
    client = Oms(lumisections=rows).client(lumisections=page)
    whole, rest = client.lumisections(7), client.lumisections(7, after=after)
    assert numbers(whole.lumis) == sorted(there)
    assert numbers(rest.lumis) == [number for number in sorted(there) if number > after]
    assert recorded(rest) == {number: text for number, text in recorded(whole).items() if number > after}


def numbers(ranges: tuple[tuple[int, int], ...]) -> list[int]:
    return [number for first, last in ranges for number in range(first, last + 1)]


def test_the_first_lumisection_of_a_run_needs_the_last_of_the_run_before_in_the_fill() -> None:
    rows = [ls(1, of=5, lumi=0), ls(2, of=5, lumi=1), ls(1, of=6, fill=7999, lumi=9), ls(1, lumi=1.5), ls(2, lumi=2)]
    oms = Oms(lumisections=rows, runs=[run(5), run(7)])
    found = oms.client().lumisections(7)
    assert recorded(found) == {1: "0.5", 2: "0.5"}
    assert len(oms.asked) == 2


def test_a_cosmics_run_without_a_fill_needs_no_run_before() -> None:
    oms = Oms(lumisections=[ls(1, fill=None), ls(2, fill=None)])
    assert oms.client().lumisections(7).with_luminosity == ()
    assert len(oms.asked) == 1


@settings(max_examples=60)
@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=60), st.sets(st.integers(1, 60)))
def test_each_lumisection_has_exactly_one_value_of_a_flag(values: list[bool | None], left_out: set[int]) -> None:
    rows = [ls(n, cms_active=value) for n, value in enumerate(values, 1) if n not in left_out]
    flag = read(*rows).flags.get("cms_active", {})
    names = {"true": True, "false": False, "null": None}
    told = {number: names[value] for value, ranges in flag.items() for number in numbers(ranges)}
    assert told == {n: value for n, value in enumerate(values, 1) if n not in left_out}
    assert sum(len(numbers(ranges)) for ranges in flag.values()) == len(rows)
