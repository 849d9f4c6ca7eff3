"""What the simulated Run Registry knows follows from the world, the clock, and what people changed since."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.sandbox import past
from lumicert.sandbox.clock import Clock
from lumicert.sandbox.faults import Faults
from lumicert.sandbox.generator import generate
from lumicert.sandbox.registry import ONE_SAID_OF, ONLINE, WAITING, Registry, Span, overlaid, summary
from lumicert.sandbox.view import WorldView


@pytest.fixture(scope="module")
def week():
    return generate("week", 1)


def at(world, **later):
    return Registry(world, Clock(world.end + timedelta(**later), 0), Faults())


def everything(registry):
    names = {run.run_number: registry.names(run.run_number) for run in registry.runs()}
    return {(run, name): registry.spans(run, name) for run, found in names.items() for name in found}


def test_the_same_seed_gives_the_same_registry_and_another_one_another(week):
    registry, same, other = at(week, days=30), at(generate("week", 1), days=30), at(generate("week", 2), days=30)
    assert everything(registry) == everything(same)
    assert registry.said() == same.said() != other.said()


def test_runs_have_the_class_of_the_published_rules(week):
    registry = at(week)
    classes = {(run.kind, registry.run_class(run)) for run in week.runs}
    assert {run_class for kind, run_class in classes if kind == "collisions"} == {"Collisions22"}
    assert {run_class for kind, run_class in classes if kind == "cosmics"} == {"Cosmics22", "Commissioning22"}
    assert {run_class for kind, run_class in classes if kind == "private"} == {""}


def test_collisions_with_a_special_menu_have_a_class_and_datasets_of_their_own():
    shift = generate("shift", 1)
    menu = "/cdaq/special/2022/LowPU/v1.0.1/HLT/V1"
    runs = tuple(replace(run, hlt_key=menu) if run.kind == "collisions" else run for run in shift.runs)
    registry = at(replace(shift, runs=runs), hours=6)
    run = next(run for run in runs if run.kind == "collisions")
    assert registry.run_class(run) == "Collisions22Special"
    assert registry.names(run.run_number) == [
        ONLINE, "/Express/Collisions2022Special/DQM", "/PromptReco/Collisions2022Special/DQM",
    ]  # fmt: skip


def test_a_dataset_waits_opens_with_that_of_the_gui_and_is_closed_days_later(week):
    registry = at(week)
    run = next(run for run in week.runs if run.kind == "collisions" and run.end_time and len(run.datasets) > 1)
    name = "/Express/Collisions2022/DQM"
    express = min(one.appears for one in run.datasets if "-Express-" in one.dataset)
    told = []
    for moment in (run.end_time, run.end_time + timedelta(minutes=30), express, express + timedelta(days=20)):
        registry.clock.set(moment)
        told.append(registry.states(run.run_number, name).get("tracker"))
    assert told == [None, WAITING, "OPEN", "COMPLETED"]
    assert registry.states(run.run_number, ONLINE) == {}


def test_some_datasets_are_signed_off_some_completed_and_the_newest_open(week):
    registry = at(week, days=3)
    found = {
        registry.states(run.run_number, name)["tracker"]
        for run in week.runs
        for name in registry.names(run.run_number)
        if name != ONLINE
    }
    assert found == {"OPEN", "SIGNOFF", "COMPLETED"}


def test_pixel_and_strip_are_what_the_bits_say_and_tracking_is_good_where_both_are(week):
    registry = at(week)
    run = next(run for run in week.runs if run.has("null_bits"))
    rows = WorldView(week, registry.clock.now()).lumisections(run.run_number)
    spans = registry.spans(run.run_number, ONLINE)

    def status(component, ls):
        return next(span.status for span in spans[component] if span.first <= ls <= span.last)

    for place, ls in enumerate(rows["lumisection_number"][: run.last_lumisection_number]):
        if ls > run.last_lumisection_number:
            break
        pixel = [rows[bit][place] for bit in ("bpix_ready", "fpix_ready")]
        wanted = "GOOD" if True in pixel else "STANDBY" if False in pixel else "NO VALUE FOUND"
        assert status("tracker-pixel", ls) == wanted
        both = {status("tracker-pixel", ls), status("tracker-strip", ls)} == {"GOOD"}
        assert status("tracker-track", ls) == ("GOOD" if both else "STANDBY")


def test_a_lumisection_that_oms_left_out_is_empty():
    shift = generate("shift", 1)
    registry = at(shift)
    run = shift.with_incident("missing_ls")[0]
    there = set(run.lumisections.lumisection_number.tolist())
    spans = registry.spans(run.run_number, ONLINE)["tracker-pixel"]
    empty = {ls for span in spans if span.status == "EMPTY" for ls in range(span.first, span.last + 1)}
    assert empty == set(range(1, run.last_lumisection_number + 1)) - there
    assert empty


def test_a_partition_that_is_not_in_the_run_is_excluded(week):
    registry = at(week)
    spans = registry.spans(next(run.run_number for run in week.runs if len(run.lumisections)), ONLINE)
    assert {span.status for span in spans["castor-castor"]} == {"EXCLUDED"}


def test_a_run_that_goes_on_grows(week):
    registry = at(week)
    run = max(week.runs, key=lambda run: len(run.lumisections))
    lengths = []
    for hours in (1, 2, 3):
        registry.clock.set(run.start_time + timedelta(hours=hours))
        lengths.append(registry.spans(run.run_number, ONLINE)["cms-cms"][-1].last)
    assert lengths == sorted(set(lengths))


def test_nobody_knows_a_run_before_it_begins(week):
    registry = at(week)
    registry.clock.set(week.start - timedelta(hours=1))
    assert registry.runs() == []
    assert registry.names(week.run_numbers[-1]) == []
    assert registry.spans(week.run_numbers[-1], ONLINE) == {}


def test_a_known_share_is_said_otherwise_and_only_there_do_people_differ_from_the_bits(week):
    registry = at(week, days=30)
    said = {(one.run, one.dataset, one.component): one.span for one in registry.said()}
    components = 3 * sum(name != ONLINE for run in week.runs for name in registry.names(run.run_number))
    assert len(said) == pytest.approx(components / ONE_SAID_OF, abs=1)
    for (run, name), spans in everything(registry).items():
        by_bits = registry.spans(run, ONLINE)
        differ = {component for component in spans if spans[component] != by_bits[component]}
        assert differ <= {component for of, dataset, component in said if (of, dataset) == (run, name)}
        for component in differ:
            span = said[run, name, component]
            assert span in spans[component]
            assert span.status == "BAD"


def test_some_names_end_in_a_line_end_as_one_does_in_the_original(week):
    registry = at(week)
    names = [name for run in week.runs for name in registry.names(run.run_number)]
    assert "/Express/Commissioning2022/DQM\n" in names
    assert "/Express/Commissioning2022/DQM" in names


spans = st.lists(st.sampled_from(["GOOD", "BAD", "STANDBY"]), min_size=1, max_size=12)
edits = st.lists(
    st.tuples(st.integers(1, 15), st.integers(0, 6), st.sampled_from(["GOOD", "BAD", "NOTSET"])), max_size=5
)


@given(spans, edits)
def test_edits_over_spans_are_those_over_single_lumisections(before, told):
    single = dict(enumerate(before, start=1))
    found = ()
    for ls, status in single.items():
        found = overlaid(found, Span(ls, ls, status))
    for first, more, status in told:
        last = first + more
        single |= dict.fromkeys(range(max(single) + 1, first), "EMPTY")
        single |= dict.fromkeys(range(first, last + 1), status)
        found = overlaid(found, Span(first, last, status))
    assert {ls: span.status for span in found for ls in range(span.first, span.last + 1)} == single
    # each as long as it can be
    assert all(one.status != other.status for one, other in pairwise(found))
    counts = summary(found)
    assert {status: counts.get(status, 0) for status in set(single.values())} == {
        status: list(single.values()).count(status) for status in set(single.values())
    }


PAST = {
    "run": 1002,
    "class": "CollisionsDemo",
    "start": "2021-10-03T18:04:10Z",
    "end": "2021-10-03T20:41:00Z",
    "datasets": [
        {
            "name": "/Express/CollisionsDemo/DQM",
            "state": "OPEN",
            "components": {"tracker-pixel": [[1, 36, "GOOD", ""], [40, 41, "BAD", "a hole"]]},
        },
        {"name": "/PromptReco/CollisionsDemo/DQM", "state": "COMPLETED", "components": {}},
    ],
}


def brought(world, **changes):
    registry = at(world)
    assert registry.bring(past.read({"runs": [PAST | changes]})) == 2
    return registry


def test_a_run_of_the_past_is_known_with_what_was_told_of_it_and_can_be_edited(week):
    registry = brought(week)
    express, prompt = (each["name"] for each in PAST["datasets"])
    assert registry.names(1002) == [ONLINE, express, prompt]
    assert registry.runs()[-1].run_number == 1002
    assert {registry.states(1002, name)["tracker"] for name in (express, prompt)} == {"OPEN", "COMPLETED"}
    told = [Span(1, 36, "GOOD"), Span(37, 39, "EMPTY"), Span(40, 41, "BAD", "a hole")]
    assert list(registry.spans(1002, express)["tracker-pixel"]) == told
    registry.edit(1002, express, "tracker-pixel", Span(37, 41, "GOOD"))
    assert list(registry.spans(1002, express)["tracker-pixel"]) == [Span(1, 41, "GOOD")]
    assert registry.spans(1002, ONLINE) == {}


def test_what_was_brought_is_forgotten_with_the_edits(week):
    registry = brought(week)
    registry.forget()
    assert registry.names(1002) == []
    assert everything(registry) == everything(at(week))


def test_what_is_brought_again_stands_in_place_of_what_was_brought_before(week):
    registry = brought(week)
    registry.bring(past.read({"runs": [PAST | {"datasets": PAST["datasets"][1:]}]}))
    assert registry.names(1002) == [ONLINE, "/PromptReco/CollisionsDemo/DQM"]


def test_a_run_of_the_world_cannot_be_one_of_its_past(week):
    number = week.runs[0].run_number
    with pytest.raises(ValueError, match=f"run {number} is of this world"):
        brought(week, run=number)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "'runs'"),
        ({"runs": [{"run": 1}]}, "how runs of the past are written"),
        ({"runs": [PAST | {"start": "long ago"}]}, "long ago"),
        ({"runs": [PAST | {"datasets": [PAST["datasets"][0] | {"state": "LOST"}]}]}, "there are OPEN"),
        ({"runs": [PAST | {"datasets": [PAST["datasets"][0] | {"components": {"x": [[5, 3, "BAD", ""]]}}]}]}, "5-3"),
        ({"runs": [PAST | {"datasets": [PAST["datasets"][0] | {"components": {"x": [[5]]}}]}]}, "not enough values"),
    ],
)
def test_a_past_that_makes_no_sense_is_refused_in_words(week, document, told):
    with pytest.raises(ValueError, match=told):
        at(week).bring(past.read(document))
