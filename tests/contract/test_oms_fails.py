"""Each fault of the simulated CERN: which error comes out, what it tells a person, and that it costs little time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from tests.contract.conftest import Cern
from tests.contract.faults import each_fault, each_that_passes, limits_for

from lumicert.sources.errors import SourceChanged, SourceDown, SourceError, SourceRefused
from lumicert.sources.oms.client import OmsClient


def ask(cern: Cern, **limits: float) -> SourceError:
    with pytest.raises(SourceError) as caught:
        cern.oms(**limits).run(cern.collisions_run)
    return caught.value


@each_fault
def test_a_fault_of_oms_is_told_for_what_it_is(cern: Cern, fault: str, kind: type[SourceError], why: str) -> None:
    cern.sandbox.fault(fault, "oms")
    begun = time.monotonic()
    error = ask(cern, **limits_for(fault))
    assert time.monotonic() - begun < 10
    assert isinstance(error, kind)
    assert why in error.why
    assert str(error).startswith("OMS ")
    assert f"run {cern.collisions_run}" in str(error)
    assert cern.calls[-1].outcome == kind.outcome
    assert cern.calls[-1].error is error


def test_an_oms_that_is_not_there_is_down(cern: Cern) -> None:
    oms = cern.oms()
    assert oms.last_updated(1)
    cern.sandbox.stop()
    with pytest.raises(SourceDown, match=r"OMS is down .*(cannot be reached|broke off)"):
        oms.run(cern.collisions_run)


@each_that_passes
def test_a_fault_that_passes_is_not_noticed(cern: Cern, fault: str) -> None:
    oms = cern.oms(attempts=3, read=1.0, total=15.0)
    assert oms.last_updated(1)
    cern.sandbox.fault(fault, "oms", times=1)
    assert oms.run(cern.collisions_run) is not None


def test_a_401_gets_a_new_token_and_the_answer(cern: Cern) -> None:
    cern.sandbox.fault("unauthorized-once", "oms")
    assert cern.oms().run(cern.collisions_run) is not None
    assert cern.asked("sso") == 2
    assert [call.outcome for call in cern.calls if call.source == "OMS"] == ["refused", "ok"]


def test_an_oms_that_refuses_every_token_is_no_storm_on_the_sso(cern: Cern) -> None:
    cern.sandbox.fault("unauthorized-once", "oms", times=50)
    oms = cern.oms()
    for _ in range(5):
        with pytest.raises(SourceRefused, match=r"OMS refused .* check its client id"):
            oms.run(cern.collisions_run)
    assert cern.asked("sso") == 2


def test_a_wrong_secret_is_refused_and_asked_once(cern: Cern) -> None:
    oms = cern.oms(cern.tokens(secret="wrong"))
    for _ in range(3):
        with pytest.raises(SourceRefused, match=r"CERN SSO refused .* for cmsoms-prod") as caught:
            oms.run(cern.collisions_run)
        assert "wrong" not in str(caught.value)
    assert cern.asked("sso") == 1
    assert cern.asked("oms") == 0


@pytest.mark.parametrize("fault", ["down", "hang", "error-500", "html"])
def test_when_the_sso_fails_it_is_the_sso_that_is_named(cern: Cern, fault: str) -> None:
    cern.sandbox.fault(fault, "sso")
    cern.patience |= {"read": 0.4, "total": 1.5}
    error = ask(cern)
    assert isinstance(error, SourceDown)
    assert str(error).startswith("CERN SSO is down (asked for a token for cmsoms-prod)")
    assert cern.asked("oms") == 0


def test_a_renamed_token_is_a_change_of_the_sso(cern: Cern) -> None:
    cern.sandbox.fault("renamed-field", "sso")
    error = ask(cern)
    assert isinstance(error, SourceChanged)
    assert "CERN SSO answered something unexpected" in str(error)
    assert "there is no access_token" in error.why


def test_a_source_that_stays_down_is_left_alone(cern: Cern) -> None:
    cern.sandbox.fault("error-500", "oms")
    oms = cern.oms(failures=3)
    for _ in range(3):
        with pytest.raises(SourceDown, match="HTTP 500"):
            oms.run(cern.collisions_run)
    before = cern.asked("oms")
    with pytest.raises(SourceDown, match="it failed 3 times in a row and is left alone"):
        oms.run(cern.collisions_run)
    assert cern.asked("oms") == before == 3


def test_a_null_is_kept_as_null(cern: Cern) -> None:
    cern.sandbox.fault("null-field", "oms", field="energy")
    found = cern.oms().run(cern.collisions_run)
    assert found is not None
    assert found.attributes["energy"] is None
    assert found.rejected == {}


@pytest.mark.parametrize(
    "ask_for",
    [lambda oms, run: oms.run(run), lambda oms, run: list(oms.runs()), lambda oms, run: oms.lumisections(run)],
    ids=["run", "runs", "lumisections"],
)
def test_a_renamed_field_is_named(cern: Cern, ask_for: Callable[[OmsClient, int], object]) -> None:
    cern.sandbox.fault("renamed-field", "oms", field="delivered_lumi")
    with pytest.raises(SourceChanged, match=r"there is no delivered_lumi; was it renamed\?"):
        ask_for(cern.oms(), cern.collisions_run)
    assert cern.calls[-1].outcome == "changed"


@pytest.mark.parametrize("fault", ["negative", "huge"])
def test_an_impossible_value_is_rejected_and_the_rest_comes(cern: Cern, fault: str) -> None:
    cern.sandbox.fault(fault, "oms", run=cern.collisions_run)
    oms = cern.oms()
    found, fills = oms.run(cern.collisions_run), list(oms.fills())
    assert found is not None
    assert set(found.rejected) == {"delivered_lumi"}
    assert "delivered_lumi" not in found.attributes
    assert found.attributes["recorded_lumi"] is not None
    assert fills


def test_the_negative_bunches_of_oms_leave_the_fill_readable(cern: Cern) -> None:
    cern.sandbox.fault("negative", "oms", field="bunches_colliding")
    fills = [fill for fill in cern.oms().fills() if fill.rejected]
    assert fills
    assert all("the least that can be" in fill.rejected["bunches_colliding"] for fill in fills)


def test_an_impossible_luminosity_leaves_the_flags_of_a_run(cern: Cern) -> None:
    cern.sandbox.fault("huge", "oms", path="lumisections")
    found = cern.oms().lumisections(cern.collisions_run)
    assert found.with_luminosity == ()
    assert "the most that can be" in found.rejected["delivered_lumi"]
    assert found.flags["cms_active"]["true"]


def test_a_missing_page_cannot_hide_rows(cern: Cern) -> None:
    # pages are asked for by key, so that the fault of an empty second page has nothing to hold on to
    cern.sandbox.fault("missing-page", "oms")
    wanted = [run.run_number for run in cern.sandbox.world.runs if run.start_time <= cern.sandbox.now()]
    assert [run.run for run in cern.oms(page=2).runs()] == wanted


def test_a_value_that_changed_an_hour_later_comes_with_a_new_time_of_change(cern: Cern) -> None:
    run, oms = cern.collisions_run, cern.oms()
    before = oms.run(run)
    cern.sandbox.fault("changed-value", "oms", run=run, seconds=3600, field="recorded_lumi")
    changed_from = cern.sandbox.advance(3500)
    assert oms.run(run) == before
    cern.sandbox.advance(200)
    after = oms.run(run)
    assert before is not None
    assert after is not None
    assert after.attributes["recorded_lumi"] != before.attributes["recorded_lumi"]
    assert run in [one.run for one in oms.runs(updated_since=changed_from)]


def test_a_clock_that_is_wrong_is_noticed(cern: Cern) -> None:
    oms = cern.oms()
    assert oms.last_updated(1)
    usual = cern.calls[-1].skew
    cern.sandbox.fault("clock-skew", "oms", seconds=900)
    assert oms.last_updated(2)
    skewed = cern.calls[-1].skew
    assert usual is not None
    assert skewed is not None
    assert abs(skewed - usual - 900) < 5


def test_the_dqm_gui_fails_like_the_others(cern: Cern) -> None:
    cern.sandbox.fault("html", "dqmgui")
    with pytest.raises(SourceDown, match=r"DQM GUI is down .*web page"):
        cern.dqmgui().samples()
    cern.sandbox.clear()
    cern.sandbox.advance(5 * 86400)
    cern.sandbox.fault("renamed-field", "dqmgui")
    with pytest.raises(SourceChanged, match="were they renamed"):
        cern.dqmgui().samples()
