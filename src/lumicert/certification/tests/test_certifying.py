"""A certification is one act: it, the statuses that follow, and nothing of it where something is wrong."""

from __future__ import annotations

from uuid import uuid4

import pytest

from lumicert.certification import selectors, services
from lumicert.certification.models import Certification, Withdrawn
from lumicert.certification.tests.world import DATASETS, REASON, TODAY, a_run, certify, promoted, ticked, wanted, words
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.projections import check
from lumicert.decisions.selectors import current_seq, describe, standing
from lumicert.decisions.services import Conflict, append, undo

pytestmark = pytest.mark.django_db

RUN = 315257
EXPRESS = DATASETS["express"]
ALL = ((1, 400),)


@pytest.fixture(autouse=True)
def run(shifter):
    a_run(RUN, by=shifter)


def statuses(dataset=EXPRESS):
    return {(each.component, each.status): each.lumis for each in standing(run=RUN, dataset=dataset)}


def live(reconstruction="express"):
    return selectors.live_of(RUN, "tracker", reconstruction)


def test_one_act_says_the_certification_and_the_status_of_each_component(shifter):
    done = certify(RUN, by=shifter)
    kinds = list(Event.objects.filter(act=done.act.id).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["certification.made", *["component.status"] * 3]
    assert done.verdict == "good"
    assert statuses() == {(f"tracker-{name}", "GOOD"): ALL for name in ("pixel", "strip", "track")}
    row = live()
    assert (row.shifter, row.verdict, row.dataset, row.date) == ("shifter", "good", EXPRESS, TODAY)


def test_bad_lumisections_are_bad_in_the_dataset_and_the_rest_is_good(shifter):
    bad = ((120, 340),)
    certify(RUN, said=words(bad={"strip": bad, "tracking": bad}), by=shifter)
    assert statuses()["tracker-strip", "BAD"] == bad
    assert statuses()["tracker-strip", "GOOD"] == ((1, 119), (341, 400))
    (said,) = [
        each for each in standing(run=RUN, dataset=EXPRESS) if (each.component, each.status) == ("tracker-strip", "BAD")
    ]
    assert said.cause == REASON
    assert live().verdict == "good"


def test_what_is_bad_for_low_statistics_counts_as_good_in_the_dataset_too(shifter):
    certify(RUN, said=words(strip="BAD/L"), by=shifter)
    (said,) = [each for each in standing(run=RUN, dataset=EXPRESS) if each.component == "tracker-strip"]
    assert (said.status, said.cause) == ("GOOD", "low statistics")
    assert live().verdict == "good"


def test_other_datasets_of_the_run_are_not_touched(shifter):
    certify(RUN, by=shifter)
    assert statuses(DATASETS["prompt"]) == {}
    assert live("prompt") is None


def test_the_same_click_twice_is_one_certification(shifter):
    of, act, seen = selectors.subject(run=RUN, reconstruction="express"), uuid4(), current_seq()
    said = wanted(of)
    first = services.certify(subject=of, wanted=said, actor=shifter, expected=seen, act=act)
    again = services.certify(subject=of, wanted=said, actor=shifter, expected=seen, act=act)
    assert again.act.repeated
    assert (again.act.first, again.act.last) == (first.act.first, first.act.last)


def test_what_is_wrong_is_told_whole_and_nothing_is_written(shifter):
    before = current_seq()
    with pytest.raises(services.CertificationRefused) as refused:
        certify(RUN, said=words(strip="BAD", tracking="BAD"), by=shifter, bad_reason="", tracker_map="", checklists=[])
    assert {"bad_reason", "tracker_map", "checklist.general"} <= refused.value.problems.keys()
    assert current_seq() == before


def test_warnings_are_confirmed_and_kept_with_their_texts(shifter):
    with pytest.raises(services.NotConfirmed, match="No reference run is named"):
        certify(RUN, by=shifter, confirmed=frozenset())
    certify(RUN, by=shifter)
    assert [each["code"] for each in live().rest["confirmed"]] == ["no-reference"]


def test_what_differs_from_the_express_certification_has_to_be_confirmed(shifter):
    certify(RUN, by=shifter)
    bad = words(strip="BAD", tracking="BAD")
    with pytest.raises(services.NotConfirmed) as asked:
        certify(RUN, "prompt", bad, by=shifter, confirmed=frozenset({"no-reference"}))
    assert [each.text for each in asked.value.warnings] == [
        "Strip: BAD here, and express was certified as GOOD.",
        "Tracking: BAD here, and express was certified as GOOD.",
    ]


def test_two_on_one_run_the_second_gets_the_difference(shifter, leader):
    seen = current_seq()
    certify(RUN, by=shifter)
    with pytest.raises(Conflict, match="by shifter came in between") as between:
        certify(RUN, said=words(pixel="BAD", tracking="BAD"), by=leader, reason="a hole", expected=seen)
    assert between.value.later[0].kind == "certification.made"
    assert live().verdict == "good"


def test_a_mark_on_the_same_lumisections_meanwhile_is_a_conflict_too(shifter, shifter2):
    seen = current_seq()
    said = ComponentStatusSaid(layer=Layer.PERSON, status="BAD", comment="HV trip")
    append(events=[NewEvent(said, RUN, EXPRESS, "tracker-strip", ((5, 9),))], actor=shifter2, origin=Origin.PERSON)
    with pytest.raises(Conflict, match="tracker-strip is BAD in LS 5–9"):
        certify(RUN, by=shifter, expected=seen)


def test_a_form_from_the_future_is_refused(shifter):
    with pytest.raises(services.CertificationRefused, match="load the page again"):
        certify(RUN, by=shifter, expected=current_seq() + 1)


# ---- who may (R2) ----


def test_a_guest_does_not_certify(guest):
    with pytest.raises(services.NotYours, match="Your role does not certify"):
        certify(RUN, by=guest)


def test_who_certifies_another_part_of_the_detector_does_not_certify_this_one(shifter):
    shifter.workspaces = ["dt"]
    with pytest.raises(services.NotYours, match="You certify dt, and this is a run's tracker"):
        certify(RUN, by=shifter)


def test_another_shifter_does_not_change_it_and_its_own_does(shifter, shifter2):
    certify(RUN, by=shifter)
    with pytest.raises(services.NotYours, match="shifter certified run 315257 express already"):
        certify(RUN, by=shifter2)
    certify(RUN, said=words(pixel="BAD", tracking="BAD"), by=shifter)
    assert live().verdict == "bad"
    assert Certification.objects.count() == 1


def test_a_leader_amends_it_with_a_reason_and_it_stays_the_shifters(shifter, leader):
    certify(RUN, by=shifter)
    with pytest.raises(services.CertificationRefused, match="say why: shifter is told of it"):
        certify(RUN, said=words(pixel="BAD", tracking="BAD"), by=leader)
    certify(RUN, said=words(pixel="BAD", tracking="BAD"), by=leader, reason="a hole in layer 1")
    assert (live().shifter, live().verdict, live().rest["reason"]) == ("shifter", "bad", "a hole in layer 1")
    assert [event.actor_name for event in selectors.history(RUN, "tracker", "express")] == ["leader", "shifter"]


def test_ticks_that_an_edit_left_as_they_were_stay_the_shifters(shifter, leader):
    certify(RUN, by=shifter)
    of = selectors.subject(run=RUN, reconstruction="express")
    again = ticked(of)
    key = next(iter(again[0].items))
    again[0] = again[0].model_copy(update={"items": {**again[0].items, key: "2018-05-15T09:00:00+02:00"}})
    certify(RUN, by=leader, reason="looked again", checklists=again)
    by = live().rest["checklists"][0]["by"]
    assert by.pop(key) == "leader"
    assert set(by.values()) == {"shifter"}


# ---- taking back ----


def test_undo_takes_the_certification_and_its_statuses_back_and_redo_brings_them_again(shifter):
    done = certify(RUN, by=shifter)
    undone = undo(act=done.act.id, actor=shifter)
    assert live() is None
    assert statuses() == {}
    undo(act=undone.id, actor=shifter)
    assert live().verdict == "good"
    assert len(statuses()) == 3


def test_undoing_an_edit_restores_what_was_certified_before(shifter):
    certify(RUN, by=shifter)
    edit = certify(RUN, said=words(pixel="BAD", tracking="BAD"), by=shifter)
    undo(act=edit.act.id, actor=shifter)
    assert live().verdict == "good"
    assert statuses()["tracker-pixel", "GOOD"] == ALL
    assert live().rest["restores"] is not None


def test_a_certification_is_withdrawn_with_a_reason_and_restored_by_undo(shifter):
    certify(RUN, by=shifter)
    with pytest.raises(services.CertificationRefused, match="say why"):
        services.withdraw(live=live(), actor=shifter, reason=" ", expected=current_seq())
    act = services.withdraw(live=live(), actor=shifter, reason="wrong run", expected=current_seq())
    assert live() is None
    assert statuses() == {}
    assert [(each.run, each.reason) for each in selectors.withdrawn()] == [(RUN, "wrong run")]
    undo(act=act.id, actor=shifter)
    assert live().verdict == "good"
    assert len(statuses()) == 3
    assert not Withdrawn.objects.exists()


def test_withdrawing_leaves_what_others_said_of_the_components_later(shifter, leader):
    certify(RUN, by=shifter)
    said = ComponentStatusSaid(layer=Layer.PERSON, status="BAD", comment="HV trip")
    append(events=[NewEvent(said, RUN, EXPRESS, "tracker-strip", ((5, 9),))], actor=leader, origin=Origin.PERSON)
    services.withdraw(live=live(), actor=shifter, reason="wrong run", expected=current_seq())
    assert statuses() == {("tracker-strip", "BAD"): ((5, 9),)}


def test_certifying_again_after_withdrawing_keeps_both_in_the_history(shifter, shifter2):
    certify(RUN, by=shifter)
    services.withdraw(live=live(), actor=shifter, reason="wrong run", expected=current_seq())
    certify(RUN, by=shifter2)
    kinds = [event.kind for event in selectors.history(RUN, "tracker", "express")]
    assert kinds == ["certification.made", "certification.withdrawn", "certification.made"]
    assert live().shifter == "shifter2"


def test_a_certification_is_handed_over_and_says_what_it_said(shifter, shifter2, guest):
    certify(RUN, said=words(pixel="BAD", tracking="BAD"), by=shifter)
    with pytest.raises(services.CertificationRefused, match="guest may not certify"):
        services.hand_over(live=live(), to=guest, actor=shifter, reason="", expected=current_seq())
    services.hand_over(live=live(), to=shifter2, actor=shifter, reason="end of shift", expected=current_seq())
    assert (live().shifter, live().verdict) == ("shifter2", "bad")
    assert statuses()["tracker-pixel", "BAD"] == ALL


# ---- what is not known ----


def test_a_run_that_nobody_reported_is_certified_by_hand_and_its_dataset_is_registered_with_it(shifter):
    a_run(400_000, by=shifter, datasets=())
    of = selectors.subject(run=400_000, reconstruction="express", dataset="/Express/Collisions2023/DQM")
    assert not of.is_registered
    services.certify(subject=of, wanted=wanted(of), actor=shifter, expected=current_seq())
    assert "start_time" in selectors.live(of).rest["missing"]
    assert not selectors.live(of).complete
    assert selectors.subject(run=400_000, reconstruction="express").dataset == "/Express/Collisions2023/DQM"


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        ({"run": 1, "reconstruction": "express"}, "run"),
        ({"run": RUN, "reconstruction": "banana"}, "reconstruction"),
        ({"run": RUN, "reconstruction": "rereco"}, "dataset"),
        ({"run": RUN, "reconstruction": "express", "dataset": "/PromptReco/Collisions2018A/DQM"}, "dataset"),
    ],
)
def test_what_cannot_be_certified_says_what_is_missing(asked, missing):
    with pytest.raises(selectors.CannotBeCertified) as told:
        selectors.subject(**asked)
    assert told.value.missing == missing


