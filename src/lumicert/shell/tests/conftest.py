"""`gallery` is a real browser on a page that has every component."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.urls import include, path

from lumicert.accounts.testing import urlconf_of
from lumicert.shell.tests import stage

if TYPE_CHECKING:
    from playwright.sync_api import Page

Gallery = Callable[..., "Page"]


@pytest.fixture
def address(settings) -> Iterator[str]:
    tasks = ([path("runs", stage.page, name="runs"), path("import", stage.page, name="import")], "registry")
    golden = ([path("", stage.page, name="portal")], "golden")
    settings.ROOT_URLCONF = urlconf_of(path("", include(tasks)), path("golden/", include(golden)))
    with stage.served() as url:
        yield url


@pytest.fixture
def gallery(page: Page, address: str) -> Gallery:
    """Opens the page in a theme and a window of that width; what the components said is in `window.heard`."""

    def open_gallery(theme: str = "light", width: int = 1280, height: int = 800) -> Page:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{address}/?{theme}")
        # the map is the last thing to be ready; wait_for_function would need the eval that the policy forbids
        page.locator("#map .map-legend li").first.wait_for()
        return page

    return open_gallery


@pytest.fixture
def heard(page: Page) -> Callable[[str], list[dict[str, int]]]:
    """What events of that name carried, in order."""
    return lambda name: [event[2] for event in page.evaluate("window.heard") if event[0] == name]
