"""The frame: who am I, the theme, the demo badge, messages with their undo, and the way in for those who hear it."""

from __future__ import annotations

import pytest
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.testing import urlconf_of
from lumicert.shell.notices import say_done


@requires(Permission.SIGNED_IN)
def plain(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


@requires(Permission.SIGNED_IN)
def acting(request: HttpRequest) -> HttpResponse:
    say_done(request, "Marked <tracker-pixel> BAD (event 12).", undo="/acts/1/undo")
    messages.warning(request, "The source OMS is down.")
    return HttpResponse("done")


@pytest.fixture(autouse=True)
def doors(settings):
    runs = path("runs", include(([path("", plain, name="runs")], "registry")))
    settings.ROOT_URLCONF = urlconf_of(path("", plain), path("act", acting), runs)


def page_of(browser, **cookies: str) -> str:
    browser.cookies.load(cookies)
    return browser.get("/").content.decode()


def test_it_says_who_is_signed_in_and_as_what(client_of, leader):
    page = page_of(client_of(leader))
    assert "<b>leader</b>" in page
    assert "shift leader" in page
    assert 'action="/sign-out"' in page


def test_it_has_a_skip_link_and_landmarks(client_of, shifter):
    page = page_of(client_of(shifter))
    for landmark in ('<a class="skip" href="#content">', "<header", "<nav", '<main id="content"', 'role="search"'):
        assert landmark in page
    assert 'lang="en-GB"' in page


def test_a_guest_has_no_menu_and_no_search(client_of, guest):
    page = page_of(client_of(guest))
    assert "<nav" not in page
    assert 'role="search"' not in page


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_the_page_is_sent_in_the_chosen_theme(client_of, shifter, theme):
    page = page_of(client_of(shifter), lumicert_theme=theme)
    assert f'data-theme="{theme}"' in page
    assert f'value="{theme}" data-theme-choice checked' in page


def test_a_theme_that_does_not_exist_is_the_devices_own(client_of, shifter):
    assert 'data-theme="auto"' in page_of(client_of(shifter), lumicert_theme="neon")


@pytest.mark.parametrize("demo", [True, False])
def test_a_demo_says_that_it_is_one(client_of, shifter, settings, demo):
    settings.DEMO = demo
    assert ("badge-demo" in page_of(client_of(shifter))) is demo


def test_an_act_is_said_on_the_next_page_with_its_undo_and_only_once(client_of, shifter):
    browser = client_of(shifter)
    browser.get("/act")
    page = page_of(browser)
    assert "Marked &lt;tracker-pixel&gt; BAD (event 12)." in page
    assert page.count('action="/acts/1/undo"') == 1
    assert '<div class="notice warning">' in page
    assert "event 12" not in page_of(browser)


def test_requests_of_htmx_carry_the_token(client_of, shifter):
    assert '"X-CSRFToken": "' in page_of(client_of(shifter))
