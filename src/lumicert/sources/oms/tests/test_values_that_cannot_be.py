"""A value that cannot be is rejected with its text and the reason; null and unknown stay apart; extras are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.sources.oms.attributes import FILLS, RUNS, Table, read_attributes
from lumicert.sources.oms.export import read_runs
from lumicert.sources.oms.models import read_fill, read_run
from lumicert.sources.oms.pages import Row
from lumicert.sources.oms.tests.fake import fill, nulls, run

LUMI = {"recorded_lumi": {"units": "pb^{-1}"}, "init_lumi": {"units": "10^{34}cm^{-2}s^{-1}"}}


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("energy", -1, "-1: below 0, the least that can be"),
        ("energy", 1e15, "1000000000000000.0: above 10000, the most that can be"),
        ("energy", "6500", "'6500': not a number"),
        ("energy", True, "True: not a number"),
        ("b_field", 40, "40: above 5"),
        ("fill_number", 0, "0: below 1"),
        ("fill_number", 8000.5, "8000.5: not a whole number"),
        ("fill_number", 1e300, "above 1e+06"),
        ("recorded_lumi", -0.5, "-0.5: below 0 pb^{-1}, the least that can be"),
        ("recorded_lumi", 1e15, "above 10000 pb^{-1}, the most that can be"),
        ("init_lumi", 1e10, "above 100 10^{34}cm^{-2}s^{-1}, the most"),
        ("stable_beam", 1, "1: neither true nor false"),
        ("start_time", "yesterday", "'yesterday': not a time of ISO 8601"),
        ("start_time", "2022-10-15T06:00:00", "a time without its zone"),
        ("end_time", 5, "5: not a text"),
        ("components", "DAQ", "'DAQ': not a list of at most 500 texts"),
        ("components", ["DAQ", None], "not a text"),
        ("hlt_key", "x" * 5000, "longer than 4000 characters"),
        ("hlt_key", "a\0b", "it holds the character NUL"),
        ("something_new", {"a": 1}, "not a text"),
    ],
)
def test_it_is_left_out_and_told(name: str, value: Any, why: str) -> None:
    found = read_run(Row(run(7, **{name: value}), LUMI))
    assert name not in found.attributes
    assert why in found.rejected[name]
    assert len(found.rejected) == 1
    assert len(found.rejected[name]) < 300


def test_the_negative_number_of_colliding_bunches_that_oms_once_gave() -> None:
    found = read_fill(Row(fill(8999, bunches_colliding=-12, bunches_beam1=2462), {}))
    assert "bunches_colliding" not in found.attributes
    assert found.rejected == {"bunches_colliding": "-12: below 0, the least that can be"}
    assert found.attributes["bunches_beam1"] == 2462


def test_the_bound_of_a_luminosity_follows_its_unit() -> None:
    for unit, most in (("{\\mu}b^{-1}", 10**10), ("fb^{-1}", 10)):
        meta = {"recorded_lumi": {"units": unit}}
        assert read_run(Row(run(7, recorded_lumi=most), meta)).attributes["recorded_lumi"] == most
        assert "recorded_lumi" in read_run(Row(run(7, recorded_lumi=most * 1.01), meta)).rejected


def test_a_luminosity_in_an_unknown_unit_is_no_luminosity() -> None:
    found = read_run(Row(run(7, recorded_lumi=3.5), {"recorded_lumi": {"units": "furlong"}}))
    assert found.rejected["recorded_lumi"] == "3.5: 'furlong' is no unit that is known of OMS"
    assert found.units == {"recorded_lumi": "furlong"}


def test_run_299329_as_oms_gave_it() -> None:
    facts = {"energy": 6499, "b_field": 3.801, "recorded_lumi": 38.566, "init_lumi": 10432.919, "end_lumi": 9695.004,
             "last_lumisection_number": 342, "fill_number": 5960, "fill_type_runtime": "PROTONS"}  # fmt: skip
    units = {"recorded_lumi": "pb^{-1}", "init_lumi": "10^{30}cm^{-2}s^{-1}", "energy": "GeV", "b_field": "T"}
    found = read_run(Row(run(299329, **facts), {name: {"units": unit} for name, unit in units.items()}))
    assert found.rejected == {}
    assert {name: found.attributes[name] for name in facts} == facts
    assert found.units == units


def test_null_is_a_value_and_stays_one() -> None:
    found = read_run(Row(run(7), {}))
    assert found.attributes == {**nulls(RUNS), "last_update": "2022-10-15T06:00:00Z"}


def test_a_time_stays_the_text_that_oms_wrote() -> None:
    for text in ("2022-10-15T06:00:00Z", "2022-10-15T06:00:00.123+00:00", "2022-10-15T08:00:00+02:00"):
        assert read_run(Row(run(7, start_time=text), {})).attributes["start_time"] == text


def test_a_whole_number_written_as_a_float_is_whole() -> None:
    duration = read_run(Row(run(7, duration=617.0), {})).attributes["duration"]
    assert duration == 617
    assert type(duration) is int


def test_what_no_table_knows_is_kept_as_it_is() -> None:
    extras = {"new_flag": True, "new_number": -1.5, "new_text": "x", "new_list": ["a"], "new_null": None}
    attributes = read_run(Row(run(7, **extras), {})).attributes
    assert {name: attributes[name] for name in extras} == extras


@pytest.mark.parametrize("name", ["a\0b", "", "x" * 200, "no name", "1st"])
def test_a_name_that_is_none_is_rejected(name: str) -> None:
    found = read_run(Row(run(7, **{name: 1}), {}))
    assert found.attributes.keys() == run(7).keys() - {"run_number"}
    assert list(found.rejected.values()) == ["no name of an attribute"]
    assert all("\0" not in told for told in found.rejected)


@pytest.mark.parametrize("unit", ["", 5, None, "a\0b", "x" * 200])
def test_a_unit_that_is_none_counts_as_missing(unit: object) -> None:
    assert read_run(Row(run(7, energy=6800), {"energy": {"units": unit}})).units == {}


_anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150)
@given(st.sampled_from([(RUNS, "run_number"), (FILLS, "fill_number")]), st.data())
def test_whatever_comes_is_either_kept_or_rejected_and_never_an_exception(
    resource: tuple[Table, str], data: st.DataObject
) -> None:
    table, key = resource
    served = {name: data.draw(_anything, label=name) for name in data.draw(st.sets(st.sampled_from(sorted(table))))}
    units = {name: data.draw(st.sampled_from(["pb^{-1}", "T", "?"])) for name in list(served)[:3]}
    row = {**nulls(table), **served}
    read = read_attributes(table, key, row, units)
    assert set(read.attributes) | set(read.rejected) == set(row)
    assert not set(read.attributes) & set(read.rejected)


@pytest.mark.real_data
def test_nothing_is_rejected_of_1231_real_runs(real_data: Path) -> None:
    units = {"recorded_lumi": "pb^{-1}", "delivered_lumi": "pb^{-1}", "init_lumi": "10^{34}cm^{-2}s^{-1}"}
    runs = read_runs(real_data / "oms_runs_2018A.csv.gz")
    read = [read_attributes(RUNS, "run_number", {**nulls(RUNS), **one.attributes}, units) for one in runs]
    assert len(read) == 1231
    assert [one.rejected for one in read if one.rejected] == []
