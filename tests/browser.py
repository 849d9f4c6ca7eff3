"""A real Chromium for tests: `live` is the product served to it, `page` a page that tolerates no error.

A test fails when its page logs an error, throws one or breaks the content security policy (Chromium logs that as an
error too). A test that provokes an error on purpose says so with `page_errors.expect("403")`.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# no call home, and nothing that a container lacks
ARGUMENTS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
# for what comes in a moment, on a machine that does other things as well
PATIENCE_MS = 30_000
# Playwright clicks what it sees, and on a busy machine that may be before the page's scripts have come. A page takes no
# click until they have run, so that it waits for them as it waits for a button that is covered.
TAKES_NO_CLICK_YET = """
    const held = new CSSStyleSheet();
    held.replaceSync("html { pointer-events: none }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, held];
    document.addEventListener("DOMContentLoaded", () => held.replaceSync(""));
"""


@dataclass
class PageErrors:
    """What went wrong in the page, and what the test said would."""

    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Tolerate errors whose text matches the regular expression, from now to the end of the test."""
        self.expected.append(pattern)

    def note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"{message.text} ({message.location.get('url', '')})")

    def note_thrown(self, error: Error) -> None:
        self.seen.append(f"thrown: {error}")

    def unexpected(self) -> list[str]:
        return [text for text in self.seen if not any(re.search(pattern, text) for pattern in self.expected)]


@dataclass
class Live:
    """The product as a browser sees it."""

    url: str
    page: Page

    def open(self, path: str = "/") -> None:
        """Open an address of the product, `/golden/` for example."""
        self.page.goto(self.url + path)

    def sign_in(self, user: Any) -> None:
        """Sign `user` in, without the sign-in page."""
        from django.conf import settings
        from django.test import Client

        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        self.page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.url}])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file of tests: the system's, else Playwright's own; a missing one fails the test."""
    from playwright.sync_api import Error, expect, sync_playwright

    found = next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    # not for the session: Playwright's event loop stays in this thread, where Django would refuse the database, and
    # where no test could run another loop
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        try:
            chromium = playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS, *sandbox])
        except Error as error:
            pytest.fail(f"No Chromium can be started; `make browser` installs one. {error.message.splitlines()[0]}")
        expect.set_options(timeout=PATIENCE_MS)
        yield chromium
        chromium.close()


def new_context(browser: Browser) -> BrowserContext:
    """A browser of its own, 1280 x 800, with nobody signed in."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(TAKES_NO_CLICK_YET)
    return context


@pytest.fixture
def page_errors() -> PageErrors:
    """The errors of this test's page."""
    return PageErrors()


@pytest.fixture
def page(browser: Browser, page_errors: PageErrors) -> Iterator[Page]:
    """A fresh page, 1280 x 800, that fails the test on any error that was not expected."""
    context = new_context(browser)
    fresh = context.new_page()
    fresh.on("console", page_errors.note_console)
    fresh.on("pageerror", page_errors.note_thrown)
    yield fresh
    context.close()
    assert not page_errors.unexpected(), "the page logged errors:\n" + "\n".join(page_errors.unexpected())


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of the product, served in this process as `lumicert serve` does it.

    Not Django's server for tests: under load it resets connections that a browser uses again.
    """
    import uvicorn

    from lumicert.site.asgi import application
    from lumicert.site.serve import listen

    server = uvicorn.Server(uvicorn.Config(application, log_config=None, access_log=False, lifespan="off"))
    with listen("127.0.0.1", 0) as door:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def live(transactional_db: None, served: str, page: Page) -> Live:
    """The product, served for this test on a database with real transactions."""
    return Live(url=served, page=page)
