"""A person's value counts above the source's until it is released; both are there all the time."""

from __future__ import annotations

import math
from uuid import uuid4

import pytest

from lumicert.accounts.models import User
from lumicert.decisions.models import Event
from lumicert.decisions.projections import check
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import Conflict, undo
from lumicert.runs.intake import Report, take_fill
from lumicert.runs.models import Dataset, Fill, Run
from lumicert.runs.tests.reports import BEGIN, RUN, lumisections, report, take
from lumicert.runs.typing import AlreadyThere, ValueRefused, enter_run, type_fill, type_run
from lumicert.runs.values import values_of_run

pytestmark = pytest.mark.django_db


def test_a_run_is_entered_with_number_type_ls_and_luminosity(shifter: User) -> None:
    act = enter_run(run=RUN, run_type="collisions", n_ls=342, recorded="38.566", actor=shifter)
    row = Run.objects.get(run=RUN)
    assert (row.run_type, row.n_ls, row.recorded, row.fill) == ("collisions", 342, 38_566_000_000_000, None)
    assert (row.state, row.source, row.typed) == ("", "a person", True)
    assert Dataset.objects.get(run=RUN, dataset="online").lumis == ((1, 342),)
    undo(act=act.id, actor=shifter)
    assert not Run.objects.filter(run=RUN).exists()
    assert all(each.same for each in check())


