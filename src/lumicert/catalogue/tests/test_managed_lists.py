"""Problems and reasons: what ships, what people define over it, and what is retired without being lost."""

from __future__ import annotations

from uuid import uuid4

import pydantic
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lumicert.accounts.models import User
from lumicert.catalogue.selectors import problems, reasons
from lumicert.catalogue.services import define_problem, define_reason
from lumicert.decisions.models import Event
from lumicert.decisions.projections import check, rebuild
from lumicert.decisions.selectors import describe
from lumicert.decisions.services import Act, ActRefused, Conflict, undo

pytestmark = pytest.mark.django_db
PIXEL = "tracker-pixel"


def problem(name: str = "Smoke", **more: object) -> Act:
    act = define_problem(**{"component": PIXEL, "name": name, "actor": None, **more})
    assert act is not None
    return act


def names(**more: bool) -> list[str]:
    return [each.name for each in problems(components=[PIXEL], **more)]


def test_the_lists_are_not_empty_before_anybody_defined_anything() -> None:
    assert {each.component for each in problems()} == {PIXEL, "tracker-strip", "tracker-track"}
    assert "Dead readout chips" in names()
    assert "Low statistics" in [each.name for each in reasons()]


def test_what_is_defined_is_offered_and_says_who_defined_it(leader: User) -> None:
    act = problem(description="it burns", actor=leader)
    found = next(each for each in problems() if each.name == "Smoke")
    assert (found.component, found.description, found.by, found.seq) == (PIXEL, "it burns", leader.name, act.last)
    assert describe(Event.objects.get(seq=act.last)) == "problem 'Smoke' of tracker-pixel defined"


def test_a_definition_goes_over_what_ships() -> None:
    define_problem(component=PIXEL, name="FED errors", description="new words", was="FED errors", actor=None)
    assert [each.description for each in problems(components=[PIXEL]) if each.name == "FED errors"] == ["new words"]


def test_what_is_retired_is_not_offered_and_can_be_read() -> None:
    problem("FED errors", was="FED errors", retired=True)
    assert "FED errors" not in names()
    assert "FED errors" in names(with_retired=True)
    problem("FED errors", was="FED errors", retired=False)
    assert "FED errors" in names()


def test_renaming_retires_the_old_name_and_defines_the_new_one_in_one_act() -> None:
    problem(description="it burns")
    act = problem("Fire", was="Smoke", description="it burns")
    assert act.last - act.first == 1
    assert {each.name: each.retired for each in problems(with_retired=True) if each.description == "it burns"} == {
        "Smoke": True,
        "Fire": False,
    }
    undo(act=act.id, actor=None)
    assert "Smoke" in names()
    assert "Fire" not in names(with_retired=True)


def test_the_same_name_in_other_letters_is_no_other_problem() -> None:
    with pytest.raises(ActRefused, match="'FED errors' is among the problems of tracker-pixel already"):
        problem("fed  ERRORS")


def test_a_retired_name_is_brought_back_instead_of_being_defined_again() -> None:
    problem()
    problem(was="Smoke", retired=True)
    with pytest.raises(ActRefused, match="retired: bring it back instead"):
        problem("smoke")


def test_the_same_problem_of_another_component_is_another_one() -> None:
    problem()
    problem(component="tracker-strip")
    assert [each.component for each in problems() if each.name == "Smoke"] == [PIXEL, "tracker-strip"]


def test_what_is_to_be_changed_must_be_there() -> None:
    with pytest.raises(ActRefused, match="'Gone' is not among the problems of tracker-pixel any more"):
        problem("Smoke", was="Gone")


def test_what_says_the_same_writes_nothing() -> None:
    act = problem(description="it burns")
    again = define_problem(component=PIXEL, name="Smoke", description="it burns", was="Smoke", actor=None)
    assert again is None
    assert Event.objects.latest("seq").seq == act.last


def test_of_two_people_who_change_the_same_entry_the_second_is_told() -> None:
    first = problem()
    problem(was="Smoke", description="theirs", expected=first.last)
    with pytest.raises(Conflict, match="'Smoke' of tracker-pixel defined"):
        problem(was="Smoke", description="mine", expected=first.last)


def test_the_second_click_does_nothing_again() -> None:
    act = uuid4()
    first = problem(act=act)
    second = problem(act=act)
    assert (second.repeated, second.last) == (True, first.last)
    rename = uuid4()
    renamed = problem("Fire", was="Smoke", act=rename)
    assert problem("Fire", was="Smoke", act=rename).last == renamed.last


def test_undoing_what_went_over_what_ships_shows_what_ships_again() -> None:
    shipped = problems(components=[PIXEL])
    act = problem("FED errors", was="FED errors", description="new words")
    undone = undo(act=act.id, actor=None)
    assert problems(components=[PIXEL]) == shipped
    undo(act=undone.id, actor=None)
    assert "new words" in [each.description for each in problems()]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"name": " "}, "this is empty"),
        ({"name": "x" * 51}, "at most 50"),
        ({"description": "x" * 1001}, "at most 1000"),
        ({"component": "pixel"}, "match"),
    ],
)
def test_a_problem_that_cannot_be_listed_is_refused(more: dict[str, str], message: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=message):
        problem(**more)


def test_reasons_are_managed_the_same_way(leader: User) -> None:
    act = define_reason(name="Alien", description="from far away", actor=leader)
    assert act is not None
    define_reason(name="Visitor", was="Alien", actor=leader)
    assert [each.name for each in reasons() if each.by] == ["Visitor"]
    assert {each.name for each in reasons(with_retired=True) if each.by} == {"Alien", "Visitor"}
    with pytest.raises(ActRefused, match="'Beam gas' is among the reasons already"):
        define_reason(name="beam gas", actor=leader)


def test_each_list_is_one_query_and_follows_from_the_log() -> None:
    for number in range(5):
        problem(f"Smoke {number}")
        define_reason(name=f"Alien {number}", actor=None)
    for reading in (problems, reasons):
        with CaptureQueriesContext(connection) as queries:
            assert len([each for each in reading(with_retired=True) if each.seq]) == 5
        assert len(queries) == 1
    rebuild()
    assert all(each.same for each in check())
