r"""Regular expressions that people write, held to forms that cannot take long.

Python's matcher tries alternatives one after the other, so that an innocent-looking expression can take hours on one
name. The expressions for names of the DQM GUI need little: at most `MOST_REPEATS` repeats (`*`, `+`, `{2,}`) of single
characters or classes, and at most `MOST_CHOICES` choices (`?`, `|`); no group is repeated, nothing looks around or
back. On names of at most `LONGEST_NAME` characters that bounds a search to some ten million steps.
"""

from __future__ import annotations

import functools
import itertools
import re

MOST_REPEATS = 2
MOST_CHOICES = 4
LONGEST_NAME = 255
ERA = "{era}"

# as much of the syntax as tells what repeats, chooses or groups from what stands for a character
_TOKEN = re.compile(
    r"""(?P<escape>\\.) | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\]) | (?P<exactly>\{\d+\}) | (?P<repeat>[*+]|\{\d*,\d*\})
    | (?P<choice>[?|]) | (?P<special>\(\?(?!:)) | (?P<group>\((?:\?:)?) | (?P<end>\)) | (?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)
# Python announces that it will read these as operations on sets one day
_SET_IN_SET = re.compile(r"\[|--|&&|~~|\|\|")


def check(expression: str) -> str:
    """The expression, if it compiles and cannot take long.

    Raises:
        ValueError: saying what in it is not taken.
    """
    # any era will do; what is counted here does not depend on it
    plain = expression.replace(ERA, "2022A")
    tokens = [(str(found.lastgroup), found[0]) for found in _TOKEN.finditer(plain)]
    if ("plain", "[") in tokens:
        raise ValueError(f"'{expression}' is no regular expression: a set [...] is not closed")
    if any(kind == "set" and _SET_IN_SET.search(text, 1) for kind, text in tokens):
        raise ValueError(f"'{expression}' has a set in a set; write one plain set such as [A-Z0-9]")
    try:
        re.compile(plain)
    except re.error as error:
        raise ValueError(f"'{expression}' is no regular expression: {error}") from None
    _refuse_long_searches(expression, tokens)
    return expression


def _refuse_long_searches(expression: str, tokens: list[tuple[str, str]]) -> None:
    after_group = [now for before, now in itertools.pairwise(tokens) if before[0] == "end"]
    if any(kind in {"repeat", "exactly"} or text == "?" for kind, text in after_group):
        raise ValueError(f"'{expression}' repeats a group; repeat single characters or classes such as [^/]*")
    if any(kind == "special" or (kind == "escape" and text[1] in "123456789") for kind, text in tokens):
        raise ValueError(f"'{expression}' looks around or back, or sets options; (?:...) is the only (?...) taken")
    repeats = sum(kind == "repeat" for kind, _ in tokens)
    choices = sum(kind == "choice" for kind, _ in _without_lazy_marks(tokens))
    if repeats > MOST_REPEATS or choices > MOST_CHOICES:
        raise ValueError(
            f"'{expression}' has {repeats} repeats and {choices} choices (? or |); "
            f"at most {MOST_REPEATS} and {MOST_CHOICES} are taken: write several expressions instead"
        )


def _without_lazy_marks(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """All tokens but the `?` behind a repeat, which only says that the shortest is tried first."""
    pairs = itertools.pairwise([("", ""), *tokens])
    return [now for before, now in pairs if not (before[0] == "repeat" and now[1] == "?")]


@functools.lru_cache(maxsize=1024)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def with_era(expression: str, era: str) -> str:
    """The expression with an era's name, taken literally, in place of `{era}`."""
    return expression.replace(ERA, re.escape(era))


def found(expression: str, name: str) -> bool:
    """Whether a checked expression is found in a name. No name of a dataset is longer than `LONGEST_NAME`."""
    return len(name) <= LONGEST_NAME and _compiled(expression).search(name) is not None
