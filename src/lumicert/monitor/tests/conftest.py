"""Fixtures: a deployment that is set up to ask OMS, the DQM GUI and CERN SSO, at addresses where nobody is."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from pydantic import SecretStr

from lumicert.runs import outside
from lumicert.sources.errors import SourceDown
from lumicert.sources.http import Call


@pytest.fixture
def set_up(settings: Any) -> None:
    """All four systems have an address."""
    settings.CONFIG = settings.CONFIG.model_copy(
        update={
            "oms_url": "https://reader:hidden@oms.example.org/agg/api/v1",
            "dqmgui_url": "https://gui.example.org/dqm",
            "run_registry_url": "https://registry.example.org/api",
            "sso_client_id": "lumicert",
            "sso_client_secret": SecretStr("not a secret"),
        }
    )


@pytest.fixture
def told() -> Any:
    """Write down how a call of a source ended, as its client would."""

    def tell(
        source: str = outside.OMS, *, fails: bool = False, seconds: float = 0.25, skew: float | None = 0.0
    ) -> None:
        error = None
        if fails:
            error = SourceDown(
                source=source,
                what="run 355100",
                why="it did not answer within 10 s",
                advice="Runs are fetched when it answers",
            )
        outside.Recorder().told(
            Call(
                source=source,
                what="run 355100",
                started=timezone.now(),
                outcome="down" if fails else "ok",
                seconds=seconds,
                skew=skew,
                error=error,
            )
        )

    return tell
