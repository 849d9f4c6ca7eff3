"""Reviewing, restoring, promoting and demoting by program: the services of the pages, with their refusals."""

from __future__ import annotations

from uuid import uuid4

import pytest

from lumicert.api.tests.world import a_program, post
from lumicert.certification import selectors
from lumicert.certification.models import Reference, Review
from lumicert.certification.tests.world import a_run, certify, promoted
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.people.tokens import Scope

pytestmark = pytest.mark.django_db

RUN = 315257
OF = f"/certifications/{RUN}/express"
REVIEW, RESTORATION, WITHDRAWAL = f"{OF}/review", f"{OF}/restoration", f"{OF}/withdrawal"
PROMOTION, DEMOTION = f"/references/{RUN}/express/promotion", f"/references/{RUN}/express/demotion"


@pytest.fixture(autouse=True)
def certified(shifter):
    a_run(RUN, by=shifter)
    certify(RUN, by=shifter)


@pytest.fixture
def program(leader):
    return a_program(leader)


def live():
    return selectors.live_of(RUN, "tracker", "express")


def body(**said):
    return {"expected": current_seq(), **said}


# what each takes beside `expected`, and what has to be there before it
ACTS = {
    REVIEW: {"outcome": "approved"},
    RESTORATION: {},
    PROMOTION: {"notes": "full detector"},
    DEMOTION: {"reason": "too old"},
}


def prepare(address, leader, program):
    if address == RESTORATION:
        post(program, WITHDRAWAL, body(reason="wrong run"))
    if address == DEMOTION:
        promoted(RUN, by=leader)


def test_a_review_is_written_and_told_with_the_certification(program):
    answer = post(program, REVIEW, body(outcome="approved", comment="looks fine"))
    assert answer.status_code == 200, answer.content
    review = Review.objects.get(run=RUN)
    assert (review.outcome, review.of, review.seq) == ("approved", live().seq, answer.json()["first"])
    told = program.get(f"/api/v1{OF}").json()["review"]
    assert (told["outcome"], told["by"], told["comment"]) == ("approved", "leader", "looks fine")


def test_sent_back_without_a_word_is_refused_at_its_field(program):
    answer = post(program, REVIEW, body(outcome="sent back"))
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"comment": ["say what shifter is to look at"]}


def test_nobody_reviews_an_own_certification(leader, program):
    a_run(RUN + 1, by=leader)
    certify(RUN + 1, by=leader)
    answer = post(program, f"/certifications/{RUN + 1}/express/review", body(outcome="approved"))
    assert answer.status_code == 403
    assert "a second person reviews it" in answer.json()["detail"]


def test_a_withdrawn_certification_is_restored_with_its_statuses(program):
    post(program, WITHDRAWAL, body(reason="wrong run"))
    assert live() is None
    answer = post(program, RESTORATION, body())
    assert answer.status_code == 200, answer.content
    assert live().shifter == "shifter"
    kinds = Event.objects.filter(act=answer.json()["act"]).order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["certification.made", *["component.status"] * 3]


def test_what_is_not_withdrawn_or_not_certified_is_404(program):
    assert post(program, RESTORATION, body()).status_code == 404
    post(program, WITHDRAWAL, body(reason="wrong run"))
    assert post(program, REVIEW, body(outcome="approved")).status_code == 404
    assert post(program, PROMOTION, body()).status_code == 404


def test_a_reference_is_promoted_changed_and_demoted(program):
    said = {"notes": "full detector", "first_run": 315000, "last_run": 316000}
    assert post(program, PROMOTION, body(**said)).status_code == 200
    assert Reference.objects.values("notes", "first_run", "last_run").get() == said
    assert post(program, PROMOTION, body(notes="pixel was off")).status_code == 200
    assert Reference.objects.get().notes == "pixel was off"
    assert post(program, DEMOTION, body(reason="too old")).status_code == 200
    assert not Reference.objects.exists()
    refused = post(program, DEMOTION, body(reason="too old"))
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert "is no reference run" in refused.json()["detail"]


def test_a_reversed_validity_is_refused_at_its_field(program):
    answer = post(program, PROMOTION, body(first_run=316000, last_run=315000))
    assert answer.json()["errors"] == {"last_run": ["315000 lies before 316000"]}


@pytest.mark.parametrize("address", ACTS)
def test_sent_twice_it_is_done_once(address, leader, program):
    prepare(address, leader, program)
    sent = body(act=str(uuid4()), **ACTS[address])
    first, head = post(program, address, sent), current_seq()
    second = post(program, address, sent)
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == {**first.json(), "repeated": True}
    assert current_seq() == head


def test_a_withdrawal_that_is_sent_twice_is_done_once(program):
    sent = body(act=str(uuid4()), reason="wrong run")
    first, second = post(program, WITHDRAWAL, sent), post(program, WITHDRAWAL, sent)
    assert second.json() == {**first.json(), "repeated": True}


@pytest.mark.parametrize("address", [REVIEW, PROMOTION])
def test_what_was_certified_anew_since_is_a_conflict_that_tells_what_stands(address, shifter, program):
    sent = body(**ACTS[address])
    certify(RUN, by=shifter, comment="looked again")
    answer = post(program, address, sent)
    assert answer.status_code == 409
    assert answer.json()["current"]["comment"] == "looked again"
    assert [each["event"] for each in answer.json()["events"]] == [live().seq]


def test_a_reference_that_another_leader_changed_since_is_not_demoted(leader, program):
    promoted(RUN, by=leader)
    sent = body(reason="too old")
    post(program, PROMOTION, body(notes="keep it for 2018D"))
    answer = post(program, DEMOTION, sent)
    assert answer.status_code == 409
    assert "keep it for 2018D" in answer.json()["detail"]


@pytest.mark.parametrize("address", ACTS)
@pytest.mark.parametrize(
    ("changes", "field"),
    [({"expected": None}, "expected"), ({"workspace": "moon"}, "workspace"), ({"coment": "x"}, "coment")],
)
def test_a_field_that_cannot_be_is_named(address, changes, field, program):
    answer = post(program, address, body(**{**ACTS[address], **changes}))
    assert answer.status_code == 422
    assert field in answer.json()["errors"]


def test_a_token_for_certifying_neither_reviews_nor_restores_what_is_somebody_elses(leader, program):
    narrow = a_program(leader, Scope.READ, Scope.CERTIFY)
    for address in (REVIEW, PROMOTION, DEMOTION):
        assert "scope 'review'" in post(narrow, address, body(**ACTS[address])).json()["detail"]
    post(program, WITHDRAWAL, body(reason="wrong run"))
    refused = post(narrow, RESTORATION, body())
    assert refused.status_code == 403
    assert "It is a certification of shifter" in refused.json()["detail"]
    assert post(program, RESTORATION, body()).status_code == 200