def test_a_cosmics_run_without_fill_and_luminosity_is_normal(shifter: User) -> None:
    enter_run(run=RUN, run_type="cosmics", n_ls=72, recorded=None, actor=shifter)
    row = Run.objects.get(run=RUN)
    assert (row.fill, row.recorded, row.run_type) == (None, None, "cosmics")


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"run_type": "collision"}, "run_type", "'collision' is not one of collisions and cosmics"),
        ({"n_ls": 0}, "last_lumisection_number", "1 to 12,000 lumisections, not 0"),
        ({"recorded": "-3"}, "recorded_lumi", "below 0"),
        ({"recorded": "much"}, "recorded_lumi", "'much' is not a number"),
        ({"recorded": "3", "unit": "yb^{-1}"}, "recorded_lumi", "yb"),
        ({"recorded": "99999"}, "recorded_lumi", "the most that can be"),
        ({"recorded": math.nan}, "recorded_lumi", "nan"),
        ({"others": {"b_field": "strong"}}, "b_field", "'strong' is not a number"),
        ({"others": {"start_time": "yesterday"}}, "start_time", "not a time"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(shifter: User, wrong: dict, field: str, said: str) -> None:
    wanted = {"run": RUN, "run_type": "cosmics", "n_ls": 5, "recorded": None, **wrong}
    with pytest.raises(ValueRefused) as refusal:
        enter_run(actor=shifter, **wanted)
    assert said in refusal.value.problems[field]
    assert not Event.objects.exists()


def test_a_run_that_is_known_is_not_entered_but_a_second_click_is(shifter: User) -> None:
    act = uuid4()
    first = enter_run(run=RUN, run_type="cosmics", n_ls=5, recorded=None, actor=shifter, act=act)
    again = enter_run(run=RUN, run_type="cosmics", n_ls=5, recorded=None, actor=shifter, act=act)
    assert (again.first, again.repeated) == (first.first, True)
    with pytest.raises(AlreadyThere, match="run 355100 is known already"):
        enter_run(run=RUN, run_type="cosmics", n_ls=6, recorded=None, actor=shifter)


def test_oms_completes_a_run_that_was_entered_and_the_typed_values_win_until_released(shifter: User) -> None:
    enter_run(run=RUN, run_type="cosmics", n_ls=18, recorded="8", actor=shifter)
    take(lumis=lumisections(1, 20))
    row = Run.objects.get(run=RUN)
    assert (row.state, row.fill, row.n_ls, row.recorded) == ("ended", 7920, 18, 8 * 10**12)
    # rules go by the person's type: they say nothing of their own about it
    assert row.run_type == "cosmics"
    told = values_of_run(RUN)["recorded_lumi"]
    assert told.counts is not None
    assert told.beneath is not None
    assert (told.counts.by, told.beneath.by, told.beneath.value) == ("shifter", "OMS", 8.25)
    names = ["recorded_lumi", "last_lumisection_number"]
    type_run(run=RUN, values={}, released=names, reason="OMS has it", actor=shifter)
    row = Run.objects.get(run=RUN)
    assert (row.n_ls, row.recorded) == (20, 8_250_000_000_000)


def test_typing_can_be_undone_and_what_was_typed_before_comes_back(shifter: User, leader: User) -> None:
    take()
    type_run(run=RUN, values={"recorded_lumi": 7.0}, units={"recorded_lumi": "pb^{-1}"}, actor=shifter)
    second = type_run(run=RUN, values={"recorded_lumi": 6.0, "run_type": "cosmics"}, actor=leader)
    assert Run.objects.get(run=RUN).recorded == 6 * 10**12
    undone = undo(act=second.id, actor=leader)
    row = Run.objects.get(run=RUN)
    assert (row.recorded, row.run_type) == (7 * 10**12, "collisions")
    undo(act=undone.id, actor=leader)
    assert Run.objects.get(run=RUN).run_type == "cosmics"
    assert all(each.same for each in check())


def test_two_people_on_one_run_conflict(shifter: User, shifter2: User) -> None:
    take()
    seen = current_seq()
    type_run(run=RUN, values={"run_type": "cosmics"}, actor=shifter, expected=seen)
    with pytest.raises(Conflict, match="by shifter came in between"):
        type_run(run=RUN, values={"run_type": "collisions"}, actor=shifter2, expected=seen)


def test_what_nobody_typed_cannot_be_released(shifter: User) -> None:
    take()
    with pytest.raises(ValueRefused, match="was not typed by anybody"):
        type_run(run=RUN, values={}, released=["energy"], actor=shifter)
    with pytest.raises(ValueRefused, match="run 1 is not known here"):
        type_run(run=1, values={"energy": 6800}, actor=shifter)


def test_a_manual_type_survives_every_later_report(shifter: User) -> None:
    take(lumis=lumisections(1, 20))
    type_run(run=RUN, values={"run_type": "cosmics"}, reason="no collisions were seen", actor=shifter)
    take(minute=5, said=report(recorded_lumi=9.5), lumis=lumisections(1, 20))
    assert Run.objects.get(run=RUN).run_type == "cosmics"
    type_run(run=RUN, values={}, released=["run_type"], actor=shifter)
    assert Run.objects.get(run=RUN).run_type == "collisions"


def test_a_value_of_a_fill_is_typed_and_released(shifter: User) -> None:
    take_fill(fill=7920, report=Report({"era": "2022C", "end_time": None}), fetched_at=BEGIN, state="going")
    act = type_fill(fill=7920, values={"peak_pileup": 52.5}, reason="from the screen", actor=shifter)
    assert Fill.objects.get(fill=7920).peak_pileup == 52.5
    undo(act=act.id, actor=shifter)
    row = Fill.objects.get(fill=7920)
    assert (row.peak_pileup, row.typed) == (None, False)
    with pytest.raises(ValueRefused, match="below 0"):
        type_fill(fill=7920, values={"bunches_colliding": -1}, actor=shifter)


def test_two_people_on_one_fill_conflict_and_on_two_fills_do_not(shifter: User, shifter2: User) -> None:
    seen = current_seq()
    type_fill(fill=7920, values={"peak_pileup": 52.5}, actor=shifter, expected=seen)
    type_fill(fill=7921, values={"peak_pileup": 50.5}, actor=shifter2, expected=seen)
    with pytest.raises(Conflict, match="by shifter came in between"):
        type_fill(fill=7920, values={"peak_pileup": 51.5}, actor=shifter2, expected=seen)
