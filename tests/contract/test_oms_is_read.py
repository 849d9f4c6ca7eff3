"""The client of OMS reads what the simulated OMS serves over the real protocol: all of it, exactly, page by page."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
from tests.contract.conftest import Cern

from lumicert.sandbox.model import FLAGS, Run
from lumicert.sources.oms.lumisections import OmsLumisections
from lumicert.sources.oms.units import exact, parse


def collisions(cern: Cern) -> list[Run]:
    """The collision runs of the shift that are over."""
    now = cern.sandbox.now()
    runs = [run for run in cern.sandbox.world.runs if run.kind == "collisions" and run.end_time and run.end_time < now]
    assert len(runs) >= 2
    return runs


def last_ls(run: Run) -> int:
    return int(run.lumisections.lumisection_number[-1])


def numbers(found: tuple[tuple[int, int], ...]) -> list[int]:
    return [number for first, last in found for number in range(first, last + 1)]


def test_all_runs_come_whatever_the_size_of_a_page(cern: Cern) -> None:
    wanted = [run.run_number for run in cern.sandbox.world.runs if run.start_time <= cern.sandbox.now()]
    for page in (1, 2, 500):
        assert [run.run for run in cern.oms(page=page).runs()] == wanted
    assert [run.run for run in cern.oms().runs(wanted[1], wanted[3])] == wanted[1:4]


def test_a_run_comes_with_all_its_attributes_and_units(cern: Cern) -> None:
    truth = collisions(cern)[0]
    found = cern.oms().run(truth.run_number)
    assert found is not None
    assert found.rejected == {}
    assert found.attributes["hlt_key"] == truth.hlt_key
    assert found.attributes["components"] == list(truth.components)
    assert found.attributes["recorded_lumi"] == truth.recorded_lumi
    assert found.attributes["start_time"] == truth.start_time.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found.units["recorded_lumi"] == "pb^{-1}"
    assert all(parse(unit) for unit in found.units.values())


def test_a_run_that_is_not_there_is_none(cern: Cern) -> None:
    assert cern.oms().run(999999) is None
    assert cern.oms().fill(9) is None
    assert cern.oms().lumisections(999999).lumis == ()


def test_fills_and_eras_come(cern: Cern) -> None:
    oms = cern.oms()
    fills = list(oms.fills())
    assert [fill.fill for fill in fills] == [
        fill.fill_number for fill in cern.sandbox.world.fills if fill.start_time <= cern.sandbox.now()
    ]
    assert oms.fill(fills[-1].fill) == fills[-1]
    assert list(oms.fills([fill.fill for fill in fills] + [1, 99999])) == fills
    assert all(fill.rejected == {} and all(map(parse, fill.units.values())) for fill in fills)
    assert {era.era for era in oms.eras()} <= {era.era for era in cern.sandbox.world.eras}
    assert oms.eras()


def test_the_runs_that_changed_come_by_the_time_of_their_change(cern: Cern) -> None:
    oms = cern.oms(page=2)
    every = {run.run: str(run.attributes["last_update"]) for run in oms.runs()}
    ordered = sorted(every.items(), key=lambda pair: (pair[1], pair[0]))
    since = cern.sandbox.now() - timedelta(days=30)
    assert [run.run for run in oms.runs(updated_since=since)] == [run for run, _ in ordered]
    assert [every[run.run] for run in oms.last_updated(3)] == [at for _, at in ordered[:-4:-1]]


def test_lumisections_are_those_of_the_sandbox_to_the_last_digit(cern: Cern) -> None:
    for truth in collisions(cern):
        found, rows = cern.oms().lumisections(truth.run_number), truth.lumisections
        assert numbers(found.lumis) == rows.lumisection_number.tolist()
        for name in FLAGS:
            assert numbers(found.flags[name].get("true", ())) == rows.lumisection_number[rows.flag(name)].tolist()
        pileup = rows.pileup[~np.isnan(rows.pileup)]
        assert found.series["pileup"][1] == [exact(value) for value in pileup.tolist()]
        assert found.rejected == {}
        assert set(found.labels) == {"prescale_name"}


def test_own_luminosity_adds_up_to_what_the_run_recorded(cern: Cern) -> None:
    whole = [run for run in collisions(cern) if len(run.lumisections) == last_ls(run)]
    assert whole
    for truth in whole:
        found = cern.oms().lumisections(truth.run_number)
        assert found.unit == "pb^{-1}"
        assert found.with_luminosity == found.lumis
        # OMS counts a run from the end of its first lumisection on
        assert sum(found.recorded[1:], Decimal(0)) == exact(truth.recorded_lumi or 0)
        assert sum(found.delivered[1:], Decimal(0)) == exact(truth.delivered_lumi or 0)
        assert min(found.recorded) >= 0
        assert sum(found.recorded) > 0


def test_own_luminosity_behind_a_missing_lumisection_or_a_dump_is_unknown(cern: Cern) -> None:
    gappy = [run for run in collisions(cern) if len(run.lumisections) < last_ls(run)]
    assert gappy
    for truth in gappy:
        there, counts = truth.lumisections.lumisection_number.tolist(), truth.lumisections.delivered_lumi.tolist()
        behind = {ls for ls in there if ls > 1 and ls - 1 not in there}
        # OMS begins to count anew when the beams are dumped
        dumped = {ls for ls, (before, count) in zip(there[1:], pairwise(counts), strict=True) if count < before}
        found = cern.oms().lumisections(truth.run_number)
        assert set(numbers(found.lumis)) - set(numbers(found.with_luminosity)) == behind | dumped


def test_going_on_behind_a_lumisection_gives_the_rest(cern: Cern) -> None:
    run, oms = collisions(cern)[0].run_number, cern.oms()
    whole, rest = oms.lumisections(run), oms.lumisections(run, after=20)
    assert numbers(rest.lumis) == [ls for ls in numbers(whole.lumis) if ls > 20]
    assert own(rest) == {ls: value for ls, value in own(whole).items() if ls > 20}


def own(found: OmsLumisections) -> dict[int, Decimal]:
    return dict(zip(numbers(found.with_luminosity), found.recorded, strict=True))


def test_a_run_that_goes_on_grows(cern: Cern) -> None:
    truth = collisions(cern)[0]
    cern.sandbox.set_clock(at=truth.start_time + timedelta(minutes=10))
    oms = cern.oms()
    running, first = oms.run(truth.run_number), oms.lumisections(truth.run_number)
    cern.sandbox.advance(600)
    second = oms.lumisections(truth.run_number)
    assert running is not None
    assert running.attributes["end_time"] is None
    assert running.rejected == {}
    assert len(numbers(second.lumis)) > len(numbers(first.lumis)) > 0


def test_one_token_serves_all_pages_and_threads(cern: Cern) -> None:
    oms, together = cern.oms(page=1), threading.Barrier(4)

    def read(_: int) -> int:
        together.wait(5)
        return len(list(oms.runs()))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(read, range(4)))) == 1
    assert cern.asked("sso") == 1
    assert cern.sandbox.requests()["most_identical_at_once"]["oms"] == 1


def test_the_two_ways_to_a_token_both_open_oms(cern: Cern) -> None:
    for way in ("api-access", "exchange"):
        assert cern.oms(cern.tokens(way)).last_updated(1)
    assert cern.asked("sso") == 3


def test_expired_tokens_are_replaced_without_anyone_noticing(cern: Cern) -> None:
    oms = cern.oms()
    assert oms.last_updated(1)
    cern.sandbox.tokens(expire=True)
    assert oms.last_updated(2)
    assert cern.asked("sso") == 2


def test_samples_of_the_dqm_gui_appear(cern: Cern) -> None:
    cern.sandbox.advance(5 * 86400)
    found = cern.dqmgui().samples()
    assert {sample.kind for sample in found} == {"offline_data"}
    run = collisions(cern)[0].run_number
    names = [sample.dataset for sample in cern.dqmgui().of_run(run)]
    assert names == sorted(sample.dataset for sample in found if sample.run == run)
    assert any("Express" in name for name in names)
    assert any("PromptReco" in name for name in names)
