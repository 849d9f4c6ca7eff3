"""`lumicert demo`: the whole product on seeded data, with one command and nothing to set up.

The demo keeps its data in a folder of its own, with the embedded PostgreSQL, and lets everybody who reaches it sign in
as any of the demo accounts; therefore it serves this machine alone. Behind it a simulated CERN takes data, faster than
time; see `lumicert.site.simulated`.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lumicert.site import folders, serve, simulated
from lumicert.site.config import Config, load
from lumicert.site.errors import ConfigError
from lumicert.site.postgres import EmbeddedPostgres
from lumicert.site.runtime import migrated_database
from lumicert.site.worker import background_worker

LOCK = "demo.lock"


def main(argv: Sequence[str]) -> int:
    """Serve the demo until SIGTERM or Ctrl-C, and return the exit status."""
    parser = argparse.ArgumentParser(prog="lumicert demo", description="Serve the product on seeded data.")
    serve.add_address_options(parser)
    parser.add_argument("--fresh", action="store_true", help="begin again: remove the demo's data first")
    options = parser.parse_args(argv)
    serve.use_address_options(options)
    started = time.monotonic()
    config, cern = _demo_config()
    with serve.listen(config.host, config.port) as door, _only_one(config):
        if options.fresh:
            wipe(config.data)
        with migrated_database(), simulated.running(cern, config.data):
            accounts = _seed()
            simulated.tell_past(cern, config.data, _runs_of_the_past())
            # only now: the first thing that it does is to ask the simulated CERN
            with background_worker():
                serve.refuse_undeclared_views()
                _welcome(config, cern, accounts, time.monotonic() - started)
                return serve.run(door)


def _demo_config() -> tuple[Config, simulated.Cern | None]:
    os.environ["LUMICERT_DEMO"] = "true"
    wanted = load()
    # whoever names an OMS wants that one
    cern = None if wanted.oms_url else simulated.choose()
    load.cache_clear()
    return _with_suitable_folder(load()), cern


def _with_suitable_folder(wanted: Config) -> Config:
    if wanted.database_url is not None:
        raise ConfigError(
            "DATABASE_URL is set, and the demo fills its database with made-up decisions: unset it for the demo"
        )
    data = folders.suitable_data_folder(wanted.data)
    if data == wanted.data:
        return wanted
    _say(
        f"{wanted.data} lies in a folder that is closed to other accounts, and PostgreSQL does not run as root.\n"
        f"The demo's data are in {data} instead; set LUMICERT_DATA to use them with other commands."
    )
    os.environ["LUMICERT_DATA"] = str(data)
    load.cache_clear()
    return load()


@contextlib.contextmanager
def _only_one(config: Config) -> Iterator[None]:
    """Hold the data folder for this demo.

    Raises:
        ConfigError: when another demo holds it, with its address and process.
    """
    try:
        lock = (folders.make_data_folder(config.data) / LOCK).open("a+")
    except OSError as error:
        raise ConfigError(f"LUMICERT_DATA: {config.data} cannot be used: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(_held_by_another(config.data)) from None
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "address": serve.address(config)}))
        lock.flush()
        yield


def _held_by_another(data: Path) -> str:
    with contextlib.suppress(ValueError, KeyError):
        holder = json.loads((data / LOCK).read_text())
        return (
            f"a demo runs on {data} already, at {holder['address']} (process {holder['pid']}): "
            "open that one, stop it, or set LUMICERT_DATA to another folder"
        )
    return f"a demo is starting on {data} already: wait for it, or set LUMICERT_DATA to another folder"


def wipe(data: Path) -> None:
    """Remove what is in a data folder of ours, but for its locks.

    Raises:
        ConfigError: when the folder is not one of ours, or a command uses it.
    """
    if not (data / folders.MARK).exists():
        raise ConfigError(
            f"{data} is not a folder that Lumicert made (it has no file {folders.MARK}), so nothing in it is removed"
        )
    EmbeddedPostgres(data).discard()
    for path in data.iterdir():
        if path.name in {folders.MARK, LOCK, "postgres"}:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _seed() -> list[str]:
    from lumicert.accounts.services import DEMO_ACCOUNTS, ensure_demo_accounts
    from lumicert.certification.demo import seed as seed_certifications
    from lumicert.registry.demo import seed

    ensure_demo_accounts()
    seed()
    seed_certifications()
    width = max(map(len, DEMO_ACCOUNTS))
    return [f"  {name:<{width}}  {account.role}: {account.description}" for name, account in DEMO_ACCOUNTS.items()]


def _runs_of_the_past() -> list[dict[str, Any]]:
    from lumicert.crosscheck.demo import runs_there

    return runs_there()


def _welcome(config: Config, cern: simulated.Cern | None, accounts: list[str], seconds: float) -> None:
    taking = f"\n\n{cern.words(config.data)}" if cern else ""
    _say(
        f"\nLumicert's demo is at {serve.address(config)} (ready in {seconds:.1f} s)\n\n"
        "Sign in with a click as:\n" + "\n".join(accounts) + f"{taking}\n\nData: {config.data}\nCtrl-C stops it."
    )


def _say(text: str) -> None:
    # at once, also where the output is a pipe
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
