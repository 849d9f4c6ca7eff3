"""What each workspace certifies: its components, which of them decide, and which statuses contradict each other.

A workspace is a JSON file. The tracker's is shipped; another subsystem adds its own to the folder that
`LUMICERT_WORKSPACES` names, or replaces one that is shipped by giving it the same name.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, model_validator

RunType = Literal["collisions", "cosmics"]
RUN_TYPES: tuple[RunType, ...] = ("collisions", "cosmics")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Strict):
    """A component as the form calls it; `component` is its name in the log, such as `tracker-pixel`."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")
    label: str = Field(max_length=40)
    component: str = Field(pattern=r"^[a-z0-9_]{1,40}-[A-Za-z0-9_]{1,40}$")
    # in which types of runs its status decides whether the certification is good
    decides: tuple[RunType, ...] = RUN_TYPES
    excludable: bool = True


class Need(_Strict):
    """`of` cannot be GOOD where `on` is BAD or EXCLUDED, in runs of these types."""

    of: str
    on: str
    run_types: tuple[RunType, ...] = RUN_TYPES


# the one that a page is about while nobody says otherwise
USUAL_WORKSPACE = "tracker"


class Workspace(_Strict):
    """One subsystem's certification."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    label: str
    parts: tuple[Part, ...] = Field(min_length=1)
    needs: tuple[Need, ...] = ()
    has_tracker_map: bool = False

    @model_validator(mode="after")
    def _is_consistent(self) -> Workspace:
        keys = [part.key for part in self.parts]
        if len(set(keys)) < len(keys):
            raise ValueError(f"workspace {self.name} has two components of one key")
        if strange := {name for need in self.needs for name in (need.of, need.on)} - set(keys):
            raise ValueError(f"workspace {self.name} has no component {', '.join(sorted(strange))}")
        return self

    def part(self, key: str) -> Part:
        """The component of that key.

        Raises:
            KeyError: there is none.
        """
        return {part.key: part for part in self.parts}[key]

    @property
    def is_usual(self) -> bool:
        """Whether pages are about it while nobody says otherwise."""
        return self.name == USUAL_WORKSPACE

    @property
    def components(self) -> list[str]:
        """The names of its components in the log."""
        return [part.component for part in self.parts]


class UnknownWorkspace(LookupError):
    """There is no workspace of that name."""


def workspace(name: str) -> Workspace:
    """The workspace of that name.

    Raises:
        UnknownWorkspace: with the names that there are.
    """
    found = workspaces()
    if name not in found:
        raise UnknownWorkspace(f"there is no workspace {name!r}; there are {', '.join(found)}")
    return found[name]


def workspaces() -> dict[str, Workspace]:
    """All workspaces, by name."""
    return _read(str(settings.CONFIG.workspaces or ""))


@cache
def _read(folder: str) -> dict[str, Workspace]:
    shipped = [
        text.read_text() for text in files(__package__).joinpath("shipped").iterdir() if text.name.endswith("json")
    ]
    own = [path.read_text() for path in sorted(Path(folder).glob("*.json"))] if folder else []
    read = [Workspace.model_validate_json(text) for text in (*shipped, *own)]
    return {each.name: each for each in sorted(read, key=lambda each: each.name)}
