"""The columns of the table of runs: what each is called in the address and on the page, and how its values look.

A column is an attribute of `Run`, whose label and unit are the model's own, or one of two that are told of a run from
elsewhere: the dataset that is shown, and the statuses of its components. Luminosities are stored in whole inverse barns
and shown in inverse picobarns (1 /pb is 10^12 /b).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.html import format_html

from lumicert.runs.amounts import PB, in_pb, rounded_pb
from lumicert.runs.models import Run
from lumicert.shell.templatetags.lumicert_ui import cern_time, grouped, missing


class Kind(Enum):
    """What the values of a column are, which decides how they are filtered, shown and aligned."""

    NUMBER = "number"
    LUMINOSITY = "luminosity"
    TIME = "time"
    TRUTH = "truth"
    TEXT = "text"
    WORDS = "words"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `key` is its name in the address, `field` the attribute of `Run`, empty where it is told otherwise."""

    key: str
    label: str
    kind: Kind
    field: str = ""
    unit: str = ""

    @property
    def sort(self) -> str:
        """Its name in an order; what is told from elsewhere has none."""
        return self.key if self.field else ""

    @property
    def number(self) -> bool:
        return self.kind in {Kind.NUMBER, Kind.LUMINOSITY}

    @property
    def csv_name(self) -> str:
        """The heading in a file, where a unit needs a name that every program takes."""
        if self.kind is Kind.LUMINOSITY:
            return f"{self.key}_per_pb"
        return f"{self.key}_{self.unit}" if self.unit else self.key

    def shown(self, run: Run) -> str:
        """The value of a run as it stands in the table."""
        value = getattr(run, self.field)
        if value is None or value == "":
            return missing("none" if self.key == "fill" else _NOT_KNOWN.get(self.key, "not known"))
        return _SHOWN.get(self.key, _SHOWN_KINDS[self.kind])(value)

    def in_csv(self, run: Run) -> object:
        """The value of a run in a file: plain, in the unit of the heading, empty where it is missing."""
        value = getattr(run, self.field)
        if value is None:
            return ""
        if self.kind is Kind.LUMINOSITY:
            return format(in_pb(value).normalize(), "f")
        return value.isoformat() if self.kind is Kind.TIME else value


STATES = {"going": "going on", "ended": "ended", "final": "final"}
_NOT_KNOWN = {"state": "no source said"}


def _number(value: float) -> str:
    return str(grouped(value if isinstance(value, int) else float(f"{value:.6g}")))


def _luminosity(barns: int) -> str:
    return str(grouped(rounded_pb(barns)))


def _fill(value: int) -> str:
    return format_html('<a href="{}">{}</a>', reverse("registry:fill", args=[value]), value)


def _truth(value: bool) -> str:
    return "yes" if value else "no"


_SHOWN_KINDS: dict[Kind, Callable[[Any], str]] = {
    Kind.NUMBER: _number,
    Kind.LUMINOSITY: _luminosity,
    Kind.TIME: cern_time,
    Kind.TRUTH: _truth,
    Kind.TEXT: str,
    Kind.WORDS: str,
}
# names are not grouped like amounts
_SHOWN: dict[str, Callable[[Any], str]] = {"run": str, "fill": _fill, "state": lambda value: STATES.get(value, value)}

_KINDS: dict[type[models.Field[Any, Any]], Kind] = {
    models.IntegerField: Kind.NUMBER,
    models.BigIntegerField: Kind.NUMBER,
    models.FloatField: Kind.NUMBER,
    models.DateTimeField: Kind.TIME,
    models.BooleanField: Kind.TRUTH,
    models.TextField: Kind.TEXT,
}
# as people type them in an address
_KEYS = {
    "klass": "class", "run_type": "type", "n_ls": "ls", "start_time": "start", "end_time": "end", "typed": "by_hand",
}  # fmt: skip
_NOT_COLUMNS = {"seq", "attributes", "units"}


def _column(field: models.Field[Any, Any]) -> Column:
    kind = _KINDS[type(field)]
    if field.help_text == "/b":
        kind = Kind.LUMINOSITY
    if field.name == "components":
        kind = Kind.WORDS
    unit = PB if kind is Kind.LUMINOSITY else str(field.help_text)
    return Column(_KEYS.get(field.name, field.name), str(field.verbose_name), kind, field.name, unit)


DATASET = Column("dataset", "dataset", Kind.TOLD)
STATUSES = Column("statuses", "status of components", Kind.TOLD)
OF_RUN = tuple(_column(field) for field in Run._meta.fields if field.name not in _NOT_COLUMNS)
COLUMNS = {column.key: column for column in (*OF_RUN, STATUSES, DATASET)}
RUN = COLUMNS["run"]
ALWAYS = ("run",)
# as wide as a window usually is
USUAL = ("run", "class", "fill", "start", "ls", "recorded", "statuses", "dataset")
