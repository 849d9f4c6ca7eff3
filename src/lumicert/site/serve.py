"""`lumicert serve`: the product behind uvicorn. The port is taken before anything else starts, or refused."""

from __future__ import annotations

import argparse
import errno
import os
import socket
from collections.abc import Sequence

import structlog
import uvicorn
from uvicorn.supervisors import Multiprocess

from lumicert.site.config import Config, load
from lumicert.site.errors import ConfigError, Terminated
from lumicert.site.runtime import migrated_database
from lumicert.site.stopping import told_to_stop

APPLICATION = "lumicert.site.asgi:application"
GRACE_SECONDS = 10
_log = structlog.get_logger(__name__)


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or Ctrl-C, and return the exit status."""
    parser = argparse.ArgumentParser(prog="lumicert serve", description="Serve the product until stopped.")
    add_address_options(parser)
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default 1)")
    options = parser.parse_args(argv)
    if options.workers < 1:
        parser.error(f"--workers must be at least 1, not {options.workers}")
    use_address_options(options)
    config = load()
    with listen(config.host, config.port) as door, migrated_database():
        refuse_undeclared_views()
        _log.info("serving", address=address(config), workers=options.workers)
        return run(door, workers=options.workers)


def add_address_options(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the options that stand for `LUMICERT_HOST` and `LUMICERT_PORT`."""
    parser.add_argument("--host", help="address to listen on (default: LUMICERT_HOST, else 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on (default: LUMICERT_PORT, else 8000)")


def use_address_options(options: argparse.Namespace) -> None:
    """Let the options win over the environment, for this process and those that it starts."""
    for name in ("host", "port"):
        if getattr(options, name) is not None:
            os.environ[f"LUMICERT_{name.upper()}"] = getattr(options, name)


def address(config: Config) -> str:
    """The address to open in a browser of this machine."""
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{config.port}"


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; callers wait in its queue until the product is up.

    Raises:
        ConfigError: when the port is taken, by whom as far as that can be told, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # asyncio sends small answers at once only on sockets that name their protocol
        door = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(f"LUMICERT_HOST: {host!r} is no address: {error.strerror}") from error
    try:
        # a port whose last connections are still dying may be taken over
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(target)
        door.listen(2048)
    except OSError as error:
        door.close()
        raise ConfigError(_no_door(host, port, error)) from error
    return door


def _no_door(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is taken, by {_who_listens(host, port)}: "
            f"choose another with --port, LUMICERT_PORT, or as in: make demo PORT={port % 65535 + 1}"
        )
    if error.errno == errno.EACCES:
        return f"LUMICERT_PORT: {port} is for the administrator alone: choose one above 1023"
    return f"LUMICERT_HOST: this machine cannot listen on {host!r}: {error.strerror}"


def _who_listens(host: str, port: int) -> str:
    import httpx

    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  (compared, not listened on)
    try:
        about = httpx.get(f"http://{reachable}:{port}/healthz", timeout=1, trust_env=False).headers.get("X-Lumicert")
    except httpx.HTTPError:
        about = None
    return f"another Lumicert ({about})" if about else "another program"


def run(door: socket.socket, *, workers: int = 1) -> int:
    """Serve on `door` until a signal says stop; requests that run are finished first, for `GRACE_SECONDS`."""
    config = uvicorn.Config(
        APPLICATION, workers=workers, log_config=None, access_log=False, server_header=False, lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )  # fmt: skip
    try:
        with told_to_stop() as stop:
            # from when they run until they have finished, servers hear signals themselves
            if workers > 1:
                several = Multiprocess(config, sockets=[door])
                stop.tell(several.should_exit.set)
                several.run()
            else:
                one = uvicorn.Server(config)
                stop.tell(lambda: setattr(one, "should_exit", True))
                one.run(sockets=[door])
    except Terminated:
        _log.info("stopped")
    return 0


def refuse_undeclared_views() -> None:
    """Every view says who may open it, or nothing is served.

    Raises:
        ConfigError: naming the views that do not.
    """
    from lumicert.accounts.permissions import undeclared_views

    if missing := undeclared_views():
        raise ConfigError("These views declare no permission, so nothing is served: " + "; ".join(missing))
