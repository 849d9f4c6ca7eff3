"""What was typed outlives the server: everything of a running product is killed at once, and started again."""

from __future__ import annotations

import os
import signal

import psutil
import pytest
from playwright.sync_api import Page, expect
from tests.browser import PageErrors

pytestmark = pytest.mark.browser

READY = "Ctrl-C stops it"
FORM = "/certify/1047/prompt/"


def kill(service) -> None:
    """End all its processes as a power cut does: server, worker, simulated CERN and database."""
    processes = psutil.Process(service.process.pid).children(recursive=True)
    for process in [*processes, psutil.Process(service.process.pid)]:
        os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs(processes, timeout=10)
    service.process.wait()


def test_a_form_half_filled_survives_a_killed_server_and_the_page_goes_on_when_it_is_back(
    service, open_folder, free_port, page: Page, page_errors: PageErrors
) -> None:
    page_errors.expect("Failed to load|net::ERR")
    where = {"LUMICERT_DATA": str(open_folder / "data"), "LUMICERT_PORT": str(free_port)}
    address = f"http://127.0.0.1:{free_port}"
    first = service("demo", **where)
    first.wait_for(READY)
    page.goto(address)
    page.locator("button.choice").filter(has_text="shifter").first.click()
    page.goto(address + FORM)
    comment = page.get_by_label("Comment for the report")
    page.keyboard.press("g")
    comment.fill("half a story")
    expect(page.locator("[data-draft]")).to_contain_text("draft kept")

    kill(first)
    comment.fill("half a story, and more")
    expect(page.locator("[data-draft]")).to_contain_text("what you typed is still on this page")

    service("demo", **where).wait_for(READY)
    # nothing is pressed: the page itself tries again
    expect(page.locator("[data-draft]")).to_contain_text("draft kept")
    page.goto(address + FORM)
    expect(page.get_by_label("Comment for the report")).to_have_value("half a story, and more")
    expect(page.locator("#part-pixel [value=GOOD]")).to_be_checked()
