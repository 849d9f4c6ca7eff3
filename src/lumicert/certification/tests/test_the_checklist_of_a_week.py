"""The shift leader's checklist of a week: who ticked what, when, in which version; undo, conflicts, refusals."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from lumicert.catalogue.services import save_checklist
from lumicert.certification import weekly
from lumicert.certification.models import WeekChecklist
from lumicert.certification.services import CertificationRefused, NotYours
from lumicert.certification.weekly import Week, check_week, state_of
from lumicert.decisions.projections import check
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import ActRefused, Conflict, undo

pytestmark = pytest.mark.django_db

WEEK = Week(2018, 20)
LIST = "shiftleader"
REVIEWED, MAPS = "daily-review", "maps-missing"


def tick(by, *keys, note="", version=1, week=WEEK, expected=None, act=None):
    return check_week(
        week=week, workspace="tracker", ticked=[(LIST, version, key) for key in keys], note=note, actor=by,
        expected=current_seq() if expected is None else expected, act=act,
    )  # fmt: skip


def ticked(week=WEEK):
    return {key: (each.by, each.version) for (_, key), each in state_of(week, workspace="tracker").ticks.items()}


def another_version(by, *left_out):
    """Version 2 of the checklist, without some of its items."""
    (of,) = state_of(WEEK, workspace="tracker").checklists
    document = of.document.model_dump(mode="json") | {"title": "Week, second edition"}
    for group in document["groups"]:
        group["items"] = [item for item in group["items"] if item["key"] not in left_out]
    save_checklist(identifier=LIST, document=document, note="shorter", actor=by, expected=1)


def test_nothing_is_ticked_of_a_new_week():
    state = state_of(WEEK, workspace="tracker")
    assert (state.said, state.ticks, [each.identifier for each in state.checklists]) == (None, {}, [LIST])


def test_each_tick_keeps_who_made_it_and_when(leader, admin_account):
    tick(leader, REVIEWED)
    before = state_of(WEEK, workspace="tracker").ticks[LIST, REVIEWED]
    tick(admin_account, REVIEWED, MAPS, note="the maps of 315257 are made again")
    assert ticked() == {REVIEWED: ("leader", 1), MAPS: ("admin", 1)}
    state = state_of(WEEK, workspace="tracker")
    assert state.ticks[LIST, REVIEWED].at == before.at
    assert state.said.note == "the maps of 315257 are made again"


def test_a_later_word_takes_the_place_of_the_earlier_one_and_of_no_other_week(leader):
    tick(leader, REVIEWED, MAPS)
    tick(leader, MAPS, week=WEEK.later(1))
    tick(leader, REVIEWED)
    assert ticked() == {REVIEWED: ("leader", 1)}
    assert ticked(WEEK.later(1)) == {MAPS: ("leader", 1)}


def test_undo_puts_back_what_stood_before(leader):
    first = tick(leader, REVIEWED, note="a note")
    second = tick(leader, REVIEWED, MAPS)
    undo(act=second.id, actor=leader)
    assert ticked() == {REVIEWED: ("leader", 1)}
    assert WeekChecklist.objects.get().note == "a note"
    undone = undo(act=first.id, actor=leader)
    assert ticked() == {}
    undo(act=undone.id, actor=leader)
    assert ticked() == {REVIEWED: ("leader", 1)}


def test_the_table_is_what_the_log_says(leader):
    tick(leader, REVIEWED)
    tick(leader, REVIEWED, MAPS, note="x")
    (found,) = [each for each in check() if each.table == "certification_weekchecklist"]
    assert (found.rows, found.same) == (1, True)


def test_of_two_leaders_the_second_is_told_what_the_first_ticked(leader, admin_account):
    read_at = current_seq()
    tick(leader, REVIEWED)
    with pytest.raises(Conflict) as conflict:
        tick(admin_account, MAPS, expected=read_at)
    assert "checklist of week 2018-W20: 1 item ticked" in str(conflict.value)
    assert weekly.ticked_since(WEEK, workspace="tracker", seq=read_at) == {(LIST, REVIEWED)}
    assert weekly.ticked_since(WEEK, workspace="tracker", seq=current_seq()) == set()


def test_another_week_is_no_conflict(leader, admin_account):
    read_at = current_seq()
    tick(leader, REVIEWED)
    tick(admin_account, REVIEWED, week=WEEK.later(1), expected=read_at)
    assert ticked(WEEK.later(1)) == {REVIEWED: ("admin", 1)}


def test_a_second_click_does_nothing_again(leader):
    act = uuid4()
    first, second = (tick(leader, REVIEWED, expected=0, act=act) for _ in range(2))
    assert (first.repeated, second.repeated, first.last) == (False, True, second.last)
    with pytest.raises(ActRefused, match="says something else"):
        tick(leader, MAPS, act=act)


def test_what_is_saved_already_is_not_saved_again(leader):
    with pytest.raises(CertificationRefused, match="nothing is ticked or written"):
        tick(leader)
    tick(leader, REVIEWED, note="a note")
    with pytest.raises(CertificationRefused, match="nothing is ticked or written"):
        tick(leader, REVIEWED, note=" a note ")


def test_a_tick_of_an_earlier_version_stands_beside_new_ones(leader, admin_account):
    tick(leader, REVIEWED)
    another_version(admin_account)
    tick(leader, REVIEWED, MAPS, version=2)
    assert ticked() == {REVIEWED: ("leader", 1), MAPS: ("leader", 2)}


def test_an_item_that_a_new_version_leaves_out_stays_ticked_and_cannot_be_ticked_anew(leader, admin_account):
    tick(leader, REVIEWED)
    another_version(admin_account, REVIEWED)
    tick(leader, MAPS, version=2)
    assert ticked() == {REVIEWED: ("leader", 1), MAPS: ("leader", 2)}
    assert [each.key for each in state_of(WEEK, workspace="tracker").gone] == [REVIEWED]
    with pytest.raises(CertificationRefused, match="'daily-review' is no item of shiftleader v2 any more"):
        tick(leader, REVIEWED, version=2, week=WEEK.later(1))


def test_a_tick_in_a_version_that_was_replaced_is_refused(leader, admin_account):
    another_version(admin_account)
    with pytest.raises(CertificationRefused, match="is no item of shiftleader v1 any more"):
        tick(leader, REVIEWED, version=1)


def test_only_who_reviews_ticks_and_only_in_an_own_workspace(shifter, leader):
    with pytest.raises(NotYours, match="shift leader, expert or administrator may"):
        tick(shifter, REVIEWED)
    leader.workspaces = ["dt"]
    with pytest.raises(NotYours, match="You certify dt"):
        tick(leader, REVIEWED)
    assert not WeekChecklist.objects.exists()


def test_a_note_that_is_too_long_is_refused(leader):
    with pytest.raises(CertificationRefused, match="at most 4000 characters"):
        tick(leader, note="x" * 4001)


# ---- weeks ----


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2018, 5, 14), "2018-W20"), (date(2018, 5, 20), "2018-W20"), (date(2018, 12, 31), "2019-W01"),
        (date(2021, 1, 3), "2020-W53"),
    ],
)  # fmt: skip
def test_a_day_lies_in_an_iso_week(day, week):
    assert str(Week.of(day)) == week
    found = Week.parse(week)
    assert found.monday <= day <= found.sunday


def test_weeks_follow_each_other_over_the_turn_of_a_year():
    assert Week(2020, 53).later(1) == Week(2021, 1)
    assert Week(2021, 1).later(-1) == Week(2020, 53)


@pytest.mark.parametrize(
    "text", ["", "20", "2018-20", "2018-W", "2018-W99", "2018-W00", "2019-W53", "x-W1", "9999-W52", "0001-W01"]
)
def test_what_is_no_week_is_refused(text):
    with pytest.raises(ValueError, match=r"no week"):
        Week.parse(text)
