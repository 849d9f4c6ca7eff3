"""What can go wrong with sets of lumisections. Every message says what was wrong, with which value, and where."""


class LumiError(ValueError):
    """The base of every error that this room raises on purpose."""


class LumiRangeError(LumiError):
    """A run or lumisection number, or a range of them, that cannot exist."""


class OpenRangeError(LumiError):
    """A question that only a closed set can answer, asked of a set with an open-ended range."""


class LumiCsvError(LumiError):
    """A table of (run, lumisection) pairs that cannot be read."""


class LuminosityError(LumiError):
    """A luminosity without a known unit, or a calculation that would lose its unit or its exactness."""


class ByLsError(LumiError):
    """A table of luminosity by lumisection that cannot be read."""


class UsageError(LumiError):
    """What was typed on the command line cannot be done."""
