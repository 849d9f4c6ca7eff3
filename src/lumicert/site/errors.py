"""The two ways in which a command ends early. Nothing is imported here, for `lumicert lumi` starts in an instant."""

from __future__ import annotations


class ConfigError(Exception):
    """The environment does not describe a deployment that can start; the text says what is wrong and what to do."""


class Terminated(SystemExit):
    """SIGTERM arrived: everything that was started is stopped on the way out."""
