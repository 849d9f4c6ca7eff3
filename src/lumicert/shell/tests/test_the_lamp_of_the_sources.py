"""The lamp in the bar: one word about all sources for whoever may read, in at most one query; no page fails for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.testing import urlconf_of
from lumicert.shell import health
from lumicert.shell.health import Standing

pytestmark = pytest.mark.django_db
UP = Standing("up", "sources up", "OMS answers.")


@requires(Permission.SIGNED_IN)
def plain(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


@requires(Permission.SIGNED_IN)
def part(request: HttpRequest) -> HttpResponse:
    return render(request, "shell/messages.html")


@pytest.fixture
def ask(settings: Any) -> Iterator[Callable[[Callable[[], Standing]], None]]:
    """Register what the bar asks; what was registered before comes back afterwards."""
    monitor = include(([path("", plain, name="sources")], "monitor"))
    settings.ROOT_URLCONF = urlconf_of(path("", plain), path("part", part), path("sources/", monitor))
    before = list(health._askers)
    yield lambda asked: health.register(asked, url_name="monitor:sources")
    health._askers[:] = before


def test_it_shows_the_word_and_leads_to_the_page(ask: Any, client_of: Any, shifter: Any) -> None:
    ask(lambda: UP)
    page = client_of(shifter).get("/").content.decode()
    assert '<a class="lamp up" id="lamp" data-live="part" href="/sources/" title="OMS answers."' in page
    assert "<span>sources up</span>" in page


def test_a_guest_is_told_nothing_and_nobody_is_asked(ask: Any, client_of: Any, guest: Any) -> None:
    asked: list[bool] = []
    ask(lambda: asked.append(True) or UP)
    assert 'id="lamp"' not in client_of(guest).get("/").content.decode()
    assert asked == []


def test_a_page_does_not_fail_because_asking_does(ask: Any, client_of: Any, shifter: Any) -> None:
    def fails() -> Standing:
        raise LookupError("no such table")

    ask(fails)
    answer = client_of(shifter).get("/")
    assert answer.status_code == 200
    assert 'class="lamp unknown"' in answer.content.decode()


def test_where_the_page_of_sources_does_not_exist_there_is_no_lamp(
    ask: Any, client_of: Any, shifter: Any, settings: Any
) -> None:
    ask(lambda: UP)
    settings.ROOT_URLCONF = urlconf_of(path("", plain))
    assert 'id="lamp"' not in client_of(shifter).get("/").content.decode()


def test_an_answer_without_the_frame_asks_nobody(ask: Any, client_of: Any, shifter: Any) -> None:
    asked: list[bool] = []
    ask(lambda: asked.append(True) or UP)
    client_of(shifter).get("/part")
    assert asked == []
