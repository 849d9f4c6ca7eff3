"""Importing again: only what changed, never over a person's word here, and on from where it was killed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lumicert.certhelper import writing
from lumicert.certification import services
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.models import Certification, Reference, Withdrawn
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import ComponentStatus, Event, Layer, Origin
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import append, undo

DATASET = "/Express/Collisions2018/DQM"
DELETED = datetime(2018, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def key(original) -> int:
    original.run(321123)
    return original.certification(321123, bad_reason="Odd", strip="bad")


def kinds_after(seq: int) -> list[str]:
    return [event.kind for event in Event.objects.filter(seq__gt=seq).order_by("seq")]


def test_the_second_time_appends_nothing(key, take) -> None:
    take()
    before = current_seq()
    report = take()
    assert (current_seq(), report.events) == (before, 0)
    assert report.counts["certifier_trackercertification"] == {"unchanged": 1}


def test_a_change_in_the_original_appends_that_change(key, original, take) -> None:
    take()
    before = current_seq()
    original.change(key, strip="good", comment="better now")
    assert take().counts["certifier_trackercertification"] == {"changed": 1}
    assert kinds_after(before) == ["certification.made", *["component.status"] * 3]
    assert Certification.objects.get().comment == "better now"


def test_a_change_there_and_back_is_two_changes(key, original, take) -> None:
    take()
    for comment in ("other", "", "other", ""):
        original.change(key, comment=comment)
        take()
        assert Certification.objects.get().comment == comment


def test_a_deletion_in_the_original_takes_back_the_statuses_and_a_restoration_brings_them(key, original, take) -> None:
    take()
    original.change(key, deleted_at=DELETED)
    take()
    assert (Certification.objects.count(), Withdrawn.objects.count(), ComponentStatus.objects.count()) == (0, 1, 0)
    original.change(key, deleted_at=None)
    take()
    assert (Certification.objects.count(), Withdrawn.objects.count(), ComponentStatus.objects.count()) == (1, 0, 3)


def test_another_dataset_in_the_original_takes_the_statuses_along(key, original, take) -> None:
    take()
    other = original.named("certifier_dataset", "dataset", "/Express/Other2018/DQM")
    original.change(key, dataset_id=other)
    take()
    assert set(ComponentStatus.objects.values_list("dataset", flat=True)) == {"/Express/Other2018/DQM"}


def test_what_somebody_here_changed_or_withdrew_is_kept_and_told(key, original, take, leader) -> None:
    take()
    live = Certification.objects.get()
    services.withdraw(live=live, actor=leader, reason="not so", expected=current_seq())
    original.change(key, comment="changed there")
    before = current_seq()
    report = take()
    assert (current_seq(), Certification.objects.count()) == (before, 0)
    assert report.counts["certifier_trackercertification"] == {"kept": 1}
    assert any(note.what == "kept" and f"event {before - 3}" in note.detail for note in report.notes)


def test_an_import_that_was_undone_is_not_done_again(key, take, leader) -> None:
    take()
    act = Event.objects.filter(kind="certification.made").get().act
    undo(act=act, actor=leader)
    before = current_seq()
    take()
    assert (current_seq(), Certification.objects.count()) == (before, 0)


def test_a_status_that_a_person_here_gave_stands_above_an_import(key, take, leader) -> None:
    said = ComponentStatusSaid(layer=Layer.PERSON, status="STANDBY", comment="looked at it")
    event = NewEvent(said, 321123, DATASET, "tracker-strip", ((10, 20),))
    append(events=[event], actor=leader, origin=Origin.PERSON)
    report = take()
    strip = ComponentStatus.objects.filter(component="tracker-strip").order_by("seq")
    assert [(row.status, row.lumis) for row in strip] == [("STANDBY", ((10, 20),)), ("BAD", ((1, 9), (21, 100)))]
    assert any("a person here gave" in note.why for note in report.notes)


def test_a_reference_that_is_none_any_more_is_demoted_and_one_that_somebody_here_demoted_stays_so(
    key, original, take, leader
) -> None:
    take()
    original.execute("UPDATE certifier_runreconstruction SET is_reference = false")
    take()
    assert not Reference.objects.exists()
    original.execute("UPDATE certifier_runreconstruction SET is_reference = true WHERE run_id = 300000")
    take()
    services.demote(
        run=300000,
        workspace="tracker",
        reconstruction="express",
        actor=leader,
        reason="too old",
        expected=current_seq(),
    )
    report = take()
    assert not Reference.objects.exists()
    assert report.counts["certifier_runreconstruction"]["kept"] == 1


def test_a_check_says_what_would_come_and_writes_nothing(key, original, take) -> None:
    original.fill(7048)
    report = take(check=True)
    assert not Event.objects.exists()
    expected = report.as_json()
    done = take()
    assert (done.events, done.acts) == (expected["events"], expected["acts"])
    assert {**done.as_json(), "check": True} == expected


class Killed(Exception):
    pass


def test_what_was_killed_goes_on_and_ends_as_if_it_had_not_been(original, take, monkeypatch) -> None:
    for run in range(321000, 321010):
        original.run(run)
        original.certification(run)
    monkeypatch.setattr(writing, "ROWS_IN_AN_ACT", 3)

    def kill(what: str, done: int, total: int) -> None:
        if what == "certifications" and done >= 6:
            raise Killed

    with pytest.raises(Killed):
        take(progress=kill)
    assert Certification.objects.count() == 6
    take()
    assert Certification.objects.count() == 10
    assert Event.objects.filter(kind="certification.made").count() == 10
    acts: set[UUID] = set(Event.objects.values_list("act", flat=True))
    assert all(act.version == 5 for act in acts)


def test_it_can_be_signed_by_the_account_that_imports(key, take, leader) -> None:
    take(actor=leader)
    assert set(Event.objects.values_list("origin", "actor_name")) == {("import", "leader")}
    before = current_seq()
    take()
    assert current_seq() == before


_WORDS = st.sampled_from(["good", "bad", "excluded", "odd"])
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
_ROW = st.fixed_dictionaries(
    {
        "run": st.integers(0, 5),
        "reconstruction": st.sampled_from([*RECONSTRUCTIONS, "banana"]),
        "dataset": st.one_of(st.none(), _TEXT, st.sampled_from([DATASET, f"{DATASET}\n", "online", "/ReReco/UL/DQM"])),
        "user": _TEXT,
        "pixel": _WORDS,
        "strip": _WORDS,
        "tracking": _WORDS,
        "pixel_lowstat": st.booleans(),
        "bad_reason": st.one_of(st.none(), _TEXT),
        "problems": st.fixed_dictionaries({"strip": st.lists(_TEXT, max_size=2)}),
        "comment": _TEXT,
        "deleted_at": st.one_of(st.none(), st.just(DELETED)),
        "updated_at": st.timedeltas(timedelta(0), timedelta(9)).map(lambda late: DELETED + late),
        "trackermap": st.sampled_from(["exists", "missing", "", None]),
        "external_info_complete": st.booleans(),
    }
)
_RUN = st.fixed_dictionaries(
    {
        "run_type": st.sampled_from(["collisions", "cosmics"]),
        "lumisections": st.one_of(st.none(), st.integers(0, 3000)),
        "recorded_lumi": st.one_of(st.none(), st.floats(allow_infinity=True, allow_nan=True)),
        "recorded_lumi_unit": st.one_of(
            st.none(), st.sampled_from(["pb^{-1}", "nb-1", "{\\mu}b^{-1}", "parsec"]), _TEXT
        ),
        "hlt_key": st.one_of(st.none(), st.sampled_from(["/cdaq/physics/X", "/cdaq/cosmic/X"]), _TEXT),
        "stable_beam": st.one_of(st.none(), st.booleans()),
        "components": st.one_of(st.none(), _TEXT),
    }
)


@given(runs=st.lists(_RUN, min_size=6, max_size=6), rows=st.lists(_ROW, max_size=6))
# an example takes half a second, of which shrinking would take hundreds
@settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_importing_any_rows_twice_appends_nothing_the_second_time(original, take, runs, rows) -> None:
    original.clear()
    # runs of their own for each example: the log keeps those before
    first = 1 + uuid4().int % 10**9
    for place, run in enumerate(runs):
        original.run(first + place, **run)
        original.fill(first + place, recorded_lumi=run["recorded_lumi"], recorded_lumi_unit=run["recorded_lumi_unit"])
    for row in rows:
        original.certification(first + row["run"], **{name: value for name, value in row.items() if name != "run"})
    take()
    before = current_seq()
    assert take().events == 0
    assert current_seq() == before
