"""R7: an act is recorded whole, or refused whole with the event and the value that failed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lumicert.decisions import events, services
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import Kind, NewEvent, Payload, kind_named, kind_of, register, unregister
from lumicert.decisions.models import ComponentStatus, Event, Layer, Origin
from lumicert.decisions.services import Act, ActRefused, append
from lumicert.decisions.tests.build import DATASET, PIXEL, RUN, said, say
from lumicert.decisions.tests.events_of_all_kinds import of_kind


def with_attribute(value: Any) -> NewEvent:
    return of_kind("run.registered", run=1, source="oms", attributes={"name": value})


GOOD = ComponentStatusSaid(layer=Layer.PERSON, status="GOOD")
CASES: dict[str, tuple[NewEvent, str]] = {
    "no run": (NewEvent(GOOD, None, DATASET, PIXEL, ((1, 2),)), "was given component and dataset and lumis"),
    "no lumisections": (NewEvent(GOOD, RUN, DATASET, PIXEL, None), "was given component and dataset and run"),
    "empty lumisections": (NewEvent(GOOD, RUN, DATASET, PIXEL, ()), "empty, or not sorted"),
    "reversed range": (NewEvent(GOOD, RUN, DATASET, PIXEL, ((9, 2),)), "9-2: the range is reversed"),
    "LS 0": (NewEvent(GOOD, RUN, DATASET, PIXEL, ((0, 2),)), "0-2: lumisections are counted from 1"),
    "overlapping": (NewEvent(GOOD, RUN, DATASET, PIXEL, ((1, 5), (3, 9))), "not sorted and disjoint"),
    "run 0": (NewEvent(GOOD, 0, DATASET, PIXEL, ((1, 2),)), "0 is not a run number"),
    "run beyond": (NewEvent(GOOD, 2**31, DATASET, PIXEL, ((1, 2),)), "2147483648 is not a run number"),
    "nameless dataset": (NewEvent(GOOD, RUN, " ", PIXEL, ((1, 2),)), "the dataset"),
    "NUL in a name": (NewEvent(GOOD, RUN, DATASET, "tracker\0-pixel", ((1, 2),)), "tracker"),
    "NUL in an attribute": (with_attribute("a\\\0"), "holds a NUL character"),
    "half a character": (with_attribute("\ud800"), "JSON cannot say"),
    "not a number": (with_attribute(float("nan")), "JSON cannot say"),
    "infinite": (with_attribute(float("inf")), "JSON cannot say"),
}


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(sorted(CASES)), before=st.integers(0, 5), behind=st.integers(0, 5))
def test_one_bad_event_refuses_all_and_names_itself(name: str, before: int, behind: int) -> None:
    bad, message = CASES[name]
    with pytest.raises(ActRefused) as refused:
        append(events=[*[said()] * before, bad, *[said()] * behind], actor=None, origin=Origin.IMPORT)
    assert [index for index, _ in refused.value.problems] == [before]
    assert message in refused.value.problems[0][1]
    assert not Event.objects.exists()
    assert not ComponentStatus.objects.exists()


@pytest.mark.django_db
def test_every_bad_event_is_named_not_only_the_first() -> None:
    events_ = [CASES["run 0"][0], said(), CASES["LS 0"][0]]
    with pytest.raises(ActRefused) as refused:
        append(events=events_, actor=None, origin=Origin.IMPORT)
    assert [index for index, _ in refused.value.problems] == [0, 2]


@pytest.mark.django_db
def test_an_act_that_says_nothing_is_refused() -> None:
    with pytest.raises(ActRefused, match="must say something"):
        append(events=[], actor=None, origin=Origin.IMPORT)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a \\ and \\u0000 spelled out", "‘ü’ 粒子 🎉", '"{}', "%s %(act)s; DROP TABLE x --"])
def test_odd_text_comes_back_as_it_was_said(text: str) -> None:
    act = say("BAD", comment=text)
    assert Event.objects.get(seq=act.last).payload["comment"] == text


@pytest.mark.parametrize("status", ["good", "EMPTY", "", 1])
def test_a_status_that_is_none_is_not_made(status: Any) -> None:
    with pytest.raises(ValidationError):
        ComponentStatusSaid(layer=Layer.PERSON, status=status)


@pytest.mark.django_db(transaction=True)
def test_a_failure_in_the_middle_of_projecting_takes_the_events_back(monkeypatch: pytest.MonkeyPatch) -> None:
    standing = say("GOOD")
    whole = events.COMPONENT_STATUS
    # what is superseded is taken out, and then the insertion fails
    broken = replace(whole, selection=f"{whole.selection} AND 1 / (seq - seq) = 1")
    monkeypatch.setattr(services, "kind_of", lambda payload: replace(kind_of(payload), projections=(broken,)))
    with pytest.raises(DataError, match="division by zero"):
        append(events=[said("BAD"), said("STANDBY", (3, 4))], actor=None, origin=Origin.IMPORT)
    monkeypatch.undo()
    assert list(Event.objects.values_list("seq", flat=True)) == [standing.last]
    assert list(ComponentStatus.objects.values_list("seq", flat=True)) == [standing.last]
    # and the connection is in order
    assert say("BAD").first == standing.last + 1


@pytest.mark.django_db
def test_the_same_act_twice_is_recorded_once() -> None:
    act = uuid4()
    first = append(events=[said("BAD"), said("GOOD", (3, 4))], actor=None, origin=Origin.IMPORT, act=act)
    again = append(events=[said("BAD"), said("GOOD", (3, 4))], actor=None, origin=Origin.IMPORT, act=act, expected=0)
    assert again == Act(act, first.first, first.last, repeated=True)
    assert Event.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [[said("GOOD")], [said("BAD", (1, 9))], [said("BAD"), said("BAD")], [said("BAD", comment="I know why")]],
)
def test_an_act_sent_again_with_a_change_is_refused_and_not_passed_over(changed: list[NewEvent]) -> None:
    act = say("BAD").id
    with pytest.raises(ActRefused, match=r"in the log already, by .* in event 1, and says something else"):
        append(events=changed, actor=None, origin=Origin.PERSON, act=act)
    assert Event.objects.count() == 1


class Forgetful(Payload):
    """A payload of a kind that nobody can undo."""


def test_a_kind_that_changes_a_table_and_cannot_be_undone_is_not_taken() -> None:
    kind = Kind(
        name="test.forgetful",
        version=1,
        payload=Forgetful,
        scope=frozenset(),
        stream=(),
        describe=str,
        projections=(events.COMPONENT_STATUS,),
    )
    with pytest.raises(ValueError, match="says nothing to restore it"):
        register(kind)


def test_a_kind_about_runs_whose_key_leaves_them_out_is_not_taken() -> None:
    keyless = replace(events.COMPONENT_STATUS, key=("dataset",))
    kind = replace(kind_named("component.status"), name="test.keyless", payload=Forgetful, projections=(keyless,))
    with pytest.raises(ValueError, match="about a run, which must be in the key"):
        register(kind)


def test_a_kind_is_registered_once() -> None:
    kind = Kind("test.once", 1, Forgetful, frozenset(), (), str)
    register(kind)
    try:
        with pytest.raises(ValueError, match="registered twice"):
            register(kind)
    finally:
        unregister(kind)


@pytest.mark.django_db
def test_an_act_is_one_statement_however_many_events_it_has(django_assert_num_queries: Any) -> None:
    # one, and the savepoint of the test's own transaction with its release
    with django_assert_num_queries(3):
        append(events=[said("GOOD", run=run) for run in range(1, 200)], actor=None, origin=Origin.IMPORT, expected=0)
