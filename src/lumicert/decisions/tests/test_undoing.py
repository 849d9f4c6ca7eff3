"""An act is undone by an act that puts back what stood; that one is undone in turn, which is how to redo."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from lumicert.decisions import projections, selectors
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.services import Act, ActRefused, Conflict, append, undo
from lumicert.decisions.tests.build import DATASET, PIXEL, RUN, all_kept_bytes, lumis_by_status, person, said, say
from lumicert.decisions.tests.events_of_all_kinds import of_kind

pytestmark = pytest.mark.django_db


def stands() -> dict[str, Any]:
    return lumis_by_status(selectors.standing(run=RUN))


def bring(*events: NewEvent) -> Act:
    return append(events=list(events), actor=None, origin=Origin.IMPORT)


def registered_run(run: int = RUN, energy: int = 6500) -> NewEvent:
    return of_kind("run.registered", run=run, source="oms", attributes={"energy": energy})


def registered_dataset(run: int = RUN) -> NewEvent:
    return of_kind("dataset.registered", run=run, dataset=DATASET, over=((1, 50),), source="oms")


def rows(table: str) -> bytes:
    return all_kept_bytes()[table]


def test_an_act_of_several_events_is_put_back_whole() -> None:
    bring(said("GOOD", (1, 20)), said("GOOD", (1, 9), component="tracker-strip"))
    before = stands()
    act = bring(said("BAD", (3, 5)), said("STANDBY", (5, 25)), said("BAD", (1, 2), component="tracker-strip"))
    undone = undo(act=act.id, actor=person(), reason="wrong run")
    assert stands() == before
    events = list(Event.objects.filter(act=undone.id).order_by("seq"))
    assert (events[0].kind, events[0].payload) == ("act.undone", {"act": str(act.id), "reason": "wrong run"})
    assert {event.actor_name for event in events} == {"shifter"}
    assert [event.payload["restores"] for event in events[1:]] == [1, None, 2]
    assert (undone.first, undone.last) == (events[0].seq, events[-1].seq)


def test_undoing_puts_back_causes_and_comments_too() -> None:
    say("BAD", (1, 9), comment="high voltage off")
    act = say("GOOD", (1, 9))
    undo(act=act.id, actor=None)
    assert [item.comment for item in selectors.standing(run=RUN)] == ["high voltage off"]


def test_a_rules_word_is_put_back_in_the_rules_layer() -> None:
    say("GOOD", layer=Layer.AUTOMATIC)
    act = say("BAD", layer=Layer.AUTOMATIC)
    undo(act=act.id, actor=person())
    assert lumis_by_status(selectors.standing(run=RUN), Layer.AUTOMATIC) == {"GOOD": ((1, 10),)}
    assert stands() == {}


def test_an_act_that_somebody_built_on_is_not_undone_from_under_them() -> None:
    act = say("BAD", (1, 9))
    say("GOOD", (9, 12), actor=person("leader"))
    with pytest.raises(Conflict, match="event 2 by leader came in between") as conflict:
        undo(act=act.id, actor=None)
    assert [event.seq for event in conflict.value.later] == [2]
    assert Event.objects.count() == 2


def test_once_the_later_act_is_undone_the_earlier_can_be() -> None:
    first, second = say("BAD", (1, 9)), say("GOOD", (9, 12))
    undo(act=second.id, actor=None)
    undo(act=first.id, actor=None)
    assert stands() == {}


def test_what_a_rule_said_later_does_not_keep_a_persons_act_from_being_undone() -> None:
    act = say("BAD")
    say("GOOD", layer=Layer.AUTOMATIC)
    undo(act=act.id, actor=None)
    assert stands() == {}


def test_other_lumisections_and_components_do_not_keep_an_act_from_being_undone() -> None:
    act = say("BAD", (1, 9))
    bring(said("GOOD", (10, 12)), said("GOOD", component="tracker-strip"), said("GOOD", run=RUN + 1))
    undo(act=act.id, actor=None)
    assert lumis_by_status(selectors.standing(run=RUN, component=PIXEL)) == {"GOOD": ((10, 12),)}


def test_an_act_is_undone_once() -> None:
    act = say("BAD")
    undo(act=act.id, actor=person())
    with pytest.raises(ActRefused, match="undone already, by shifter in event 2"):
        undo(act=act.id, actor=person())


def test_undoing_the_undoing_is_redoing_and_the_act_can_be_undone_again() -> None:
    say("GOOD", (1, 20))
    act = say("BAD", (3, 5))
    with_it = stands()
    undone = undo(act=act.id, actor=None)
    redone = undo(act=undone.id, actor=None)
    assert stands() == with_it
    assert selectors.undone_by(act.id) is None
    again = undo(act=act.id, actor=None)
    assert stands() == {"GOOD": ((1, 20),)}
    assert selectors.undone_by(act.id).act == again.id
    with pytest.raises(Conflict):
        undo(act=redone.id, actor=None)


def test_a_redo_is_refused_where_an_earlier_act_was_undone_meanwhile() -> None:
    first = say("GOOD", (1, 20))
    second = say("BAD", (3, 5))
    undone = undo(act=second.id, actor=None)
    undo(act=first.id, actor=None)
    with pytest.raises(Conflict):
        undo(act=undone.id, actor=None)


def test_a_second_click_on_undo_does_nothing_again() -> None:
    act, click = say("BAD"), uuid4()
    first = undo(act=act.id, actor=None, by=click)
    again = undo(act=act.id, actor=None, by=click)
    assert again == Act(click, first.first, first.last, repeated=True)


def test_the_identity_of_another_act_is_not_taken_for_an_undo() -> None:
    act, other = say("BAD", (1, 2)), say("BAD", (5, 6))
    with pytest.raises(ActRefused, match="says something else"):
        undo(act=act.id, actor=None, by=other.id)


def test_an_act_that_never_was_is_named() -> None:
    act = uuid4()
    with pytest.raises(ActRefused, match=f"there is no act {act}"):
        undo(act=act, actor=None)


def test_a_run_that_something_builds_on_stays_registered() -> None:
    act = bring(registered_run())
    bring(registered_dataset())
    with pytest.raises(Conflict, match="dataset"):
        undo(act=act.id, actor=None)


def test_a_dataset_that_was_decided_on_stays_registered() -> None:
    act = bring(registered_run(), registered_dataset())
    say("GOOD")
    with pytest.raises(Conflict, match="tracker-pixel is GOOD"):
        undo(act=act.id, actor=None)


def test_what_an_import_brought_goes_with_it_and_comes_back_with_the_redo() -> None:
    act = bring(registered_run(), registered_dataset(), said("GOOD"))
    with_it = {table: kept for table, kept in all_kept_bytes().items() if table == "decisions_componentstatus"}
    undone = undo(act=act.id, actor=None)
    assert not any(all_kept_bytes().values())
    undo(act=undone.id, actor=None)
    assert rows("runs_run")
    assert rows("runs_dataset")
    assert stands() == {"GOOD": ((1, 10),)}
    assert with_it
    assert all(each.same for each in projections.check())


def test_a_second_registration_is_put_back_to_the_first() -> None:
    bring(registered_run(energy=6500))
    act = bring(registered_run(energy=7000))
    undo(act=act.id, actor=None)
    assert b"6500" in rows("runs_run")


def test_a_list_that_was_imported_again_is_not_undone_from_under_the_later_import() -> None:
    def bring_list(n_ls: int) -> Act:
        return bring(
            of_kind(
                "list.imported",
                name="golden",
                purpose="golden",
                sha256="a",
                n_runs=1,
                n_ls=n_ls,
                lumis={"1": [(1, n_ls)]},
            )
        )

    first, second = bring_list(3), bring_list(4)
    with pytest.raises(Conflict, match="list 'golden' imported"):
        undo(act=first.id, actor=None)
    undo(act=second.id, actor=None)
    undo(act=first.id, actor=None)
    assert rows("runs_lumilist") == b""


def test_a_withdrawal_counts_as_a_later_word_on_the_same_thing() -> None:
    flags = {"cms_active": {"true": [(1, 3)]}}
    first = bring(of_kind("lumisections.reported", run=RUN, over=((1, 3),), source="oms", flags=flags))
    bring(of_kind("lumisections.withdrawn", run=RUN))
    with pytest.raises(Conflict):
        undo(act=first.id, actor=None)


def test_a_large_act_is_undone_in_a_few_queries(django_assert_max_num_queries: Any) -> None:
    act = bring(*(said("GOOD", (1, 5), run=run, component=name) for run in range(1, 60) for name in (PIXEL, "dt-dt")))
    with django_assert_max_num_queries(16):
        undo(act=act.id, actor=None)
    assert selectors.standing(run=1) == []


def test_acts_are_listed_newest_first_each_with_what_undid_it(django_assert_num_queries: Any) -> None:
    first = bring(said("GOOD"), said("BAD", (2, 3)))
    second = say("GOOD", run=RUN + 1)
    undone = undo(act=second.id, actor=person())
    with django_assert_num_queries(3):
        listed = selectors.acts()
    assert [(act.id, act.count, act.undone_by) for act in listed] == [
        (undone.id, 2, None),
        (second.id, 1, undone.first),
        (first.id, 2, None),
    ]
    assert [act.id for act in selectors.acts(run=RUN)] == [first.id]
    assert [act.id for act in selectors.acts(before=second.first)] == [first.id]
    assert [act.id for act in selectors.acts(limit=1)] == [undone.id]
