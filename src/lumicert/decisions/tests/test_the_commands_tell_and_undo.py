"""`lumicert events` and `lumicert rebuild`: what an operator reads and does."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from lumicert.decisions import selectors
from lumicert.decisions.services import undo
from lumicert.decisions.tests.build import RUN, lumis_by_status, person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    def tell(*arguments: str) -> str:
        call_command(*arguments)
        return capsys.readouterr().out

    return tell


def test_events_are_listed_newest_first_and_continued(told: Any) -> None:
    for ls in (1, 2, 3):
        say("BAD", (ls, ls), comment="noise")
    lines = told("events", "list", "--limit", "2").splitlines()
    assert [line.split()[0] for line in lines] == ["3", "2"]
    assert "315257 /PromptReco/Collisions2018A/DQM: tracker-pixel is BAD in LS 3 (noise)" in lines[0]
    assert told("events", "list", "--before", "2").split()[0] == "1"
    assert told("events", "list", "--run", "1") == "No events about run 1.\n"


def test_json_holds_every_column_of_the_event(told: Any) -> None:
    act = say("BAD", (3, 5), comment="noise", actor=person())
    [record] = json.loads(told("events", "list", "--run", str(RUN), "--json"))
    assert (record["seq"], record["act"], record["actor"], record["lumis"]) == (1, str(act.id), "shifter", [[3, 5]])
    assert record == json.loads(told("events", "show", "1", "--json"))
    assert len(bytes.fromhex(record["digest"])) == 32


def test_one_event_is_shown_whole(told: Any) -> None:
    say("BAD", (3, 5))
    shown = dict(line.split(None, 1) for line in told("events", "show", "1").splitlines())
    assert (shown["seq"], shown["lumis"], shown["summary"]) == ("1", "3–5", "tracker-pixel is BAD in LS 3–5")


def test_an_act_is_shown_with_what_undid_it(told: Any) -> None:
    act = say("BAD")
    undone = undo(act=act.id, actor=person())
    assert f"Undone by shifter in event 2, act {undone.id}." in told("events", "act", str(act.id))


def test_an_act_is_undone_in_a_persons_name_and_redone(told: Any) -> None:
    person("leader")
    act = say("BAD")
    answer = told("events", "undo", str(act.id), "--actor", "leader", "--reason", "wrong run")
    assert selectors.standing(run=RUN) == []
    redo = answer.strip().rpartition(" ")[2]
    assert json.loads(told("events", "undo", redo, "--actor", "leader", "--json"))["first"] == 4
    assert lumis_by_status(selectors.standing(run=RUN)) == {"BAD": ((1, 10),)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "9"], "there is no event 9; the last is 1"),
        (["act", str(uuid4())], "there is no act"),
        (["undo", str(uuid4()), "--actor", "nobody"], "there is no account 'nobody'"),
        (["undo", str(uuid4()), "--actor", "shifter"], "nothing was undone: there is no act"),
    ],
)
def test_what_is_not_there_is_named(arguments: list[str], message: str) -> None:
    person()
    say("BAD")
    with pytest.raises(CommandError, match=message):
        call_command("events", *arguments)


def test_rebuild_and_its_check_agree(told: Any) -> None:
    say("BAD")
    assert "tables made again from 1 events" in told("rebuild")
    assert json.loads(told("rebuild", "--json"))["upto"] == 1
    assert "decisions_componentstatus: 1 rows, as the log says" in told("rebuild", "--check")
    assert json.loads(told("rebuild", "--check", "--json"))["same"] is True


def test_a_table_that_differs_is_named_with_counts_and_the_command_ends_with_1(capsys: Any) -> None:
    say("BAD")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lumicert.projecting = 'on'; UPDATE decisions_componentstatus SET status = 'GOOD'")
    with pytest.raises(SystemExit) as ended:
        call_command("rebuild", "--check")
    assert ended.value.code == 1
    line = "decisions_componentstatus: DIFFERS from the log: 1 rows are missing or changed, 1 of its 1 rows do not"
    assert line in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("rebuild", "--check", "--json")
    assert json.loads(capsys.readouterr().out)["same"] is False
