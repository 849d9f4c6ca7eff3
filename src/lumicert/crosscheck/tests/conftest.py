"""Fixtures: a deployment that is set up to ask a Run Registry, at an address where nobody is."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from lumicert.crosscheck.tests.world import down
from lumicert.runs import outside
from lumicert.sources.http import Call


@pytest.fixture
def set_up(settings: Any) -> None:
    """Run Registry has an address, and is written to."""
    more = {"run_registry_url": "https://registry.example.org/api", "run_registry_write": True}
    settings.CONFIG = settings.CONFIG.model_copy(update=more)
    outside.forget()


@pytest.fixture
def told() -> Any:
    """Write down how a call of Run Registry ended, as its client would."""

    def tell(*, fails: bool = False) -> None:
        error = down() if fails else None
        outside.Recorder().told(
            Call(source=outside.RUN_REGISTRY, what="datasets", started=timezone.now(), seconds=0.1,
                 outcome="down" if fails else "ok", error=error, skew=None)
        )  # fmt: skip

    return tell
