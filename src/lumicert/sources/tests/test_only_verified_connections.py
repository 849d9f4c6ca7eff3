"""TLS is verified, always; secrets do not travel in the clear."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from lumicert.sources.errors import SourceDown, SourceFormatError
from lumicert.sources.http import Door, Settings
from lumicert.sources.tests.servers import socket_server

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n[1]"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextlib.contextmanager
def tls_server(authority: trustme.CA, *, wants_certificate: bool = False) -> Iterator[str]:
    """The address of a server with a certificate of the authority, which may want to see one of its clients, too."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    if wants_certificate:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(65536)
                    secured.sendall(ANSWER)
            except ssl.SSLError:
                continue
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield f"https://localhost:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.fixture
def address(authority: trustme.CA) -> Iterator[str]:
    with tls_server(authority) as address:
        yield address


def test_a_certificate_that_nobody_vouches_for_is_refused_with_what_to_do(address: str) -> None:
    door = Door(Settings(name="OMS", base_url=address))
    with pytest.raises(SourceDown, match=r"certificate of localhost.* cannot be verified.*CA file") as caught:
        door.get("/runs", {}, what="runs", read=lambda document: document)
    assert caught.value.retry_after is None
    door.close()


def test_a_house_authority_is_trusted_when_its_file_is_named(
    address: str, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    door = Door(Settings(name="OMS", base_url=address, ca_file=tmp_path / "ca.pem"))
    assert door.get("/runs", {}, what="runs", read=lambda document: document) == [1]
    door.close()


def test_a_client_certificate_is_shown_to_who_wants_one(authority: trustme.CA, tmp_path: Path) -> None:
    ca, mine = tmp_path / "ca.pem", tmp_path / "mine.pem"
    authority.cert_pem.write_to_path(str(ca))
    authority.issue_cert("lumicert").private_key_and_cert_chain_pem.write_to_path(str(mine))
    with tls_server(authority, wants_certificate=True) as address:
        settings = {"name": "DQM GUI", "base_url": address, "ca_file": ca, "attempts": 1}
        with pytest.raises(SourceDown, match="the connection broke off"):
            ask(Door(Settings(**settings)))
        assert ask(Door(Settings(**settings, client_certificate=(mine, mine)))) == [1]


def ask(door: Door) -> object:
    try:
        return door.get("/samples", {}, what="samples", read=lambda document: document)
    finally:
        door.close()


def test_an_authority_file_that_cannot_be_read_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "nothing.pem"):
        with pytest.raises(SourceFormatError, match="OMS: the CA file or client certificate cannot be read"):
            Door(Settings(name="OMS", base_url="https://localhost", ca_file=path))


@pytest.mark.parametrize("address", ["http://cmsoms.cern.ch/agg", "http://10.0.0.7", "cmsoms.cern.ch", "ftp://x", ""])
def test_an_address_without_tls_is_refused_unless_it_is_this_machine(address: str) -> None:
    with pytest.raises(ValueError, match="must begin with https://"):
        Door(Settings(name="OMS", base_url=address))


@pytest.mark.parametrize("address", ["http://localhost:8001/x", "http://127.0.0.1:8001", "http://[::1]:8001"])
def test_plain_http_on_this_machine_is_for_the_simulated_cern(address: str) -> None:
    Door(Settings(name="OMS", base_url=address)).close()


def test_the_environment_cannot_send_calls_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with socket_server(lambda connection: connection.sendall(ANSWER)) as address:
        door = Door(Settings(name="OMS", base_url=address, attempts=1))
        assert door.get("/runs", {}, what="runs", read=lambda document: document) == [1]
        door.close()
