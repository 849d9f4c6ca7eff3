"""Fields of forms that more than one room needs."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError

LAST_RUN = 2**31 - 1
_RANGE = re.compile(r"(\d{1,10})(?:\s*(?:-|\N{EN DASH}|\N{EM DASH}|to)\s*(\d{1,10}))?", re.ASCII)


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
            raise ValidationError(f"'{typed}' is no range of runs; write the first and the last: 355100-362760")
        first, last = int(found[1]), int(found[2] or found[1])
        if first > last:
            raise ValidationError(f"{first}-{last} is reversed: write {last}-{first}")
        if first < 1 or last > LAST_RUN:
            raise ValidationError(f"{first}-{last} is not possible: run numbers go from 1 to {LAST_RUN}")
        return first, last
