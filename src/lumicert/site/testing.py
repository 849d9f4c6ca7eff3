"""The pytest plugin that gives the tests an environment of their own, before Django's settings are read.

It is named in pyproject.toml (`-p`), for a conftest.py comes too late: pytest-django has read the settings by then.
The developer's own variables do not reach the tests, but for `DATABASE_URL` (another server to test on) and
`LUMICERT_REAL_DATA` and `LUMICERT_KILLS`. The embedded server's address is known before it runs, so a test run that
needs no database starts none.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

# of the run, not of an xdist worker: two runs in one checkout must not share a database
RUN_VARIABLE = "LUMICERT_TEST_RUN"
_KEPT = frozenset({"LUMICERT_REAL_DATA", "LUMICERT_KILLS", RUN_VARIABLE})


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Set the environment, then let pytest-django read the settings."""
    prepare_environment(early_config.rootpath)
    return (yield)


def prepare_environment(root: Path) -> None:
    """Make the environment that the tests of the checkout `root` run in: a demo, with data in `.data/test`."""
    from lumicert.site.folders import suitable_data_folder
    from lumicert.site.postgres import EmbeddedPostgres

    for name in [name for name in os.environ if name.startswith("LUMICERT_") and name not in _KEPT]:
        del os.environ[name]
    os.environ.setdefault(RUN_VARIABLE, str(os.getpid()))
    os.environ["LUMICERT_DEMO"] = "true"
    data = suitable_data_folder(root / ".data" / "test")
    os.environ["LUMICERT_DATA"] = str(data)
    if not os.environ.get("DATABASE_URL"):
        os.environ["LUMICERT_EMBEDDED_URL"] = EmbeddedPostgres(data, durable=False).address
