"""Which reconstruction a dataset is of: online, express, prompt, rereco or rerecoul (re-reco of the "ultra-legacy").

Source: what CertHelper's `get_reco_from_dataset` does.
"""

from __future__ import annotations

from typing import Literal

Reconstruction = Literal["online", "express", "prompt", "rereco", "rerecoul"]


def reconstruction_of(dataset: str) -> Reconstruction | None:
    """By a dataset's name in Run Registry or in the DQM GUI; None where the name does not tell.

    >>> reconstruction_of("/ReReco/Run2017B_UL2019/DQM")
    'rerecoul'
    """
    name = dataset.lower()
    if name.strip() == "online":
        return "online"
    if "express" in name:
        return "express"
    if "prompt" in name:
        return "prompt"
    if "rereco" in name:
        # in capitals only: "ul" is in too many words
        return "rerecoul" if "UL" in dataset else "rereco"
    return None
