"""Several runs with the same words: one act, all of them or none, and what is wrong is told with its run."""

from __future__ import annotations

from uuid import uuid4

import pytest

from lumicert.certification import selectors
from lumicert.certification.bulk import SomeNotConfirmed, SomeRefused, certify_all
from lumicert.certification.models import Certification
from lumicert.certification.services import NotYours
from lumicert.certification.tests.world import a_run, certify, promoted, wanted
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import Conflict, undo

pytestmark = pytest.mark.django_db

RUNS = (316001, 316002, 316003)


@pytest.fixture
def subjects(shifter):
    for run in RUNS:
        a_run(run, by=shifter, run_type="cosmics", recorded=None, datasets=("express",))
    return [selectors.subject(run=run, reconstruction="express") for run in RUNS]


def all_at_once(subjects, by, **changes):
    given = {"expected": changes.pop("expected", current_seq()), "act": changes.pop("act", uuid4())}
    return certify_all(subjects=subjects, wanted=wanted(subjects[0], **changes), actor=by, **given)


def test_each_run_has_its_own_certification_and_all_are_one_act(subjects, shifter):
    act, verdicts = all_at_once(subjects, shifter)
    assert verdicts == dict.fromkeys(RUNS, "good")
    assert set(Certification.objects.values_list("run", flat=True)) == set(RUNS)
    assert Event.objects.filter(act=act.id, kind="certification.made").count() == 3
    undo(act=act.id, actor=shifter)
    assert not Certification.objects.exists()


def test_a_second_click_does_nothing_again(subjects, shifter):
    same = uuid4()
    all_at_once(subjects, shifter, act=same)
    head = current_seq()
    again, _ = all_at_once(subjects, shifter, act=same)
    assert again.repeated
    assert current_seq() == head


def test_one_that_is_wrong_keeps_all_from_being_written(subjects, shifter, leader):
    certify(316002, by=shifter)
    reference = promoted(316002, by=leader)
    with pytest.raises(SomeRefused, match="its own reference") as refused:
        all_at_once(subjects, shifter, reference=reference)
    assert set(refused.value.problems) == {316002}
    assert set(Certification.objects.values_list("run", flat=True)) == {316002}


def test_what_is_to_be_confirmed_is_told_by_run(subjects, shifter):
    with pytest.raises(SomeNotConfirmed) as refused:
        all_at_once(subjects, shifter, confirmed=frozenset())
    codes = {run: [each.code for each in found] for run, found in refused.value.warnings.items()}
    assert codes == {run: ["no-reference"] for run in RUNS}


def test_somebody_elses_is_not_changed_in_passing(subjects, shifter, shifter2):
    certify(316002, by=shifter2)
    with pytest.raises(NotYours, match="316002"):
        all_at_once(subjects, shifter)
    assert Certification.objects.count() == 1


def test_one_that_was_spoken_of_meanwhile_is_a_conflict(subjects, shifter):
    read = current_seq()
    certify(316002, by=shifter)
    with pytest.raises(Conflict):
        all_at_once(subjects, shifter, expected=read)
