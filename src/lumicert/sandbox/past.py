"""Runs from before the world, which the simulated Run Registry alone still knows: what whoever starts it brings along.

As JSON, `{"runs": [...]}` with, a run::

    {"run": 1002, "class": "CollisionsDemo", "start": "2022-10-03T18:04:10Z", "end": "2022-10-03T20:41:00Z",
     "datasets": [{"name": "/Express/CollisionsDemo/DQM", "state": "OPEN",
                   "components": {"tracker-pixel": [[1, 36, "GOOD", ""], [37, 41, "BAD", "a hole"]]}}]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run as Run Registry needs it (`sandbox.model.Run` has the same attributes); times are aware."""

    run_number: int
    run_class: str
    start_time: datetime
    end_time: datetime
    components: tuple[str, ...] = ()
    tier0_transfer: bool = True


@dataclass(frozen=True, slots=True)
class PastDataset:
    """A dataset of such a run. `told` has, by component, rising (first LS, last LS, status, comment)."""

    run: PastRun
    name: str
    state: str
    told: Mapping[str, tuple[tuple[int, int, str, str], ...]]


def read(document: Mapping[str, Any]) -> Iterator[PastDataset]:
    """The datasets of a document.

    Raises:
        ValueError: it has not the form above; the message names what is wrong.
    """
    try:
        for each in document["runs"]:
            start, end = (datetime.fromisoformat(each[edge].replace("Z", "+00:00")) for edge in ("start", "end"))
            run = PastRun(int(each["run"]), str(each["class"]), start, end)
            for dataset in each["datasets"]:
                told = {name: tuple(map(_span, spans)) for name, spans in dataset["components"].items()}
                yield PastDataset(run, str(dataset["name"]), str(dataset["state"]), told)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is not how runs of the past are written: {error!r}") from error


def _span(written: Any) -> tuple[int, int, str, str]:
    first, last, status, comment = written
    if not 1 <= int(first) <= int(last):
        raise ValueError(f"{first}-{last} is no range of lumisections")
    return int(first), int(last), str(status), str(comment)
