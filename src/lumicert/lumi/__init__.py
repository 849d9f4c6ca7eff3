"""Sets of lumisections, the files they come in, and their luminosity.

>>> from lumicert.lumi import LumiSet
>>> golden = LumiSet.from_ranges({315257: [(1, 88), (91, 92)]})
>>> (golden - LumiSet.from_ranges({315257: [(5, None)]})).to_dict()
{315257: [[1, 4]]}
"""

from lumicert.lumi.brilcalc import ByLs, Integrated
from lumicert.lumi.errors import (
    ByLsError,
    LumiCsvError,
    LumiError,
    LuminosityError,
    LumiRangeError,
    OpenRangeError,
)
from lumicert.lumi.files import LAYOUTS, Layout, LumiJsonError, ReadResult, Repair, dump, dumps, load, loads, schema
from lumicert.lumi.known import Known
from lumicert.lumi.luminosity import SECONDS_PER_LS, Luminosity, parse_unit
from lumicert.lumi.pairs_csv import BadLine, CsvResult, read_pairs
from lumicert.lumi.sets import MAX_LS, MAX_RUN, OPEN, LumiSet

__all__ = [
    "LAYOUTS",
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
