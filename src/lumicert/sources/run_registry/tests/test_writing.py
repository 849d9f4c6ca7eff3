"""Edits: what is sent, that it is sent again, and what a refusal tells the person."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from lumicert.sources.errors import SourceChanged, SourceDown, SourceRefused
from lumicert.sources.run_registry.models import Stretch
from lumicert.sources.run_registry.tests.fake import EXPRESS, Fake

RUN = 360441
HOLE = Stretch(3, 9, "BAD", "Pixel HV", "hole in layer 2")
E_GROUPS = (
    "User needs to be part of any of the following e-groups to fulfill this action (clickable links): <br/><br/>"
    '<strong><i><a target="_blank" href=https://e-groups.cern.ch/e-groups/Egroup.do?egroupName=cms-x&tab=3>cms-x</a>'
    "</i></strong> <br/><br/> IMPORTANT: After being accepted to an e-group it is necessary to log-out."
)


def write(fake: Fake, **limits: Any) -> None:
    fake.client(**limits).write(RUN, EXPRESS, "tracker-pixel", HOLE)


def refused(status: int, document: Any) -> Fake:
    return Fake(edit=httpx.Response(status, json=document))


def test_what_is_sent_is_what_the_public_client_sends() -> None:
    fake = Fake()
    write(fake)
    assert fake.asked[-1] == (
        "edit",
        {
            "new_lumisection_range": {
                "start": 3,
                "end": 9,
                "status": "BAD",
                "comment": "hole in layer 2",
                "cause": "Pixel HV",
            },
            "run_number": RUN,
            "dataset_name": EXPRESS,
            "component": "tracker-pixel",
        },
    )


def test_a_name_with_a_line_end_is_written_to_as_it_is_there() -> None:
    fake = Fake(names=[f"{EXPRESS}\n"])
    write(fake)
    assert fake.asked[-1][1]["dataset_name"] == f"{EXPRESS}\n"


def test_an_edit_whose_answer_was_lost_is_sent_again() -> None:
    lost: list[Exception] = [httpx.ReadError("reset")]

    def edit(body: dict[str, Any]) -> Any:
        if lost:
            raise lost.pop()
        return {"run_number": RUN, "name": EXPRESS}

    fake = Fake(edit=edit)
    write(fake, attempts=2)
    assert [kind for kind, _ in fake.asked] == ["names", "edit", "edit"]


@pytest.mark.parametrize(
    "words",
    [
        "Run must be in state OPEN to be edited",
        "When setting lumisections as BAD, there MUST be a comment for this action.",
        "Error updating lumisections of D dataset, run number: 1: Start Lumisection must be less than end lumisection",
    ],
)
def test_a_refusal_says_its_words_and_what_to_do_and_is_not_repeated(words: str) -> None:
    fake = refused(500, {"err": words})
    with pytest.raises(SourceRefused) as caught:
        write(fake, attempts=3)
    assert caught.value.why == words.rstrip(".")
    assert caught.value.advice == "Nothing was written there. Put right what it says, or enter it there by hand."
    assert f"tracker-pixel of {EXPRESS} in run {RUN}, LS 3 to 9, to be BAD" in str(caught.value)
    assert [kind for kind, _ in fake.asked] == ["names", "edit"]


def test_who_is_in_no_e_group_is_told_which_in_plain_words() -> None:
    with pytest.raises(SourceRefused) as caught:
        write(refused(401, {"message": E_GROUPS}))
    assert caught.value.why == (
        "User needs to be part of any of the following e-groups to fulfill this action (clickable links): cms-x"
    )
    assert "put into one of these e-groups" in caught.value.advice


def test_another_401_is_one_of_the_token() -> None:
    with pytest.raises(SourceRefused, match=r"HTTP 401 .* check its client id"):
        write(refused(401, {"error": "invalid_token"}))


@pytest.mark.parametrize(
    "words", ["SequelizeConnectionError: x", "timeout of 5000ms", "sorry, too many clients already", "read ETIMEDOUT"]
)
def test_a_registry_whose_database_fails_is_asked_again_and_then_down(words: str) -> None:
    fake = refused(500, {"err": words})
    with pytest.raises(SourceDown, match="HTTP 500"):
        write(fake, attempts=2)
    assert [kind for kind, _ in fake.asked] == ["names", "edit", "edit"]


@pytest.mark.parametrize("answer", [None, [], {}, {"run_number": RUN}, {"run_number": 1, "name": EXPRESS}], ids=repr)
def test_an_answer_that_is_not_the_edits_event_is_a_change(answer: Any) -> None:
    with pytest.raises(SourceChanged, match="not with its event"):
        write(Fake(edit=lambda body: answer))


def test_a_dataset_that_is_not_there_is_a_refusal_that_is_not_sent() -> None:
    fake = Fake(names=["online"])
    with pytest.raises(SourceRefused, match=f"run {RUN} has no dataset {EXPRESS} there"):
        write(fake)
    assert [kind for kind, _ in fake.asked] == ["names"]
