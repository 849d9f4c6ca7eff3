"""A pytest plugin: the fixture `sandbox`, a simulated CERN for tests of what talks to CERN.

One sandbox runs for the whole session: a shift (seed 1) with its clock frozen at the opening. After each test it is as
at the start again: running, without faults or counts, the clock back in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lumicert.sandbox.server import Sandbox


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    """The one of the session; take `sandbox`, which is tidied up after each test."""
    # imported here: a plugin is read before every test run, most of which need no server and no generator
    from lumicert.sandbox.generator import generate
    from lumicert.sandbox.server import Sandbox, Setup

    with Sandbox(generate("shift", 1), Setup(speed=0)) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    """A running sandbox, as at the start."""
    yield running_sandbox
    running_sandbox.start()
    running_sandbox.reset()
