"""The product with the simulated CERN behind it: its jobs are called one after the other, as a worker would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from lumicert.runs import jobs, outside
from lumicert.runs.models import Fetch
from lumicert.sandbox.server import Sandbox
from lumicert.sandbox.testing import running_sandbox, sandbox

__all__ = ["Taking", "running_sandbox", "sandbox", "taking"]


class Taking:
    """A sandbox that takes data, and the product that follows it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    @property
    def now(self) -> datetime:
        return self.sandbox.now()

    def look(self) -> None:
        """All that a worker does until nothing is due any more."""
        jobs.look_for_runs(timestamp=0)
        for run in Fetch.objects.values_list("run", flat=True):
            jobs.fetch_run(run=run)
        jobs.look_for_datasets(timestamp=0)

    def pass_minutes(self, minutes: float) -> None:
        """Let time go by at CERN, then look."""
        self.sandbox.advance(60 * minutes)
        self.look()


def config_of(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    """The settings of a product that reaches CERN there."""
    from pydantic import SecretStr

    addresses = sandbox.addresses()
    return {
        "oms_url": addresses["OMS_URL"],
        "dqmgui_url": f"{sandbox.url}/dqm/offline",
        "run_registry_url": addresses["RUN_REGISTRY_URL"],
        "sso_url": addresses["SSO_ISSUER"],
        "sso_client_id": addresses["SSO_CLIENT_ID"],
        "sso_client_secret": SecretStr(addresses["SSO_CLIENT_SECRET"]),
        "source_timeout": 1.2,
        **more,
    }


@pytest.fixture
def taking(sandbox: Sandbox, db: None, settings: Any) -> Iterator[Taking]:
    """The shift at its beginning, and a product that has heard nothing of it."""
    settings.CONFIG = settings.CONFIG.model_copy(update=config_of(sandbox))
    outside.forget()
    yield Taking(sandbox)
    # what hangs is let go before the connections are closed
    sandbox.start()
    sandbox.clear()
    outside.forget()
