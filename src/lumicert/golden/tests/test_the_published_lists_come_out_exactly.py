"""Published lists, taken in as decisions, come out again as the golden JSON, byte for byte."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lumicert.accounts.models import User
from lumicert.decisions.services import undo
from lumicert.golden import policies, selectors
from lumicert.golden.tests.world import say
from lumicert.lumi import LumiSet, load
from lumicert.runs.selectors import stored_list
from lumicert.runs.services import Imported, PublishedList, import_lists, import_oms_export

pytestmark = [pytest.mark.django_db, pytest.mark.real_data]

FACTS = {2017: (474, 206_562, "line"), 2018: (478, 234_529, "runs")}


def published(path: Path) -> PublishedList:
    return PublishedList(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), load(path).lumis)


def take(folder: Path, year: int) -> Imported:
    return import_lists(
        dcs=published(folder / f"dcs_{year}.json"),
        golden=published(folder / f"golden_{year}.json"),
        klass=f"Collisions{year % 100}",
        dataset=f"/PromptReco/Collisions{year}/DQM",
        actor=None,
    )


def good_of(year: int) -> selectors.Golden:
    return selectors.build(policy=policies.find("tracker-good"), dataset=f"/PromptReco/Collisions{year}/DQM")


@pytest.mark.parametrize("year", FACTS)
def test_a_golden_list_comes_out_of_its_decisions_byte_for_byte(real_data: Path, year: int) -> None:
    take(real_data, year)
    golden = good_of(year)
    n_runs, n_ls, layout = FACTS[year]
    assert (golden.lumis.n_runs, golden.lumis.n_ls) == (n_runs, n_ls)
    assert golden.text(layout).encode() == (real_data / f"golden_{year}.json").read_bytes()


def test_lumisections_that_only_the_golden_list_has_are_lumisections_too(real_data: Path) -> None:
    take(real_data, 2017)
    outside_dcs = load(real_data / "golden_2017.json").lumis - load(real_data / "dcs_2017.json").lumis
    assert outside_dcs.n_ls == 2
    assert outside_dcs <= good_of(2017).lumis


def test_the_same_lists_again_change_nothing(real_data: Path) -> None:
    first, again = take(real_data, 2018), take(real_data, 2018)
    assert first.events > 3000
    assert again.act is None
    assert "nothing changed" in again.summary


def test_one_lumisection_marked_bad_leaves_and_undo_brings_the_same_bytes_back(real_data: Path, shifter: User) -> None:
    take(real_data, 2018)
    before = good_of(2018).text("runs")
    act = say(
        315257,
        "tracker-strip",
        "BAD",
        ((50, 50),),
        by=shifter,
        comment="trip",
        dataset="/PromptReco/Collisions2018/DQM",
    )
    marked = good_of(2018).lumis
    assert load_text(before) - marked == LumiSet.from_ranges({315257: [(50, 50)]})
    assert not marked - load_text(before)
    undo(act=act.id, actor=shifter)
    assert good_of(2018).text("runs") == before


def load_text(text: str) -> LumiSet:
    from lumicert.lumi import loads

    return loads(text).lumis


def test_the_oms_export_gives_the_three_sets_of_2018a(real_data: Path) -> None:
    import_oms_export(
        runs=real_data / "oms_runs_2018A.csv.gz",
        lumisections=real_data / "oms_lumisections_2018A.csv.gz",
        actor=None,
    )
    take(real_data, 2018)
    golden = selectors.build(policy=policies.find("tracker-dcs"), dataset="online")
    theirs = stored_list("dcs_2018.json")
    assert theirs is not None
    compared = selectors.compare(golden, name=theirs.name, theirs=theirs.lumis)
    assert golden.lumis.n_ls == 38_409
    assert [part.lumis.n_ls for part in (compared.both, compared.only_ours, compared.only_theirs)] == [
        37_323,
        1_086,
        286,
    ]
    assert {group.words: group.amount.n_ls for group in compared.only_theirs.groups} == {
        "fails: cms_active is true": 91,
        "fails: fpix_ready is true": 1,
        "not a lumisection of the dataset: nothing is known of them here": 194,
    }
    assert compared.only_theirs.amount.n_without == 194


def test_own_luminosity_is_the_difference_within_the_fill(real_data: Path) -> None:
    import_oms_export(
        runs=real_data / "oms_runs_2018A.csv.gz",
        lumisections=real_data / "oms_lumisections_2018A.csv.gz",
        actor=None,
    )
    golden = selectors.build(policy=policies.find("tracker-dcs"), dataset="online")
    behind_the_first = (golden.universe.run == 315257) & (golden.universe.ls > 1)
    assert f"{golden.amount(behind_the_first).recorded.value:.6f}" == "7.958398"
