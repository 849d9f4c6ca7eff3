"""The outbox: what is certified is written there once it can be, in order, and never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from lumicert.accounts.services import demo_account
from lumicert.certification.events import CertificationMade
from lumicert.certification.selectors import live_of
from lumicert.crosscheck import deliveries, sending
from lumicert.crosscheck.deliveries import NotDone, give_up, take_from_log, try_again, try_all_again
from lumicert.crosscheck.models import Cursor, Delivery
from lumicert.crosscheck.tests.world import (
    EXPRESS,
    N_LS,
    PROMPT,
    RUN,
    Registry,
    a_run,
    bad_pixel,
    certify,
    changed,
    down,
    pairs,
    refused,
    row,
    states,
    withdraw,
    words,
    writing_begins,
)  # fmt: skip
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.services import append, undo
from lumicert.runs.events import DatasetRegistered
from lumicert.sources.errors import SourceRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.has(status="NOTSET")
    found.has(dataset=PROMPT, status="NOTSET")
    return found


@pytest.fixture(autouse=True)
def a_run_to_certify(shifter):
    a_run(RUN, by=shifter, n_ls=N_LS)
    writing_begins()


def deliver(registry: Registry) -> None:
    """What the job does."""
    take_from_log()
    sending.send_due(registry)


def due_now() -> None:
    Delivery.objects.update(due_at=timezone.now())


def only() -> Delivery:
    return Delivery.objects.get()


def test_what_is_certified_is_said_there_with_the_bad_ranges_apart(shifter, registry):
    certify(RUN, said=bad_pixel((120, 340)), by=shifter)
    deliver(registry)
    assert states() == ["delivered"]
    assert registry.statuses() == {"GOOD": [(1, 119), (341, N_LS)], "BAD": [(120, 340)]}
    assert registry.statuses("tracker-strip") == {"GOOD": [(1, N_LS)]}


def test_the_comment_names_lumicert_the_event_and_the_person_and_the_cause_is_ours(shifter, registry):
    said = words(strip="BAD/L", bad={"pixel": ((3, 4),), "tracking": ((3, 4),)})
    certify(RUN, said=said, by=shifter)
    deliver(registry)
    event = Event.objects.get(kind="certification.made")
    pixel = registry.lumis[RUN, EXPRESS]["tracker-pixel"]
    assert pixel[2] == ("BAD", "HV off", f"Lumicert event {event.seq}, shifter")
    assert pixel[0] == ("GOOD", "", f"Lumicert event {event.seq}, shifter")
    assert registry.lumis[RUN, EXPRESS]["tracker-strip"][0][:2] == ("GOOD", "low statistics")


def test_what_was_seen_is_fresh_right_after_writing(shifter, registry):
    certify(RUN, said=bad_pixel((9, 9)), by=shifter)
    deliver(registry)
    assert row().kind == "same"


def test_lumisections_behind_the_end_of_the_run_are_not_written(shifter, registry):
    said = DatasetRegistered(source="OMS")
    append(events=[NewEvent(said, RUN, EXPRESS, lumis=((1, N_LS + 22),))], actor=None, origin=Origin.AUTOMATIC)
    certify(RUN, said=bad_pixel((N_LS - 1, N_LS + 3)), by=shifter)
    deliver(registry)
    assert registry.statuses() == {"GOOD": [(1, N_LS - 2)], "BAD": [(N_LS - 1, N_LS)]}


def test_each_certification_is_taken_once_however_often_the_log_is_read(shifter, registry):
    certify(RUN, by=shifter)
    take_from_log()
    assert take_from_log() == 0
    Cursor.objects.filter(name=deliveries.OUTBOX).update(seq=0)
    assert take_from_log() == 0
    assert states() == ["waiting"]


def test_nothing_is_passed_over_between_two_readings(shifter, registry, monkeypatch):
    monkeypatch.setattr(deliveries, "EVENTS_AT_ONCE", 1)
    certify(RUN, by=shifter)
    certify(RUN, "prompt", by=shifter)
    certify(RUN, said=bad_pixel((1, 1)), by=shifter)
    while take_from_log():
        pass
    assert states() == ["superseded", "waiting", "waiting"]


def test_nothing_from_before_writing_was_switched_on_is_written(shifter, registry):
    Cursor.objects.all().delete()
    certify(RUN, by=shifter)
    deliver(registry)
    assert states() == []
    certify(RUN, "prompt", by=shifter)
    deliver(registry)
    assert states() == ["delivered"]


def test_a_newer_certification_supersedes_one_that_waits(shifter, registry):
    certify(RUN, by=shifter)
    take_from_log()
    certify(RUN, said=words("EXCLUDED", tracking="BAD"), by=shifter)
    deliver(registry)
    assert states() == ["superseded", "delivered"]
    assert registry.statuses() == {"EXCLUDED": [(1, N_LS)]}
    assert [each[3].status for each in registry.written] == ["EXCLUDED", "GOOD", "BAD"]


def test_a_withdrawal_of_what_was_delivered_says_notset_with_its_reason(shifter, registry):
    certify(RUN, said=bad_pixel((5, 6)), by=shifter)
    deliver(registry)
    withdraw(shifter, reason="it was a test run")
    deliver(registry)
    assert states() == ["delivered", "delivered"]
    assert registry.statuses() == {"NOTSET": [(1, N_LS)]}
    assert "it was a test run" in registry.lumis[RUN, EXPRESS]["tracker-pixel"][0][2]


def test_a_withdrawal_of_what_was_not_delivered_yet_drops_it(shifter, registry):
    certify(RUN, by=shifter)
    take_from_log()
    withdraw(shifter)
    deliver(registry)
    assert states() == ["superseded"]
    assert registry.written == []


def test_a_withdrawal_takes_back_what_was_delivered_before_the_one_that_waits(shifter, registry):
    certify(RUN, by=shifter)
    deliver(registry)
    certify(RUN, said=bad_pixel((1, 9)), by=shifter)
    take_from_log()
    withdraw(shifter)
    deliver(registry)
    assert states() == ["delivered", "superseded", "delivered"]
    assert registry.statuses() == {"NOTSET": [(1, N_LS)]}


def test_undoing_a_certification_takes_it_back_and_undoing_that_writes_it_again(shifter, registry):
    act = certify(RUN, by=shifter).act
    deliver(registry)
    undone = undo(act=act.id, actor=shifter)
    deliver(registry)
    assert registry.statuses() == {"NOTSET": [(1, N_LS)]}
    undo(act=undone.id, actor=shifter)
    deliver(registry)
    assert registry.statuses() == {"GOOD": [(1, N_LS)]}
    assert states() == ["delivered"] * 3


def test_what_was_imported_is_not_written(shifter, registry):
    certify(RUN, by=shifter)
    made = CertificationMade.model_validate(Event.objects.get(kind="certification.made").payload)
    again = made.model_copy(update={"reconstruction": "prompt"})
    append(events=[NewEvent(again, RUN, PROMPT)], actor=shifter, origin=Origin.IMPORT)
    take_from_log()
    assert [each.reconstruction for each in Delivery.objects.all()] == ["express"]


def from_before(shifter) -> None:
    """Express was certified before writing was switched on, and prompt was imported."""
    certify(RUN, said=bad_pixel((5, 6)), by=shifter)
    made = CertificationMade.model_validate(Event.objects.get(kind="certification.made").payload)
    again = made.model_copy(update={"reconstruction": "prompt"})
    append(events=[NewEvent(again, RUN, PROMPT)], actor=shifter, origin=Origin.IMPORT)
    writing_begins()


BOTH = {(RUN, "express"), (RUN, "prompt")}


def test_what_is_older_than_writing_or_imported_is_written_when_a_leader_asks_for_it(shifter, leader, registry):
    from_before(shifter)
    deliver(registry)
    assert states() == []
    assert deliveries.write_there(of=BOTH, workspace="tracker", actor=leader) == 2
    deliver(registry)
    assert states() == ["delivered"] * 2
    assert registry.statuses() == {"GOOD": [(1, 4), (7, N_LS)], "BAD": [(5, 6)]}
    assert [note["what"] for each in Delivery.objects.all() for note in each.notes] == ["asked for"] * 2
    assert {note["by"] for each in Delivery.objects.all() for note in each.notes} == {"leader"}


def test_what_is_asked_for_twice_or_was_taken_from_the_log_is_written_once(shifter, leader, registry):
    from_before(shifter)
    certify(RUN, said=bad_pixel((1, 1)), by=shifter)
    take_from_log()
    assert deliveries.write_there(of=BOTH, workspace="tracker", actor=leader) == 1
    assert deliveries.write_there(of=BOTH, workspace="tracker", actor=leader) == 0
    assert states() == ["waiting", "waiting"]


def test_what_is_certified_again_or_withdrawn_before_it_is_sent_is_not_sent(shifter, leader, registry):
    from_before(shifter)
    deliveries.write_there(of=BOTH, workspace="tracker", actor=leader)
    certify(RUN, by=shifter)
    withdraw(leader, reconstruction="prompt")
    deliver(registry)
    assert states() == ["superseded", "superseded", "delivered"]
    assert registry.statuses() == {"GOOD": [(1, N_LS)]}


def test_what_is_not_certified_is_not_asked_for(shifter, leader, registry):
    from_before(shifter)
    withdraw(shifter)
    wanted = {(RUN, "express"), (RUN + 1, "express"), (RUN, "moon")}
    assert deliveries.write_there(of=wanted, workspace="tracker", actor=leader) == 0


def test_a_shifter_asks_for_nothing_to_be_written(shifter, registry):
    from_before(shifter)
    with pytest.raises(NotDone, match="Your role does not decide"):
        deliveries.write_there(of=BOTH, workspace="tracker", actor=shifter)
    assert states() == []


# ---- what goes wrong ----


class Killed(BaseException):
    """The worker is killed."""


@pytest.mark.parametrize("calls", range(8))
def test_a_worker_that_is_killed_at_any_call_loses_nothing_and_sends_it_again(calls, shifter, registry):
    certify(RUN, said=bad_pixel((120, 340)), by=shifter)
    take_from_log()
    registry.fails, registry.calls_before_failing = Killed(), calls
    with pytest.raises(Killed):
        sending.send_due(registry)
    assert states() == ["waiting"]
    registry.fails = None
    sending.send_due(registry)
    assert states() == ["delivered"]
    assert registry.statuses() == {"GOOD": [(1, 119), (341, N_LS)], "BAD": [(120, 340)]}


def test_a_worker_that_is_killed_between_writing_and_noting_writes_once_more(shifter, registry, monkeypatch):
    certify(RUN, by=shifter)
    take_from_log()

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_end", killed)
        with pytest.raises(Killed):
            sending.send_due(registry)
    assert len(registry.written) == 3
    sending.send_due(registry)
    assert len(registry.written) == 6
    assert states() == ["delivered"]


def test_what_was_written_in_part_when_the_worker_was_killed_is_taken_back_by_a_withdrawal(shifter, registry):
    certify(RUN, by=shifter)
    take_from_log()
    registry.fails, registry.calls_before_failing = Killed(), 1
    with pytest.raises(Killed):
        sending.send_due(registry)
    registry.fails = None
    withdraw(shifter)
    deliver(registry)
    assert states() == ["superseded", "delivered"]
    assert registry.statuses() == {"NOTSET": [(1, N_LS)]}


def test_while_it_is_down_everything_waits_longer_each_time_and_goes_out_when_it_is_back(shifter, registry):
    certify(RUN, by=shifter)
    certify(RUN, "prompt", by=shifter)
    registry.fails = down()
    waits = []
    for _ in range(4):
        now = timezone.now()
        deliver(registry)
        waits.append((Delivery.objects.order_by("seq")[0].due_at - now).total_seconds())
        due_now()
    assert all(0.75 * 15 * 2**n - 1 < wait < 1.25 * 15 * 2**n + 1 for n, wait in enumerate(waits))
    first, second = Delivery.objects.order_by("seq")
    assert "did not answer within 10 s" in first.failure
    # one that failed is enough to know
    assert (first.tries, second.tries) == (4, 0)
    registry.fails = None
    deliver(registry)
    assert states() == ["delivered", "delivered"]


def test_it_does_not_wait_longer_than_a_quarter_of_an_hour_or_so(shifter, registry):
    certify(RUN, by=shifter)
    take_from_log()
    Delivery.objects.update(tries=5000)
    registry.fails = down()
    deliver(registry)
    assert only().due_at - timezone.now() < timedelta(minutes=3)


def test_what_it_refuses_waits_for_a_person_with_its_words_and_holds_nothing_else_up(shifter, registry):
    certify(RUN, by=shifter)
    registry.refuses = "Run must be in state OPEN to be edited"
    deliver(registry)
    assert states() == ["refused"]
    assert "Run must be in state OPEN to be edited" in only().failure
    registry.refuses = ""
    certify(RUN, "prompt", by=shifter)
    deliver(registry)
    assert states() == ["refused", "delivered"]


def test_what_was_refused_from_the_first_word_on_needs_no_taking_back(shifter, registry):
    certify(RUN, by=shifter)
    registry.refuses = "Run must be in state OPEN to be edited"
    deliver(registry)
    withdraw(shifter)
    deliver(registry)
    assert states() == ["superseded"]


@pytest.mark.parametrize("arrives", ["not there", "waiting dqm gui"])
def test_what_has_not_arrived_there_yet_is_sent_by_itself_when_it_has(arrives, shifter, registry):
    certify(RUN, by=shifter)
    kept = registry.lumis.pop((RUN, EXPRESS)) if arrives == "not there" else None
    registry.states[RUN, EXPRESS] = arrives
    registry.refuses = "Run must be in state OPEN to be edited"
    deliver(registry)
    assert states() == ["waiting"]
    assert "has not arrived there yet" in only().failure
    assert only().due_at > timezone.now() + timedelta(minutes=10)
    registry.refuses, registry.states[RUN, EXPRESS] = "", "OPEN"
    if kept:
        registry.lumis[RUN, EXPRESS] = kept
    due_now()
    deliver(registry)
    assert states() == ["delivered"]


def test_what_never_arrives_there_waits_for_a_person_in_the_end(shifter, registry):
    certify(RUN, by=shifter)
    take_from_log()
    Delivery.objects.update(made_at=timezone.now() - timedelta(days=4))
    registry.states[RUN, EXPRESS], registry.refuses = "waiting dqm gui", "Run must be in state OPEN to be edited"
    deliver(registry)
    assert states() == ["refused"]


def test_without_a_token_it_waits_and_is_not_refused(shifter, registry):
    certify(RUN, by=shifter)
    registry.fails = SourceRefused(source="CERN SSO", what="a token", why="wrong secret", advice="Ask")
    deliver(registry)
    assert states() == ["waiting"]
    assert "wrong secret" in only().failure


def test_an_answer_that_makes_no_sense_is_told_and_sent_again_later(shifter, registry):
    certify(RUN, by=shifter)
    registry.fails = changed()
    deliver(registry)
    assert states() == ["waiting"]
    assert "there is no run_number" in only().failure
    assert only().due_at - timezone.now() > timedelta(minutes=10)
    registry.fails = None
    due_now()
    deliver(registry)
    assert states() == ["delivered"]


def test_an_error_of_ours_holds_nothing_else_up_and_is_not_hidden(shifter, registry):
    certify(RUN, by=shifter)
    registry.fails = KeyError("ours")
    with pytest.raises(KeyError):
        deliver(registry)
    assert states() == ["waiting"]
    assert "An error of ours" in only().failure
    assert only().due_at > timezone.now()


def test_what_it_took_and_does_not_say_is_not_called_delivered(shifter, registry):
    certify(RUN, said=bad_pixel((5, 9)), by=shifter)
    registry.forgets = True
    deliver(registry)
    assert states() == ["refused"]
    assert "says something else of tracker-pixel in LS 1–400" in only().failure


def test_a_failure_to_look_afterwards_does_not_make_it_undelivered(shifter, registry):
    certify(RUN, by=shifter)
    take_from_log()
    registry.fails, registry.calls_before_failing = down(), 4
    sending.send_due(registry)
    assert states() == ["delivered"]


def test_a_later_one_of_the_same_dataset_waits_for_the_earlier_one(shifter, registry):
    certify(RUN, by=shifter)
    certify(RUN, "prompt", by=shifter)
    take_from_log()
    first = Delivery.objects.order_by("seq")[0]
    Delivery.objects.filter(pk=first.pk).update(due_at=timezone.now() + timedelta(hours=1))
    Delivery.objects.exclude(pk=first.pk).update(run=first.run, dataset=first.dataset, workspace="other")
    sending.send_due(registry)
    assert states() == ["waiting", "waiting"]


# ---- people ----


@pytest.fixture
def refused_one(shifter, registry) -> Delivery:
    certify(RUN, by=shifter)
    registry.refuses = "Run must be in state OPEN to be edited"
    deliver(registry)
    registry.refuses = ""
    return only()


def test_a_leader_tries_again_and_who_did_is_kept(refused_one, leader, registry):
    try_again(delivery=refused_one.pk, actor=leader)
    deliver(registry)
    assert states() == ["delivered"]
    assert [(note["by"], note["what"]) for note in only().notes] == [("leader", "sent again")]


def test_a_leader_gives_up_with_a_reason_and_may_think_again(refused_one, leader, registry):
    with pytest.raises(NotDone, match="Say why"):
        give_up(delivery=refused_one.pk, actor=leader, reason="  ")
    give_up(delivery=refused_one.pk, actor=leader, reason="signed off last year")
    deliver(registry)
    assert states() == ["given up"]
    assert (only().notes[0]["by"], only().notes[0]["reason"]) == ("leader", "signed off last year")
    try_again(delivery=refused_one.pk, actor=leader)
    deliver(registry)
    assert states() == ["delivered"]


def test_a_shifter_decides_nothing_about_deliveries(refused_one, shifter):
    for deed in (
        lambda: try_again(delivery=refused_one.pk, actor=shifter),
        lambda: give_up(delivery=refused_one.pk, actor=shifter, reason="x"),
        lambda: try_all_again(actor=shifter),
    ):
        with pytest.raises(NotDone, match="role does not decide"):
            deed()
    assert states() == ["refused"]


def test_what_is_delivered_can_be_sent_again_when_somebody_changed_it_there(shifter, leader, registry):
    certify(RUN, by=shifter)
    deliver(registry)
    registry.says("tracker-pixel", 3, 9, "BAD")
    try_again(delivery=only().pk, actor=leader)
    deliver(registry)
    assert registry.statuses() == {"GOOD": [(1, N_LS)]}


def test_what_is_superseded_is_not_sent_again_and_what_is_delivered_is_not_given_up(shifter, leader, registry):
    certify(RUN, by=shifter)
    take_from_log()
    certify(RUN, said=bad_pixel((1, 1)), by=shifter)
    deliver(registry)
    first, second = Delivery.objects.order_by("seq")
    with pytest.raises(NotDone, match="superseded already"):
        try_again(delivery=first.pk, actor=leader)
    with pytest.raises(NotDone, match="delivered already"):
        give_up(delivery=second.pk, actor=leader, reason="x")


def test_something_old_is_not_sent_over_something_newer(refused_one, shifter, leader, registry):
    give_up(delivery=refused_one.pk, actor=leader, reason="x")
    certify(RUN, said=bad_pixel((1, 1)), by=shifter)
    deliver(registry)
    with pytest.raises(NotDone, match="Something newer"):
        try_again(delivery=refused_one.pk, actor=leader)


def test_everything_that_was_refused_is_tried_again_at_once(refused_one, shifter, leader, registry):
    registry.refuses = "not in the e-group"
    certify(RUN, "prompt", by=shifter)
    deliver(registry)
    registry.refuses = ""
    assert try_all_again(actor=leader) == 2
    deliver(registry)
    assert states() == ["delivered", "delivered"]


def test_what_is_given_up_while_it_is_sent_is_not_sent_on(shifter, leader, registry):
    certify(RUN, by=shifter)
    take_from_log()
    write = registry.write

    def and_give_up(*arguments: object) -> None:
        write(*arguments)
        if len(registry.written) == 1:
            give_up(delivery=only().pk, actor=leader, reason="wrong run")

    registry.write = and_give_up
    assert sending.send_due(registry) == 0
    assert states() == ["given up"]
    assert len(registry.written) == 1


# ---- in general ----

_ACTS = st.lists(
    st.sampled_from(["good", "bad", "excluded", "withdraw", "read the log", "send", "down", "refuse"]), max_size=8
)


@example_settings(max_examples=25)
@given(_ACTS)
def test_whatever_happens_in_whatever_order_it_says_in_the_end_what_stands_here(acts):
    """Unless nothing was ever said of it: then nothing was written."""
    shifter, registry = demo_account(username="shifter"), Registry()
    registry.has(status="NOTSET")
    said = {"good": words(), "bad": bad_pixel((7, 30)), "excluded": words("EXCLUDED", tracking="BAD")}
    Delivery.objects.all().delete()
    if live_of(RUN, "tracker", "express"):
        withdraw(shifter)
    writing_begins()
    for act in acts:
        if act in said:
            certify(RUN, said=said[act], by=shifter)
        elif act == "withdraw" and live_of(RUN, "tracker", "express"):
            withdraw(shifter)
        elif act == "read the log":
            take_from_log()
        elif act == "send":
            due_now()
            deliver(registry)
        elif act in ("down", "refuse"):
            registry.fails, registry.calls_before_failing = (down() if act == "down" else refused("no")), 2
            deliver(registry)
            registry.fails = None
    leader = demo_account(username="leader")
    try_all_again(actor=leader)
    due_now()
    deliver(registry)
    live = live_of(RUN, "tracker", "express")
    assert set(states()) <= {"delivered", "superseded"}
    if live is None:
        assert set(registry.statuses()) == {"NOTSET"}
    else:
        expected = {"GOOD": {"GOOD"}, "EXCLUDED": {"EXCLUDED"}}[live.parts["pixel"]["status"]]
        assert set(registry.statuses()) == expected | ({"BAD"} if live.parts["pixel"]["bad_lumis"] else set())


def test_stretches_as_the_registry_reads_them(registry):
    registry.has(n_ls=3)
    registry.says("tracker-pixel", 2, 2, "BAD")
    assert pairs(registry.stretches(RUN, EXPRESS)["tracker-pixel"]) == [(1, 1, "GOOD"), (2, 2, "BAD"), (3, 3, "GOOD")]
