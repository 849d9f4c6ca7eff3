"""`lumicert sandbox`: a server in a process of its own, driven by the other commands."""

import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from lumicert.sandbox.cli import main
from lumicert.sandbox.remote import Remote

SERVE = "import sys; from lumicert.sandbox.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    ready = tmp_path_factory.mktemp("sandbox") / "ready"
    arguments = ["serve", "--port", "0", "--speed", "0", "--client-secret", "another", "--ready-file", str(ready)]
    process = subprocess.Popen([sys.executable, "-c", SERVE, *arguments], stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not ready.exists():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    yield process, ready
    process.kill()
    process.stdout.close()
    process.wait()


@pytest.fixture
def told(served):
    return dict(line.split("=", 1) for line in served[1].read_text().splitlines())


@pytest.fixture
def run_command(served, capsys):
    def run(name, *arguments):
        code = main([name, "--ready-file", str(served[1]), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_the_ready_file_is_for_its_owner_only(served):
    assert served[1].stat().st_mode & 0o777 == 0o600


def test_the_addresses_that_are_told_are_those_of_open_doors(told):
    form = {"grant_type": "client_credentials", "audience": told["OMS_AUDIENCE"]}
    form |= {"client_id": told["SSO_CLIENT_ID"], "client_secret": "another"}
    token = httpx.post(told["SSO_API_TOKEN_URL"], data=form, trust_env=False).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(told["OMS_URL"] + "/runs", headers=headers, trust_env=False).status_code == 200
    assert httpx.get(told["DQMGUI_URL"], trust_env=False).status_code == 200
    token = httpx.post(
        told["SSO_API_TOKEN_URL"], data=form | {"audience": told["RUN_REGISTRY_AUDIENCE"]}, trust_env=False
    ).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(told["RUN_REGISTRY_URL"] + "/runs/1", headers=headers, trust_env=False).status_code == 200


def test_a_fault_is_placed_listed_and_cleared(run_command, told):
    code, said, _ = run_command("fault", "error-500", "--door", "oms", "--path", "/runs", "--times", "2")
    assert (code, said) == (0, "fault 1: error-500 at oms where the path contains /runs, 2 more times\n")
    assert httpx.get(told["OMS_URL"] + "/runs", trust_env=False).status_code == 500
    assert run_command("faults")[1] == "fault 1: error-500 at oms where the path contains /runs, 1 more times\n"
    assert run_command("faults", "--clear") == (0, "1 cleared\n", "")
    assert run_command("faults")[1] == ""


@pytest.mark.parametrize(("text", "value"), [("1.5", 1.5), ("null", None), ("abc", "abc")])
def test_the_value_of_a_fault_is_json_where_it_can_be(run_command, told, text, value):
    run_command("fault", "huge", "--value", text)
    assert Remote(told["SANDBOX_URL"], told["SANDBOX_KEY"]).faults()[0]["value"] == value
    run_command("faults", "--clear")


def test_the_clock_is_told_and_advanced(run_command):
    before = run_command("clock")[1]
    after = run_command("clock", "--advance", "3600")[1]
    assert before.endswith(" UTC\n")
    assert before < after


def test_brilcalc_prints_its_table(run_command):
    run_command("clock", "--advance", "86400")
    code, said, _ = run_command("brilcalc", "--begin", "355100", "--end", "362760", "--byls", "-u", "/pb")
    assert code == 0
    assert "delivered(/pb),recorded(/pb)" in said
    assert said.count("STABLE BEAMS") > 100


def test_what_the_sandbox_refuses_is_told_in_one_line(run_command):
    code, said, why = run_command("brilcalc", "-r", "first")
    assert (code, said) == (2, "")
    assert why == "lumicert sandbox: the sandbox refused (400): run='first' is no number\n"


def test_without_an_address_one_is_told_how_to_give_it(capsys, monkeypatch):
    monkeypatch.delenv("SANDBOX_URL", raising=False)
    assert main(["faults"]) == 2
    assert "which sandbox? give --url and --key" in capsys.readouterr().err


def test_half_an_export_is_refused(capsys, tmp_path):
    assert main(["serve", "--runs", str(tmp_path / "r.csv")]) == 2
    assert "--runs and --lumisections belong together" in capsys.readouterr().err


def test_a_port_that_is_taken_is_refused(capsys, told):
    port = told["SANDBOX_URL"].rpartition(":")[2]
    assert main(["serve", "--port", port]) == 2
    assert f"port {port} of 127.0.0.1 cannot be had" in capsys.readouterr().err


def test_generating_tells_the_digest_that_the_seed_decides(capsys):
    for _ in range(2):
        assert main(["generate", "--size", "shift", "--seed", "3"]) == 0
    first, second = capsys.readouterr().out.split("UTC, sha256 ")[1:]
    assert first.splitlines()[0] == second.splitlines()[0]


def test_it_stops_at_once_when_told_to(served):
    process, _ = served
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert "SANDBOX_URL=http://127.0.0.1:" in process.stdout.read()
