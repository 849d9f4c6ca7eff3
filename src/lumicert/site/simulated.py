"""The simulated CERN behind the demo: a process of its own, whose time runs faster than ours.

The product reaches it as it would reach CERN, over HTTP with a token. Its time goes on from where the demo stopped:
from the newest word that the product has of it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

# a minute of data-taking a second
SPEED = 60
READY_SECONDS = 20.0
_STOP_SECONDS = 5.0
_READY_FILE = "sandbox.env"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Cern:
    """Where the simulated CERN of this demo is."""

    port: int
    client_secret: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def words(self, data: Path) -> str:
        """What a person who opens the demo should know of it."""
        doing = (
            "has ended its shift; begin again with: make demo ARGS=--fresh"
            if _is_over()
            else f"takes data, {SPEED} times faster than time: open Runs."
        )
        return (
            f"A simulated CERN at {self.url} {doing}\n"
            "Let something go wrong there:\n"
            f"  {_command()} sandbox fault down --door oms --ready-file {data / _READY_FILE}"
        )


def choose() -> Cern:
    """Choose where it will be, and tell the product of this process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        cern = Cern(free.getsockname()[1], secrets.token_urlsafe(24))
    os.environ.update(
        LUMICERT_OMS_URL=f"{cern.url}/agg/api/v1",
        LUMICERT_OMS_EVERY="3",
        LUMICERT_DQMGUI_URL=f"{cern.url}/dqm/offline",
        LUMICERT_DQMGUI_EVERY="5",
        LUMICERT_RUN_REGISTRY_URL=f"{cern.url}/runregistry/api",
        LUMICERT_RUN_REGISTRY_WRITE="true",
        LUMICERT_SSO_URL=f"{cern.url}/auth/realms/cern",
        LUMICERT_SSO_CLIENT_ID="lumicert",
        LUMICERT_SSO_CLIENT_SECRET=cern.client_secret,
        LUMICERT_OIDC_CLIENT_ID="lumicert",
        LUMICERT_OIDC_CLIENT_SECRET=cern.client_secret,
    )
    return cern


@contextlib.contextmanager
def running(cern: Cern | None, data: Path) -> Iterator[None]:
    """Run it for as long as the block lasts. Where it does not start, the demo goes on: a source is down."""
    if cern is None:
        yield
        return
    ready = data / _READY_FILE
    ready.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "lumicert.site.cli", "sandbox", "serve", "--size", "shift", "--speed", str(SPEED),
         "--port", str(cern.port), f"--client-secret={cern.client_secret}", "--ready-file", str(ready), *_at()],
        stdout=subprocess.DEVNULL,
        # its own group: Ctrl-C is for us, who stop it when the worker has let it go
        start_new_session=True,
    )  # fmt: skip
    try:
        _wait(process, ready)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tell_past(cern: Cern | None, data: Path, runs: Sequence[Mapping[str, Any]]) -> None:
    """Have its Run Registry know runs from before its time (`lumicert.sandbox.past`)."""
    from lumicert.sandbox.remote import ControlError, Remote

    if cern is None:
        return
    try:
        Remote.of_ready_file(data / _READY_FILE).bring(runs)
    except (OSError, ControlError) as error:
        _log.warning("the simulated Run Registry does not know the demo's runs", error=str(error))


def _command() -> str:
    """`lumicert` as one can type it here: nothing puts the environment on the PATH."""
    script = Path(sys.executable).with_name("lumicert")
    return str(script.relative_to(Path.cwd()) if script.is_relative_to(Path.cwd()) else script)


def _is_over() -> bool:
    from lumicert.runs.fetching import newest_word

    newest = newest_word()
    if newest is None:
        return False
    from lumicert.sandbox.generator import generate

    return newest >= generate("shift").end


def _at() -> list[str]:
    from lumicert.runs.fetching import newest_word

    newest = newest_word()
    return ["--at", newest.isoformat()] if newest else []


def _wait(process: subprocess.Popen[bytes], ready: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            _log.error("the simulated CERN did not start; the demo goes on without", status=process.poll())
            return
        time.sleep(0.02)
