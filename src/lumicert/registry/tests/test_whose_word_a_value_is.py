"""The facts of a run page: whose word each is, what it stands over, what changed, and how complete it all is."""

from __future__ import annotations

import re

import pytest

from lumicert.registry.tests.world import RUN, register, tell
from lumicert.runs.typing import type_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(shifter, client_of):
    client = client_of(shifter)
    return lambda query="": client.get(f"/runs/{RUN}{query}").content.decode()


def fact(page: str, label: str) -> str:
    """What stands behind a label, as text."""
    found = re.search(rf"<dt>{label}</dt><dd>(.*?)</dd>", page, re.DOTALL)
    assert found, f"no fact {label}"
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", found[1]).replace("⋯", "")).strip()


def test_a_value_names_its_source_and_event(page):
    tell(energy=6499)
    assert 'title="OMS, event 1"' in page()
    assert fact(page(), "Energy of a beam") == "6\N{NARROW NO-BREAK SPACE}499 GeV"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (38.566, "pb^{-1}", "38.566 pb⁻¹"),
        (38566, "nb^{-1}", "38.566 pb⁻¹"),
        (1234.5, "{\\mu}b^{-1}", "0.00123 pb⁻¹"),
        (0, "pb^{-1}", "0 pb⁻¹"),
    ],
)
def test_luminosity_is_converted_exactly_from_the_unit_that_the_source_wrote(value, unit, shown, page):
    tell(recorded_lumi=value, units={"recorded_lumi": unit})
    assert fact(page(), "Recorded").startswith(shown[:6])
    assert fact(page(), "Recorded").endswith("pb⁻¹")


def test_run_299329_has_the_units_that_oms_gave_it(page):
    tell(
        init_lumi=10432.919,
        end_lumi=1.2,
        units={"init_lumi": "10^{30}cm^{-2}s^{-1}", "end_lumi": "10^{34}cm^{-2}s^{-1}"},
    )
    assert fact(page(), "At the start") == "1.043 10³⁴ cm⁻² s⁻¹"
    assert fact(page(), "At the end") == "1.2 10³⁴ cm⁻² s⁻¹"


def test_a_typed_value_stands_over_the_sources_which_stays_beside_it(page, shifter):
    tell(energy=6499)
    type_run(run=RUN, values={"energy": 6500}, reason="logbook", actor=shifter)
    assert fact(page(), "Energy of a beam") == (
        "6\N{NARROW NO-BREAK SPACE}500 GeV typed by shifter OMS says 6\N{NARROW NO-BREAK SPACE}499 GeV"
    )


def test_what_a_source_said_and_could_not_be_used_is_shown_with_why(page):
    tell(rejected={"recorded_lumi": "-5: below 0 pb^{-1}, the least that can be"})
    assert fact(page(), "Recorded") == "not known OMS said what cannot be: -5: below 0 pb^{-1}, the least that can be"


def test_a_correction_shows_old_and_new_but_growth_does_not(page):
    tell(state="going", recorded_lumi=1.0)
    tell(state="ended", recorded_lumi=7.5)
    assert fact(page(), "Recorded") == "7.5 pb⁻¹"
    tell(state="final", recorded_lumi=7.25)
    assert fact(page(), "Recorded") == "7.25 pb⁻¹ 7.5 pb⁻¹ until event 3"


def test_as_of_an_event_values_are_those_of_then(page):
    tell(state="ended", recorded_lumi=7.5)
    tell(recorded_lumi=7.25)
    assert fact(page("?at=1"), "Recorded") == "7.5 pb⁻¹"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("going", "everything here still grows"),
        ("ended", "it may still correct its values"),
        ("final", "has not changed"),
    ],
)
def test_the_page_says_how_complete_it_is(state, said, page):
    tell(state=state, energy=6500)
    assert said in page()


def test_a_run_of_an_import_says_that_no_source_reported_it(page):
    register()
    assert "No source reported it yet" in page()


def test_values_that_no_card_names_are_listed_too(page):
    tell(l1_rate=90000.5, hlt_physics_size=12.5, units={"hlt_physics_size": "GB"}, something_new="x")
    assert fact(page(), "something new") == "x"
    assert fact(page(), "hlt physics size") == "12.5 GB"


def test_datasets_say_whether_they_are_in_the_dqm_gui(page):
    register()
    assert "Not in the DQM GUI yet: /PromptReco/Collisions2018A/DQM." in page()


def test_the_past_offers_no_way_to_type(page):
    register()
    tell(energy=6499)
    assert "/values/energy" in page()
    assert "/values/energy" not in page("?at=3")
