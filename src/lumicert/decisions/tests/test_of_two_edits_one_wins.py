"""R2: of two people who edit the same lumisections from the same page, one is told what the other said."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from lumicert.decisions import selectors
from lumicert.decisions.kinds import NewEvent, kind_named
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.services import Act, Conflict, append
from lumicert.decisions.tests.build import PIXEL, RUN, lumis_by_status, say


def together(*edits: dict[str, object]) -> list[Act | Conflict]:
    """Every edit in a thread of its own, from the same page, at the same moment."""
    barrier, expected = Barrier(len(edits)), selectors.current_seq()

    def edit(about: dict[str, object]) -> Act | Conflict:
        barrier.wait()
        try:
            return say("BAD", expected=expected, **about)
        except Conflict as conflict:
            return conflict
        finally:
            connection.close()

    with ThreadPoolExecutor(len(edits)) as pool:
        return list(pool.map(edit, edits))


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_exactly_one_wins_and_the_other_is_told() -> None:
    for round_ in range(15):
        answers = together({"comment": f"a{round_}"}, {"comment": f"b{round_}"})
        won = [answer for answer in answers if isinstance(answer, Act)]
        lost = [answer for answer in answers if isinstance(answer, Conflict)]
        assert (len(won), len(lost)) == (1, 1)
        assert [event.seq for event in lost[0].later] == [won[0].first]
    assert Event.objects.count() == 15


@pytest.mark.django_db(transaction=True)
def test_edits_of_different_components_do_not_disturb_each_other() -> None:
    answers = together({"component": PIXEL}, {"component": "tracker-strip"}, {"run": RUN + 1})
    assert all(isinstance(answer, Act) for answer in answers)


@pytest.mark.django_db
def test_the_one_who_lost_reads_who_said_what_in_between() -> None:
    say("GOOD")
    say("BAD", (3, 5), expected=1, comment="high voltage off")
    with pytest.raises(Conflict, match=r"event 2 by .* tracker-pixel is BAD in LS 3–5 \(high voltage off\)"):
        say("STANDBY", (5, 9), expected=1)
    assert lumis_by_status(selectors.standing(run=RUN)) == {"GOOD": ((1, 2), (6, 10)), "BAD": ((3, 5),)}


@pytest.mark.django_db
def test_other_lumisections_of_the_same_component_are_no_conflict() -> None:
    say("BAD", (3, 5))
    say("STANDBY", (6, 9), expected=0)
    assert selectors.current_seq() == 2


@pytest.mark.django_db
def test_a_rule_that_spoke_in_between_is_a_conflict_too() -> None:
    say("BAD", (3, 5), layer=Layer.AUTOMATIC)
    with pytest.raises(Conflict):
        say("GOOD", (1, 5), expected=0)


@pytest.mark.django_db
def test_a_list_imported_under_the_same_name_in_between_is_a_conflict() -> None:
    def bring(name: str, expected: int) -> None:
        payload = kind_named("list.imported").payload(
            name=name, purpose="golden", sha256=str(expected), n_runs=0, n_ls=0, lumis={}
        )
        append(events=[NewEvent(payload)], actor=None, origin=Origin.IMPORT, expected=expected)

    bring("golden_2018", 0)
    bring("golden_2017", 0)
    with pytest.raises(Conflict):
        bring("golden_2018", 0)


@pytest.mark.django_db
def test_whoever_gives_no_expectation_is_not_asked_what_came_in_between() -> None:
    say("BAD")
    say("GOOD")
    assert lumis_by_status(selectors.standing(run=RUN)) == {"GOOD": ((1, 10),)}
