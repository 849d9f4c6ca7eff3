"""The components that can be certified, by the names that Run Registry gave them: workspace and column.

A name outside this list is taken only where the run has it already, so that a slip of the keyboard does not make a
component of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# of the global workspaces, online and offline
CERTIFIABLE = (
    "btag-btag", "castor-castor", "cms-cms", "csc-csc", "ctpps-ctpps", "dc-lowlumi", "dt-dt", "ecal-ecal", "ecal-es",
    "egamma-egamma", "gem-gem", "hcal-hcal", "hlt-hlt", "jetmet-jetmet", "l1t-l1t", "l1t-l1tcalo", "l1t-l1tmu",
    "lumi-lumi", "muon-muon", "rpc-rpc", "tau-tau", "tracker-pixel", "tracker-strip", "tracker-track",
)  # fmt: skip


def choices(of_run: Iterable[str]) -> list[str]:
    """Those that the run has first, then all others."""
    own = sorted(set(of_run))
    return [*own, *(name for name in CERTIFIABLE if name not in own)]


def problem(name: str, of_run: Iterable[str]) -> str:
    """What is wrong with a component's name; empty when nothing is."""
    known = choices(of_run)
    if name in known:
        return ""
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known[:6])}, ..."
    return f"'{name}' is not a component that is known here; {hint}"
