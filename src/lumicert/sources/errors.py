"""Errors that carry what to tell the person who brought the input."""

from __future__ import annotations


class SourceFormatError(ValueError):
    """A file is not what it should be. The text names the file, the line, the column and the value."""