# ---- review and reference runs ----


def test_a_second_person_reviews_and_the_review_counts_for_what_was_reviewed(shifter, shifter2, leader):
    from lumicert.certification.models import Review

    certify(RUN, by=shifter)
    for person, why in ((shifter2, "Your role does not review"), (shifter, "Your role does not review")):
        with pytest.raises(services.NotYours, match=why):
            services.review(live=live(), outcome="approved", comment="", actor=person, expected=current_seq())
    services.review(live=live(), outcome="approved", comment="", actor=leader, expected=current_seq())
    assert Review.objects.get().of == live().seq
    certify(RUN, said=words(pixel="BAD", tracking="BAD"), by=shifter)
    assert Review.objects.get().of != live().seq


def test_nobody_reviews_an_own_certification(leader):
    certify(RUN, by=leader)
    with pytest.raises(services.NotYours, match="a second person reviews it"):
        services.review(live=live(), outcome="approved", comment="", actor=leader, expected=current_seq())


def test_what_is_sent_back_says_why(shifter, leader):
    certify(RUN, by=shifter)
    with pytest.raises(services.CertificationRefused, match="say what shifter is to look at"):
        services.review(live=live(), outcome="sent back", comment="", actor=leader, expected=current_seq())


def test_a_run_certified_good_by_low_statistics_becomes_a_reference_and_a_bad_one_does_not(shifter, leader):
    certify(RUN, said=words(strip="BAD/L"), by=shifter)
    certify(RUN, "prompt", words(strip="BAD", tracking="BAD"), by=shifter)
    with pytest.raises(services.NotYours):
        services.promote(live=live(), actor=shifter, expected=current_seq())
    services.promote(live=live(), actor=leader, expected=current_seq(), notes="after the repair")
    with pytest.raises(services.CertificationRefused, match="was certified bad by shifter"):
        services.promote(live=live("prompt"), actor=leader, expected=current_seq())
    (found,) = selectors.references("tracker")
    assert (found.key, found.notes, found.uses) == ("315257 express", "after the repair", 0)


