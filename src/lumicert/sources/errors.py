"""Errors that carry what to tell the person: of a file that was brought, and of a system that was asked.

A system outside fails in three ways, because three different people can help: it is *down* (wait), it *refuses* us
(whoever keeps our credentials), or it has *changed* (whoever develops this product). Nothing else leaves a client.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Outcome = Literal["ok", "down", "refused", "changed"]


class SourceFormatError(ValueError):
    """A file is not what it should be. The text names the file, the line, the column and the value."""


class Unexpected(ValueError):
    """What reads an answer found it not to be what the protocol promises. The text says what, as the end of "why"."""


class SourceError(Exception):
    """A system outside did not give what it was asked for. As text, it is one or two sentences for a person.

    Attributes:
        source: the system, as people call it ("OMS").
        what: what was asked, in words ("run 355100"); it never holds a token or a secret.
        why: what went wrong, with the value that was seen.
        advice: what to do.
        retry_after: seconds after which asking again makes sense; None where time alone does not help.
    """

    outcome: ClassVar[Outcome]
    verb: ClassVar[str]

    def __init__(self, *, source: str, what: str, why: str, advice: str, retry_after: float | None = None) -> None:
        super().__init__(source, what, why, advice, retry_after)
        self.source = source
        self.what = what
        self.why = why
        self.advice = advice
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.source} {self.verb} (asked for {self.what}): {self.why}. {self.advice}"


class SourceDown(SourceError):
    """It cannot be reached, does not answer in time, is broken, or is left alone after it failed several times."""

    outcome = "down"
    verb = "is down"


class SourceRefused(SourceError):
    """It does not let us in, also with a new token."""

    outcome = "refused"
    verb = "refused"


class SourceChanged(SourceError):
    """It answers in JSON, but not what its protocol promises: an attribute is missing, a page is cut short."""

    outcome = "changed"
    verb = "answered something unexpected"
