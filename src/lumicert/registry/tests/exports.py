"""A tiny OMS export for the tests: one run of three lumisections, in the columns that OMS gives."""

from __future__ import annotations

import gzip

RUNS = b"run_number,fill_number,recorded_lumi,stable_beam\n315257,6615,1.5,True\n"
LUMISECTIONS = b"""run_number,lumisection_number,fill_number,recorded_lumi,delivered_lumi,cms_active
315257,1,6615,0,0,True
315257,2,6615,0.5,0.6,True
315257,3,6615,1.5,1.7,False
"""


def packed(text: bytes) -> bytes:
    return gzip.compress(text)
