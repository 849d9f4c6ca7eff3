"""Sets of lumisections, the files they come in, and their luminosity.

What a name needs is loaded when the name is first used, so that a command does not wait for what it does not use.

>>> from lumicert.lumi import LumiSet
>>> golden = LumiSet.from_ranges({315257: [(1, 88), (91, 92)]})
>>> (golden - LumiSet.from_ranges({315257: [(5, None)]})).to_dict()
{315257: [[1, 4]]}
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumicert.lumi.brilcalc import ByLs, Integrated
    from lumicert.lumi.errors import (
        ByLsError,
        LumiCsvError,
        LumiError,
        LuminosityError,
        LumiRangeError,
        OpenRangeError,
    )
    from lumicert.lumi.files import LumiJsonError, ReadResult, Repair, dump, dumps, load, loads, schema
    from lumicert.lumi.known import Known
    from lumicert.lumi.limits import LAYOUTS, MAX_BYTES, MAX_LS, MAX_RUN, OPEN, Layout
    from lumicert.lumi.luminosity import SECONDS_PER_LS, Luminosity, parse_unit
    from lumicert.lumi.pairs_csv import BadLine, CsvResult, read_pairs
    from lumicert.lumi.sets import LumiSet

__all__ = [
    "LAYOUTS",
    "MAX_BYTES",
    "MAX_LS",
    "MAX_RUN",
    "OPEN",
    "SECONDS_PER_LS",
    "BadLine",
    "ByLs",
    "ByLsError",
    "CsvResult",
    "Integrated",
    "Known",
    "Layout",
    "LumiCsvError",
    "LumiError",
    "LumiJsonError",
    "LumiRangeError",
    "LumiSet",
    "Luminosity",
    "LuminosityError",
    "OpenRangeError",
    "ReadResult",
    "Repair",
    "dump",
    "dumps",
    "load",
    "loads",
    "parse_unit",
    "read_pairs",
    "schema",
]

_DRAWERS = {
    "brilcalc": (
        "ByLs",
        "Integrated",
    ),
    "errors": (
        "ByLsError",
        "LumiCsvError",
        "LumiError",
        "LuminosityError",
        "LumiRangeError",
        "OpenRangeError",
    ),
    "files": ("LumiJsonError", "ReadResult", "Repair", "dump", "dumps", "load", "loads", "schema"),
    "known": ("Known",),
    "luminosity": (
        "SECONDS_PER_LS",
        "Luminosity",
        "parse_unit",
    ),
    "pairs_csv": (
        "BadLine",
        "CsvResult",
        "read_pairs",
    ),
    "limits": ("LAYOUTS", "MAX_BYTES", "MAX_LS", "MAX_RUN", "OPEN", "Layout"),
    "sets": ("LumiSet",),
}
_HOME = {name: drawer for drawer, names in _DRAWERS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
