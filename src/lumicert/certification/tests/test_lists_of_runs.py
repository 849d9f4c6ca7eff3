"""Lists of runs against certifications: CertHelper's fixture A, its central check (R12) and its changed flags (R11)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lumicert.certification.comparing import central_check, changed_flag, differences
from lumicert.certification.tests.world import words


@dataclass
class Said:
    run: int
    reconstruction: str
    run_type: str
    verdict: str


def said(run_type, reconstruction, verdict, *runs):
    return [Said(run, reconstruction, run_type, verdict) for run in runs]


FIXTURE_A = [
    *said("collisions", "express", "good", 1, 2, 3, 4),
    *said("collisions", "express", "bad", 5, 6, 7),
    *said("collisions", "prompt", "good", 1, 3, 5),
    *said("collisions", "prompt", "bad", 4, 6),
    *said("cosmics", "express", "good", 10, 11, 12, 13, 14),
    *said("cosmics", "prompt", "good", 11),
    *said("cosmics", "prompt", "bad", 14),
]


def test_fixture_a_changes_its_flag_in_three_runs():
    assert len(FIXTURE_A) == 19
    assert changed_flag(FIXTURE_A) == [4, 5, 14]


def test_fixture_a_is_checked_for_central_certification():
    checks, missing = central_check([*range(9), *range(10, 16)], FIXTURE_A)
    collisions, cosmics = checks["collisions"], checks["cosmics"]
    assert missing == [0, 8, 15]
    assert (collisions.good, collisions.bad, collisions.prompt_missing) == ([1, 3], [6], [2, 7])
    assert (collisions.changed_good, collisions.changed_bad) == ([5], [4])
    assert (cosmics.good, cosmics.bad, cosmics.prompt_missing) == ([11], [], [10, 12, 13])
    assert (cosmics.changed_good, cosmics.changed_bad) == ([], [14])


def test_runs_are_taken_as_text_and_once_and_words_are_left_out():
    checks, missing = central_check(["1", 1, "abde", "8"], FIXTURE_A)
    assert checks["collisions"].good == [1]
    assert missing == [8]


def test_a_run_whose_flag_changed_is_listed_once_however_often_it_was_certified():
    many = [*said("collisions", "express", "bad", 321171, 321172, 321173)]
    many += said("collisions", "prompt", "good", 321171, 321172, 321173)
    assert changed_flag(many) == [321171, 321172, 321173]


# ---- express against prompt (R13) ----

FACTS = {"run_type": "collisions", "b_field": 3.8, "fill_type": "PROTONS", "n_ls": 752, "recorded": "145.65"}
LABELS = {"pixel": "Pixel", "strip": "Strip", "tracking": "Tracking"}


def differing(other_facts=None, **other_words):
    found = differences(
        words=words(), facts=FACTS, other_words=words(**other_words), other_facts={**FACTS, **(other_facts or {})},
        labels=LABELS,
    )  # fmt: skip
    return [(each.what, each.here, each.there) for each in found]


def test_the_same_words_and_facts_do_not_differ():
    assert differing() == []


def test_a_status_low_statistics_and_ranges_differ():
    assert differing(strip="BAD/L") == [("Strip", "GOOD", "BAD (low statistics)")]
    assert differing(bad={"pixel": ((1, 5),)}) == [("Pixel", "GOOD", "GOOD, BAD in LS 1–5")]


@pytest.mark.parametrize(
    ("recorded", "differ"), [("145.76", False), ("145.7601", True), ("145.54", False), ("145.5399", True)]
)
def test_luminosity_differs_by_more_than_a_ninth_of_an_inverse_picobarn(recorded, differ):
    assert bool(differing({"recorded": recorded})) is differ


def test_what_one_of_them_did_not_know_is_no_difference():
    assert differing({"n_ls": None, "b_field": None}) == []
    assert differing({"n_ls": 751}) == [("lumisections", "752", "751")]
