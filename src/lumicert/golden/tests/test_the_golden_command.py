"""`lumicert golden`, as an operator or a script meets it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from lumicert.accounts.models import User
from lumicert.golden.tests.world import DATASET, good_run, is_status, say

pytestmark = pytest.mark.django_db

ASKED = ("--policy", "tracker-good", "--dataset", DATASET)


def golden(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("golden", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_build_writes_the_file_and_says_the_figures_and_the_sha256(tmp_path: Path) -> None:
    good_run(1)
    _, said = golden("build", *ASKED, "--layout", "line", "-o", str(tmp_path / "g.json"))
    assert (tmp_path / "g.json").read_bytes() == b'{"1": [[1, 100]]}\n'
    assert "as of event 5" in said
    assert "in  100 LS in 1 run" in said
    assert "SHA-256" in said


def test_build_without_a_file_writes_nothing_but_the_json_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    good_run(1)
    golden("build", *ASKED)
    assert json.loads(capsys.readouterr().out) == {"1": [[1, 100]]}


def test_build_as_of_an_event_gives_the_state_of_then(shifter: User, capsys: pytest.CaptureFixture[str]) -> None:
    good_run(1)
    say(1, "tracker-pixel", "BAD", ((1, 100),), by=shifter)
    golden("build", *ASKED, "--as-of", "5")
    assert json.loads(capsys.readouterr().out) == {"1": [[1, 100]]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build", "--policy", "nope", "--dataset", DATASET), "there is no policy 'nope'"),
        (("build", "--policy", "tracker-good", "--dataset", "/No/Such/DQM"), "no dataset is called /No/Such/DQM"),
        (("build", *ASKED, "--as-of", "77"), "there is no event 77"),
        (("build", *ASKED, "--as-of", "soon"), "neither an event number nor a time"),
        (("build", *ASKED, "--policy-version", "3"), "has no version 3"),
        (("compare", *ASKED, "--with", "nowhere.json"), "neither an imported list nor a file"),
        (("explain", *ASKED, "1", "101"), "LS 101 of run 1"),
        (("save", "x", "/no/such/file"), "No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    good_run(1)
    with pytest.raises(CommandError, match=message):
        golden(*arguments)


def test_nothing_is_written_where_the_question_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        golden("build", *ASKED, "-o", str(tmp_path / "g.json"))
    assert not (tmp_path / "g.json").exists()


def test_compare_tells_the_three_sets_and_why(tmp_path: Path, shifter: User) -> None:
    good_run(1)
    say(1, "tracker-strip", "BAD", ((50, 59),), by=shifter)
    (tmp_path / "their.json").write_text('{"1": [[41, 120]], "2": [[1, 7]]}')
    said, _ = golden("compare", *ASKED, "--with", str(tmp_path / "their.json"))
    for line in (
        "in both: 50 LS in 1 run",
        "only here: 40 LS in 1 run",
        "only in their.json: 30 LS in 1 run",
        "fails: tracker-strip is GOOD: 10 LS",
        "in runs that the dataset does not have: 7 LS",
    ):
        assert line in said


def test_a_broken_list_is_refused_with_its_run(tmp_path: Path) -> None:
    good_run(1)
    (tmp_path / "their.json").write_text('{"1": [[9, 2]]}')
    with pytest.raises(CommandError, match="run 1"):
        golden("compare", *ASKED, "--with", str(tmp_path / "their.json"))


def test_explain_prints_the_tree_and_the_event(shifter: User) -> None:
    good_run(1)
    act = say(1, "tracker-strip", "BAD", ((50, 50),), by=shifter, comment="PS trip")
    said, _ = golden("explain", *ASKED, "1", "50")
    assert "LS 50" in said
    assert f"event {act.first}, shifter" in said
    assert "PS trip" in said
    assert "over automatic GOOD" in said
    assert "in if tracker-strip is GOOD" in said


def test_a_policy_is_saved_from_a_file_and_listed(tmp_path: Path, leader: User) -> None:
    (tmp_path / "rule.json").write_text(json.dumps(is_status("tracker-pixel")))
    said, _ = golden("save", "pixel", str(tmp_path / "rule.json"), "--actor", "leader", "--comment", "first")
    assert said == "saved pixel v1 (event 1)\n"
    again, _ = golden("save", "pixel", str(tmp_path / "rule.json"), "--actor", "leader")
    assert again == "pixel v1 says the same already\n"
    listed, _ = golden("policies")
    assert [line.split()[:2] for line in listed.splitlines()] == [
        ["pixel", "v1"],
        ["tracker-dcs", "v1"],
        ["tracker-good", "v1"],
    ]


def test_a_policy_cannot_be_saved_in_the_name_of_nobody(tmp_path: Path) -> None:
    (tmp_path / "rule.json").write_text("true")
    with pytest.raises(CommandError, match="no account 'ghost'"):
        golden("save", "pixel", str(tmp_path / "rule.json"), "--actor", "ghost")
