"""The sandbox can be served over TLS, for tests of clients that must verify it."""

import ssl

import httpx
import pytest
import trustme

from lumicert.sandbox.remote import ControlError, Remote
from lumicert.sandbox.server import Sandbox, Setup


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def secured(authority, running_sandbox, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    setup = Setup(speed=0, certificate=(folder / "certificate.pem", folder / "key.pem"))
    with Sandbox(running_sandbox.world, setup, verify=trusting) as running:
        yield running, trusting


def test_who_trusts_its_authority_is_served(secured):
    sandbox, trusting = secured
    address = sandbox.addresses()["SSO_ISSUER"] + "/.well-known/openid-configuration"
    assert address.startswith("https://")
    answer = httpx.get(address, verify=trusting, trust_env=False)
    assert answer.json()["issuer"] == sandbox.addresses()["SSO_ISSUER"]


def test_who_does_not_is_told(secured):
    sandbox, _ = secured
    with pytest.raises(ControlError, match="CERTIFICATE_VERIFY_FAILED"):
        Remote(sandbox.url, sandbox.key).now()


def test_connections_break_over_tls_too(secured):
    sandbox, trusting = secured
    with httpx.Client(verify=trusting, trust_env=False) as client:
        for kind in ("down", "reset"):
            sandbox.fault(kind, "dqmgui")
            with pytest.raises(httpx.TransportError):
                client.get(sandbox.addresses()["DQMGUI_URL"])
            sandbox.clear()
        assert client.get(sandbox.addresses()["DQMGUI_URL"]).status_code == 200
