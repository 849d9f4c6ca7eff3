"""Which datasets of a run the DQM GUI gets to hold, and when.

Express appears one to two hours after the end of the run, prompt reconstruction 48 hours after it. Names follow the
Tier-0's: `/StreamExpress/Run2022F-Express-v1/DQMIO`, `/ZeroBias/Run2022F-PromptReco-v1/DQMIO`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from lumicert.sandbox.model import Dataset
from lumicert.sandbox.schedule import Segment

_COSMICS = (("StreamExpressCosmics",), ("Cosmics",))
_PROTONS = (("StreamExpress",), ("ZeroBias", "JetMET", "Muon"))
_IONS = (("StreamHIExpress",), ("HIMinimumBias0",))


def datasets(run: int, segment: Segment, rng: np.random.Generator) -> tuple[Dataset, ...]:
    """The datasets of a run that is worth reconstructing, in the order in which they appear."""
    end = datetime.fromtimestamp(segment.end, UTC)
    express, prompt = _streams(segment)
    soon = end + timedelta(seconds=int(rng.integers(3600, 7200)))
    late = end + timedelta(hours=48, seconds=int(rng.integers(0, 5400)))
    era = segment.beam.period.dataset_era
    return tuple(
        Dataset(run, f"/{stream}/{era}-{step}-v1/DQMIO", appears + timedelta(minutes=3 * place))
        for streams, step, appears in ((express, "Express", soon), (prompt, "PromptReco", late))
        for place, stream in enumerate(streams)
    )


def _streams(segment: Segment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if segment.kind == "cosmics":
        return _COSMICS
    return _IONS if segment.beam.period.programme == "ions" else _PROTONS
