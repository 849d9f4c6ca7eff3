"""The DQM GUI's door: the index of samples, ``/dqm/offline/data/json/samples?match=``.

A *sample* is a dataset of a run whose histograms the GUI has. `match` is a regular expression that the dataset's name
or the run's number must contain; ``*.``, which Run Registry asks for, is none, and means all, as in the real GUI.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from lumicert.sandbox.clock import Clock
from lumicert.sandbox.model import World
from lumicert.sandbox.view import Row, WorldView

PATH = "/dqm/offline/data/json/samples"
_ITEM = ("type", "run", "dataset", "version", "importversion")


class DqmGuiDoor:
    """Serves the samples that have appeared."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock

    def routes(self) -> list[BaseRoute]:
        """What the door answers."""
        return [Route(PATH, self.samples)]

    async def samples(self, request: Request) -> Response:
        """The index, by type of sample."""
        try:
            wanted = _matcher(request.query_params.get("match", ""))
        except re.error as error:
            return PlainTextResponse(f"match is no regular expression: {error}", 400)
        found = [row for row in WorldView(self.world, self.clock.now()).datasets() if _matches(wanted, row)]
        found.sort(key=lambda row: str(row["type"]))
        samples = [
            {"type": kind, "items": [_item(row) for row in rows]}
            for kind, rows in groupby(found, key=lambda row: row["type"])
        ]
        return Response(orjson.dumps({"samples": samples}), media_type="application/json")


def _matcher(text: str) -> re.Pattern[str]:
    # "*." repeats nothing, which Python's expressions refuse
    return re.compile("" if text == "*." else text)


def _matches(wanted: re.Pattern[str], row: Row) -> bool:
    return wanted.search(str(row["dataset"])) is not None or wanted.search(str(row["run"])) is not None


def _item(row: Row) -> dict[str, Any]:
    # the GUI gives the run's number as text
    return {name: row[name] for name in _ITEM} | {"run": str(row["run"])}
