"""Filters of the table of runs: every column has one, each is in the address, and a slip is told at its field."""

from __future__ import annotations

import re

import pytest
from django.http import QueryDict

from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin
from lumicert.decisions.services import append
from lumicert.registry.columns import OF_RUN
from lumicert.registry.filters import FILTERS, RunFilterForm, addable
from lumicert.registry.table import Wanted, runs_table
from lumicert.registry.tests.world import PIXEL, RUN, register, say, tell, tell_fill
from lumicert.runs.events import EraReported

pytestmark = pytest.mark.django_db

# the same run seen by every filter: each lets it through where it asks for this, and not where it asks for that
KNOWN = {
    "fill_number": 6615, "start_time": "2018-04-28T10:00:00Z", "end_time": "2018-04-28T12:00:00Z",
    "last_update": "2018-04-29T12:00:00Z", "duration": 7200, "last_lumisection_number": 92, "recorded_lumi": 7.5,
    "delivered_lumi": 8.5, "init_lumi": 1.5, "end_lumi": 0.5, "energy": 6500, "b_field": 3.8, "stable_beam": True,
    "tier0_transfer": True, "hlt_key": "/cdaq/v7", "hlt_physics_rate": 1000.5, "hlt_physics_counter": 70,
    "l1_hlt_mode": "collisions2018", "l1_key": "l1_key", "l1_menu": "L1Menu_v1", "l1_rate": 90000.5,
    "l1_triggers_counter": 80, "trigger_mode": "l1_hlt", "initial_prescale_index": 2, "sequence": "GLOBAL-RUN",
    "clock_type": "LHC", "cmssw_version": "CMSSW_10_1_0", "fill_type_runtime": "PROTONS", "injection_scheme": "25ns",
    "components": ["DAQ", "PIXEL_UP", "TRACKER"],
}  # fmt: skip


def found(query: str) -> list[int]:
    form = RunFilterForm(QueryDict(query))
    assert form.is_valid(), form.errors
    return [row.run for row in runs_table(Wanted(conditions=form.conditions), page=None).rows]


@pytest.fixture
def known(db):
    register(RUN, klass="Collisions18")
    tell(RUN, **KNOWN)


@pytest.mark.parametrize("name", [name for name in FILTERS if name not in {"from", "to", "component", "status", "era"}])
def test_every_filter_lets_the_run_through_that_it_asks_for_and_no_other(name, known):
    asked, other = _values(name)
    assert found(f"{name}={asked}") == [RUN]
    assert found(f"{name}={other}") == []


def _values(name: str) -> tuple[str, str]:
    """A value that the run has, and one that it has not."""
    special = {
        "state": ("final", "going"), "state.has": ("fin", "goi"), "type": ("unknown", "cosmics"),
        "dataset": ("Prompt", "Express"), "significant": ("unknown", "yes"), "by_hand": ("no", "yes"),
        "components.has": ("PIXEL_UP daq", "PIXEL"), "components.without": ("PIXEL", "DAQ"), "run": (RUN, 1),
        "source": ("OMS", "demo"), "source.has": ("om", "demo"), "class": ("collisions18", "collisions"),
        "class.has": ("coll", "cosm"), "type.has": ("", "cosm"), "start.from": ("2018-04-28", "2018-04-29"),
        "start.to": ("2018-04-28", "2018-04-27"), "end.from": ("2018-04-28 13:59", "2018-04-28 14:01"),
        "end.to": ("2018-04-28 14:00", "2018-04-28 13:59"), "last_update.from": ("2018-04-29", "2018-04-30"),
        "last_update.to": ("2018-04-29", "2018-04-28"),
    }  # fmt: skip
    if name in special:
        return tuple(map(str, special[name]))
    key, _, operator = name.partition(".")
    attribute = {"fill": "fill_number", "ls": "last_lumisection_number", "recorded": "recorded_lumi"}.get(key, key)
    value = KNOWN[{"delivered": "delivered_lumi"}.get(attribute, attribute)]
    if isinstance(value, bool):
        return "yes", "no"
    if isinstance(value, str):
        return value, f"{value}x"
    # bounds are included, so that the next number is the first that is out
    return str(value), str(value + {"to": -1}.get(operator, 1))


