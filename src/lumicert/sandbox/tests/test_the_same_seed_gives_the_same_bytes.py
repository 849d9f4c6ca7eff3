"""A world is its size and its seed, in this process and in any other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lumicert.sandbox.generator import generate


def test_the_same_seed_gives_the_same_world_to_the_last_bit() -> None:
    assert generate("week", 5).digest() == generate("week", 5).digest()


def test_another_seed_gives_another_world() -> None:
    assert generate("week", 5).digest() != generate("week", 6).digest()
    assert generate("shift", 5).digest() != generate("shift", 6).digest()


def test_another_process_gives_the_same_world() -> None:
    command = "from lumicert.sandbox.generator import generate; print(generate('week', 5).digest())"
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", command],
            env={"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == generate("week", 5).digest()


def test_an_unknown_size_is_refused_with_the_sizes_there_are() -> None:
    with pytest.raises(ValueError, match="'month': choose shift, week or year"):
        generate("month")
