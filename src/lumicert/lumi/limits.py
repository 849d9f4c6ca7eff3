"""What the sets, the files and the command line agree on. This drawer loads nothing, not even numpy."""

from typing import Literal, TypeAlias, get_args

MAX_RUN = 2**31 - 1
MAX_LS = 2**30 - 1
"""The highest numbers of a run and of a lumisection (at 23 seconds each, 800 years)."""

OPEN = 2**30
"""The last LS of an open-ended range in integer arrays: one more than any LS can be."""

MAX_BYTES = 16 * 2**20
"""The default limit of a file. All runs that CMS ever certified are 2 MB; 16 MB of brackets need 400 MB to parse."""

Layout: TypeAlias = Literal["line", "runs", "cmssw"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
"""The layouts of JSON files; `lumicert.lumi.files` describes them."""
