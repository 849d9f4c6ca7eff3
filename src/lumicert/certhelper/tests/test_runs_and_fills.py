"""Runs and fills of CertHelper lie beneath the words of OMS and of people, each value in one unit."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.certhelper.values import PB, UNITS, converted, known_type
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import append
from lumicert.lumi.luminosity import Luminosity
from lumicert.runs.events import RunRegistered
from lumicert.runs.intake import Report, take_fill, take_run
from lumicert.runs.models import Fill, Run
from lumicert.runs.typing import type_run
from lumicert.runs.values import values_of_run
from lumicert.sources.oms.units import UnknownUnit

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def problems(report) -> list[str]:
    return [f"{note.why} | {note.detail}" for note in report.notes if note.table in {"oms_omsrun", "oms_omsfill"}]


def test_a_run_arrives_with_its_values_under_the_names_of_oms(original, take) -> None:
    original.run(
        321123, fill_id=7048, apv_mode="DECO", components="['TIBTID', 'TOB']", init_lumi=10432.919,
        init_lumi_unit="10^{30}cm^{-2}s^{-1}",
    )  # fmt: skip
    take()
    run = Run.objects.get(run=321123)
    assert (run.source, run.run_type, run.n_ls, run.fill, run.energy, run.b_field) == (
        "CertHelper", "collisions", 100, 7048, 6499, 3.8,
    )  # fmt: skip
    assert (run.recorded, run.init_lumi, run.components) == (12_500_000_000_000, 1.0432919, "TIBTID TOB")
    assert run.attributes["apv_mode"] == "DECO"


@pytest.mark.parametrize(
    ("value", "unit", "barns"),
    [(266.922, r"{\mu}b^{-1}", 266_922_000), (1.5, "nb-1", 1_500_000_000), (0.1, "1/fb", 100_000_000_000_000)],
)
def test_a_luminosity_in_any_known_unit_is_converted_exactly(original, take, value, unit, barns) -> None:
    original.run(321123, recorded_lumi=value, recorded_lumi_unit=unit)
    take()
    assert Run.objects.get().recorded == barns


@pytest.mark.parametrize("unit", ["parsec", "", None, "10^{34}cm^{-2}s^{-1}"])
def test_a_value_in_an_unknown_unit_is_unknown_and_told(original, take, unit) -> None:
    original.run(321123, recorded_lumi=12.5, recorded_lumi_unit=unit)
    report = take()
    assert Run.objects.get().recorded is None
    assert any("recorded_lumi" in line and "12.5" in line for line in problems(report))


def test_no_luminosity_is_unknown_and_nothing_to_tell(original, take) -> None:
    original.run(321123, recorded_lumi=None)
    report = take()
    assert Run.objects.get().recorded is None
    assert problems(report) == []


@pytest.mark.parametrize("value", [-3.0, float("nan"), float("inf")])
def test_a_value_that_cannot_be_is_left_out_and_told(original, take, value) -> None:
    original.run(321123, recorded_lumi=value)
    report = take()
    assert "recorded_lumi" not in Run.objects.get().attributes
    assert any("recorded_lumi" in line for line in problems(report))


def test_a_bare_run_says_nothing_and_no_type(original, take) -> None:
    original.bare_run(321123)
    report = take()
    run = Run.objects.get()
    assert (run.attributes, run.run_type, run.n_ls) == ({}, "", None)
    assert any("a bare run" in line for line in problems(report))


@pytest.mark.parametrize(
    ("key", "stable", "known"),
    [
        ("/cdaq/physics/V1", False, "cosmics"), ("/cdaq/physics/V1", None, ""), ("/cdaq/cosmic/V1", None, "cosmics"),
        (None, True, ""), (None, None, ""),
    ],
)  # fmt: skip
def test_cosmics_is_believed_only_where_the_original_could_tell(key, stable, known) -> None:
    assert known_type({"run_type": "cosmics", "hlt_key": key, "stable_beam": stable}) == known


def test_what_oms_and_a_person_say_is_above_it_before_and_after(original, take, shifter) -> None:
    original.run(321123, b_field=1.0, energy=450)
    original.run(321124, b_field=1.0)
    said = Report({"b_field": 3.8, "hlt_key": "/cdaq/physics"})
    for run in (321123, 321124):
        if run == 321124:
            take()
        take_run(run=run, report=said, lumisections=None, whole=False, fetched_at=NOW, state="ended")
    type_run(run=321123, values={"energy": 6500}, actor=shifter)
    take()
    assert list(Run.objects.order_by("run").values_list("b_field", "energy")) == [(3.8, 6500), (3.8, 6499)]
    beneath = values_of_run(321123)["energy"].beneath
    assert beneath is not None
    assert (beneath.value, beneath.by) == (450, "CertHelper")


def test_another_import_stands_and_is_only_added_to(original, take) -> None:
    original.run(321123, b_field=1.0)
    said = RunRegistered(source="runs.csv", klass="Collisions18", attributes={"b_field": 3.8})
    append(events=[NewEvent(said, 321123)], actor=None, origin=Origin.IMPORT)
    take()
    run = Run.objects.get()
    assert (run.b_field, run.energy, run.klass, run.source) == (3.8, 6499, "Collisions18", "runs.csv, CertHelper")
    before = current_seq()
    take()
    assert current_seq() == before


def test_a_change_of_a_run_in_the_original_arrives(original, take) -> None:
    original.run(321123)
    take()
    original.execute("UPDATE oms_omsrun SET recorded_lumi = 20, b_field = NULL")
    take()
    run = Run.objects.get()
    assert (run.recorded, run.b_field) == (20 * 10**12, None)


def test_a_fill_tells_only_what_no_source_has_told(original, take) -> None:
    take_fill(fill=7048, report=Report({"peak_pileup": 40.0}), fetched_at=NOW, state="final")
    original.fill(7048, peak_pileup=50.5, recorded_lumi=500.0, recorded_lumi_unit=r"{\mu}b^{-1}")
    take()
    fill = Fill.objects.get()
    assert (fill.peak_pileup, fill.era, fill.bunches, fill.state) == (40.0, "2018A", 2544, "final")
    assert fill.recorded == 500 * 10**6


def test_what_oms_says_of_a_fill_afterwards_is_above_it_and_is_not_too_late(original, take) -> None:
    original.fill(7048)
    take()
    taken = take_fill(fill=7048, report=Report({"peak_pileup": 40.0}), fetched_at=NOW, state="final")
    assert taken.act is not None
    take()
    assert (Fill.objects.get().peak_pileup, Fill.objects.get().era) == (40.0, "2018A")


def test_a_value_of_a_fill_that_the_original_takes_away_is_unknown_again(original, take) -> None:
    original.fill(7048)
    take()
    original.execute("UPDATE oms_omsfill SET era = NULL")
    take()
    before = current_seq()
    take()
    assert (Fill.objects.get().era, current_seq()) == ("", before)


def test_a_fill_without_values_is_left_out(original, take) -> None:
    original.insert("oms_omsfill", fill_number=7048)
    report = take()
    assert not Event.objects.filter(kind="fill.reported").exists()
    assert report.counts["oms_omsfill"] == {"left out": 1}


@given(st.decimals(0, 9999, places=9), st.sampled_from(["/ub", "/nb", "/pb", "/fb"]))
def test_a_conversion_loses_nothing(value, unit) -> None:
    assert converted(float(value), unit, PB) == float(Luminosity(value, unit).to("/pb").value)


@given(st.text(max_size=12), st.sampled_from(sorted(UNITS)))
def test_a_unit_of_free_text_is_understood_or_refused(text, name) -> None:
    with contextlib.suppress(UnknownUnit):
        assert converted(1.0, text, UNITS[name]) > 0
