"""Sources in a real browser: a run is asked for and arrives while one watches; every width; dark."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lumicert.accounts.models import User
from lumicert.runs.models import Backfill, Fetch
from lumicert.runs.tests.reports import RUN, report, take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sources(live: Any, shifter: User, set_up: None, told: Any) -> Page:
    told()
    live.sign_in(shifter)
    live.open("/sources/")
    page: Page = live.page
    return page


def test_a_run_is_asked_for_and_its_arrival_is_seen_without_reloading(sources: Page) -> None:
    sources.get_by_label("Fetch one run now").fill(str(RUN))
    sources.get_by_role("button", name="Fetch", exact=True).click()
    expect(sources.locator("#asked")).to_contain_text(f"Run {RUN} is being fetched")
    expect(sources.locator("#waiting")).to_contain_text("1 run since")
    take(said=report())
    Fetch.objects.all().delete()
    expect(sources.locator("#asked")).to_contain_text(f"Run {RUN} is here")
    expect(sources.locator("#waiting")).to_contain_text("nothing")


def test_an_outage_is_seen_without_reloading_and_what_is_typed_stays(sources: Page, told: Any) -> None:
    sources.get_by_label("Back-fill a range of runs").fill("355100-3551")
    for _ in range(3):
        told(fails=True)
    expect(sources.locator("#systems")).to_contain_text("Certification goes on")
    expect(sources.locator("#lamp")).to_have_text("OMS down")
    expect(sources.get_by_label("Back-fill a range of runs")).to_have_value("355100-3551")


def test_a_backfill_is_asked_for_stopped_and_offered_again(sources: Page) -> None:
    sources.get_by_label("Back-fill a range of runs").fill("355100-355199")
    sources.get_by_role("button", name="Back-fill").click()
    expect(sources.locator("#backfills")).to_contain_text("Runs 355100–355199")
    Backfill.objects.update(position=355_150, done=20)
    expect(sources.locator("#backfills")).to_contain_text("50 % of the range")
    sources.get_by_role("button", name="Stop").click()
    expect(sources.locator("#backfills")).to_contain_text("stopped")
    sources.get_by_role("link", name="Go on from 355150").click()
    expect(sources.get_by_label("Back-fill a range of runs")).to_have_value("355150-355199")


@pytest.mark.parametrize("width", [1280, 761, 390, 320])
def test_nothing_is_cut_off(width: int, sources: Page, live: Any, told: Any) -> None:
    told(fails=True)
    Fetch.objects.create(run=RUN, due_at="2026-01-01T00:00Z", tries=4, failure="OMS is down: " + "no answer " * 20)
    sources.set_viewport_size({"width": width, "height": 800})
    live.open(f"/sources/?run={RUN}")
    assert sources.evaluate("document.documentElement.scrollWidth") == width
