"""The page of faults names tests that exist, and every fault has a line."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text()


def test_every_test_that_the_page_names_is_there() -> None:
    there = set()
    for folder in ("src", "tests"):
        for file in (ROOT / folder).rglob("test_*.py"):
            there |= set(re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 40
    assert named - there == set()


def test_every_fault_has_a_line() -> None:
    lines = "\n".join(re.findall(r"^\| ([SD][\d, SD]*) \|", PAGE, re.MULTILINE))
    told = set(re.findall(r"[SD]\d+", lines))
    assert told == {f"S{number}" for number in range(1, 15)} | {f"D{number}" for number in range(1, 27)}
