"""The page of one certification: all that was said, its evidence and history, and the acts on it."""

from __future__ import annotations

import re

import pytest

from lumicert.certification import services
from lumicert.certification.events import RunIn
from lumicert.certification.selectors import is_reference
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.selectors import current_seq, standing
from lumicert.decisions.services import append
from lumicert.review.tests.world import (
    PAGE,
    RUN,
    approve,
    bad_pixel,
    certify,
    live,
    promote,
    register,
    typed,
    withdraw,
    words,
)
from lumicert.runs.events import LumisectionsReported

pytestmark = pytest.mark.django_db

QUERIES_OF_THE_PAGE = 40


@pytest.fixture
def mine(shifter):
    """The shifter's certification."""
    register()
    return certify(shifter, comment="all looks fine")


@pytest.fixture
def page(shifter, client_of):
    client = client_of(shifter)
    return lambda query="": client.get(f"{PAGE}{query}").content.decode()


def flat(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_it_tells_all_that_was_said_with_its_ranges(shifter, page):
    register()
    said = words(
        strip={"status": "GOOD", "bad_lumis": [[20, 30]], "comment": "HV trip"},
        tracking={"status": "GOOD", "bad_lumis": [[20, 30]]},
    )
    certify(shifter, said=said, comment="otherwise fine")
    shown = page()
    for told in (
        "BAD in LS 20–30",
        "HV trip",
        "otherwise fine",
        "No reference run is named",
        "Checklists as they were ticked",
    ):
        assert told in shown
    assert "[20, 30, &quot;bad&quot;" in shown
    assert "[1, 19, &quot;good&quot;" in shown


def test_the_checklists_are_told_with_the_texts_of_their_version(mine, page):
    from lumicert.catalogue.selectors import checklists_for

    first = checklists_for(run_type="collisions", reconstruction="express", components=["tracker-pixel"])[0]
    shown = page()
    assert first.title in shown
    assert "version 1" in shown
    assert "2018-08-12 09:00:00" in shown


def test_a_counterpart_that_says_something_else_is_told_side_by_side(mine, shifter2, page):
    certify(shifter2, RUN, "prompt", said=bad_pixel())
    shown = flat(page())
    assert "Pixel GOOD BAD" in shown
    assert "by shifter2" in shown


def test_high_voltage_is_told_as_a_share_and_as_unknown_where_nobody_reported_it(mine, page):
    assert "nobody knows" in page()
    flags = {name: {"true": ((1, 46),), "false": ((47, 92),)} for name in ("bpix_ready", "fpix_ready")}
    said = LumisectionsReported.model_validate({"source": "a test", "flags": flags})
    append(events=[NewEvent(said, RUN, lumis=((1, 92),))], actor=None, origin=Origin.IMPORT)
    shown = flat(page())
    assert "HV of pixel on 50.0 % of 92 LS" in shown
    assert "HV of strip on nobody knows" in shown


def test_what_was_missing_then_and_is_known_now_is_marked(shifter, page):
    register(RUN, "express", b_field=None)
    certify(shifter)
    assert "came later" not in page()
    register(RUN, "express", b_field=3.8)
    assert re.search(r"B field / T not known 3\.8 came later", flat(page()))


def test_the_history_tells_what_changed_from_version_to_version(mine, leader, page):
    certify(leader, said=bad_pixel(), reason="layer 2 was off")
    shown = flat(page())
    assert "layer 2 was off" in shown
    assert "Pixel GOOD BAD; “hole in layer 2”" in shown
    assert "verdict good bad" in shown
    assert "What shifter says" in shown


def test_the_past_is_shown_as_of_an_event_and_read_only(mine, leader, page):
    first = current_seq()
    certify(leader, said=bad_pixel(), reason="layer 2 was off")
    shown = page(f"?at={first}")
    assert "The past, read only" in shown
    assert 'status good">GOOD' in shown
    assert "hole in layer 2" not in shown.split('id="history"')[0]
    assert "/withdraw" not in shown


def test_there_is_no_page_of_what_nobody_certified(shifter, client_of):
    register()
    response = client_of(shifter).get(PAGE)
    assert response.status_code == 404
    assert f"Nobody certified run {RUN} express" in response.content.decode()
    assert client_of(shifter).get(f"/certifications/{RUN}/sideways/").status_code == 404


@pytest.mark.parametrize("at", ["x", "-1", "1.5"])
def test_an_event_that_is_no_number_is_refused(mine, shifter, client_of, at):
    assert client_of(shifter).get(f"{PAGE}?at={at}").status_code == 400


def test_the_number_of_queries_has_a_bound(mine, leader, shifter, client_of, django_assert_max_num_queries):
    for turn in range(5):
        certify(leader, said=bad_pixel(f"hole {turn}"), reason="again")
    with django_assert_max_num_queries(QUERIES_OF_THE_PAGE):
        client_of(shifter).get(PAGE)


# ---- withdrawing and restoring ----


def test_withdrawing_takes_the_statuses_back_and_undo_brings_all_back(mine, shifter, client_of):
    client = client_of(shifter)
    response = client.post(f"{PAGE}withdraw", typed(reason="the wrong run"), follow=True)
    assert "Withdrew the certification" in response.content.decode()
    assert live() is None
    assert standing(run=RUN) == []
    undo = re.search(r'action="(/events/act/[^"]+/undo)"', response.content.decode())[1]
    client.post(undo)
    assert live().verdict == "good"
    assert len(standing(run=RUN)) == 3


def test_a_withdrawn_one_says_who_and_why_and_is_restored_on_its_page(mine, shifter, client_of):
    withdraw(shifter)
    client = client_of(shifter)
    assert "wrong run" in client.get(PAGE).content.decode()
    assert "wrong run" in client.get("/certifications/withdrawn/").content.decode()
    response = client.post(f"{PAGE}restore", typed(), follow=True)
    assert "Restored the certification" in response.content.decode()
    assert (live().verdict, live().shifter, live().comment) == ("good", "shifter", "all looks fine")
    assert len(standing(run=RUN)) == 3
    assert "No certification is withdrawn" in client.get("/certifications/withdrawn/").content.decode()


def test_what_is_restored_leaves_no_trace_of_doubt_in_the_projections(mine, shifter, client_of):
    from lumicert.decisions.projections import check

    withdraw(shifter)
    client_of(shifter).post(f"{PAGE}restore", typed())
    assert [each for each in check() if not each.same] == []


def test_it_is_restored_by_its_shifter_or_a_leader_and_by_nobody_else(mine, shifter, shifter2, leader, client_of):
    withdraw(shifter)
    response = client_of(shifter2).post(f"{PAGE}restore", typed())
    assert response.status_code == 403
    assert "It is a certification of shifter" in response.content.decode()
    assert "Restore it" not in client_of(shifter2).get(PAGE).content.decode()
    assert client_of(leader).post(f"{PAGE}restore", typed()).status_code == 302


def test_withdrawing_needs_a_reason_and_keeps_the_page(mine, shifter, client_of):
    response = client_of(shifter).post(f"{PAGE}withdraw", typed(reason=" "))
    assert response.status_code == 422
    assert "say why it is withdrawn" in response.content.decode()
    assert live() is not None


def test_somebody_was_faster_is_told_with_the_difference_and_what_was_typed(mine, shifter, leader, client_of):
    read_at = current_seq()
    certify(leader, said=bad_pixel(), reason="layer 2 was off")
    response = client_of(shifter).post(f"{PAGE}withdraw", {"expected": read_at, "reason": "my long reason"})
    shown = response.content.decode()
    assert response.status_code == 409
    assert "Somebody was faster" in shown
    assert "Pixel GOOD BAD; “hole in layer 2”" in flat(shown)
    assert "my long reason</textarea>" in shown
    assert live().verdict == "bad"
    # who has seen the difference may insist
    seen = re.search(r'name="expected" value="(\d+)"', shown)[1]
    assert client_of(shifter).post(f"{PAGE}withdraw", {"expected": seen, "reason": "my long reason"}).status_code == 302
    assert live() is None


def test_withdrawing_what_is_withdrawn_already_is_a_conflict(mine, shifter, leader, client_of):
    read_at = current_seq()
    withdraw(leader, reason="I was first")
    response = client_of(shifter).post(f"{PAGE}withdraw", {"expected": read_at, "reason": "me too"})
    assert response.status_code == 409
    assert "I was first" in response.content.decode()


def test_a_click_that_comes_twice_is_one_act(mine, shifter, client_of):
    sent = typed(reason="the wrong run", act="5f4b7a3e-0000-4000-8000-000000000001")
    client = client_of(shifter)
    client.post(f"{PAGE}withdraw", sent)
    before = current_seq()
    client.post(f"{PAGE}withdraw", sent)
    assert current_seq() == before


# ---- who may ----


def test_another_shifter_sees_no_button_and_is_refused_in_words(mine, shifter2, client_of):
    client = client_of(shifter2)
    shown = client.get(PAGE).content.decode()
    for deed in ("withdraw", "hand-over", "promote", "review"):
        assert f'action="{PAGE}{deed}"' not in shown
    response = client.post(f"{PAGE}withdraw", typed(reason="x"))
    assert response.status_code == 403
    assert "shifter certified run" in response.content.decode()


def test_a_certification_is_handed_over_and_says_the_same(mine, shifter, shifter2, client_of):
    response = client_of(shifter).post(f"{PAGE}hand-over", typed(to="shifter2", reason="my shift is over"), follow=True)
    assert "Handed the certification" in response.content.decode()
    assert (live().shifter, live().verdict, live().comment) == ("shifter2", "good", "all looks fine")


@pytest.mark.parametrize(
    ("to", "said"), [("", "say to whom"), ("nobody", "there is no account"), ("guest", "guest may not certify")]
)
def test_it_cannot_be_handed_to_who_may_not_certify(mine, shifter, guest, client_of, to, said):
    response = client_of(shifter).post(f"{PAGE}hand-over", typed(to=to, reason="why not"))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert "why not</textarea>" in response.content.decode()


def test_a_leader_promotes_it_with_notes_and_validity(mine, leader, client_of):
    sent = typed(notes="3.8 T", first_run="321000", last_run="322000")
    response = client_of(leader).post(f"{PAGE}promote", sent, follow=True)
    assert "is a reference run" in response.content.decode()
    assert is_reference(RUN, "tracker", "express")


def test_a_bad_one_offers_no_promotion_and_refuses_it(shifter, leader, client_of):
    register()
    certify(shifter, said=bad_pixel())
    assert "promote" not in client_of(leader).get(PAGE).content.decode()
    response = client_of(leader).post(f"{PAGE}promote", typed())
    assert response.status_code == 422
    assert not is_reference(RUN, "tracker", "express")


def test_a_review_of_an_earlier_version_does_not_count(mine, leader, page):
    approve(leader)
    assert "approved by leader" in page()
    certify(leader, said=bad_pixel(), reason="on second thought")
    assert "not reviewed" in page()


def test_a_reference_that_was_demoted_is_marked_and_the_certification_stands(mine, leader, shifter, client_of):
    promote(leader)
    register(RUN + 1)
    certify(shifter, RUN + 1, reference=RunIn(run=RUN, reconstruction="express"))
    services.demote(
        run=RUN, workspace="tracker", reconstruction="express", actor=leader, reason="old", expected=current_seq()
    )
    assert "no reference run any more" in client_of(shifter).get(f"/certifications/{RUN + 1}/express/").content.decode()
    assert live(RUN + 1).reference_run == RUN
    assert Event.objects.filter(kind="certification.withdrawn").count() == 0
