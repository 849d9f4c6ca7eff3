"""A session slides with what its person does, not with what a page asks by itself, and ends after a week at most."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.utils import timezone

from lumicert.people import sessions

pytestmark = pytest.mark.django_db
HOUR = 3600


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return REAL() + self.ahead


REAL = time.time


@pytest.fixture
def clock(monkeypatch):
    moved = Clock()
    monkeypatch.setattr(sessions.time, "time", moved)
    return moved


@pytest.fixture
def signed_in(client, settings):
    settings.DEMO = True
    client.post("/sign-in/demo", {"account": "shifter"})
    return client


def left() -> float:
    """Seconds until the one session ends, as the database has it."""
    return (Session.objects.get().expire_date - timezone.now()).total_seconds()


def test_a_session_lasts_as_long_as_configured(signed_in, settings):
    assert left() == pytest.approx(settings.SESSION_COOKIE_AGE, abs=5)


def test_what_a_person_does_keeps_it_on_and_is_written_seldom(signed_in, clock, settings):
    Session.objects.update(expire_date=timezone.now() + timezone.timedelta(hours=2))
    signed_in.get("/account")
    assert left() < 3 * HOUR
    clock.ahead = settings.SESSION_COOKIE_AGE / 12 + 1
    signed_in.get("/account")
    assert left() == pytest.approx(settings.SESSION_COOKIE_AGE, abs=5)


def test_a_page_that_asks_by_itself_does_not_keep_it_on(signed_in, clock):
    Session.objects.update(expire_date=timezone.now() + timezone.timedelta(hours=2))
    clock.ahead = 2 * HOUR
    signed_in.get("/account", headers={"X-Lumicert-Live": "x"})
    assert left() < 3 * HOUR


def test_it_ends_after_a_week_whatever_is_done(signed_in, clock):
    clock.ahead = sessions.MOST_SECONDS - HOUR
    signed_in.get("/account")
    assert left() == pytest.approx(HOUR, abs=5)
    clock.ahead = sessions.MOST_SECONDS + HOUR
    signed_in.get("/account")
    assert get_user(signed_in).is_anonymous


def test_a_page_that_asks_nothing_of_the_session_costs_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/sign-in/cern/callback")
