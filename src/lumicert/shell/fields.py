"""Fields of forms that more than one room needs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from lumicert.shell.templatetags.lumicert_ui import CERN

LAST_RUN = 2**31 - 1
LAST_EVENT = 2**63 - 1
UNKNOWN = "unknown"
_RANGE = re.compile(r"(\d{1,10})(?:\s*(?:-|\N{EN DASH}|\N{EM DASH}|to)\s*(\d{1,10}))?", re.ASCII)


def number_of(text: str | None, most: int = LAST_RUN) -> int | None:
    """The whole number from 0 to `most` that an address or a form names; None where it names none.

    Python refuses to read thousands of digits, and takes those of every script; the database refuses what is too large.
    """
    if not text or len(text) > len(str(most)) or not (text.isascii() and text.isdecimal()):
        return None
    return number if (number := int(text)) <= most else None


class RunRange(forms.CharField):
    """A range of runs, both ends in it, as (first, last); a single number is a range of one run."""

    def __init__(self) -> None:
        super().__init__(max_length=40, label="Runs")

    def clean(self, value: object) -> tuple[int, int]:
        """The two run numbers.

        Raises:
            ValidationError: it is no range, is reversed, or holds what no run can be numbered.
        """
        typed = str(super().clean(value)).strip()
        found = _RANGE.fullmatch(typed)
        if found is None:
            raise ValidationError(
                f"'{typed}' is no range of runs; write whole numbers of runs: 321123, or the first and the last: "
                "355100-362760"
            )
        first, last = int(found[1]), int(found[2] or found[1])
        if first > last:
            raise ValidationError(f"{first}-{last} is reversed: write {last}-{first}")
        if first < 1 or last > LAST_RUN:
            raise ValidationError(f"{first}-{last} is not possible: run numbers go from 1 to {LAST_RUN}")
        return first, last


class RunsField(forms.CharField):
    """Runs and ranges of them, `321123, 321130-321140`, as a list of (first, last); as many as one likes."""

    def clean(self, value: Any) -> list[tuple[int, int]]:
        """The ranges as they were typed; the separator is a comma, a semicolon, a blank or a new line.

        Raises:
            ValidationError: naming the part that is no range.
        """
        typed = super().clean(value)
        # a blank beside a dash belongs to the range, any other parts one from the next
        parts = re.split(r"[\s,;]+", re.sub(r"\s*(?:-|\N{EN DASH}|\N{EM DASH})\s*", "-", typed).strip(" ,;\t\r\n"))
        return [RunRange().clean(part) for part in parts if part]


class NumbersField(forms.CharField):
    """Numbers with commas between them, or `unknown`; clean data are a list, whose None is unknown."""

    def __init__(self, *, whole: bool = False, **options: Any) -> None:
        self.whole = whole
        super().__init__(**options)

    def clean(self, value: Any) -> list[Decimal | None]:
        """The numbers.

        Raises:
            ValidationError: naming the part that is no number, or no whole one where only such can be.
        """
        return [None if text == UNKNOWN else self._number(text) for text in _parts(super().clean(value))]

    def _number(self, text: str) -> Decimal | None:
        kind = "whole number" if self.whole else "number"
        refusal = f"'{text}' is no {kind}; write such as 7123, with commas between several, or unknown"
        number: Decimal | None = forms.DecimalField(max_digits=24, error_messages={"invalid": refusal}).clean(text)
        # of 1.5 the database would take the 1, and find what nobody asked for
        if self.whole and number is not None and number != number.to_integral_value():
            raise ValidationError(refusal)
        return number


class TextsField(forms.CharField):
    """Texts with commas between them, or `unknown`; clean data are a list, whose empty text is unknown."""

    def clean(self, value: Any) -> list[str]:
        return ["" if text == UNKNOWN else text for text in _parts(super().clean(value))]


class MomentField(forms.CharField):
    """A day, or a day and a time, in CERN's local time; of a day alone the first moment, or the last."""

    def __init__(self, *, last: bool = False, **options: Any) -> None:
        self.last = last
        super().__init__(**options)

    def clean(self, value: Any) -> datetime | str | None:
        text = super().clean(value)
        if not text or text == UNKNOWN:
            return text or None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValidationError(f"'{text}' is no day such as 2018-06-01, nor 2018-06-01 14:30") from None
        local = moment if moment.tzinfo else moment.replace(tzinfo=CERN)
        whole_day = len(text) <= len("2018-06-01")
        return local + timedelta(days=1, microseconds=-1) if self.last and whole_day else local


def _parts(text: str) -> list[str]:
    return [part for part in (piece.strip() for piece in text.split(",")) if part]
