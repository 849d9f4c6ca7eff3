"""The page of a run: what is known with its units, what is missing marked as missing, now and as of an event."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from lumicert.certification.tests import world as certification
from lumicert.registry.runpage import run_page
from lumicert.registry.tests.world import DATASET, PIXEL, RUN, register, report, say

pytestmark = pytest.mark.django_db

QUERIES_OF_A_RUN = 16
# who certified it and who is on it is told of now alone
QUERIES_OF_ITS_CERTIFICATIONS = 4


def bar(page: str, label: str) -> list[list[object]]:
    found = re.search(rf'<ls-bar[^>]*aria-label="{label}"[^>]*data-segments="([^"]*)"', page)
    assert found, f"no bar for {label}"
    return json.loads(unescape(found[1]))


@pytest.fixture
def page(shifter, client_of):
    client = client_of(shifter)
    return lambda query="": client.get(f"/runs/{RUN}{query}").content.decode()


def test_facts_have_units_and_what_is_missing_is_never_zero(page):
    register(RUN, recorded_lumi=7.9583984375, energy=6499, b_field=None)
    shown = page()
    assert '<dt>Recorded</dt><dd>7.958 <span class="unit">pb⁻¹</span>' in shown
    assert '<dt>Delivered</dt><dd><span class="missing">not known</span>' in shown
    assert '<dt>Magnetic field</dt><dd><span class="missing">OMS gave nothing</span>' in shown
    assert "Last registered from a test, event 1" in shown


def test_it_says_how_far_its_certification_is_and_leads_there(shifter, leader, client_of):
    certification.a_run(RUN, by=shifter, datasets=("express",))
    certification.certify(RUN, by=shifter)
    shown = client_of(leader).get(f"/runs/{RUN}").content.decode()
    assert f'<a href="/certifications/{RUN}/express/"><span class="status good">GOOD</span></a>' in shown
    assert f'<a href="/certify/{RUN}/prompt/">certify without its dataset</a>' in shown


def test_it_links_to_the_same_run_elsewhere(page):
    register()
    shown = page()
    assert f"https://cmsoms.cern.ch/cms/runs/report?cms_run={RUN}" in shown
    assert f"https://cmsweb.cern.ch/dqm/offline/start?runnr={RUN};" in shown


def test_a_persons_word_counts_and_the_automatic_one_stays_visible(page, shifter):
    register()
    say("GOOD", ((1, 92),))
    mine = say("BAD", ((5, 9),), by=shifter, comment="PS trip")
    shown = page()
    assert bar(shown, PIXEL)[1] == [5, 9, "bad", f"shifter over automatic GOOD, event {mine.first}: PS trip"]
    assert [segment[:3] for segment in bar(shown, f"{PIXEL}, automatic")] == [[1, 92, "good"]]


def test_lumisections_of_which_nobody_spoke_are_empty_and_those_it_does_not_have_unknown(page):
    register(lumis=((1, 10), (21, 30)))
    say("GOOD", ((1, 5), (21, 30)))
    shown = [segment[:3] for segment in bar(page(), PIXEL)]
    assert shown == [[1, 5, "good"], [6, 10, "empty"], [11, 20, "unknown"], [21, 30, "good"]]


def test_flags_tell_yes_no_and_nothing_apart(page):
    register(lumis=((1, 3),))
    report(cms_active={"true": ((1, 1),), "false": ((2, 2),), "null": ((3, 3),)})
    states = [segment[2:] for segment in bar(page(), "CMS active")]
    assert states == [
        ["good", "CMS active: yes"],
        ["bad", "CMS active: no"],
        ["unknown", "CMS active: OMS gave nothing"],
    ]


def test_a_flag_that_is_true_everywhere_waits_behind_a_line(shifter):
    register(lumis=((1, 3),))
    report(cms_active={"true": ((1, 3),), "false": ((4, 5),)}, bpix_ready={"true": ((1, 2),)})
    shown = run_page(RUN, dataset=None, at=None, reader=shifter)
    # bpix_ready has no value at all in LS 3, which has to be seen; LS 4 and 5 are not of this dataset
    assert [flag.label for flag in shown.timeline.flags] == ["BPIX ready"]
    assert [flag.label for flag in shown.timeline.quiet_flags] == ["CMS active"]


def test_luminosity_is_in_inverse_picobarn(shifter):
    register(lumis=((1, 3),))
    report()
    shown = run_page(RUN, dataset=None, at=None, reader=shifter).timeline.luminosity
    assert (shown.points, shown.total) == ([(1, 0.5), (2, 0.0), (3, 1.0)], 1.5)


def test_no_luminosity_is_told_as_missing(page):
    register()
    assert "no luminosity was reported" in page()


def test_without_a_choice_the_first_dataset_that_somebody_spoke_of_is_shown(page):
    register(RUN, "online", DATASET)
    say("GOOD", ((1, 92),))
    assert f'aria-current="page">{DATASET}' in page()
    assert 'aria-current="page">online' in page("?dataset=online")


def test_as_of_an_event_it_shows_the_past_and_nothing_can_be_done(page, shifter):
    register()
    first = say("GOOD", ((1, 92),))
    say("BAD", ((5, 9),), by=shifter)
    past = page(f"?at={first.last}")
    assert "The past, read only" in past
    assert [segment[:3] for segment in bar(past, PIXEL)] == [[1, 92, "good"]]
    assert 'id="mark-form"' not in past
    assert "/undo" not in past
    assert [segment[:3] for segment in bar(page(), PIXEL)][1] == [5, 9, "bad"]


def test_as_of_an_event_before_it_was_registered_the_run_is_said_to_be_unregistered(page):
    register(1)
    register()
    assert "is not registered as of this event" in page("?at=1")


def test_the_stops_of_the_slider_are_the_events_of_this_run_alone(page, shifter):
    first = register()
    register(1)
    mine = say("BAD", ((5, 9),), by=shifter)
    stops = json.loads(unescape(re.search(r'data-stops="([^"]*)"', page())[1]))
    assert [seq for seq, _ in stops] == [first.last, mine.last]


@pytest.mark.parametrize(("at", "status"), [("999", 404), ("0", 404), ("now", 400), ("-1", 400)])
def test_an_event_that_is_not_there_is_said_so(at, status, shifter, client_of):
    register()
    response = client_of(shifter).get(f"/runs/{RUN}?at={at}")
    assert response.status_code == status
    assert at in response.content.decode()


def test_an_unknown_dataset_is_not_found(shifter, client_of):
    register()
    response = client_of(shifter).get(f"/runs/{RUN}?dataset=/No/Such/DQM")
    assert response.status_code == 404
    assert DATASET in response.content.decode()


def test_an_act_that_has_many_events_is_told_in_part(page):
    register(RUN, *[f"/PromptReco/Era{number}/DQM" for number in range(9)])
    assert "and 4 more of this run" in page()


def test_the_number_of_queries_does_not_grow_with_what_was_said(shifter, leader, client_of, django_assert_num_queries):
    register(RUN, DATASET, "online")
    report(cms_active={"true": ((1, 3),)})
    say("GOOD", ((1, 92),))
    client = client_of(shifter)
    with django_assert_num_queries(QUERIES_OF_A_RUN + QUERIES_OF_ITS_CERTIFICATIONS):
        client.get(f"/runs/{RUN}")
    for first in range(1, 40, 4):
        act = say("BAD", ((first, first + 1),), by=leader, component=f"rpc-c{first}")
        say("GOOD", ((1, 92),), component=f"rpc-c{first}")
        client_of(leader).post(f"/events/act/{act.id}/undo")
    with django_assert_num_queries(QUERIES_OF_A_RUN + QUERIES_OF_ITS_CERTIFICATIONS):
        client.get(f"/runs/{RUN}")
    with django_assert_num_queries(QUERIES_OF_A_RUN):
        client.get(f"/runs/{RUN}?at=20")
