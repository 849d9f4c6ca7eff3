"""What the rules say against GOOD, and nobody was asked about, is found; what people said in its knowledge is not."""

from __future__ import annotations

import pytest

from lumicert.certification import selectors, services
from lumicert.certification.contradictions import contradictions
from lumicert.certification.tests.world import DATASETS, a_run, certify, wanted, words
from lumicert.certification.workspaces import workspace
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import append, undo

RUN, N_LS = 315257, 400
EXPRESS = DATASETS["express"]
TRACKER = workspace("tracker")
KEY = (RUN, "express")
HV_OFF = ((300, 310),)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_run_of_400(db, shifter):
    a_run(RUN, by=shifter, n_ls=N_LS)


def rule(status="STANDBY", lumis=HV_OFF, component="tracker-strip", dataset=EXPRESS):
    said = ComponentStatusSaid(layer=Layer.AUTOMATIC, status=status, cause="HV off")
    return append(events=[NewEvent(said, RUN, dataset, component, lumis)], actor=None, origin=Origin.AUTOMATIC)


def found():
    return [(each.part.key, each.words) for each in contradictions(TRACKER, [KEY]).get(KEY, ())]


def test_what_a_rule_says_after_it_was_certified_is_found_until_it_is_certified_again(shifter):
    certify(RUN, by=shifter)
    assert found() == []
    said = rule()
    assert found() == [("strip", "STANDBY in LS 300–310, HV off")]
    [one] = contradictions(TRACKER, [KEY])[KEY]
    assert (one.seq, one.act) == (said.last, said.id)
    certify(RUN, by=shifter)
    assert found() == []
    assert selectors.live_of(*KEY[:1], "tracker", KEY[1]).left == {"strip": HV_OFF}


def test_what_was_left_to_the_rules_or_confirmed_against_them_is_not(shifter):
    rule()
    rule("BAD", ((1, N_LS),), "tracker-pixel")
    certify(RUN, by=shifter)
    assert found() == []


def test_only_where_good_counts_is_it_found(shifter, leader):
    certify(RUN, by=shifter)
    rule(lumis=((290, 300), (310, 320)))
    knowing = ComponentStatusSaid(layer=Layer.PERSON, status="GOOD", comment="looked at it")
    bad = ComponentStatusSaid(layer=Layer.PERSON, status="BAD", cause="noise")
    append(
        events=[
            NewEvent(knowing, RUN, EXPRESS, "tracker-strip", ((290, 295),)),
            NewEvent(bad, RUN, EXPRESS, "tracker-strip", ((310, 315),)),
        ],
        actor=leader,
        origin=Origin.PERSON,
    )
    assert found() == [("strip", "STANDBY in LS 296–300, 316–320, HV off")]


def test_what_the_certification_calls_bad_needs_no_rule(shifter):
    bad = ((290, 305),)
    certify(RUN, said=words(bad={"strip": bad, "tracking": bad}), by=shifter)
    rule()
    assert found() == [("strip", "STANDBY in LS 306–310, HV off")]


@pytest.mark.parametrize("status", ["GOOD", "NOTSET"])
def test_a_rule_that_says_nothing_worse_speaks_against_nothing(shifter, status):
    certify(RUN, by=shifter)
    rule(status)
    assert found() == []


def test_other_datasets_and_components_are_others_affairs(shifter):
    certify(RUN, by=shifter)
    rule(dataset=DATASETS["prompt"])
    rule(component="dt-dt")
    assert found() == []


def test_a_rule_that_is_undone_speaks_no_more(shifter, admin_account):
    certify(RUN, by=shifter)
    undo(act=rule().id, actor=admin_account)
    assert found() == []


def test_an_import_was_asked_about_nothing(shifter):
    rule()
    of = selectors.subject(run=RUN, reconstruction="express")
    confirmed = frozenset({"no-reference"})
    made, events = services.prepared(
        subject=of, wanted=wanted(of, confirmed=confirmed), actor=shifter, expected=current_seq()
    )
    over_all = [
        NewEvent(each.payload, each.run, each.dataset, each.component, ((1, N_LS),) if each.component else None)
        for each in events
    ]
    append(events=over_all, actor=shifter, origin=Origin.IMPORT)
    assert made.left == {"strip": HV_OFF}
    assert found() == [("strip", "STANDBY in LS 300–310, HV off")]
    knowing = ComponentStatusSaid(layer=Layer.PERSON, status="GOOD", comment="looked at it")
    append(events=[NewEvent(knowing, RUN, EXPRESS, "tracker-strip", HV_OFF)], actor=shifter, origin=Origin.PERSON)
    assert found() == []


def test_nothing_is_asked_of_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert contradictions(TRACKER, []) == {}
