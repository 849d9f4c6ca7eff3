"""What was typed outlives the server: everything of a running product is killed at once, and started again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Page, expect
from tests.browser import PageErrors

pytestmark = pytest.mark.browser

READY = "Ctrl-C stops it"
FORM = "/certify/1047/prompt/"
# a start of the demo and a page of it, on a machine that does other things as well
PATIENCE_MS = 30_000


def kill(service) -> None:
    """End all its processes as a power cut does: server, worker, simulated CERN and database."""
    processes = psutil.Process(service.process.pid).children(recursive=True)
    for process in [*processes, psutil.Process(service.process.pid)]:
        os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs(processes, timeout=10)
    service.process.wait()


@pytest.fixture
def patient(page: Page) -> Iterator[Page]:
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield page
    expect.set_options(timeout=5000)


def test_a_form_half_filled_survives_a_killed_server_and_the_page_goes_on_when_it_is_back(
    service, open_folder, free_port, patient: Page, page_errors: PageErrors
) -> None:
    page_errors.expect("Failed to load|net::ERR")
    where = {"LUMICERT_DATA": str(open_folder / "data"), "LUMICERT_PORT": str(free_port)}
    address = f"http://127.0.0.1:{free_port}"
    first = service("demo", **where)
    first.wait_for(READY)
    patient.goto(address)
    patient.locator("button.choice").filter(has_text="shifter").first.click()
    patient.goto(address + FORM)
    comment = patient.get_by_label("Comment for the report")
    patient.keyboard.press("g")
    comment.fill("half a story")
    expect(patient.locator("[data-draft]")).to_contain_text("draft kept")

    kill(first)
    comment.fill("half a story, and more")
    expect(patient.locator("[data-draft]")).to_contain_text("what you typed is still on this page")

    service("demo", **where).wait_for(READY)
    # nothing is pressed: the page itself tries again
    expect(patient.locator("[data-draft]")).to_contain_text("draft kept")
    patient.goto(address + FORM)
    expect(patient.get_by_label("Comment for the report")).to_have_value("half a story, and more")
    expect(patient.locator("#part-pixel [value=GOOD]")).to_be_checked()
