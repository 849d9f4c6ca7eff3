"""Reading the form: what was typed is what is meant, and what cannot be read is told at its field."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.certification.judging import STATUSES
from lumicert.certification.models import Certification
from lumicert.certification.workspaces import workspace
from lumicert.decisions import ranges
from lumicert.shift.typed import Typed, read

TODAY = date(2018, 8, 12)
OPENED = "2018-08-12T08:00:00+00:00"

WORD = st.fixed_dictionaries(
    {
        "status": st.sampled_from(STATUSES),
        "low_statistics": st.booleans(),
        "problems": st.lists(st.sampled_from(["FED errors", "Noisy modules"]), unique=True),
        "comment": st.text("abcß ü,;", max_size=20).map(str.strip),
        "bad_lumis": st.lists(st.tuples(st.integers(1, 900), st.integers(0, 9)), max_size=4).map(
            lambda pairs: ranges.canonical((first, first + more) for first, more in pairs)
        ),
    }
)


def typed(**values):
    return Typed({name.replace("__", "."): [value] for name, value in values.items()})


def meant(of, opened=OPENED):
    return read(of, workspace("tracker"), today=TODAY, opened=opened)


@given(parts=st.fixed_dictionaries({"pixel": WORD, "strip": WORD, "tracking": WORD}))
def test_a_certification_that_is_opened_again_says_the_same(parts):
    live = Certification(
        workspace="tracker", parts=parts, bad_reason="HV off", tracker_map="exists", comment="so", date=TODAY,
        reference_run=321000, reference_reconstruction="express",
        rest={"checklists": [{"identifier": "general", "version": 2, "items": {"a": OPENED}}]},
    )  # fmt: skip
    wanted, problems = meant(Typed.of_certification(live))
    assert problems == {}
    assert wanted.words == {part.key: word for part, word in live.words}
    assert (wanted.bad_reason, wanted.tracker_map, wanted.comment, wanted.date) == ("HV off", "exists", "so", TODAY)
    assert str(wanted.reference) == "321000 express"
    assert [each.model_dump(exclude={"by"}) for each in wanted.checklists] == live.rest["checklists"]


@pytest.mark.parametrize(
    ("name", "value", "at", "told"),
    [
        ("strip__lumis", "340-120", "strip", "did you mean 120-340"),
        ("strip__lumis", "many", "strip", "'many' is neither a lumisection"),
        ("date", "yesterday", "date", "'yesterday' is no date"),
        ("date", "", "date", "say of which day it is"),
        ("reference", "that one", "reference", "'that one' is no reference run"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(name, value, at, told):
    _, problems = meant(typed(**{"date": "2018-08-12", "strip__status": "GOOD", name: value}))
    assert told in " ".join(problems[at])


def test_a_component_of_which_nothing_was_chosen_has_no_word():
    wanted, _ = meant(typed(pixel__status="GOOD", strip__status="SPLENDID"))
    assert set(wanted.words) == {"pixel"}


@pytest.mark.parametrize("at", ["", "soon", "2018-08-12T09:00:00", "1066-10-14T09:00:00+00:00"])
def test_a_tick_without_a_time_that_can_be_counts_from_when_the_form_was_opened(at):
    wanted, _ = meant(typed(date="2018-08-12", tick=f"general:2:look={at}"))
    assert wanted.checklists[0].items == {"look": OPENED}


def test_a_tick_says_when_it_was_made_in_utc():
    wanted, _ = meant(typed(date="2018-08-12", tick="general:2:look=2018-08-12T11:30:05.123+02:00"))
    assert wanted.checklists[0].items == {"look": "2018-08-12T09:30:05+00:00"}


def test_what_no_page_of_ours_sends_ticks_nothing():
    wanted, _ = meant(typed(date="2018-08-12", tick="general:look"))
    assert wanted.checklists == []
