"""Every file of others that we ship is listed with its checksum, and nothing else lies beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

VENDOR = Path(__file__).parent.parent / "static/vendor"
PACKAGES = json.loads((VENDOR / "manifest.json").read_text())["packages"]
FILES = {entry["file"]: entry["sha256"] for package in PACKAGES for entry in package["files"]}


@pytest.mark.parametrize("name", FILES)
def test_a_listed_file_has_its_checksum(name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == FILES[name]


def test_no_file_is_unlisted():
    present = {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*") if p.is_file()}
    assert present == {*FILES, "manifest.json"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_a_package_says_its_version_source_and_licence_and_ships_the_licence(package):
    assert package["source"].endswith(f"@{package['version']}")
    assert package["licence"]
    folders = {entry["file"].split("/")[0] for entry in package["files"]}
    assert len(folders) == 1
    assert folders.pop().endswith(package["version"])
    assert any(entry["file"].endswith("/LICENSE") for entry in package["files"])
