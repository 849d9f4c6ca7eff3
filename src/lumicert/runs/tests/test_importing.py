"""What an import appends, and that the same again appends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumicert.accounts.models import User
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.ranges import Ranges, canonical
from lumicert.decisions.selectors import current_seq, standing
from lumicert.decisions.services import ActRefused, Conflict, append, undo
from lumicert.lumi import LumiSet
from lumicert.runs import selectors
from lumicert.runs.models import Dataset, LumiList, Run
from lumicert.runs.services import PublishedList, import_list, import_lists, import_oms_export

pytestmark = pytest.mark.django_db

DATASET = "/PromptReco/Collisions2018/DQM"


def published(name: str, ranges: dict[int, list[tuple[int, int]]]) -> PublishedList:
    return PublishedList(name, "0" * 64, LumiSet.from_ranges(ranges))


DCS = published("dcs.json", {1: [(1, 50)], 2: [(1, 20)]})
GOLDEN = published("golden.json", {1: [(5, 40)]})


def take(dcs: PublishedList = DCS, golden: PublishedList = GOLDEN, **more: object):
    return import_lists(dcs=dcs, golden=golden, klass="Collisions18", dataset=DATASET, actor=None, **more)


def statuses(run: int, component: str = "tracker-pixel") -> dict[str, Ranges]:
    """The lumisections of each automatic status, whichever events said it."""
    found: dict[str, Ranges] = {}
    for item in standing(run=run, dataset=DATASET, component=component):
        if item.layer == Layer.AUTOMATIC:
            found[item.status] = canonical((*found.get(item.status, ()), *item.lumis))
    return found


def test_a_pair_becomes_good_and_notset_in_one_act() -> None:
    imported = take()
    assert imported.act is not None
    assert imported.act.last == current_seq() == imported.events
    assert set(Event.objects.values_list("origin", flat=True)) == {"import"}
    assert statuses(1) == {"GOOD": ((5, 40),), "NOTSET": ((1, 4), (41, 50))}
    assert statuses(2, "tracker-track") == {"NOTSET": ((1, 20),)}
    assert Run.objects.get(run=1).klass == "Collisions18"
    assert Dataset.objects.get(run=2, dataset=DATASET).lumis == ((1, 20),)
    assert set(LumiList.objects.values_list("name", "purpose")) == {("dcs.json", "dcs"), ("golden.json", "golden")}


def test_the_same_pair_again_appends_nothing_and_says_so() -> None:
    take()
    seq = current_seq()
    again = take()
    assert again.act is None
    assert "everything was there already" in again.summary
    assert current_seq() == seq


def test_a_changed_list_appends_only_the_difference() -> None:
    take()
    later = take(golden=published("golden.json", {1: [(5, 45)]}))
    kinds = Event.objects.filter(act=later.act.id).order_by("seq").values_list("kind", "component", "lumis")
    assert sorted(kinds, key=str) == [
        ("component.status", "tracker-pixel", ((41, 45),)),
        ("component.status", "tracker-strip", ((41, 45),)),
        ("component.status", "tracker-track", ((41, 45),)),
        ("list.imported", None, None),
    ]
    assert statuses(1)["GOOD"] == ((5, 45),)


def test_an_import_never_overwrites_a_persons_word_and_stays_visible_under_it(shifter: User) -> None:
    take()
    said = ComponentStatusSaid(layer=Layer.PERSON, status="BAD", comment="trip")
    append(events=[NewEvent(said, 1, DATASET, "tracker-pixel", ((10, 12),))], actor=shifter, origin=Origin.PERSON)
    take(golden=published("golden.json", {1: [(1, 50)]}))
    words = standing(run=1, dataset=DATASET, component="tracker-pixel")
    assert [item.lumis for item in words if item.layer == Layer.PERSON] == [((10, 12),)]
    assert statuses(1) == {"GOOD": ((1, 50),)}


def test_a_whole_import_can_be_undone_and_redone() -> None:
    imported = take()
    undone = undo(act=imported.act.id, actor=None)
    assert not Run.objects.exists()
    assert not Dataset.objects.exists()
    assert not LumiList.objects.exists()
    assert statuses(1) == {}
    undo(act=undone.id, actor=None)
    assert statuses(1)["GOOD"] == ((5, 40),)
    assert Run.objects.count() == 2


def test_an_import_is_not_undone_from_under_a_decision(shifter: User) -> None:
    imported = take()
    said = ComponentStatusSaid(layer=Layer.PERSON, status="BAD")
    append(events=[NewEvent(said, 1, DATASET, "dt-dt", ((10, 12),))], actor=shifter, origin=Origin.PERSON)
    with pytest.raises(Conflict, match="shifter"):
        undo(act=imported.act.id, actor=None)


@pytest.mark.parametrize("dataset", ["", "PromptReco", "/a/b", "/a/b/DQM\n", "/a b/c/DQM"])
def test_a_dataset_name_that_is_none_is_refused_and_nothing_is_written(dataset: str) -> None:
    with pytest.raises(ActRefused, match="dataset"):
        import_lists(dcs=DCS, golden=GOLDEN, klass="Collisions18", dataset=dataset, actor=None)
    assert current_seq() == 0


def test_an_open_ended_list_is_refused_with_its_run() -> None:
    endless = PublishedList("dcs.json", "0", LumiSet.from_ranges({7: [(5, None)]}))
    with pytest.raises(ValueError, match="run 7"):
        take(dcs=endless)
    assert current_seq() == 0


def test_a_single_list_is_kept_to_compare_with_and_decides_nothing() -> None:
    import_list(published=GOLDEN, purpose="golden", actor=None)
    stored = selectors.stored_list("golden.json")
    assert stored is not None
    assert stored.lumis == GOLDEN.lumis
    assert not Run.objects.exists()
    assert selectors.stored_list("golden.json", at=0) is None


RUNS = "run_number,energy,fill_number\n1,6500,6600\n3,,\n"
HEADER = "fill_number,run_number,lumisection_number,cms_active,recorded_lumi,delivered_lumi\n"


def oms(folder: Path, rows: str, runs: str = RUNS):
    (folder / "runs.csv").write_text(runs)
    (folder / "ls.csv").write_text(HEADER + rows)
    return import_oms_export(runs=folder / "runs.csv", lumisections=folder / "ls.csv", actor=None)


def test_an_oms_export_brings_runs_the_dataset_online_flags_and_luminosity(tmp_path: Path) -> None:
    imported = oms(tmp_path, "6600,1,1,True,0,0\n6600,1,2,False,0.25,0.5\n6601,2,1,True,9,9\n")
    assert (imported.runs, imported.lumisections, imported.undecidable) == (3, 3, 1)
    assert selectors.flags_of_run(1) == {"cms_active": {"true": ((1, 1),), "false": ((2, 2),)}}
    found = selectors.luminosity_of_runs([1, 2])
    assert (found.run.tolist(), found.ls.tolist(), found.recorded.tolist()) == ([1, 1], [1, 2], [0, 250_000_000_000])
    assert Run.objects.get(run=3).attributes == {"energy": None, "fill_number": None}


def test_the_same_export_again_changes_nothing(tmp_path: Path) -> None:
    oms(tmp_path, "6600,1,1,True,0,0\n")
    seq = current_seq()
    assert oms(tmp_path, "6600,1,1,True,0,0\n").act is None
    assert current_seq() == seq


def test_what_a_list_told_of_a_run_is_kept_beside_what_oms_tells(tmp_path: Path) -> None:
    take()
    oms(tmp_path, "6600,1,1,True,0,0\n")
    run = Run.objects.get(run=1)
    assert (run.klass, run.attributes["energy"]) == ("Collisions18", 6500)
    take()
    assert Run.objects.get(run=1).attributes["energy"] == 6500


def test_everything_is_read_as_of_an_event_as_it_was(tmp_path: Path) -> None:
    oms(tmp_path, "6600,1,1,True,0,0\n")
    then = current_seq()
    oms(tmp_path, "6600,1,1,False,0,0\n6600,1,2,True,1,2\n", runs="run_number,energy\n1,7000\n")
    assert selectors.known_runs([1], at=then)[1].attributes["energy"] == 6500
    assert selectors.flags_of_run(1, at=then) == {"cms_active": {"true": ((1, 1),)}}
    assert selectors.datasets_of_run(1, at=then)[0].lumis == ((1, 1),)
    assert selectors.luminosity_of_runs([1], at=then).ls.tolist() == [1]
    assert selectors.datasets_of_run(1)[0].lumis == ((1, 2),)


def test_dataset_names_are_each_told_once() -> None:
    take()
    import_lists(dcs=DCS, golden=GOLDEN, klass="x", dataset="/Express/Collisions2018/DQM", actor=None)
    assert selectors.dataset_names() == ["/Express/Collisions2018/DQM", DATASET]
