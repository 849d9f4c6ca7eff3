"""Reading many sets and arrays at once, in PostgreSQL's binary format, straight into numpy.

A year has some 150,000 stored ranges; making Python objects of them takes ten times as long as fetching them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connection
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from lumicert.decisions.ranges import edges_from_binary

_ELEMENT = np.dtype([("size", ">i4"), ("value", ">i8")])
# of array_send: dimensions, a flag for nulls, the type, the length and the lower bound, four bytes each
_ARRAY_HEAD = 20


class _AsBytes(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


@dataclass(frozen=True, slots=True)
class Edges:
    """Ranges of lumisections of many rows, as arrays: range i is [first[i], end[i]) of row owner[i]."""

    rows: list[tuple[Any, ...]]
    owner: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]


def fetch(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a SELECT in which `int4multirange` and `bigint[]` are bytes as PostgreSQL sends them."""
    connection.ensure_connection()
    raw: psycopg.Connection[tuple[Any, ...]] = connection.connection
    # Django's own cursors bind on the client's side, which rules out binary results
    with psycopg.Cursor(raw) as cursor:
        for name in ("int4multirange", "int8[]"):
            cursor.adapters.register_loader(_oid(raw, name), _AsBytes)
        return cursor.execute(sql.encode(), parameters, binary=True).fetchall()


def _oid(raw: psycopg.Connection[tuple[Any, ...]], name: str) -> int:
    element = raw.adapters.types[name.removesuffix("[]")]
    return element.array_oid if name.endswith("[]") else element.oid


def edges(rows: Sequence[tuple[Any, ...]], *, column: int) -> Edges:
    """The ranges in one column of fetched rows, with all the rows."""
    owner, first, end = edges_from_binary([row[column] for row in rows])
    return Edges(list(rows), owner, first, end)


def bigints(values: Sequence[bytes]) -> npt.NDArray[np.int64]:
    """All elements of many one-dimensional `bigint[]` without nulls, one behind the other."""
    joined = b"".join([value[_ARRAY_HEAD:] for value in values])
    return np.frombuffer(joined, dtype=_ELEMENT)["value"].astype(np.int64)
