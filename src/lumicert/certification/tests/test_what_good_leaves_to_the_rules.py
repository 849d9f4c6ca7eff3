"""GOOD of a run calls no lumisection good of which the rules say worse: a certification only takes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.certification import restoring, selectors, services
from lumicert.certification.leaving import left_to_rules
from lumicert.certification.models import Withdrawn
from lumicert.certification.services import NotConfirmed
from lumicert.certification.tests.world import DATASETS, a_run, certify, wanted, words
from lumicert.certification.workspaces import workspace
from lumicert.decisions import ranges
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.selectors import Standing, current_seq, standing
from lumicert.decisions.services import append, undo

RUN, N_LS = 315257, 400
EXPRESS = DATASETS["express"]
HV_OFF = ((1, 12), (300, 310))


def say(status, lumis, *, by=None, component="tracker-strip"):
    layer, origin = (Layer.PERSON, Origin.PERSON) if by else (Layer.AUTOMATIC, Origin.AUTOMATIC)
    said = ComponentStatusSaid(layer=layer, status=status, cause="HV off")
    return append(events=[NewEvent(said, RUN, EXPRESS, component, lumis)], actor=by, origin=origin)


def counting(component="tracker-strip"):
    """The lumisections by the status that counts: a person's above the rules'."""
    own = [each for each in standing(run=RUN, dataset=EXPRESS) if each.component == component]
    people = ranges.union(*(each.lumis for each in own if each.layer == Layer.PERSON))
    found = {}
    for each in own:
        lumis = each.lumis if each.layer == Layer.PERSON else ranges.difference(each.lumis, people)
        if lumis:
            found[each.status] = ranges.union(found.get(each.status, ()), lumis)
    return found


def live():
    return selectors.live_of(RUN, "tracker", "express")


@pytest.fixture
def by_rule(db, shifter):
    a_run(RUN, by=shifter, n_ls=N_LS)
    say("STANDBY", HV_OFF)


def test_lumisections_without_high_voltage_stay_as_the_rules_have_them(by_rule, shifter):
    certify(RUN, said=words(bad={"strip": ((120, 140),), "tracking": ((120, 140),)}), by=shifter)
    assert counting() == {"GOOD": ((13, 119), (141, 299), (311, 400)), "BAD": ((120, 140),), "STANDBY": HV_OFF}
    assert counting("tracker-pixel") == {"GOOD": ((1, N_LS),)}
    assert live().left == {"strip": HV_OFF}


def test_what_another_person_said_there_is_not_left(by_rule, shifter, leader):
    say("GOOD", ((300, 305),), by=leader)
    certify(RUN, by=shifter)
    assert counting() == {"GOOD": ((13, 305), (311, 400)), "STANDBY": ((1, 12), (306, 310))}


def test_bad_and_excluded_leave_nothing(by_rule, shifter):
    certify(RUN, said=words(strip="BAD", tracking="BAD"), by=shifter)
    assert counting() == {"BAD": ((1, N_LS),)}
    assert live().left == {}


def test_a_bad_range_that_is_taken_away_leaves_its_place_to_the_rules_and_undo_brings_it_back(by_rule, shifter):
    bad = {"strip": ((290, 320),), "tracking": ((290, 320),)}
    certify(RUN, said=words(bad=bad), by=shifter)
    assert counting()["STANDBY"] == ((1, 12),)
    done = certify(RUN, by=shifter)
    assert counting() == {"GOOD": ((13, 299), (311, 400)), "STANDBY": HV_OFF}
    undo(act=done.act.id, actor=shifter)
    assert counting() == {"GOOD": ((13, 289), (321, 400)), "BAD": ((290, 320),), "STANDBY": ((1, 12),)}


def test_against_the_rules_everywhere_is_asked_about_and_then_counts(by_rule, shifter):
    say("BAD", ((1, N_LS),), component="tracker-pixel")
    of = selectors.subject(run=RUN, reconstruction="express")
    asked = wanted(of, confirmed=frozenset({"no-reference"}))
    with pytest.raises(NotConfirmed, match="By the rules Pixel is not good in any lumisection"):
        services.certify(subject=of, wanted=asked, actor=shifter, expected=current_seq())
    certify(RUN, by=shifter)
    assert counting("tracker-pixel") == {"GOOD": ((1, N_LS),)}
    assert [each["code"] for each in live().rest["confirmed"]] == ["no-reference", "against-rules-pixel"]


def test_what_is_restored_leaves_what_it_left(by_rule, shifter):
    certify(RUN, by=shifter)
    before = counting()
    services.withdraw(live=live(), actor=shifter, reason="a test", expected=current_seq())
    assert counting() == {"STANDBY": HV_OFF}
    restoring.restore(withdrawn=Withdrawn.objects.get(), actor=shifter, expected=current_seq())
    assert counting() == before
    assert live().left == {"strip": HV_OFF}


LUMIS = st.lists(st.tuples(st.integers(1, N_LS), st.integers(0, 60)), max_size=5).map(
    lambda pairs: ranges.canonical((first, min(N_LS, first + more)) for first, more in pairs)
)


@given(worse=LUMIS, mine=LUMIS, theirs=LUMIS, bad=LUMIS)
def test_good_never_speaks_where_the_rules_say_worse_and_nobody_else_spoke(worse, mine, theirs, bad):
    everything = ((1, N_LS),)
    parts = [workspace("tracker").part("strip")]

    def stands(seq, layer, status, lumis):
        return [Standing(seq, RUN, EXPRESS, "tracker-strip", layer, status, "", "", lumis)] if lumis else []

    told = [
        *stands(1, Layer.AUTOMATIC, "STANDBY", worse),
        *stands(2, Layer.PERSON, "GOOD", mine),
        *stands(3, Layer.PERSON, "GOOD", ranges.difference(theirs, mine)),
    ]
    left = left_to_rules(parts, {"strip": words(bad={"strip": bad})["strip"]}, everything, told, own={2})
    good = ranges.difference(everything, bad)
    of_rules = ranges.difference(ranges.overlap(worse, good), ranges.difference(theirs, mine))
    assert bool(left.against) == (bool(of_rules) and of_rules == good)
    assert left.lumis.get("strip", ()) == (() if left.against else of_rules)
    assert left.taken_off.get("strip", ()) == ranges.overlap(left.lumis.get("strip", ()), mine)
