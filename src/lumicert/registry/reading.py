"""What somebody brings to import: lists of lumisections and OMS exports, read strictly and named."""

from __future__ import annotations

import hashlib
import re
import tempfile
import zlib
from pathlib import Path

from django.core.files import File

from lumicert.lumi import LumiJsonError, loads
from lumicert.runs.services import PublishedList
from lumicert.sources.errors import SourceFormatError
from lumicert.sources.oms.export import read_lumisections, read_runs

# enough to see whether a file is an OMS export at all, little enough to wait for
FIRST_BYTES = 256 * 1024
_DATASET_NAME = re.compile(r"online|/[^\s/]+/[^\s/]+/[A-Za-z-]+")


class BadInput(ValueError):
    """Something that cannot be imported; the text names it and says what is wrong with it."""


def read_list(data: bytes, *, name: str, file_name: str) -> PublishedList:
    """The list in `data`, to be known as `name`.

    Raises:
        BadInput: not a sound list; or one with an open end, or without any lumisection.
    """
    try:
        lumis = loads(data).lumis
    except LumiJsonError as error:
        raise BadInput(f"{file_name}: {error}") from error
    if lumis.open_runs:
        raise BadInput(
            f"{file_name}: run {lumis.open_runs[0]} has a range without an end; write its last lumisection, not null"
        )
    if not lumis:
        raise BadInput(f"{file_name}: there is no lumisection in it")
    return PublishedList(name, hashlib.sha256(data).hexdigest(), lumis)


def dataset_name(name: str) -> str:
    """`name`, where it is one that Run Registry could have given.

    Raises:
        BadInput: it is not.
    """
    if not _DATASET_NAME.fullmatch(name):
        raise BadInput(f"'{name}' is not the name of a dataset; write it as /PromptReco/Collisions2018A/DQM, or online")
    return name


def name_of(file_name: str) -> str:
    """What a list is called when nobody says: its file's name without folder and ending."""
    return Path(file_name).name.removesuffix(".json").removesuffix(".txt")


def check_head_of_runs(file: File[bytes], *, name: str) -> None:
    """Raises SourceFormatError where the beginning of the file is not OMS's `runs`."""
    _check_head(file, name, lumisections=False)


def check_head_of_lumisections(file: File[bytes], *, name: str) -> None:
    """Raises SourceFormatError where the beginning of the file is not OMS's `lumisections`."""
    _check_head(file, name, lumisections=True)


def _check_head(file: File[bytes], name: str, *, lumisections: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(_whole_lines(_head(file, name)))
        rows = read_lumisections(path) if lumisections else read_runs(path)
        if not rows:
            raise SourceFormatError(f"{name}: there is no line below the header")


def _head(file: File[bytes], name: str) -> bytes:
    file.seek(0)
    start: bytes = file.read(FIRST_BYTES)
    file.seek(0)
    if not start.startswith(b"\x1f\x8b"):
        return start
    try:
        # of an object, not of a file: the end of what we have is not the end of the stream
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(start, FIRST_BYTES)
    except zlib.error as error:
        raise SourceFormatError(f"{name}: the gzip file is damaged ({error})") from error


def _whole_lines(head: bytes) -> bytes:
    return head if len(head) < FIRST_BYTES else head[: head.rfind(b"\n") + 1] or head
