"""Problems and reasons on their pages: adding, changing, retiring, and what is refused with all that was typed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.administration.tests.world import page
from lumicert.catalogue.selectors import problems, reasons
from lumicert.catalogue.services import define_problem, define_reason
from lumicert.decisions.models import Event

pytestmark = pytest.mark.django_db
PIXEL = "tracker-pixel"


@pytest.fixture
def browser(admin_account: User, client_of: ClientOf) -> Client:
    return client_of(admin_account)


def send(browser: Client, **data: Any) -> Any:
    said = {"component": PIXEL, "name": "Smoke", "description": "it burns", "was": "", "act": uuid4(), **data}
    return browser.post("/manage/problems/save", {key: value for key, value in said.items() if value is not None})


def offered() -> list[str]:
    return [each.name for each in problems(components=[PIXEL])]


def test_adding_says_so_names_the_event_and_offers_undo(browser: Client) -> None:
    answer = send(browser)
    assert (answer.status_code, answer["Location"]) == (302, "/manage/problems/")
    text = page(browser.get("/manage/problems/"))
    assert "“Smoke” is offered for tracker-pixel from now on (event 1)" in text
    assert f"/acts/{Event.objects.get().act}/undo" in text or "Undo" in text
    assert "Smoke" in offered()


def test_undo_takes_it_off_the_list(browser: Client, admin_account: User) -> None:
    send(browser)
    act = Event.objects.get().act
    shown = browser.get("/manage/problems/")
    undo = next(message.extra_tags for message in shown.context["messages"])
    assert str(act) in undo
    assert browser.post(undo, headers={"Referer": "http://testserver/manage/problems/"}).status_code == 302
    assert "Smoke" not in offered()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"component": "tracker-pixl"}, "'tracker-pixl' is not a component; did you mean tracker-pixel?"),
        ({"name": "fed ERRORS"}, "'FED errors' is among the problems of tracker-pixel already"),
        ({"name": ""}, "Name: This field is required"),
        ({"name": "x" * 51}, "at most 50 characters"),
        ({"act": None}, "load the page again"),
    ],
)
def test_what_cannot_be_added_is_refused_and_stays_in_the_form(
    data: dict[str, Any], message: str, browser: Client
) -> None:
    answer = send(browser, **data)
    assert answer.status_code == 422
    assert message in page(answer)
    assert ">it burns</textarea>" in page(answer)
    assert not Event.objects.exists()


def test_retiring_takes_it_off_the_choices_and_bringing_back_puts_it_there_again(browser: Client) -> None:
    shipped = next(each for each in problems() if each.name == "FED errors")
    said = {"name": "FED errors", "was": "FED errors", "description": shipped.description, "expected": 0}
    send(browser, **said, retired="on")
    assert "FED errors" not in offered()
    text = page(browser.get("/manage/problems/"))
    assert "is not offered for tracker-pixel any more; where it was chosen it stays readable" in text
    assert 'aria-label="Bring FED errors back"' in text
    send(browser, **said | {"expected": 1})
    assert "FED errors" in offered()


def test_a_new_name_retires_the_old_one_and_names_both_events(browser: Client) -> None:
    send(browser, was="FED errors", expected=0)
    assert "“FED errors” is called “Smoke” for tracker-pixel (events 1 to 2)" in page(browser.get("/manage/problems/"))


def test_what_says_the_same_is_said_to_be_nothing_new(browser: Client) -> None:
    send(browser)
    send(browser, was="Smoke", expected=1)
    assert "Nothing was written" in page(browser.get("/manage/problems/"))


def test_a_double_click_adds_once(browser: Client) -> None:
    act = uuid4()
    for _ in range(2):
        assert send(browser, act=act).status_code == 302
    assert Event.objects.count() == 1


def test_of_two_people_the_second_is_shown_what_the_first_wrote_and_may_go_over_it(
    browser: Client, shifter: User
) -> None:
    send(browser)
    define_problem(component=PIXEL, name="Smoke", description="theirs", was="Smoke", actor=shifter)
    answer = send(browser, was="Smoke", description="mine", expected=1)
    text = page(answer)
    assert answer.status_code == 409
    assert f"event 2 by {shifter.username} came in between" in text
    assert "theirs" in text
    assert ">mine</textarea>" in text
    assert '<input type="hidden" name="expected" value="2">' in text
    assert send(browser, was="Smoke", description="mine", expected=2).status_code == 302


def test_a_mistake_does_not_hide_what_somebody_else_wrote(browser: Client, shifter: User) -> None:
    send(browser)
    define_problem(component=PIXEL, name="Smoke", description="theirs", was="Smoke", actor=shifter)
    text = page(send(browser, was="Smoke", name="x" * 60, expected=1))
    assert '<input type="hidden" name="expected" value="1">' in text


def test_reasons_are_managed_the_same_way(browser: Client) -> None:
    said = {"name": "Alien", "description": "from far away", "act": uuid4()}
    assert browser.post("/manage/reasons/save", said).status_code == 302
    assert "Alien" in [each.name for each in reasons()]
    assert "“Alien” is offered from now on (event 1)" in page(browser.get("/manage/reasons/"))
    assert browser.post("/manage/reasons/save", said | {"act": uuid4(), "name": "alien"}).status_code == 422


@pytest.mark.parametrize("address", ["/manage/", "/manage/problems/", "/manage/reasons/"])
def test_a_longer_list_needs_no_more_queries(address: str, browser: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert browser.get(address).status_code == 200
        return len(found)

    queries()
    few = queries()
    for number in range(10):
        define_problem(component=PIXEL, name=f"Smoke {number}", actor=None)
        define_reason(name=f"Alien {number}", actor=None)
    assert queries() == few <= 8
