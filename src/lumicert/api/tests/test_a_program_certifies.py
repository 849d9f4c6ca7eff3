"""Certifying by program goes as by the form: the same checks, the same refusals, and the same one act."""

from __future__ import annotations

from uuid import uuid4

import pytest

from lumicert.api.tests.world import a_program, post, sent
from lumicert.certification import selectors
from lumicert.certification.tests.world import REASON, a_run, certify, promoted
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq

pytestmark = pytest.mark.django_db

RUN = 315257
LIST = "/certifications"
WITHDRAWAL = f"{LIST}/{RUN}/express/withdrawal"


@pytest.fixture(autouse=True)
def run(shifter):
    a_run(RUN, by=shifter)


@pytest.fixture
def program(shifter):
    return a_program(shifter)


def live():
    return selectors.live_of(RUN, "tracker", "express")


def test_a_certification_is_made_in_one_act_with_the_statuses_of_components(program):
    answer = post(program, LIST, sent(RUN, comment="by program"))
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["certification"]["verdict"], told["certification"]["comment"]) == ("good", "by program")
    assert (told["certification"]["event"], told["repeated"]) == (told["first"], False)
    kinds = Event.objects.filter(act=told["act"]).order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["certification.made", *["component.status"] * 3]
    assert live().shifter == "shifter"


def test_it_has_bad_lumisections_and_a_reference_like_that_of_the_form(program, shifter, leader):
    a_run(RUN - 50, by=shifter)
    certify(RUN - 50, by=shifter)
    reference = promoted(RUN - 50, by=leader)
    bad = {"status": "GOOD", "bad_lumis": [[120, 340]]}
    body = sent(
        RUN, components={"pixel": {"status": "GOOD"}, "strip": bad, "tracking": bad}, bad_reason=REASON,
        reference=reference.model_dump(), confirmed=[],
    )  # fmt: skip
    answer = post(program, LIST, body)
    assert answer.status_code == 201, answer.content
    told = answer.json()["certification"]
    assert told["components"][1]["bad_lumis"] == [[120, 340]]
    assert told["reference"] == {"run": RUN - 50, "reconstruction": "express"}


def test_sent_twice_it_is_done_once(program):
    body = sent(RUN, act=str(uuid4()))
    first, second = post(program, LIST, body), post(program, LIST, body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["repeated"] is True
    assert second.json()["first"] == first.json()["first"]


def test_everything_that_is_wrong_is_told_by_field_and_nothing_is_written(program):
    before = current_seq()
    body = sent(
        RUN, components={"pixel": {"status": "GOOD"}, "strip": {"status": "BAD"}, "tracking": {"status": "GOOD"}},
        tracker_map="", checklists=[], date="2999-01-01",
    )  # fmt: skip
    answer = post(program, LIST, body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    errors = answer.json()["errors"]
    assert {"tracking", "bad_reason", "tracker_map", "date"} <= set(errors)
    assert any(name.startswith("checklist.") for name in errors)
    assert current_seq() == before


def test_what_is_unlikely_is_told_with_its_code_and_taken_once_that_is_confirmed(program):
    body = sent(RUN, confirmed=[])
    refused = post(program, LIST, body)
    assert refused.status_code == 422
    (warning,) = refused.json()["warnings"]
    assert (warning["code"], warning["field"]) == ("no-reference", "reference")
    taken = post(program, LIST, {**body, "confirmed": [warning["code"]]})
    assert taken.status_code == 201
    assert taken.json()["certification"]["confirmed"] == [{"code": warning["code"], "text": warning["text"]}]


def test_who_was_overtaken_gets_what_came_between_and_the_difference(program, shifter):
    body = sent(RUN, comment="mine")
    certify(RUN, by=shifter, comment="theirs", tracker_map="missing")
    before = current_seq()
    answer = post(program, LIST, body)
    assert (answer.status_code, current_seq()) == (409, before)
    told = answer.json()
    assert [each["kind"] for each in told["events"]] == ["certification.made", *["component.status"] * 3]
    assert (told["current"]["comment"], told["current"]["event"]) == ("theirs", live().seq)
    assert told["differences"] == [
        {"what": "tracker_map", "here": "exists", "there": "missing"},
        {"what": "comment", "here": "mine", "there": "theirs"},
    ]


def test_another_shifters_certification_is_not_changed(shifter2, program, shifter):
    certify(RUN, by=shifter)
    answer = post(a_program(shifter2), LIST, sent(RUN))
    assert answer.status_code == 403
    assert "shifter certified run" in answer.json()["detail"]
    assert post(a_program(shifter2), WITHDRAWAL, {"reason": "no", "expected": current_seq()}).status_code == 403


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"run": 999}, "run", "not known here"),
        ({"reconstruction": "rereco"}, "dataset", "no rereco dataset"),
        ({"dataset": "/PromptReco/Collisions2018A/DQM"}, "dataset", "no dataset of express"),
        ({"workspace": "moon"}, "workspace", "no workspace 'moon'"),
        ({"expected": 10**9}, "", "load the page again"),
        ({"run": 0}, "run", "greater than or equal to 1"),
        ({"reconstruction": "banana"}, "reconstruction", "express"),
        ({"expected": None}, "expected", "valid integer"),
        ({"commment": "x"}, "commment", "not permitted"),
        ({"comment": "a\0b"}, "comment", "NUL"),
        ({"components": {"pixel": {"status": "FINE"}}}, "components.pixel.status", "GOOD"),
        (
            {"components": {"pixel": {"status": "GOOD", "bad_lumis": [[9, 5]]}}},
            "components.pixel.bad_lumis",
            "reversed",
        ),
        ({"components": {}}, "pixel", "choose a status"),
        ({"date": 0}, "date", "2018-05-13"),
    ],
)
def test_a_field_that_cannot_be_is_named(program, changes, field, told):
    answer = post(program, LIST, {**sent(RUN), **changes})
    assert answer.status_code == 422, answer.content
    assert told in " ".join(answer.json()["errors"][field])


def test_a_component_of_another_workspace_is_refused_not_left_out(program):
    components = {key: {"status": "GOOD"} for key in ("pixel", "strip", "tracking", "moon")}
    answer = post(program, LIST, sent(RUN, components=components))
    assert answer.status_code == 422
    assert "moon" in answer.json()["errors"]["components"][0]


def test_a_withdrawal_takes_it_back_with_a_reason(program):
    assert post(program, WITHDRAWAL, {"reason": "wrong run", "expected": current_seq()}).status_code == 404
    post(program, LIST, sent(RUN))
    assert post(program, WITHDRAWAL, {"reason": "", "expected": current_seq()}).status_code == 422
    assert post(program, WITHDRAWAL, {"reason": "  ", "expected": current_seq()}).json()["errors"] == {
        "reason": ["say why it is withdrawn"]
    }
    answer = post(program, WITHDRAWAL, {"reason": "wrong run", "expected": current_seq()})
    assert answer.status_code == 200
    assert live() is None


def test_a_withdrawal_of_what_was_changed_since_is_a_conflict(program, shifter):
    post(program, LIST, sent(RUN))
    seen = current_seq()
    certify(RUN, by=shifter, comment="changed")
    answer = post(program, WITHDRAWAL, {"reason": "wrong run", "expected": seen})
    assert answer.status_code == 409
    assert answer.json()["current"]["comment"] == "changed"
