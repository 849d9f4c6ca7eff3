"""The client of Run Registry reads what the simulated one serves over the real protocol, and its edits arrive there."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from tests.contract.conftest import Cern

from lumicert.sandbox.clock import Clock
from lumicert.sandbox.faults import Faults
from lumicert.sandbox.registry import Registry, Said
from lumicert.sources.errors import SourceRefused
from lumicert.sources.run_registry.client import RunRegistry
from lumicert.sources.run_registry.models import Dataset, Stretch

ALL = (360000, 370000)
EXPRESS = "/Express/Collisions2022/DQM"


def truth(cern: Cern) -> Registry:
    """What the simulated one knows, told without HTTP."""
    return Registry(cern.sandbox.world, Clock(cern.sandbox.now(), 0), Faults())


def opened(registry: RunRegistry) -> Dataset:
    return next(one for one in registry.datasets(*ALL) if one.states["tracker"] == "OPEN" and one.name == EXPRESS)


def said_of_express(cern: Cern) -> Said:
    return next(one for one in truth(cern).said() if one.dataset == EXPRESS)


def test_all_datasets_come_but_online_whatever_the_size_of_a_page(cern: Cern) -> None:
    registry = truth(cern)
    wanted = [
        (run, name.strip())
        for run in cern.sandbox.world.run_numbers
        for name in sorted(registry.names(run))
        if name != "online"
    ]
    assert len(wanted) == 10
    for page in (3, 4, 100):
        found = cern.run_registry(page=page).datasets(*ALL)
        assert [(one.run, one.name) for one in found] == wanted


def test_only_the_runs_that_were_asked_for_come(cern: Cern) -> None:
    run = said_of_express(cern).run
    assert {one.run for one in cern.run_registry().datasets(run, run)} == {run}
    assert cern.run_registry().datasets(run + 1000, run + 2000) == []
    assert cern.run_registry().datasets(run, run - 1) == []


def test_a_dataset_comes_with_its_class_its_states_and_its_counts(cern: Cern) -> None:
    said = said_of_express(cern)
    found = next(one for one in cern.run_registry().datasets(said.run, said.run) if one.name == EXPRESS)
    assert found.run_class == "Collisions22"
    assert found.states["tracker"] == found.states["global"] == "OPEN"
    run = cern.sandbox.world.run(said.run)
    assert run is not None
    assert {sum(counts.values()) for counts in found.counts.values()} == {run.last_lumisection_number}
    assert found.counts[said.component]["BAD"] == said.span.last - said.span.first + 1
    assert all(count > 0 for counts in found.counts.values() for count in counts.values())


def test_the_counts_are_those_of_the_stretches(cern: Cern) -> None:
    registry = cern.run_registry()
    for dataset in registry.datasets(*ALL):
        counted: dict[str, dict[str, int]] = {}
        for component, stretches in registry.stretches(dataset.run, dataset.name).items():
            counts = counted.setdefault(component, {})
            for one in stretches:
                counts[one.status] = counts.get(one.status, 0) + one.last - one.first + 1
        assert counted == dataset.counts


def test_stretches_are_rising_without_gap_and_as_long_as_they_can_be(cern: Cern) -> None:
    registry = cern.run_registry()
    dataset = opened(registry)
    for stretches in registry.stretches(dataset.run, dataset.name).values():
        assert stretches[0].first == 1
        for one, other in pairwise(stretches):
            assert one.last + 1 == other.first
            assert (one.status, one.cause, one.comment) != (other.status, other.cause, other.comment)


def test_what_somebody_there_said_comes_with_its_words(cern: Cern) -> None:
    said = said_of_express(cern)
    told = cern.run_registry().stretches(said.run, EXPRESS)[said.component]
    assert Stretch(said.span.first, said.span.last, "BAD", "", said.span.comment) in told


def test_a_dataset_that_is_not_there_has_no_stretches(cern: Cern) -> None:
    registry = cern.run_registry()
    assert registry.stretches(opened(registry).run, "/Express/Nothing/DQM") == {}
    assert registry.stretches(999999, EXPRESS) == {}


def test_a_name_with_a_line_end_is_told_without_it_and_asked_for_with_it(cern: Cern) -> None:
    raw = next(name for run in cern.sandbox.world.run_numbers for name in truth(cern).names(run) if name.endswith("\n"))
    registry = cern.run_registry()
    dataset = next(one for one in registry.datasets(*ALL) if one.name == raw.strip() and _is_raw(cern, one.run, raw))
    stretches = registry.stretches(dataset.run, dataset.name)
    assert stretches["tracker-pixel"][0].first == 1
    # a client that has not seen the list of datasets asks for the names first
    assert cern.run_registry().stretches(dataset.run, dataset.name) == stretches
    registry.write(dataset.run, dataset.name, "tracker-pixel", Stretch(2, 4, "BAD", "", "hole"))
    assert Stretch(2, 4, "BAD", "", "hole") in registry.stretches(dataset.run, dataset.name)["tracker-pixel"]


def _is_raw(cern: Cern, run: int, raw: str) -> bool:
    return raw in truth(cern).names(run)


def test_an_edit_arrives_where_it_was_meant_and_nowhere_else(cern: Cern) -> None:
    registry = cern.run_registry()
    dataset = opened(registry)
    before = registry.stretches(dataset.run, dataset.name)
    registry.write(dataset.run, dataset.name, "tracker-strip", Stretch(5, 9, "BAD", "Pixel HV", "APV out of sync"))
    after = registry.stretches(dataset.run, dataset.name)
    assert Stretch(5, 9, "BAD", "Pixel HV", "APV out of sync") in after["tracker-strip"]
    assert {name: told for name, told in after.items() if name != "tracker-strip"} == {
        name: told for name, told in before.items() if name != "tracker-strip"
    }
    again = next(one for one in registry.datasets(dataset.run, dataset.run) if one.name == dataset.name)
    assert again.counts["tracker-strip"]["BAD"] == 5


def test_an_edit_that_is_written_twice_changes_nothing(cern: Cern) -> None:
    registry = cern.run_registry()
    dataset = opened(registry)
    for _ in range(2):
        registry.write(dataset.run, dataset.name, "tracker-track", Stretch(1, 3, "EXCLUDED", "", ""))
    once = registry.stretches(dataset.run, dataset.name)
    registry.write(dataset.run, dataset.name, "tracker-track", Stretch(1, 3, "EXCLUDED", "", ""))
    assert registry.stretches(dataset.run, dataset.name) == once


def test_a_dataset_that_waits_or_is_closed_is_not_edited_and_its_state_is_told(cern: Cern) -> None:
    registry = cern.run_registry()
    waiting = next(one for one in registry.datasets(*ALL) if one.states["tracker"] == "waiting dqm gui")
    with pytest.raises(SourceRefused, match=r"must be in state OPEN .*waiting dqm gui in workspace tracker"):
        registry.write(waiting.run, waiting.name, "tracker-pixel", Stretch(1, 2, "GOOD", "", ""))
    dataset = opened(registry)
    cern.sandbox.set_clock(at=cern.sandbox.world.end + timedelta(days=30))
    with pytest.raises(SourceRefused, match="it is in state COMPLETED in workspace tracker"):
        registry.write(dataset.run, dataset.name, "tracker-pixel", Stretch(1, 2, "GOOD", "", ""))


@pytest.mark.parametrize(
    ("stretch", "why"),
    [
        (Stretch(1, 2, "BAD", "", ""), "When setting lumisections as BAD, there MUST be a comment for this action"),
        (Stretch(1, 2, "", "", ""), "No status present when trying to edit lumisections"),
        (Stretch(9, 2, "GOOD", "", ""), "Start Lumisection must be less than end lumisection"),
    ],
)
def test_an_edit_that_it_does_not_take_is_refused_in_its_own_words(cern: Cern, stretch: Stretch, why: str) -> None:
    registry = cern.run_registry()
    dataset = opened(registry)
    cern.sandbox.forget_requests()
    with pytest.raises(SourceRefused, match=why):
        registry.write(dataset.run, dataset.name, "tracker-pixel", stretch)
    assert cern.calls[-1].outcome == "refused"
    # what cannot be cured is not repeated
    assert cern.asked("runregistry") == 1


def test_an_edit_of_a_dataset_that_is_not_there_is_refused_before_it_is_sent(cern: Cern) -> None:
    registry = cern.run_registry()
    with pytest.raises(SourceRefused, match="has no dataset /Express/Nothing/DQM there"):
        registry.write(opened(registry).run, "/Express/Nothing/DQM", "tracker-pixel", Stretch(1, 2, "GOOD", "", ""))


def test_who_is_in_no_group_may_read_and_is_told_which_group_may_write(cern: Cern) -> None:
    registry = cern.run_registry(cern.tokens(reader=True))
    dataset = opened(registry)
    cern.sandbox.forget_requests()
    with pytest.raises(SourceRefused) as caught:
        registry.write(dataset.run, dataset.name, "tracker-pixel", Stretch(1, 2, "GOOD", "", ""))
    assert "cms-dqm-runregistry-offline-tracker-certifiers" in caught.value.why
    assert "<" not in caught.value.why
    assert "put into one of these e-groups" in caught.value.advice
    # a new token would bring no other answer
    assert cern.asked("sso") == 0
    assert cern.asked("runregistry") == 1