def test_every_column_has_a_filter():
    with_filter = {each.column for each in FILTERS.values()}
    assert [column.key for column in OF_RUN if column not in with_filter] == []


def test_every_column_without_a_common_filter_can_be_added(shifter, client_of):
    shown = client_of(shifter).get("/runs/?add=hlt_key").content.decode()
    assert 'name="hlt_key.has"' in shown
    assert ("hlt_key", "HLT key") in addable()


def test_several_values_are_asked_for_with_commas(db):
    for run, klass in ((1, "Collisions18"), (2, "Cosmics18"), (3, "Collisions17")):
        register(run, klass=klass)
    assert found("class=Collisions18,%20cosmics18") == [2, 1]
    assert found("run=1,3") == [3, 1]


def test_what_is_not_known_can_be_asked_for(db):
    register(1, fill_number=6615)
    register(2, klass="")
    assert found("fill=unknown") == [2]
    assert found("class=unknown") == [2]
    assert found("start.from=unknown") == [2, 1]
    assert found("fill=6615,unknown") == [2, 1]


def test_luminosity_is_asked_for_in_inverse_picobarn(db):
    register(1)
    tell(1, recorded_lumi=1500, units={"recorded_lumi": "nb^{-1}"})
    assert found("recorded.from=1.5&recorded.to=1.5") == [1]
    assert found("recorded.from=1.6") == []


def test_a_day_means_all_of_it_in_cerns_local_time(db):
    register(1, start_time="2018-04-28T22:30:00Z")
    # half past midnight in Geneva
    assert found("start.from=2018-04-29&start.to=2018-04-29") == [1]
    assert found("start.to=2018-04-28") == []


def test_an_era_is_the_runs_that_a_source_names_or_those_of_its_fills(db):
    for run in (1, 5, 9):
        register(run, fill_number=run)
    era = EraReported(source="OMS", name="2018A", first_run=4, attributes={"start_run": 4, "end_run": 6})
    append(events=[NewEvent(era)], actor=None, origin=Origin.AUTOMATIC)
    tell_fill(9, era="2018A")
    assert found("era=2018a") == [9, 5]


def test_a_component_with_a_status_counts_what_a_person_said_over_the_automatic_one(db, shifter):
    register(RUN)
    register(RUN + 1)
    say("BAD", ((5, 9),))
    assert found(f"component={PIXEL}&status=BAD") == [RUN]
    assert found("status=BAD") == [RUN]
    assert found("component=tracker-strip&status=BAD") == []
    say("GOOD", ((1, 8),), by=shifter)
    assert found("status=BAD") == [RUN]
    say("GOOD", ((9, 9),), by=shifter)
    assert found("status=BAD") == []
    assert found(f"component={PIXEL}") == [RUN]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("energy.from=9&energy.to=3", "energy 3 is below energy 9; did you mean 3 to 9?"),
        ("start.from=yesterday", "'yesterday' is no day such as 2018-06-01"),
        ("significant=perhaps", "perhaps is not one of the available choices"),
        ("fill=12a", "'12a' is no whole number"),
        ("fill=7123.5", "'7123.5' is no whole number"),
        ("ls=1.5", "'1.5' is no whole number"),
        ("energy=much", "'much' is no number"),
        ("run=1.5", "'1.5' is no range of runs"),
        ("run=unknown", "'unknown' is no range of runs"),
        ("recorded.to=99999999999", "less than or equal to 9223372"),
    ],
)
def test_a_slip_is_told_at_its_field_and_what_was_typed_stays(query, said, shifter, client_of):
    response = client_of(shifter).get(f"/runs/?{query}")
    shown = re.sub(r"&#x27;", "'", response.content.decode())
    assert response.status_code == 400
    assert said in shown
    assert "is-invalid" in shown


def test_filters_hold_together(db):
    register(1, fill_number=6615)
    register(2, klass="Cosmics18", fill_number=6615)
    assert found("fill=6615&class=Cosmics18&from=2") == [2]
