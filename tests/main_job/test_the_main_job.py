"""The main job in a real browser: lists come in, a decision is made, and the golden JSON follows, with its reasons.

As a shifter from end to end; a guest is refused at every door.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from tests.browser import Live, PageErrors

from lumicert.accounts.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DATASET = "/PromptReco/Collisions2018/DQM"
RUN, LS = 315257, 50
DCS = {"315257": [[1, 88], [91, 92]], "315259": [[1, 172]], "315264": [[32, 261]]}
GOLDEN = {"315257": [[1, 88]], "315259": [[1, 172]], "315264": [[32, 200]]}


def line(lumis: dict[str, list[list[int]]]) -> bytes:
    return (json.dumps(lumis) + "\n").encode()


def upload(page: Page, folder: Path, dcs: bytes, golden: bytes) -> None:
    (folder / "dcs.json").write_bytes(dcs)
    (folder / "golden.json").write_bytes(golden)
    pair = page.locator("section", has=page.locator("#pair-heading"))
    pair.get_by_label("DCS-only").set_input_files(folder / "dcs.json")
    pair.get_by_label("Golden").set_input_files(folder / "golden.json")
    pair.get_by_label("Class").fill("Collisions18")
    pair.get_by_label("Dataset").fill(DATASET)
    pair.get_by_role("button", name="Import").click()


def download(page: Page, folder: Path) -> bytes:
    with page.expect_download() as caught:
        page.locator("#download").click()
    caught.value.save_as(folder / "out.json")
    found = (folder / "out.json").read_bytes()
    # the page says what the file is
    expect(page.locator(".sha code")).to_have_text(hashlib.sha256(found).hexdigest())
    return found


def portal(live: Live, **asked: str) -> None:
    query = "&".join(
        f"{name}={quote(value)}" for name, value in {"dataset": DATASET, "layout": "line", **asked}.items()
    )
    live.open(f"/golden/?{query}")


def figure(page: Page, title: str) -> Any:
    return page.locator(".figures section", has=page.get_by_role("heading", name=title, exact=True))


def test_a_shifter_imports_marks_explains_undoes_and_downloads(live: Live, shifter: User, tmp_path: Path) -> None:
    page = live.page
    live.sign_in(shifter)
    live.open("/import/")
    upload(page, tmp_path, line(DCS), line(GOLDEN))
    expect(page.locator("#messages")).to_contain_text("events appended")

    portal(live)
    expect(figure(page, "In")).to_contain_text("429")
    assert download(page, tmp_path) == line(GOLDEN)

    mark_bad(page, live)
    portal(live)
    expect(figure(page, "In")).to_contain_text("428")
    assert download(page, tmp_path) == line(GOLDEN | {"315257": [[1, 49], [51, 88]]})

    page.get_by_label("Run", exact=True).fill(str(RUN))
    page.get_by_label("LS", exact=True).fill(str(LS))
    page.get_by_role("button", name="Explain").click()
    explanation = page.locator("#explanation")
    expect(explanation).to_contain_text("PS trip")
    expect(explanation).to_contain_text("shifter")
    expect(explanation).to_contain_text("over automatic")
    explanation.locator(".word", has_text="PS trip").get_by_role("link", name="event").click()
    expect(page.locator("main")).to_contain_text("tracker-strip")

    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#messages")).to_contain_text("Undone")
    portal(live)
    assert download(page, tmp_path) == line(GOLDEN)


def mark_bad(page: Page, live: Live) -> None:
    live.open(f"/runs/{RUN}?dataset={quote(DATASET)}")
    page.get_by_label("Component", exact=True).select_option("tracker-strip")
    page.get_by_label("Lumisections", exact=True).fill(str(LS))
    page.locator("#mark-form label", has_text="BAD").first.click()
    page.get_by_label("Comment").fill("PS trip")
    page.get_by_role("button", name="Mark", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Marked tracker-strip")


def test_the_same_pair_again_says_that_nothing_changed(live: Live, shifter: User, tmp_path: Path) -> None:
    live.sign_in(shifter)
    for words in ("events appended", "nothing changed"):
        live.open("/import/")
        upload(live.page, tmp_path, line(DCS), line(GOLDEN))
        expect(live.page.locator("#messages")).to_contain_text(words)


def test_the_result_follows_while_the_policy_is_edited(
    live: Live, shifter: User, tmp_path: Path, page_errors: PageErrors
) -> None:
    page = live.page
    live.sign_in(shifter)
    live.open("/import/")
    upload(page, tmp_path, line(DCS), line(GOLDEN))
    portal(live)
    page.get_by_text("Edit the policy as JSON-logic").click()
    editor = page.get_by_label("Rule of the policy")
    editor.fill('{"==": [{"var": "lumisection.rr.tracker-pixel"}, "NOTSET"]}')
    expect(figure(page, "In")).to_contain_text("63")
    expect(page.locator("#result")).to_contain_text("draft of tracker-good v2")
    # the address carries the draft, for a colleague to open
    assert "NOTSET" in page.url

    page_errors.expect("422")
    editor.fill('{"==": [{"var": "lumisection.rr.tracker-pixl"}, "NOTSET"]}')
    expect(page.get_by_role("alert")).to_contain_text("tracker-pixel")
    expect(editor).to_have_value('{"==": [{"var": "lumisection.rr.tracker-pixl"}, "NOTSET"]}')


def test_a_lumisection_of_the_map_is_explained_by_keyboard(live: Live, shifter: User, tmp_path: Path) -> None:
    page = live.page
    live.sign_in(shifter)
    live.open("/import/")
    upload(page, tmp_path, line(DCS), line(GOLDEN))
    portal(live)
    expect(page.locator("golden-map .map-legend")).to_contain_text("429")
    page.locator("golden-map canvas").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#explanation")).to_contain_text(f"Run {RUN}, LS 1")


def test_the_comparison_with_an_imported_list_shows_three_sets(live: Live, shifter: User, tmp_path: Path) -> None:
    live.sign_in(shifter)
    live.open("/import/")
    upload(live.page, tmp_path, line(DCS), line(GOLDEN))
    portal(live)
    live.page.get_by_label("Compare with").select_option("dcs")
    table = live.page.get_by_role("region", name="Comparison")
    expect(table).to_contain_text("Only in dcs")
    expect(table).to_contain_text("fails: tracker-pixel is GOOD")
    assert "with=dcs" in live.page.url


@pytest.mark.parametrize(
    "path", ["/runs/", f"/runs/{RUN}", "/golden/", "/golden/download", "/import/", "/lists/", "/events/", "/search?q=1"]
)
def test_a_guest_is_refused_and_told_how_to_get_a_role(
    live: Live, guest: User, path: str, page_errors: PageErrors
) -> None:
    page_errors.expect("403")
    live.sign_in(guest)
    live.open(path)
    expect(live.page.locator("main")).to_contain_text("role")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/golden/", f"/runs/{RUN}", "/runs/", "/events/", "/lists/", "/import/"])
def test_no_page_is_wider_than_the_screen(live: Live, shifter: User, tmp_path: Path, path: str, width: int) -> None:
    page = live.page
    live.sign_in(shifter)
    live.open("/import/")
    upload(page, tmp_path, line(DCS), line(GOLDEN))
    expect(page.locator("#messages")).to_contain_text("events appended")
    page.set_viewport_size({"width": width, "height": 900})
    live.open(path)
    page.locator("main").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
