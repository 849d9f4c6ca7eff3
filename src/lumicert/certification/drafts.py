"""What somebody has typed of a certification and not submitted: kept here, so that no browser can lose it.

A draft is no decision: it is not in the log, nobody else sees it, and it goes once it is submitted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from lumicert.accounts.models import User
from lumicert.certification.models import Draft
from lumicert.decisions.models import Event

# as much as a form with every comment full can hold, several times over
MOST_CHARACTERS = 200_000

Fields = Mapping[str, Sequence[str]]


class DraftRefused(ValueError):
    """What was typed cannot be kept as a draft."""


def save(
    *, run: int, workspace: str, reconstruction: str, user: User, seq: int, typed: Fields, act: UUID | None = None
) -> Draft | None:
    """Keep what was typed, in place of what was kept before.

    Args:
        seq: the last event that the form had seen.
        act: of the form. A draft of an act that is in the log already came late, and is not kept: None.

    Raises:
        DraftRefused: it is longer than any certification.
    """
    if act is not None and Event.objects.filter(act=act).exists():
        return None
    # no text of PostgreSQL holds the character NUL, and nobody types it
    kept = {name: [value.replace("\0", "") for value in values] for name, values in typed.items()}
    if len(json.dumps(kept)) > MOST_CHARACTERS:
        raise DraftRefused(f"This is longer than {MOST_CHARACTERS:,} characters: it is not kept as a draft.")
    found, _ = Draft.objects.update_or_create(
        user=user, run=run, workspace=workspace, reconstruction=reconstruction, defaults={"seq": seq, "typed": kept}
    )
    return found


def find(*, run: int, workspace: str, reconstruction: str, user: User) -> Draft | None:
    """This person's draft."""
    return Draft.objects.filter(run=run, workspace=workspace, reconstruction=reconstruction, user=user).first()


def discard(*, run: int, workspace: str, reconstruction: str, user: User) -> bool:
    """Forget this person's draft; False where there is none."""
    mine = Draft.objects.filter(run=run, workspace=workspace, reconstruction=reconstruction, user=user)
    return bool(mine.delete()[0])
