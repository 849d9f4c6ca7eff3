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

Integers = npt.NDArray[np.int64]

_ELEMENT = np.dtype([("size", ">i4"), ("value", ">i8")])
_ONE_RANGE = np.dtype([("size", ">i4"), ("flags", "u1"), ("n1", ">i4"), ("low", ">i4"), ("n2", ">i4"), ("high", ">i4")])
# of multirange_send, before the ranges
COUNT_BYTES = 4
# of array_send: dimensions, a flag for nulls, the type, the length and the lower bound, four bytes each
_ARRAY_HEAD = 20


class _AsBytes(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


@dataclass(frozen=True, slots=True)
class Edges:
    """Ranges of lumisections of many rows, as arrays: range i is [first[i], end[i]) of row owner[i].

    `columns` has an array with one entry a row for each integer column that was asked for.
    """

    columns: dict[str, Integers]
    owner: Integers
    first: Integers
    end: Integers


def fetch_edges(source: str, *, integers: Sequence[str], parameters: dict[str, Any]) -> Edges:
    """The rows of a SELECT with the columns `integers` (bigint) and `lumis` (int4multirange).

    PostgreSQL packs each column into one value, the ranges as `multirange_send` writes them behind their count: a year
    is then one row to fetch instead of forty thousand.
    """
    packed = ", ".join(f"coalesce(array_agg({name}), '{{}}')" for name in (*integers, "bytes"))
    sql = f"""SELECT {packed}, coalesce(string_agg(ranges, ''), '') FROM (
        SELECT {", ".join(integers)}, octet_length(sent)::bigint - {COUNT_BYTES} AS bytes,
            substring(sent FROM {COUNT_BYTES + 1}) AS ranges
        FROM ({source}) source CROSS JOIN LATERAL multirange_send(source.lumis) m(sent)) sent"""  # noqa: S608
    ((*arrays, body),) = fetch(sql, parameters)
    *columns, sizes = (bigints([array]) for array in arrays)
    return Edges(dict(zip(integers, columns, strict=True)), *edges_of_body(body, sizes))


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


def edges_of_values(values: Sequence[bytes]) -> tuple[Integers, Integers, Integers]:
    """(owner, first, end) of the ranges of many values, each as PostgreSQL sends one."""
    sizes = np.fromiter((len(value) - COUNT_BYTES for value in values), dtype=np.int64, count=len(values))
    return edges_of_body(b"".join([value[COUNT_BYTES:] for value in values]), sizes)


def edges_of_body(body: bytes, sizes: Integers) -> tuple[Integers, Integers, Integers]:
    """(owner, first, end) of the ranges in `body`, of which `sizes` bytes belong to each value.

    The format is that of `range_send`: the size, a byte of flags and two bounds; a canonical range of integers always
    takes 21 bytes with its size.
    """
    ranges = np.frombuffer(body, dtype=_ONE_RANGE)
    owner = np.repeat(np.arange(len(sizes)), sizes // _ONE_RANGE.itemsize)
    return owner, ranges["low"].astype(np.int64), ranges["high"].astype(np.int64)


def bigints(values: Sequence[bytes]) -> Integers:
    """All elements of many one-dimensional `bigint[]` without nulls, one behind the other."""
    joined = b"".join([value[_ARRAY_HEAD:] for value in values])
    return np.frombuffer(joined, dtype=_ELEMENT)["value"].astype(np.int64)
