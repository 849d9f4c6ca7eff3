"""Asking: one run now, all that waits again, a range of runs; once however often it is clicked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.runs.models import Backfill, Fetch
from lumicert.runs.tests.reports import report, take

pytestmark = pytest.mark.django_db
RUN = 355_100


def jobs_of(task: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=f"runs.{task}").count()


def page(answer: Any) -> str:
    return str(answer.content.decode()).replace("&#x27;", "'")


@pytest.mark.parametrize("address", ["/sources/fetch", "/sources/again", "/sources/backfill"])
def test_who_may_not_import_may_not_ask(address: str, guest: User, client_of: ClientOf) -> None:
    assert client_of(guest).post(address, {}).status_code == 403
    assert client_of(None).post(address, {}).status_code == 302


def test_a_run_is_asked_for_once_however_often_it_is_clicked(set_up: None, shifter: User, client_of: ClientOf) -> None:
    browser = client_of(shifter)
    for _ in range(2):
        answer = browser.post("/sources/fetch", {"run": str(RUN)})
        assert (answer.status_code, answer["Location"]) == (302, f"/sources/?run={RUN}#asked")
    assert Fetch.objects.get().run == RUN
    assert jobs_of("fetch_run") == 1


def test_what_became_of_the_run_is_said(set_up: None, shifter: User, client_of: ClientOf) -> None:
    browser, address = client_of(shifter), f"/sources/?run={RUN}"
    browser.post("/sources/fetch", {"run": str(RUN)})
    assert f"Run {RUN} is being fetched" in page(browser.get(address))
    Fetch.objects.update(failure="OMS is down: no answer. Wait")
    assert f"Run {RUN} waits: OMS is down: no answer. Wait" in page(browser.get(address))
    Fetch.objects.all().delete()
    assert f"has no run {RUN}" in page(browser.get(address))
    take(said=report())
    assert "is here, as OMS last told it" in page(browser.get(address))


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("", "required"),
        ("x", "'x' is no run number"),
        ("0", "no run number"),
        ("9999999999", "no run number"),
        ("³", "no"),
    ],
)
def test_a_wrong_run_is_said_at_its_field_and_kept(
    run: str, message: str, set_up: None, shifter: User, client_of: ClientOf
) -> None:
    answer = client_of(shifter).post("/sources/fetch", {"run": run})
    assert answer.status_code == 422
    assert message in page(answer)
    assert f'value="{run}"' in page(answer)
    assert not Fetch.objects.exists()


@pytest.mark.parametrize("run", ["x", "-1", "9" * 30, "³"])
def test_an_address_with_no_run_in_it_is_the_page_without_one(run: str, shifter: User, client_of: ClientOf) -> None:
    assert client_of(shifter).get("/sources/", {"run": run}).status_code == 200


def test_all_that_waits_is_asked_for_now(set_up: None, shifter: User, client_of: ClientOf) -> None:
    later = timezone.now() + timedelta(minutes=15)
    for run in (RUN, RUN + 1):
        Fetch.objects.create(run=run, due_at=later, tries=5)
    Backfill.objects.create(id=uuid4(), first=1, last=9, position=4, due_at=later)
    browser = client_of(shifter)
    answer = browser.post("/sources/again")
    assert "Asking OMS again now for 2 runs and 1 back-fill." in page(browser.get(answer["Location"]))
    assert not Fetch.objects.filter(due_at__gt=timezone.now()).exists()
    assert (jobs_of("fetch_run"), jobs_of("back_fill")) == (2, 1)


@pytest.mark.parametrize(
    ("address", "typed"), [("/sources/fetch", {"run": "355100"}), ("/sources/backfill", {"runs": "1-2"})]
)
def test_without_oms_nothing_is_asked_and_the_variable_is_named(
    address: str, typed: dict[str, str], shifter: User, client_of: ClientOf
) -> None:
    answer = client_of(shifter).post(address, {"asked": uuid4(), **typed})
    assert answer.status_code == 422
    assert "LUMICERT_OMS_URL" in page(answer)
    assert not Fetch.objects.exists()
    assert not Backfill.objects.exists()


def test_without_oms_asking_again_says_why_not(shifter: User, client_of: ClientOf) -> None:
    browser = client_of(shifter)
    assert "nothing can be fetched from it" in page(browser.get(browser.post("/sources/again")["Location"]))


def backfill(browser: Any, runs: str, asked: object = None) -> Any:
    return browser.post("/sources/backfill", {"runs": runs, "asked": asked or uuid4()})


def test_a_double_submit_is_one_backfill(set_up: None, shifter: User, client_of: ClientOf) -> None:
    browser, asked = client_of(shifter), uuid4()
    for _ in range(2):
        assert backfill(browser, "355100 - 362760", asked).status_code == 302
    row = Backfill.objects.get()
    assert (row.first, row.last, row.actor) == (355_100, 362_760, shifter)
    assert jobs_of("back_fill") == 1


@pytest.mark.parametrize("runs", ["355100-355200", "355100\N{EN DASH}355200", "355100 to 355200"])
def test_a_range_is_read_as_people_write_it(runs: str, set_up: None, shifter: User, client_of: ClientOf) -> None:
    backfill(client_of(shifter), runs)
    assert Backfill.objects.values_list("first", "last").get() == (355_100, 355_200)


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ("", "required"),
        ("2018", ""),
        ("a-b", "'a-b' is no range of runs"),
        ("362760-355100", "362760-355100 is reversed: write 355100-362760"),
        ("0-5", "run numbers go from 1"),
        ("1-9999999999", "run numbers go from 1"),
        ("1-2-3", "is no range"),
        ("1-" + "9" * 60, "at most 40"),
    ],
)
def test_a_wrong_range_is_said_at_its_field_and_kept(
    runs: str, message: str, set_up: None, shifter: User, client_of: ClientOf
) -> None:
    answer = backfill(client_of(shifter), runs)
    if not message:
        # one number is a range of one run
        assert answer.status_code == 302
        return
    assert answer.status_code == 422
    assert message in page(answer)
    assert f'value="{runs}"' in page(answer)
    assert not Backfill.objects.exists()


def test_progress_is_shown_with_numbers_and_can_be_stopped_and_taken_up_again(
    set_up: None, shifter: User, client_of: ClientOf
) -> None:
    browser = client_of(shifter)
    backfill(browser, "355100-355199")
    Backfill.objects.update(state="running", position=355_150, done=30, acts=12)
    text = page(browser.get("/sources/"))
    assert "At run 355150, 50 % of the range: 30 runs fetched, 12 with something new" in text
    row = Backfill.objects.get()
    answer = browser.post(f"/sources/backfill/{row.id}/stop")
    text = page(browser.get(answer["Location"]))
    assert "stopped" in text
    assert "/sources/?runs=355150-355199#backfill-form" in text
    assert 'value="355150-355199"' in page(browser.get("/sources/?runs=355150-355199"))


def test_a_backfill_that_waits_for_oms_says_why(set_up: None, shifter: User, client_of: ClientOf) -> None:
    browser = client_of(shifter)
    backfill(browser, "355100-355199")
    Backfill.objects.update(failure="OMS is down: no answer. Wait")
    text = page(browser.get("/sources/"))
    assert "waits for OMS, next try" in text
    assert "OMS is down: no answer. Wait" in text


def test_stopping_what_nobody_asked_for_is_a_404(shifter: User, client_of: ClientOf) -> None:
    assert client_of(shifter).post(f"/sources/backfill/{uuid4()}/stop").status_code == 404


def test_a_form_without_its_identity_is_no_500(set_up: None, shifter: User, client_of: ClientOf) -> None:
    answer = client_of(shifter).post("/sources/backfill", {"runs": "1-2"})
    assert answer.status_code == 422
    assert "load the page again" in page(answer)
