"""R5: a log that was changed behind its own back is found out, at the event."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicert.decisions import verify
from lumicert.decisions.models import Event
from lumicert.decisions.services import undo
from lumicert.decisions.testing import unprotected_log
from lumicert.decisions.tests.build import person, say, taken_back
from lumicert.decisions.verify import Anchor, verify_log

EVENTS = 8

# for each column: SQL for another value than the one that is there
OTHER_VALUES = {
    "act": "gen_random_uuid()",
    "at": "at + interval '1 microsecond'",
    "actor_id": "CASE WHEN actor_id IS NULL THEN (SELECT min(id) FROM accounts_user) END",
    "actor_name": "actor_name || ' '",
    "origin": "CASE origin WHEN 'person' THEN 'import' ELSE 'person' END",
    "kind": "kind || 'x'",
    "version": "version + 1",
    "run": "run + 1",
    "dataset": "coalesce(dataset || 'x', '')",
    "component": "upper(component)",
    "lumis": "lumis + '{[5000,5001)}'",
    "payload": """jsonb_set(payload, '{comment}', '"changed"')""",
    "digest": "set_byte(digest, %(byte)s, get_byte(digest, %(byte)s) # 1)",
}


def some_log() -> None:
    shifter = person()
    for ls in range(1, EVENTS):
        act = say("BAD", (ls, ls + 3), actor=shifter if ls % 2 else None)
    undo(act=act.id, actor=shifter)
    assert verify_log().sound


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(seq=st.integers(1, EVENTS - 1), column=st.sampled_from(sorted(OTHER_VALUES)), byte=st.integers(0, 31))
def test_any_changed_value_of_any_event_is_found_at_that_event(seq: int, column: str, byte: int) -> None:
    with taken_back():
        some_log()
        with unprotected_log(), connection.cursor() as cursor:
            statement = f"UPDATE decisions_event SET {column} = {OTHER_VALUES[column]} WHERE seq = {seq}"
            cursor.execute(statement, {"byte": byte})
        found = verify_log()
        assert not found.sound
        assert found.problems[0].seq == seq
        assert found.problems[0].message.startswith(f"event {seq} is not what was written")


def tamper(statement: str) -> None:
    with unprotected_log(), connection.cursor() as cursor:
        cursor.execute(statement)


REWRITE = """UPDATE decisions_event e SET actor_name = 'somebody else', digest = sha256(
    coalesce((SELECT digest FROM decisions_event WHERE seq = e.seq - 1), '') || convert_to(decisions_event_text(
    jsonb_populate_record(e, '{"actor_name": "somebody else"}')), 'UTF8')) WHERE seq = 3"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM decisions_event WHERE seq = 4", "event 4 is missing"),
        ("DELETE FROM decisions_event WHERE seq IN (4, 5, 6)", "events 4 to 6 are missing"),
        ("DELETE FROM decisions_event WHERE seq = 1", "event 1 is missing"),
        ("DELETE FROM decisions_event WHERE seq < 4", "events 1 to 3 are missing"),
        ("UPDATE decisions_event SET seq = 0 WHERE seq = 1", "event 0 was put in: numbers begin at 1"),
        ("UPDATE decisions_event SET seq = 20 WHERE seq = 2", "event 2 is missing"),
        (REWRITE, "event 4 is not what was written: its digest does not fit its text and event 3"),
    ],
)
def test_what_is_taken_out_put_in_or_signed_anew_is_named(statement: str, message: str) -> None:
    some_log()
    tamper(statement)
    assert verify_log().problems[0].message == message


def sign_anew() -> None:
    """As one would who wants to hide a change and knows how: the whole chain fits again."""
    before = None
    for seq in Event.objects.order_by("seq").values_list("seq", flat=True):
        previous = f"(SELECT b.digest FROM decisions_event b WHERE b.seq = {before})" if before else "''::bytea"
        text = "convert_to(decisions_event_text(e), 'UTF8')"
        tamper(f"UPDATE decisions_event e SET digest = sha256({previous} || {text}) WHERE seq = {seq}")
        before = seq


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE decisions_event SET at = '2001-01-01' WHERE seq = 2", "event 2 is dated before event 1"),
        ("DELETE FROM decisions_event WHERE seq = 4", "event 4 is missing"),
        ("DELETE FROM decisions_event WHERE seq < 3", "events 1 to 2 are missing"),
    ],
)
def test_even_a_chain_that_was_signed_anew_shows_disorder_and_holes(statement: str, message: str) -> None:
    some_log()
    tamper(statement)
    sign_anew()
    assert [problem.message.partition(" (")[0] for problem in verify_log().problems] == [message]


@pytest.mark.django_db
def test_a_log_that_lost_its_end_is_found_with_an_event_noted_earlier() -> None:
    some_log()
    noted = verify_log()
    anchor = Anchor.parse(f"{noted.head}:{noted.digest[:16]}")
    assert verify_log(expect=anchor).sound
    tamper(f"DELETE FROM decisions_event WHERE seq = {noted.head}")
    assert verify_log().sound
    message = f"the log ends at event {noted.head - 1}, and event {noted.head} was in it: its end is gone"
    assert [problem.message for problem in verify_log(expect=anchor).problems] == [message]


@pytest.mark.django_db
def test_a_log_that_was_written_anew_is_found_with_an_event_noted_earlier() -> None:
    some_log()
    found = verify_log(expect=Anchor(3, "00000000"))
    assert "the log was written anew" in found.problems[0].message


@pytest.mark.django_db
def test_a_break_between_two_steps_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "EVENTS_A_STEP", 3)
    some_log()
    steps: list[tuple[int, int]] = []
    head = verify_log(progress=lambda done, total: steps.append((done, total))).head
    assert steps == [(done, head) for done in (*range(3, head, 3), head)]
    tamper("DELETE FROM decisions_event WHERE seq IN (3, 4, 5, 6)")
    assert verify_log().problems[0].message == "events 3 to 6 are missing"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["", "12", "x:abcdef12", "0:abcdef12", "3:abc", "3:xyzxyzxyz", "3:" + "a" * 65, "-1:abcdef12"]
)
def test_an_anchor_of_another_form_is_refused_with_the_part_that_is_wrong(text: str) -> None:
    with pytest.raises(ValueError, match="is not SEQ:DIGEST"):
        Anchor.parse(text)


@pytest.mark.django_db
def test_an_empty_log_is_sound() -> None:
    assert verify_log() == verify.Verification(0, 0, "", ())


@pytest.mark.django_db
def test_the_command_prints_an_anchor_and_takes_it_back(capsys: pytest.CaptureFixture[str]) -> None:
    some_log()
    call_command("verify_log")
    anchor = capsys.readouterr().out.strip().rpartition("--expect ")[2]
    call_command("verify_log", "--expect", anchor, "--json")
    assert json.loads(capsys.readouterr().out)["sound"] is True


@pytest.mark.django_db
def test_the_command_ends_with_1_and_names_the_event(capsys: pytest.CaptureFixture[str]) -> None:
    some_log()
    tamper("UPDATE decisions_event SET run = 1 WHERE seq = 5")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_log")
    assert ended.value.code == 1
    assert "event 5 is not what was written" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("verify_log", "--json")
    assert json.loads(capsys.readouterr().out)["problems"][0]["seq"] == 5