def test_demoting_touches_no_certification(shifter, leader):
    certify(RUN, by=shifter)
    reference = promoted(RUN, by=leader)
    a_run(315_300, by=shifter)
    certify(315_300, by=shifter, reference=reference)
    services.demote(
        run=RUN, workspace="tracker", reconstruction="express", actor=leader, reason="old", expected=current_seq()
    )
    assert selectors.references("tracker") == []
    assert selectors.live_of(315_300, "tracker", "express").reference_run == RUN
    with pytest.raises(services.CertificationRefused, match="is no reference run"):
        services.demote(
            run=RUN, workspace="tracker", reconstruction="express", actor=leader, reason="again", expected=current_seq()
        )


def test_the_reference_used_last_for_the_class_comes_first(shifter, leader):
    for run in (315_001, 315_002, 315_003):
        a_run(run, by=shifter)
        certify(run, by=shifter)
        promoted(run, by=leader)
    a_run(315_010, by=shifter)
    certify(315_010, by=shifter, reference=selectors.RunIn(run=315_001, reconstruction="express"))
    a_run(315_020, by=shifter)
    of = selectors.subject(run=315_020, reconstruction="express")
    found = selectors.MostRecentlyUsed().recommend(of, selectors.references("tracker"))
    assert [each.is_of.run for each in found] == [315_001, 315_003, 315_002]
    assert found[0].uses == 1


def test_every_table_is_what_the_log_says(shifter, leader):
    certify(RUN, by=shifter)
    promoted(RUN, by=leader)
    services.review(live=live(), outcome="sent back", comment="look again", actor=leader, expected=current_seq())
    act = certify(RUN, said=words(pixel="BAD", tracking="BAD"), by=shifter)
    undo(act=act.act.id, actor=leader)
    services.withdraw(live=live(), actor=leader, reason="wrong run", expected=current_seq())
    assert all(each.same for each in check())


def test_the_words_of_the_event_name_what_is_bad_within_a_good_run(shifter):
    bad = ((12, 12), (120, 200), (300, 300), (302, 302), (304, 304), (306, 306))
    certify(RUN, said=words(bad={"strip": bad[:2], "tracking": bad}), by=shifter)
    told = describe(Event.objects.filter(kind="certification.made").get())
    assert "pixel GOOD, strip GOOD but BAD in LS 12, 120–200, tracking" in told
    assert told.endswith("tracking GOOD but BAD in LS 12, 120–200, 300, 302 and 2 more ranges")
