"""The form as it opens: what is known, what is missing, and what to do where a run cannot be certified."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from lumicert.certification import claims, drafts, selectors, services
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import append
from lumicert.runs.typing import enter_run, type_fill, type_run
from lumicert.shift.tests.world import (
    EXPRESS,
    FORM,
    LUMIS,
    PROMPT,
    RUN,
    certified,
    collisions,
    cosmics,
    fill_of_them,
    sent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(client_of, shifter):
    def get(address=FORM):
        response = client_of(shifter).get(address)
        return response.status_code, response.content.decode()

    return get


def test_it_shows_values_with_units_and_whose_word_they_are(opened, shifter):
    collisions(recorded_lumi=12.5)
    _, page = opened()
    assert "3.8" in page
    assert '<span class="unit">T</span>' in page
    assert "a test, event 1" in page
    assert "OMS gave nothing" not in page
    for address in ("cmsoms.cern.ch", "cmsrunregistry", "cmsweb.cern.ch/dqm/offline"):
        assert address in page


def test_what_is_missing_is_marked_missing(opened):
    collisions(energy=None)
    _, page = opened()
    assert '<span class="missing">OMS gave nothing</span>' in page
    assert '<span class="missing">not known</span>' in page


def test_earlier_runs_of_the_fill_are_told_with_their_verdicts(opened, shifter):
    collisions(RUN - 1)
    collisions()
    certified(shifter, RUN - 1)
    _, page = opened()
    siblings = page[page.index("Earlier runs of this fill") :]
    assert f'/runs/{RUN - 1}">{RUN - 1}</a>' in siblings
    assert 'prompt <span class="status good">GOOD</span>' in siblings


def test_the_counterpart_stands_beside_it(opened, shifter2):
    collisions(RUN, PROMPT, EXPRESS)
    certified(shifter2, reconstruction="express", strip__status="BAD", tracking__status="BAD", bad_reason="HV off")
    _, page = opened()
    assert "Express beside it" in page
    assert 'data-part="strip" data-place="2" data-decides data-other="BAD"' in page


def by_rule(status, lumis, component="tracker-strip"):
    said = ComponentStatusSaid(layer=Layer.AUTOMATIC, status=status, cause="HV off")
    append(events=[NewEvent(said, RUN, PROMPT, component, lumis)], actor=None, origin=Origin.AUTOMATIC)


def test_what_good_would_leave_to_the_rules_is_told_at_its_component(opened):
    collisions()
    by_rule("STANDBY", ((1, 7), (300, 310)))
    _, page = opened()
    assert "By the rules not good in LS 1–7, 300–310: GOOD leaves that as it is." in page
    left = re.search(r'data-part="strip"[^>]* data-left="([^"]*)"', page)[1]
    assert [row[:3] for row in json.loads(unescape(left))] == [[1, 7, "standby"], [300, 310, "standby"]]
    assert not re.search(r'data-part="pixel"[^>]* data-left', page)
    by_rule("BAD", LUMIS)
    assert "By the rules not good in any lumisection" in opened()[1]


def test_pixel_does_not_decide_in_cosmics(opened):
    cosmics(RUN)
    _, page = opened(f"/certify/{RUN}/express/")
    assert 'data-part="pixel" data-place="1" tabindex' in page
    assert 'data-part="strip" data-place="2" data-decides' in page


@pytest.fixture
def referred(shifter, leader):
    """Two reference runs, of which one was compared with by an earlier run of the same class."""
    for run in (RUN - 30, RUN - 20, RUN - 10):
        collisions(run)
        certified(shifter, run)
    for run in (RUN - 30, RUN - 20):
        services.promote(live=selectors.live_of(run, "tracker", "prompt"), actor=leader, expected=current_seq())
    certified(shifter, RUN - 10, reference=f"{RUN - 30} prompt")


def test_the_reference_that_was_used_last_is_first_and_chosen_and_says_so(opened, referred):
    collisions()
    _, page = opened()
    picker = page[page.index('id="references"') :]
    assert picker.index(f"{RUN - 30} prompt") < picker.index(f"{RUN - 20} prompt")
    assert f'value="{RUN - 30} prompt" checked data-recommended="used last for this class"' in picker


def test_where_nothing_speaks_for_a_reference_none_is_chosen(opened, referred):
    collisions(klass="Collisions18HI")
    _, page = opened()
    assert "none chosen" in page
    assert "data-recommended" not in page


def test_a_reference_is_shown_with_its_apv_mode_and_bunches(opened, referred, shifter):
    type_run(run=RUN - 30, values={"apv_mode": "PEAK"}, actor=shifter)
    type_fill(fill=7000, values={"bunches_colliding": 2544, "peak_pileup": 50.6}, actor=shifter)
    collisions()
    _, page = opened()
    row = re.search(rf'name="reference" value="{RUN - 30} .*?</tr>', page)[0]
    for told in ("<td>PEAK</td>", '<td class="num">50.6</td>', '<td class="num">2544</td>'):
        assert told in row


def test_references_of_another_type_are_not_offered(opened, referred):
    cosmics(RUN)
    _, page = opened(f"/certify/{RUN}/express/")
    assert "No reference run of cosmics fits this run" in page


def test_a_run_that_nobody_knows_can_be_entered_or_fetched(opened):
    status, page = opened()
    assert status == 404
    assert f"/runs/new?run={RUN}" in page
    assert "/sources/" in page


def test_a_run_of_unknown_type_leads_to_typing_it(opened, shifter):
    collisions(run_type="")
    status, page = opened()
    assert status == 422
    assert f"/runs/{RUN}/values/run_type" in page


def test_a_run_of_unknown_length_leads_to_typing_it(opened):
    collisions(RUN, "online", last_lumisection_number=None)
    status, page = opened(f"{FORM}?dataset={PROMPT}")
    assert status == 422
    assert f"/runs/{RUN}/values/last_lumisection_number" in page


def test_a_dataset_that_no_source_told_of_is_named_by_hand_and_certified(client_of, shifter):
    enter_run(run=RUN, run_type="collisions", n_ls=100, recorded=None, actor=shifter)
    client = client_of(shifter)
    asked = client.get(FORM)
    assert asked.status_code == 422
    assert '<input class="form-control" name="dataset"' in asked.content.decode()
    assert client.get(f"{FORM}?dataset={PROMPT}").status_code == 200
    assert client.post(FORM, sent(dataset=PROMPT)).status_code == 302
    live = selectors.live_of(RUN, "tracker", "prompt")
    assert (live.dataset, live.complete) == (PROMPT, False)


def test_a_dataset_of_another_reconstruction_is_told(opened):
    collisions(RUN, "online")
    status, page = opened(f"{FORM}?dataset={EXPRESS}")
    assert status == 422
    assert f"{EXPRESS} is no dataset of prompt" in page


@pytest.mark.parametrize("address", [f"/certify/{RUN}/banana/", "/certify/0/prompt/", f"/certify/{2**31}/prompt/"])
def test_what_can_be_no_run_is_not_found(address, opened):
    assert opened(address)[0] == 404


def test_opening_costs_at_most_26_queries_with_everything_there(
    client_of, shifter, shifter2, leader, referred, django_assert_max_num_queries
):
    collisions(RUN, PROMPT, EXPRESS)
    fill_of_them()
    certified(shifter2, reconstruction="express")
    certified(shifter)
    services.review(
        live=selectors.live_of(RUN, "tracker", "prompt"), outcome="sent back", comment="again", actor=leader,
        expected=current_seq(),
    )  # fmt: skip
    key = {"run": RUN, "workspace": "tracker", "reconstruction": "prompt"}
    claims.keep(**key, user=shifter2)
    drafts.save(**key, user=shifter, seq=current_seq(), typed={"comment": ["so far"]})
    client = client_of(shifter)
    with django_assert_max_num_queries(26):
        page = client.get(FORM).content.decode()
    for told in ("so far", "shifter2 is on it", "Sent back:", "Express beside it", "used last for this class"):
        assert told in page
