"""The embedded server as an ordinary user: a server of the user's own, nothing opened, nothing left."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import lumicert
from lumicert.site.folders import closed_parent

USER = "lumicert-test"
SESSION = """
import sys
from pathlib import Path
import psycopg
from lumicert.site.postgres import EmbeddedPostgres
data = Path(sys.argv[1])
server = EmbeddedPostgres(data, durable=False)
with psycopg.connect(server.start()) as connection:
    print(connection.execute("SELECT current_setting('data_directory')").fetchone()[0])
print(oct(data.stat().st_mode & 0o777), oct((data / "postgres").stat().st_mode & 0o777), data.owner())
server.release()
print((server.cluster / "postmaster.pid").exists())
"""


@pytest.fixture
def ordinary_user() -> Iterator[pwd.struct_passwd]:
    """Ourselves; or as root a new account, for the length of the test."""
    if os.geteuid() != 0:
        yield pwd.getpwuid(os.geteuid())
        return
    if shutil.which("useradd") is None:
        pytest.skip("no useradd: an ordinary user cannot be made")
    name = f"{USER}-{os.getpid()}"
    subprocess.run(["useradd", "--system", "--no-create-home", name], check=True)
    yield pwd.getpwnam(name)
    subprocess.run(["userdel", name], check=True)


@pytest.fixture
def open_python() -> str:
    """A Python of this version that every account can run."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for folder in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        program = Path(folder)
        if program.exists() and closed_parent(program) is None:
            return str(program)
    return pytest.skip(f"no {version} outside of closed folders: an ordinary user cannot run one")


def test_an_ordinary_user_runs_a_server_of_their_own(ordinary_user, open_python, open_folder) -> None:
    sources = [Path(lumicert.__file__).parents[1], Path(psycopg.__file__).parents[1]]
    if any(closed_parent(path / "x") for path in sources):
        pytest.skip("this checkout lies below a closed folder: an ordinary user cannot read it")
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, ordinary_user.pw_uid, ordinary_user.pw_gid)
    above = {folder: folder.stat().st_mode for folder in (home, *home.parents)}
    done = subprocess.run(
        [open_python, "-B", "-c", SESSION, str(home / "data")],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, sources)), "HOME": str(home)},
        user=ordinary_user.pw_uid, group=ordinary_user.pw_gid, extra_groups=[], cwd=home,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        str(home / "data" / "postgres" / "cluster"),
        f"0o700 0o700 {ordinary_user.pw_name}",
        "False",
    ], done.stderr
    assert {folder: folder.stat().st_mode for folder in above} == above
