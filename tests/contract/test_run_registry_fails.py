"""Each fault of the simulated Run Registry: which error comes out, what it tells a person, and that nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from tests.contract.conftest import Cern
from tests.contract.faults import each_fault, each_that_passes, limits_for

from lumicert.sources.errors import SourceChanged, SourceDown, SourceError
from lumicert.sources.run_registry.client import RunRegistry
from lumicert.sources.run_registry.models import Stretch

ALL = (360000, 370000)
EXPRESS = "/Express/Collisions2022/DQM"
HOLE = Stretch(3, 9, "BAD", "", "hole")


ASKED: list[Callable[[RunRegistry, int], object]] = [
    lambda registry, run: registry.datasets(*ALL),
    lambda registry, run: registry.stretches(run, EXPRESS),
    lambda registry, run: registry.write(run, EXPRESS, "tracker-pixel", HOLE),
]


@pytest.mark.parametrize("ask", ASKED, ids=["datasets", "stretches", "write"])
@each_fault
def test_a_fault_is_told_for_what_it_is(
    cern: Cern, fault: str, kind: type[SourceError], why: str, ask: Callable[[RunRegistry, int], object]
) -> None:
    registry = cern.run_registry(**(limits_for(fault)))
    # half of "{}" would be no answer to ask for
    registry.datasets(*ALL)
    cern.sandbox.fault(fault, "runregistry")
    begun = time.monotonic()
    with pytest.raises(kind, match=r"^Run Registry ") as caught:
        ask(registry, cern.collisions_run)
    assert time.monotonic() - begun < 10
    assert why in caught.value.why
    assert cern.calls[-1].outcome == kind.outcome


@each_that_passes
def test_a_fault_that_passes_is_not_noticed_when_asking_and_when_telling(cern: Cern, fault: str) -> None:
    registry = cern.run_registry(attempts=3, read=1.0, total=15.0)
    before = registry.datasets(*ALL)
    cern.sandbox.fault(fault, "runregistry", times=1)
    assert registry.datasets(*ALL) == before
    cern.sandbox.fault(fault, "runregistry", path="edit_rr", times=1)
    registry.write(cern.collisions_run, EXPRESS, "tracker-pixel", HOLE)
    assert registry.stretches(cern.collisions_run, EXPRESS)["tracker-pixel"].count(HOLE) == 1


def test_a_registry_that_is_not_there_is_down_and_comes_back_with_its_edits(cern: Cern) -> None:
    registry = cern.run_registry()
    registry.write(cern.collisions_run, EXPRESS, "tracker-pixel", HOLE)
    cern.sandbox.stop()
    with pytest.raises(SourceDown, match=r"Run Registry is down .*(cannot be reached|broke off)"):
        registry.datasets(*ALL)
    cern.sandbox.start()
    assert HOLE in registry.stretches(cern.collisions_run, EXPRESS)["tracker-pixel"]


def test_a_401_gets_a_new_token_and_the_edit_arrives(cern: Cern) -> None:
    registry = cern.run_registry()
    registry.datasets(*ALL)
    cern.sandbox.forget_requests()
    cern.sandbox.tokens(expire=True)
    registry.write(cern.collisions_run, EXPRESS, "tracker-pixel", HOLE)
    assert HOLE in registry.stretches(cern.collisions_run, EXPRESS)["tracker-pixel"]
    assert cern.asked("sso") == 1


def test_when_the_sso_fails_it_is_the_sso_that_is_named(cern: Cern) -> None:
    cern.sandbox.fault("down", "sso")
    with pytest.raises(SourceDown, match=r"^CERN SSO is down \(asked for a token for cmsrunregistry-sso-proxy\)"):
        cern.run_registry().datasets(*ALL)
    assert cern.asked("runregistry") == 0


@pytest.mark.parametrize("fault", ["null-field", "renamed-field", "negative", "huge"])
@pytest.mark.parametrize("field", ["run_number", "name", "dataset_attributes", "Run", "DatasetTripletCache"])
def test_a_spoiled_field_of_a_dataset_is_a_change_and_never_data(cern: Cern, fault: str, field: str) -> None:
    cern.sandbox.fault(fault, "runregistry", field=field)
    with pytest.raises(SourceChanged, match="Run Registry answered something unexpected"):
        cern.run_registry().datasets(*ALL)
    assert cern.calls[-1].outcome == "changed"


@pytest.mark.parametrize("fault", ["null-field", "negative", "huge", "renamed-field"])
@pytest.mark.parametrize("field", ["start", "end"])
def test_a_spoiled_range_is_a_change(cern: Cern, fault: str, field: str) -> None:
    registry = cern.run_registry()
    registry.datasets(*ALL)
    cern.sandbox.fault(fault, "runregistry", field=field)
    run = max(cern.sandbox.world.runs, key=lambda run: len(run.incidents)).run_number
    with pytest.raises(SourceChanged, match=rf"{field} of range 1"):
        registry.stretches(run, EXPRESS)


def test_a_spoiled_triplet_is_a_change(cern: Cern) -> None:
    registry = cern.run_registry()
    registry.datasets(*ALL)
    cern.sandbox.fault("null-field", "runregistry", field="tracker-pixel")
    with pytest.raises(SourceChanged, match="tracker-pixel of LS 1 to"):
        registry.stretches(cern.collisions_run, EXPRESS)


def test_an_edit_that_is_answered_for_another_run_is_a_change(cern: Cern) -> None:
    registry = cern.run_registry()
    registry.datasets(*ALL)
    cern.sandbox.fault("negative", "runregistry")
    with pytest.raises(SourceChanged, match="not with its event"):
        registry.write(cern.collisions_run, EXPRESS, "tracker-pixel", HOLE)


def test_a_missing_page_cannot_hide_rows(cern: Cern) -> None:
    # pages are asked for by run, so that the fault of an empty second page has nothing to hold on to
    wanted = cern.run_registry().datasets(*ALL)
    cern.sandbox.fault("missing-page", "runregistry")
    assert cern.run_registry(page=4).datasets(*ALL) == wanted


def test_somebody_there_changes_a_component_and_closes_a_dataset_later(cern: Cern) -> None:
    run, registry = cern.collisions_run, cern.run_registry()
    before = registry.stretches(run, EXPRESS)
    cern.sandbox.fault("changed-value", "runregistry", run=run, field="tracker-track", value="EXCLUDED", seconds=60)
    cern.sandbox.fault("changed-value", "runregistry", run=run, field="tracker_state", seconds=60)
    assert registry.stretches(run, EXPRESS) == before
    cern.sandbox.advance(60)
    after = registry.stretches(run, EXPRESS)
    assert {one.status for one in after["tracker-track"]} == {"EXCLUDED"}
    assert after["tracker-pixel"] == before["tracker-pixel"]
    found = {(one.run, one.name): one.states for one in registry.datasets(*ALL)}
    assert found[run, EXPRESS]["tracker"] == "COMPLETED"
    assert found[run, EXPRESS]["global"] == "OPEN"
    assert found[run + 1, EXPRESS]["tracker"] == "OPEN"


def test_a_skewed_clock_is_noticed(cern: Cern) -> None:
    cern.sandbox.fault("clock-skew", "runregistry", seconds=-300)
    cern.run_registry().datasets(*ALL)
    assert cern.calls[-1].skew == pytest.approx(-300, abs=5)
