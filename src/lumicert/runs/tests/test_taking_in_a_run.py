"""What a source reports of a run becomes events where it is new, and only there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lumicert.accounts.models import User
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.projections import check
from lumicert.decisions.ranges import Ranges, union
from lumicert.decisions.selectors import current_seq, standing
from lumicert.decisions.services import ActRefused, append, undo
from lumicert.runs.intake import Report, classify_again, take_arrivals, take_era, take_fill
from lumicert.runs.lumisections import read_lumisections
from lumicert.runs.models import Dataset, Fill, Run
from lumicert.runs.tests.reports import BEGIN, COLLISIONS, RUN, UNITS, lumisections, report, take
from lumicert.runs.values import values_of_run

pytestmark = pytest.mark.django_db


def kinds_after(seq: int) -> list[str]:
    return list(Event.objects.filter(seq__gt=seq).order_by("seq").values_list("kind", flat=True))


def statuses(component: str, dataset: str = "online") -> dict[str, Ranges]:
    """The automatic statuses of a component, each with its lumisections."""
    found: dict[str, Ranges] = {}
    for word in standing(run=RUN):
        if (word.component, word.dataset, word.layer) == (component, dataset, Layer.AUTOMATIC):
            found[word.status] = union(found.get(word.status, ()), word.lumis)
    return found


def test_a_run_arrives_with_its_values_lumisections_class_and_statuses_in_one_act() -> None:
    taken = take(lumis=lumisections(1, 20, bpix_ready=((1, 5),), fpix_ready=((1, 5),)))
    row = Run.objects.get(run=RUN)
    assert (row.run_type, row.klass, row.significant) == ("collisions", "Collisions22", True)
    assert (row.fill, row.n_ls, row.recorded, row.state, row.source) == (7920, 20, 8_250_000_000_000, "ended", "OMS")
    assert row.components == "DAQ DCS DT ECAL PIXEL TRACKER TRG"
    assert Dataset.objects.get(run=RUN, dataset="online").lumis == ((1, 20),)
    assert statuses("tracker-pixel") == {"STANDBY": ((1, 5),), "GOOD": ((6, 20),)}
    assert statuses("csc-csc") == {"EXCLUDED": ((1, 20),)}
    assert taken.act is not None
    assert Event.objects.filter(act=taken.act.id).count() == Event.objects.count()
    assert all(each.same for each in check())


def test_the_same_report_again_appends_nothing() -> None:
    take(lumis=lumisections(1, 20))
    before = current_seq()
    assert take(minute=5, lumis=lumisections(1, 20)).act is None
    assert current_seq() == before


def test_a_report_that_was_asked_for_earlier_is_left_aside() -> None:
    take(minute=10, said=report(recorded_lumi=9.0))
    assert take(minute=5, said=report(recorded_lumi=8.0)).act is None
    assert Run.objects.get(run=RUN).attributes["recorded_lumi"] == 9.0


def test_a_changed_value_is_an_event_that_holds_only_what_changed() -> None:
    take(lumis=lumisections(1, 20))
    before = current_seq()
    take(minute=60, said=report(recorded_lumi=8.5), lumis=lumisections(1, 20))
    (event,) = Event.objects.filter(seq__gt=before)
    assert event.kind == "run.reported"
    assert event.payload["attributes"] == {"recorded_lumi": 8.5}
    told = values_of_run(RUN)["recorded_lumi"]
    assert told.counts is not None
    assert (told.counts.value, [word.value for word in told.before]) == (8.5, [8.25])


def test_a_unit_that_changes_is_a_change_and_is_converted_exactly() -> None:
    take()
    micro = Report({**COLLISIONS, "recorded_lumi": 266922.0}, {**UNITS, "recorded_lumi": "{\\mu}b^{-1}"})
    take(minute=1, said=micro)
    row = Run.objects.get(run=RUN)
    assert (row.recorded, row.units["recorded_lumi"]) == (266_922_000_000, "{\\mu}b^{-1}")


def test_a_value_that_cannot_be_is_unknown_and_what_was_said_is_kept() -> None:
    take()
    attributes = {name: value for name, value in COLLISIONS.items() if name != "recorded_lumi"}
    take(minute=1, said=Report(attributes, UNITS, {"recorded_lumi": "-1: below 0, the least that can be"}))
    row = Run.objects.get(run=RUN)
    assert row.recorded is None
    assert "recorded_lumi" not in row.attributes
    refused = values_of_run(RUN)["recorded_lumi"].refused
    assert refused is not None
    assert refused.why.startswith("-1: below 0")


def test_null_is_a_value_and_not_the_same_as_unknown() -> None:
    take(said=report(recorded_lumi=None))
    row = Run.objects.get(run=RUN)
    assert row.attributes["recorded_lumi"] is None
    assert "delivered_lumi" not in row.attributes


def test_while_a_run_goes_on_its_counters_alone_are_not_worth_an_event() -> None:
    take(said=report(last_lumisection_number=20), lumis=lumisections(1, 20), state="going")
    few = take(
        minute=1, said=report(last_lumisection_number=22), lumis=lumisections(15, 22), whole=False, state="going"
    )
    assert few.act is None
    more = take(
        minute=2, said=report(last_lumisection_number=26), lumis=lumisections(15, 26), whole=False, state="going"
    )
    assert more.act is not None
    assert more.new == ((21, 26),)
    assert Dataset.objects.get(run=RUN, dataset="online").lumis == ((1, 26),)


def test_while_a_run_goes_on_a_changed_key_is_told_at_once() -> None:
    take(lumis=lumisections(1, 20), state="going")
    assert take(minute=1, said=report(stable_beam=False), state="going").act is not None


def test_a_run_that_grew_in_parts_is_as_one_that_came_whole() -> None:
    trip = {"tob_ready": ((8, 31),)}
    take(said=report(last_lumisection_number=12), lumis=lumisections(1, 12, tob_ready=((8, 12),)), state="going")
    take(
        minute=5, said=report(last_lumisection_number=31), lumis=lumisections(5, 31, **trip), whole=False, state="going"
    )
    take(minute=9, said=report(end_time="2022-07-05T12:20:00Z"), lumis=lumisections(1, 40, **trip))
    in_parts = (read_lumisections(RUN), statuses("tracker-strip"), statuses("dt-dt"))
    take(run=RUN + 1, said=report(end_time="2022-07-05T12:20:00Z"), lumis=lumisections(1, 40, **trip))
    assert in_parts[0] == read_lumisections(RUN + 1)
    assert in_parts[1:] == ({"GOOD": ((1, 40),)}, {"GOOD": ((1, 40),)})
    assert all(each.same for each in check())


def test_a_lumisection_that_the_source_takes_back_is_gone() -> None:
    take(lumis=lumisections(1, 20))
    take(minute=1, lumis=lumisections(1, 18))
    assert read_lumisections(RUN).lumis == ((1, 18),)
    assert Dataset.objects.get(run=RUN, dataset="online").lumis == ((1, 18),)
    assert statuses("tracker-pixel") == {"GOOD": ((1, 18),)}


def test_a_persons_word_stands_above_what_rules_say_later(shifter: User) -> None:
    take(lumis=lumisections(1, 20))
    said = ComponentStatusSaid(layer=Layer.PERSON, status="BAD", comment="holes in layer 2")
    append(events=[NewEvent(said, RUN, "online", "tracker-pixel", ((3, 9),))], actor=shifter, origin=Origin.PERSON)
    take(minute=1, said=report(end_time="2022-07-05T13:00:00Z"), lumis=lumisections(1, 30))
    people = [word for word in standing(run=RUN) if word.layer == Layer.PERSON]
    assert [(word.component, word.status, word.lumis) for word in people] == [("tracker-pixel", "BAD", ((3, 9),))]
    assert statuses("tracker-pixel") == {"GOOD": ((1, 30),)}


def test_a_run_that_turns_out_not_to_be_significant_loses_its_automatic_statuses() -> None:
    take(lumis=lumisections(1, 20))
    take(minute=1, said=report(tier0_transfer=False), lumis=lumisections(1, 20))
    assert Run.objects.get(run=RUN).significant is False
    assert statuses("tracker-pixel") == {}


def test_datasets_are_registered_when_they_arrive_in_the_dqm_gui() -> None:
    take_era(name="2022C", attributes={"start_run": 355000, "end_run": 357000})
    take(lumis=lumisections(1, 20))
    express = "/StreamExpress/Run2022C-Express-v1/DQMIO"
    assert take_arrivals(run=RUN, in_gui=[express, "/Unheard/Of-v1/DQMIO"]).act is not None
    arrived = Dataset.objects.get(run=RUN, dataset="/Express/Collisions2022/DQM")
    assert (arrived.in_gui, arrived.lumis) == ([express], ((1, 20),))
    assert statuses("tracker-pixel", arrived.dataset) == {"GOOD": ((1, 20),)}
    assert statuses("tracker-track", arrived.dataset) == {"NOTSET": ((1, 20),)}
    before = current_seq()
    assert take_arrivals(run=RUN, in_gui=[express]).act is None
    assert current_seq() == before


def test_rules_that_stay_the_same_find_nothing_to_change() -> None:
    take(lumis=lumisections(1, 20))
    assert classify_again(run=RUN).act is None
    assert classify_again(run=RUN + 1).act is None


def test_what_a_source_reported_cannot_be_undone(leader: User) -> None:
    taken = take()
    assert taken.act is not None
    with pytest.raises(ActRefused, match=r"what a source reported is not undone .* corrected by its next word"):
        undo(act=taken.act.id, actor=leader)


def test_a_fill_is_taken_in_likewise() -> None:
    attributes = {"era": "2022C", "bunches_colliding": 2448, "end_time": None, "recorded_lumi": 500.5}
    said = Report(attributes, {"recorded_lumi": "pb^{-1}"})
    assert take_fill(fill=7920, report=said, fetched_at=BEGIN, state="going").act is not None
    assert take_fill(fill=7920, report=said, fetched_at=BEGIN, state="going").act is None
    negative = replace(said, attributes={**said.attributes}, rejected={"bunches_colliding": "-1: below 0"})
    del negative.attributes["bunches_colliding"]
    assert take_fill(fill=7920, report=negative, fetched_at=BEGIN, state="ended").act is not None
    row = Fill.objects.get(fill=7920)
    assert (row.era, row.bunches, row.recorded, row.state) == ("2022C", None, 500_500_000_000_000, "ended")
    assert all(each.same for each in check())
