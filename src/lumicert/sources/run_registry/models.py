"""Datasets and their lumisections as a Run Registry gives them, and the reading of its answers.

- A *component* there is a workspace and one of its columns, `tracker-pixel`. Of each lumisection it has a *triplet*:
  status, comment and cause. Any text may be a status; GOOD, BAD, STANDBY, EXCLUDED and NOTSET are given by people and
  rules, `NO VALUE FOUND` where no rule fits, `EMPTY` where nothing is stored.
- A dataset has a *state* in each workspace: OPEN, SIGNOFF, COMPLETED, `waiting dqm gui` or `not significant for
  workspace`.
- A name of a dataset may end in white space there. Here it never does; `DatasetRow.raw` is the name to ask for.

The shapes are those of `POST /datasets_filtered_ordered` and `POST /lumisections/rr_lumisection_ranges` of Run
Registry's back end, as its public client (`runregistry` 3.1.2) reads them. An answer of another shape is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lumicert.sources.errors import Unexpected
from lumicert.sources.http import clean

T = TypeVar("T")

_STATE = "_state"
_NO_STATUS = frozenset({"comments", "causes"})
_Number = Annotated[int, Field(ge=1, lt=2**31)]
_Text = Annotated[str, Field(max_length=100_000)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lumisections `first` to `last`, both included, of one component with one triplet."""

    first: int
    last: int
    status: str
    cause: str
    comment: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset of a run.

    Attributes:
        run: its number.
        name: without white space around it.
        run_class: such as `Collisions22`; empty where the run has none.
        states: by workspace ("tracker"), and of the dataset as a whole ("global").
        counts: by component ("tracker-pixel") and status, how many lumisections have it; a status that none has is
            left out.
    """

    run: int
    name: str
    run_class: str
    states: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A dataset, and its name as it is written there."""

    raw: str
    dataset: Dataset


class _Shape(BaseModel):
    # strict: a number that comes as text is a change of the format
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _RrAttributes(_Shape):
    run_class: _Text | None = Field(default="", alias="class")


class _Run(_Shape):
    rr_attributes: _RrAttributes


class _Cache(_Shape):
    triplet_summary: dict[_Text, dict[_Text, Any]]


class _DatasetShape(_Shape):
    run_number: _Number
    name: _Text
    dataset_attributes: dict[_Text, Any]
    run: _Run = Field(alias="Run")
    cache: _Cache = Field(alias="DatasetTripletCache")


class _PageShape(_Shape):
    datasets: list[_DatasetShape]
    count: int = Field(ge=0)


class _Triplet(_Shape):
    status: _Text
    cause: _Text
    comment: _Text


_PAGE = TypeAdapter(_PageShape)
_NAMES: TypeAdapter[list[str]] = TypeAdapter(list[_Text], config=ConfigDict(strict=True))
_RANGES: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(list[dict[_Text, Any]], config=ConfigDict(strict=True))
_NUMBER = TypeAdapter(_Number, config=ConfigDict(strict=True))
_TRIPLET = TypeAdapter(_Triplet)


def read_page(document: Any, size: int) -> tuple[list[DatasetRow], bool]:
    """The datasets of a first page of which `size` rows were asked for, and whether there are more behind it.

    Raises:
        Unexpected: the answer has another shape, or fewer rows than it should have.
    """
    page = _checked(_PAGE, document, "the page")
    wanted = min(size, page.count)
    if len(page.datasets) != wanted:
        raise Unexpected(f"the page has {len(page.datasets)} of {wanted} rows (in all there are {page.count})")
    return [_row(shape) for shape in page.datasets], page.count > len(page.datasets)


def read_names(document: Any) -> list[str]:
    """The names of a run's datasets as they are written there. Raises Unexpected."""
    return _checked(_NAMES, document, "the names of the run's datasets")


def read_ranges(document: Any) -> dict[str, list[Stretch]]:
    """The stretches of each component, rising; a lumisection of which nothing is said is in none. Raises Unexpected."""
    stretches: dict[str, list[Stretch]] = {}
    before = 0
    ranges = _checked(_RANGES, document, "the ranges")
    for place, entry in enumerate(ranges, start=1):
        first, last = (_checked(_NUMBER, entry.get(edge), f"{edge} of range {place}") for edge in ("start", "end"))
        if not before < first <= last:
            raise Unexpected(f"range {place} is LS {first} to {last}, behind LS {before}")
        before = last
        for component in entry.keys() - {"start", "end"}:
            triplet = _checked(_TRIPLET, entry[component], f"{component} of LS {first} to {last}")
            _extend(stretches.setdefault(component, []), Stretch(first, last, **triplet.model_dump()))
    return dict(sorted(stretches.items()))


def read_edit(document: Any, run: int, name: str) -> None:
    """Check the event that an edit is answered with. Raises Unexpected for another dataset's."""
    told = (document.get("run_number"), document.get("name")) if isinstance(document, dict) else None
    if told != (run, name):
        raise Unexpected(f"the edit is answered with {clean(repr(document))}, not with its event")


def _extend(stretches: list[Stretch], new: Stretch) -> None:
    last = stretches[-1] if stretches else None
    # one component's stretch is cut wherever another component's ends
    if last and last.last + 1 == new.first and _triplet(last) == _triplet(new):
        stretches[-1] = Stretch(last.first, new.last, *_triplet(new))
    else:
        stretches.append(new)


def _triplet(stretch: Stretch) -> tuple[str, str, str]:
    return stretch.status, stretch.cause, stretch.comment


def _row(shape: _DatasetShape) -> DatasetRow:
    name = shape.name.strip()
    if not name:
        raise Unexpected(f"a dataset of run {shape.run_number} has no name")
    summary = shape.cache.triplet_summary
    counts = {component: _counts(component, summary[component]) for component in sorted(summary)}
    run_class = shape.run.rr_attributes.run_class or ""
    return DatasetRow(shape.name, Dataset(shape.run_number, name, run_class, _states(shape.dataset_attributes), counts))


def _states(attributes: Mapping[str, Any]) -> dict[str, str]:
    found = {key.removesuffix(_STATE): value for key, value in attributes.items() if key.endswith(_STATE)}
    if wrong := [key for key, value in found.items() if not isinstance(value, str)]:
        raise Unexpected(f"the state in {clean(wrong[0])} is {clean(repr(found[wrong[0]]))}, not a word")
    return dict(sorted(found.items()))


def _counts(component: str, summary: Mapping[str, Any]) -> dict[str, int]:
    counts = {status: number for status, number in summary.items() if status not in _NO_STATUS}
    for status, number in counts.items():
        if type(number) is not int or number < 0:
            raise Unexpected(f"{clean(component)} has {clean(repr(number))} lumisections of {clean(status)}")
    return {status: number for status, number in sorted(counts.items()) if number}


def _checked(adapter: TypeAdapter[T], value: Any, what: str) -> T:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise Unexpected(f"{what}: {_told(error)}") from None


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    where = _path(first["loc"])
    value = "" if first["type"] == "missing" else f" (it is {clean(repr(first['input']))})"
    return f"{where}{first['msg'][:1].lower()}{first['msg'][1:]}{value}"


def _path(place: Iterable[int | str]) -> str:
    path = ".".join(clean(str(step)) for step in place)
    return f"{path}: " if path else ""
