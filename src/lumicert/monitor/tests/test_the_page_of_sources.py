"""Sources: how each is, what was wrong, what waits for it, and what a person can do meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.monitor import presenters
from lumicert.monitor.selectors import MOST_WAITING
from lumicert.runs import outside
from lumicert.runs.models import Bookmark, Fetch, Source

pytestmark = pytest.mark.django_db
ADDRESS = "/sources/"


def page(browser: Any, address: str = ADDRESS) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def wait(run: int, *, tries: int = 0, failure: str = "") -> None:
    Fetch.objects.create(run=run, due_at=timezone.now(), tries=tries, failure=failure)


def test_a_guest_is_refused_and_told_why(guest: User, client_of: ClientOf) -> None:
    answer = client_of(guest).get(ADDRESS)
    assert answer.status_code == 403
    assert "role" in answer.content.decode()


def test_nobody_is_sent_to_the_sign_in(client_of: ClientOf) -> None:
    assert client_of(None).get(ADDRESS).status_code == 302


def test_a_system_that_is_not_set_up_names_its_variable(shifter: User, client_of: ClientOf) -> None:
    text = page(client_of(shifter))
    for variable in (
        "LUMICERT_OMS_URL",
        "LUMICERT_SSO_CLIENT_ID and LUMICERT_SSO_CLIENT_SECRET",
        "LUMICERT_DQMGUI_URL",
        "LUMICERT_RUN_REGISTRY_URL",
    ):
        assert f"<code>{variable}</code>" in text
    assert text.count(">not set up</span>") == 4
    assert "Enter a run by hand" in text


def test_a_system_that_nobody_has_asked_says_so(set_up: None, shifter: User, client_of: ClientOf) -> None:
    text = page(client_of(shifter))
    assert text.count(">not asked yet</span>") == 4
    assert "No worker is running" in text


def test_a_system_that_answers_is_up_with_its_figures(
    set_up: None, told: Any, shifter: User, client_of: ClientOf
) -> None:
    told(seconds=0.25, skew=-42.0)
    told(seconds=0.25, skew=-42.0)
    text = page(client_of(shifter))
    assert '<span class="status good">up</span>' in text
    assert "250 ms" in text
    assert "42 s behind ours" in text
    assert "2, 0 failed" in text
    assert "run 355100" in text


def test_the_password_in_an_address_is_not_shown(set_up: None, shifter: User, client_of: ClientOf) -> None:
    text = page(client_of(shifter))
    assert "https://oms.example.org/agg/api/v1" in text
    assert "hidden@" not in text


def test_one_failure_is_degraded_and_three_are_down_since_the_first(
    set_up: None, told: Any, shifter: User, client_of: ClientOf
) -> None:
    told()
    told(fails=True)
    first = Source.objects.get().failing_since
    assert first is not None
    assert '<span class="status standby">degraded</span>' in page(client_of(shifter))
    told(fails=True)
    told(fails=True)
    text = page(client_of(shifter))
    assert '<span class="status bad">down</span>' in text
    assert first.isoformat() in text
    assert "OMS is down (asked for run 355100): it did not answer within 10 s. Runs are fetched when it answers" in text
    assert "3 failed, 3 in a row now" in text


@pytest.mark.parametrize("source", [outside.OMS, outside.SSO, outside.DQM_GUI, outside.RUN_REGISTRY])
def test_while_a_system_is_down_the_page_says_what_goes_on(
    source: str, set_up: None, told: Any, shifter: User, client_of: ClientOf
) -> None:
    told(source, fails=True)
    text = page(client_of(shifter))
    assert "Certification goes on" in text
    assert ("Enter a run by hand" in text) == (source == outside.OMS)


def test_what_was_wrong_last_time_can_still_be_read(
    set_up: None, told: Any, shifter: User, client_of: ClientOf
) -> None:
    told(fails=True)
    told()
    text = page(client_of(shifter))
    assert '<span class="status good">up</span>' in text
    assert "What was wrong last time" in text
    assert "it did not answer within 10 s" in text


def test_what_waits_is_listed_with_its_reason(set_up: None, shifter: User, client_of: ClientOf) -> None:
    wait(355_100, tries=3, failure="OMS is down (asked for run 355100): no answer. Wait")
    wait(355_101)
    text = page(client_of(shifter))
    assert "2 runs since" in text
    assert "1 after a failure" in text
    assert "OMS is down (asked for run 355100): no answer. Wait" in text
    assert "its turn comes" in text


def test_of_many_that_wait_the_newest_are_listed(set_up: None, shifter: User, client_of: ClientOf) -> None:
    for run in range(1, MOST_WAITING + 3):
        wait(run)
    answer = client_of(shifter).get(ADDRESS)
    assert f"The newest {MOST_WAITING} of {MOST_WAITING + 2}." in answer.content.decode()


@pytest.mark.parametrize(("seconds_ago", "lives"), [(1, True), (120, False)])
def test_a_worker_is_known_by_its_heartbeat(
    seconds_ago: int, lives: bool, set_up: None, shifter: User, client_of: ClientOf
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
            [seconds_ago],
        )
    assert ("No worker is running" not in page(client_of(shifter))) == lives


def test_how_far_oms_was_listed_is_shown(set_up: None, told: Any, shifter: User, client_of: ClientOf) -> None:
    told()
    Bookmark.objects.create(name="oms.newest", value="2022-07-05T12:00:00+00:00")
    Bookmark.objects.create(name="oms.read to", value="2022-07-05T11:00:00+00:00")
    text = page(client_of(shifter))
    assert "2022-07-05 14:00:00" in text
    assert "2022-07-05 13:00:00" in text


def test_a_page_that_is_live_is_answered_only_where_it_is_out_of_date(
    set_up: None, told: Any, shifter: User, client_of: ClientOf
) -> None:
    browser = client_of(shifter)
    tag = browser.get(ADDRESS).context["tag"]
    assert browser.get(ADDRESS, headers={"X-Lumicert-Live": tag}).status_code == 204
    told()
    fresh = browser.get(ADDRESS, headers={"X-Lumicert-Live": tag})
    assert fresh.status_code == 200
    assert "<html" not in fresh.content.decode()
    assert '<span class="status good">up</span>' in fresh.content.decode()
    assert 'id="lamp"' in fresh.content.decode()


def test_the_page_needs_few_queries_whatever_waits(
    set_up: None, told: Any, shifter: User, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    for source in (outside.OMS, outside.SSO, outside.DQM_GUI):
        told(source)
    for run in range(1, 30):
        wait(run)
    browser = client_of(shifter)
    with django_assert_max_num_queries(11):
        page(browser)


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (0.0001, "1 ms"), (0.0421, "42 ms"), (1.04, "1.0 s"), (12.3, "12.3 s")]
)
def test_a_duration_has_the_digits_that_help(seconds: float | None, words: str) -> None:
    assert presenters.seconds_words(seconds) == words


@pytest.mark.parametrize(
    ("skew", "words"),
    [(None, ""), (0.4, "agrees with ours"), (-1.0, "1 s behind ours"), (3600.0, "3,600 s ahead of ours")],
)
def test_a_clock_is_told_against_ours(skew: float | None, words: str) -> None:
    assert presenters.clock_words(skew) == words
