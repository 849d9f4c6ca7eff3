"""Where a deployment keeps its data, and who may enter it.

A *closed* folder is one that other accounts of the machine may not traverse (no `x` for others), a home directory for
example. It matters as root alone: PostgreSQL refuses to run as root, so its system account has to reach the data. We
never open a folder that we did not make; a data folder below a closed one is refused or moved below `SYSTEM_HOME`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import platformdirs

SYSTEM_HOME = Path("/var/lib/lumicert")
# every data folder carries it, so that wiping one can never hit a folder that is not ours
MARK = "lumicert-data"


def short_hash(path: Path) -> str:
    """Ten characters that stand for a path."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:10]


def closed_parent(path: Path) -> Path | None:
    """The outermost existing folder above `path` that other accounts cannot traverse, or None."""
    existing = [parent for parent in path.resolve().parents if parent.exists()]
    return next((parent for parent in reversed(existing) if not parent.stat().st_mode & stat.S_IXOTH), None)


def suitable_data_folder(wanted: Path) -> Path:
    """`wanted`; or as root, where that lies in a closed folder, one below `SYSTEM_HOME` named after it."""
    if os.geteuid() != 0 or closed_parent(wanted / "postgres") is None:
        return wanted
    return SYSTEM_HOME / "data" / f"{wanted.name.lstrip('.')}-{short_hash(wanted.resolve())}"


def default_data_folder() -> Path:
    """The data folder where `LUMICERT_DATA` is unset: the user's data directory, as root `SYSTEM_HOME`."""
    return suitable_data_folder(platformdirs.user_data_path("lumicert"))


def make_data_folder(data: Path) -> Path:
    """Make `data` where it is missing, mark it as ours, and return it.

    Folders made here let the server's account through as root, and are for the owner alone otherwise. Their modes do
    not depend on the umask, and folders that existed are left as they are.

    Raises:
        OSError: when a folder cannot be made or written.
    """
    mode = 0o755 if os.geteuid() == 0 else 0o700
    missing = [folder for folder in (data, *data.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    if missing or not any(data.iterdir()):
        (data / MARK).touch()
    return data
