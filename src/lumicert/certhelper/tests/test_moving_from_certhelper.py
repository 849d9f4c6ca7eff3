"""What an import makes of the certifications of CertHelper."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from lumicert.certhelper.report import Report
from lumicert.certification.judging import Word
from lumicert.certification.models import Certification, Reference, Withdrawn
from lumicert.certification.restoring import restore
from lumicert.decisions.models import ComponentStatus, Event
from lumicert.decisions.projections import check
from lumicert.decisions.selectors import current_seq
from lumicert.rules.reconstruction import reconstruction_of
from lumicert.runs.models import Dataset

DATASET = "/Express/Collisions2018/DQM"
DELETED = datetime(2018, 6, 1, 12, tzinfo=UTC)


def told(report: Report, table: str = "certifier_trackercertification") -> list[str]:
    return [f"{note.what}: {note.why} | {note.detail}" for note in report.notes if note.table == table]


def statuses(run: int) -> dict[str, tuple[str, str, object]]:
    rows = ComponentStatus.objects.filter(run=run)
    return {row.component: (row.status, row.cause, row.lumis) for row in rows}


def test_a_certification_arrives_whole(original, take) -> None:
    original.fill(7048)
    original.run(321123, fill_id=7048)
    original.certification(
        321123, pixel="bad", bad_reason="HV trip", problems={"pixel": ["Hole in layer 2"]}, comment="at 10:00\r\nagain"
    )
    take()
    live = Certification.objects.get(run=321123)
    assert (live.reconstruction, live.dataset, live.run_type, live.verdict, live.shifter, live.date) == (
        "express", DATASET, "collisions", "bad", "anna", date(2018, 5, 14),
    )  # fmt: skip
    assert (live.bad_reason, live.tracker_map, live.comment, live.complete) == (
        "HV trip", "exists", "at 10:00\nagain", True,
    )  # fmt: skip
    assert live.parts["pixel"]["problems"] == ["Hole in layer 2"]
    assert (live.reference_run, live.reference_reconstruction) == (300000, "express")
    assert live.rest["facts"]["recorded"] == "12.5"
    assert live.rest["facts"]["CertHelper created"] == "2018-05-14T10:00:00+00:00"


def test_the_statuses_of_components_follow_over_the_lumisections_of_the_run(original, take) -> None:
    original.run(321123, lumisections=250)
    original.certification(
        321123, pixel="bad", pixel_lowstat=True, strip="excluded", tracking="bad", bad_reason="HV trip"
    )
    take()
    assert statuses(321123) == {
        "tracker-pixel": ("GOOD", "low statistics", ((1, 250),)),
        "tracker-strip": ("EXCLUDED", "HV trip", ((1, 250),)),
        "tracker-track": ("BAD", "HV trip", ((1, 250),)),
    }


def test_no_status_follows_while_the_lumisections_are_not_known_and_it_does_once_they_are(original, take) -> None:
    original.run(321123, lumisections=None)
    original.certification(321123)
    report = take()
    assert statuses(321123) == {}
    assert any("until the run's lumisections are known" in line for line in told(report))
    original.execute("UPDATE oms_omsrun SET lumisections = 30 WHERE run_number = 321123")
    take()
    assert statuses(321123)["tracker-pixel"] == ("GOOD", "", ((1, 30),))


def test_a_deleted_certification_can_be_restored_here(original, take, leader) -> None:
    original.run(321123)
    original.certification(321123, deleted_at=DELETED)
    take()
    assert not Certification.objects.exists()
    assert Withdrawn.objects.get().reason == "deleted in CertHelper at 2018-06-01 12:00:00+00:00"
    assert statuses(321123) == {}
    assert [event.kind for event in Event.objects.filter(run=321123).order_by("seq")][-2:] == [
        "certification.made", "certification.withdrawn",
    ]  # fmt: skip
    restore(withdrawn=Withdrawn.objects.get(), actor=leader, expected=current_seq())
    assert Certification.objects.get().shifter == "anna"
    assert statuses(321123)["tracker-strip"] == ("GOOD", "", ((1, 100),))
    assert Dataset.objects.get(run=321123).dataset == DATASET


@pytest.mark.parametrize(("written", "read"), [(f"{DATASET}\n", DATASET), (f"  {DATASET} ", DATASET)])
def test_blanks_around_the_name_of_a_dataset_are_taken_away_and_told(original, take, written, read) -> None:
    original.run(321123)
    original.certification(321123, dataset=written)
    report = take()
    live = Certification.objects.get()
    assert live.dataset == read
    assert live.rest["facts"]["CertHelper dataset"] == written
    assert any("line ends" in line and repr(written) in line for line in told(report))


@pytest.mark.parametrize("written", [None, "/SingleTrack/Run2017G-17Nov2017-v1DQMIO", "two words"])
def test_without_a_dataset_that_there_can_be_it_is_kept_under_a_stand_in(original, take, written) -> None:
    original.run(321123)
    original.certification(321123, "rerecoul", dataset=written)
    report = take()
    live = Certification.objects.get()
    assert live.dataset == "/ReReco/Unknown-UL/DQM"
    assert reconstruction_of(live.dataset) == "rerecoul"
    assert live.rest["facts"].get("CertHelper dataset") == written
    assert statuses(321123) == {}
    assert any("/ReReco/Unknown-UL/DQM" in line for line in told(report))


def test_a_dataset_of_another_reconstruction_is_kept_and_says_nothing_of_components(original, take) -> None:
    original.run(321123)
    original.certification(321123, "rereco", dataset="/ReReco/Run2017B_UL2019/DQM")
    report = take()
    assert Certification.objects.get().dataset == "/ReReco/Run2017B_UL2019/DQM"
    assert statuses(321123) == {}
    assert any("one of rerecoul" in line for line in told(report))


def test_a_reconstruction_that_is_none_is_left_out_with_its_key(original, take) -> None:
    original.run(321123)
    key = original.certification(321123, "banana")
    report = take()
    assert not Certification.objects.exists()
    (note,) = [note for note in report.notes if note.table == "certifier_trackercertification"]
    assert (note.key, note.what, note.detail) == (str(key), "left out", "run 321123, 'banana'")


def test_a_status_that_is_none_is_left_out(original, take) -> None:
    original.run(321123)
    original.certification(321123, pixel="ok")
    assert any("pixel is 'ok'" in line for line in told(take()))
    assert not Certification.objects.exists()


def test_a_reference_is_kept_as_it_was_be_it_itself_or_of_another_type(original, take) -> None:
    original.run(321123)
    original.run(321124, run_type="cosmics", hlt_key="/cdaq/cosmic/V1", stable_beam=False)
    original.certification(321123, reference=original.reconstruction(321123))
    original.certification(321124, reference=original.reconstruction(321123))
    report = take()
    assert [(row.run, row.reference_run) for row in Certification.objects.order_by("run")] == [
        (321123, 321123), (321124, 321123),
    ]  # fmt: skip
    lines = told(report)
    assert any("its own reference run" in line for line in lines)
    assert any("of another type" in line for line in lines)


def test_a_reference_of_no_reconstruction_is_left_out_and_its_text_kept(original, take) -> None:
    original.run(321123)
    original.run(321000)
    original.certification(321123, reference=original.reconstruction(321000, "banana"))
    take()
    live = Certification.objects.get()
    assert live.reference_run is None
    assert live.rest["facts"]["CertHelper reference"] == "321000 banana"


def test_a_user_without_a_name_is_called_by_the_key(original, take) -> None:
    original.run(321123)
    original.certification(321123, user="")
    (user,) = original.execute("SELECT id FROM users_user")
    assert "no name" in "".join(told(take()))
    assert Certification.objects.get().shifter == f"user {user[0]} of CertHelper"


def test_a_long_comment_is_cut_and_kept_whole_among_the_facts(original, take) -> None:
    original.run(321123)
    original.certification(321123, comment="x" * 4100)
    take()
    live = Certification.objects.get()
    assert (len(live.comment), len(live.rest["facts"]["CertHelper comment"])) == (4000, 4100)


def test_what_was_not_known_is_not_complete_even_where_it_says_so(original, take) -> None:
    original.bare_run(321123)
    original.run(321124, fill_id=7048)
    original.certification(321123, external_info_complete=True)
    original.certification(321124, external_info_complete=False)
    take()
    bare, flagged = Certification.objects.order_by("run")
    assert not bare.complete
    assert {"b_field", "hlt_key"} <= set(bare.rest["missing"])
    assert flagged.rest["missing"] == ["values from outside"]


def test_the_type_of_a_bare_run_is_told_by_its_dataset(original, take) -> None:
    original.bare_run(321123)
    original.certification(321123, pixel="bad", dataset=DATASET)
    report = take()
    live = Certification.objects.get()
    assert (live.run_type, live.verdict) == ("collisions", "bad")
    assert any("said cosmics" in line for line in told(report))


@pytest.mark.parametrize(
    ("run_type", "words", "verdict"),
    [
        ("collisions", "good good good", "good"),
        ("collisions", "bad/L good good", "good"),
        ("collisions", "bad good good", "bad"),
        ("collisions", "excluded good good", "bad"),
        ("collisions", "excluded/L good good", "good"),
        ("collisions", "good good bad/L", "good"),
        ("cosmics", "bad good good", "good"),
        ("cosmics", "good excluded good", "bad"),
        ("cosmics", "good bad/L good", "good"),
        ("cosmics", "good good bad", "bad"),
    ],
)
def test_the_verdict_is_the_originals(original, take, run_type, words, verdict) -> None:
    key = "/cdaq/physics/HLT" if run_type == "collisions" else "/cdaq/cosmic/HLT"
    original.run(321123, run_type=run_type, hlt_key=key)
    said = {}
    for name, word in zip(("pixel", "strip", "tracking"), words.split(), strict=True):
        status, _, low = word.partition("/")
        said |= {name: status, f"{name}_lowstat": bool(low)}
    original.certification(321123, **said)
    take()
    live = Certification.objects.get()
    assert live.verdict == verdict
    assert Word.model_validate(live.parts["pixel"]).status == words.split("/")[0].split()[0].upper()


def test_reference_runs_are_promoted_and_told_where_they_are_bad_missing_or_deleted(original, take) -> None:
    for run in (1001, 1002, 1003, 1004):
        original.run(run)
        original.reconstruction(run, reference=True)
    original.certification(1001, reference=original.reconstruction(1001))
    original.certification(1002, tracking="bad", reference=original.reconstruction(1001))
    original.certification(1003, reference=original.reconstruction(1001), deleted_at=DELETED)
    report = take()
    assert set(Reference.objects.values_list("run", flat=True)) == {1001, 1002, 1003, 1004}
    assert sorted(told(report, "certifier_runreconstruction")) == [
        "told: it is a reference run, though it has no certification | run 1004 express",
        "told: it is a reference run, though its certification is bad | run 1002 express",
        "told: it is a reference run, though its certification is deleted | run 1003 express",
    ]


def test_a_summary_is_counted_and_told_with_what_it_refers_to(original, take) -> None:
    original.run(321123)
    original.run(321124)
    keys = [original.certification(321123), original.certification(321124, deleted_at=DELETED), 99999]
    key = original.insert(
        "summary_summaryinfo", certifications=keys, links_prompt_feedback="tinyurl", special_comment=""
    )
    report = take()
    assert report.counts["summary_summaryinfo"] == {"not imported": 1}
    (note,) = [note for note in report.notes if note.table == "summary_summaryinfo"]
    assert (note.key, note.detail) == (
        str(key),
        "3 certifications, of which 1 are deleted and 1 are gone; its links_prompt_feedback stay in the original",
    )


def test_everything_that_is_kept_follows_from_the_log(original, take) -> None:
    original.fill(7048)
    original.run(321123, fill_id=7048)
    original.certification(321123, problems={"strip": ["Hole"]}, bad_reason="Odd")
    original.certification(321123, "prompt", dataset="/PromptReco/Collisions2018A/DQM", deleted_at=DELETED)
    take()
    assert [found.table for found in check() if not found.same] == []
    assert set(Event.objects.values_list("origin", "actor_name")) == {("import", "CertHelper")}
