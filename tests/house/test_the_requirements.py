"""The lock: hashed requirement files that carry no address of a registry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
LOCKED = ["base.txt", "test.txt"]


@pytest.mark.parametrize("name", [*LOCKED, "constraints.txt"])
def test_no_requirement_names_a_host(name: str) -> None:
    text = (REQUIREMENTS / name).read_text()
    assert not re.findall(r"\w+://\S+|^--?\w*(?:index|find-links|host)\S*", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKED)
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (REQUIREMENTS / name).read_text())
    packages = [entry for entry in entries if not entry.startswith("#")]
    assert len(packages) > 20
    assert [entry.splitlines()[0] for entry in packages if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_tests_run_on_the_versions_that_are_served() -> None:
    served, tested = (
        dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", (REQUIREMENTS / name).read_text(), re.MULTILINE))
        for name in LOCKED
    )
    assert served.items() <= tested.items()
