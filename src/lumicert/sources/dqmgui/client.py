"""The DQM GUI's index of samples: for each run, the datasets whose histograms it has.

    {"samples": [{"type": "offline_data", "items": [{"type": "offline_data", "run": "316201",
                  "dataset": "/ZeroBias/Run2018A-PromptReco-v2/DQMIO", "version": "", "importversion": 1}]}]}

Runs are texts there, with `:` and a lumisection behind those that hold one lumisection only. The index is large and
kept by many hands: an entry that makes no sense is left out and counted, while an index of another form is refused.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any

from lumicert.sources.errors import Unexpected
from lumicert.sources.http import Credentials, Door

EVERYTHING = "*."
"""What Run Registry asks for: all samples."""

_RUN = re.compile(r"[1-9]\d{0,9}", re.ASCII)
_DATASET = re.compile(r"(?:/[^/\s\0]+){3}")
_LONGEST = 500
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """A dataset of a run in the GUI; `kind` is `offline_data` and the like, `version` empty where there is none."""

    run: int
    dataset: str
    kind: str
    version: str


class DqmGuiClient:
    """Reads the index. `door` leads to `https://cmsweb.cern.ch/dqm/offline`; safe to share between threads.

    Both methods raise SourceDown, SourceRefused and SourceChanged.
    """

    def __init__(self, door: Door, tokens: Credentials | None = None) -> None:
        self._door = door
        self._tokens = tokens

    def samples(self, match: str = EVERYTHING) -> list[Sample]:
        """The samples whose run or dataset the regular expression `match` finds, in order and each once."""
        return self._ask(match, f"the samples that match {match!r}")

    def of_run(self, run: int) -> list[Sample]:
        """The samples of one run."""
        # the GUI finds the number within other texts, too
        return [sample for sample in self._ask(str(run), f"the samples of run {run}") if sample.run == run]

    def _ask(self, match: str, what: str) -> list[Sample]:
        return self._door.get(
            "/data/json/samples", {"match": match}, what=what, read=_samples, credentials=self._tokens
        )


def _samples(document: Any) -> list[Sample]:
    groups = document.get("samples") if isinstance(document, dict) else None
    if not isinstance(groups, list):
        raise Unexpected("there is no list of samples")
    samples = [_sample(item) for group in groups for item in _items(group)]
    found = {sample for sample in samples if sample is not None}
    senseless = samples.count(None)
    if senseless and not found:
        raise Unexpected(f"none of {senseless} entries has a run and a dataset; were they renamed?")
    if senseless:
        _log.warning("DQM GUI: %d of %d entries make no sense and are left out", senseless, len(samples))
    return sorted(found)


def _items(group: Any) -> list[Any]:
    items = group.get("items") if isinstance(group, dict) else None
    if not isinstance(items, list):
        raise Unexpected("a group of samples has no list of items")
    kind = group.get("type")
    return [{"type": kind, **item} if isinstance(item, dict) else item for item in items]


def _sample(item: Any) -> Sample | None:
    if not isinstance(item, dict):
        return None
    run, dataset = str(item.get("run")).split(":")[0], item.get("dataset")
    if not _RUN.fullmatch(run) or int(run) >= 2**31 or not isinstance(dataset, str) or len(dataset) > _LONGEST:
        return None
    # names with a line end behind them exist
    dataset = dataset.strip()
    if not _DATASET.fullmatch(dataset):
        return None
    return Sample(int(run), dataset, _text(item.get("type")), _text(item.get("version")))


def _text(value: Any) -> str:
    return str(value)[:_LONGEST] if isinstance(value, str | int) else ""
