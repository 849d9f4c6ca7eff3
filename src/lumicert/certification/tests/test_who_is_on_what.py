"""Claims: who is on a run now; one who left is on it no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lumicert.certification import claims
from lumicert.certification.models import Claim

pytestmark = pytest.mark.django_db

KEY = {"run": 321123, "workspace": "tracker", "reconstruction": "prompt"}


def leave_for(minutes: float) -> None:
    """As if no page had renewed the claims for so long."""
    for each in Claim.objects.all():
        each.seen_at -= timedelta(minutes=minutes)
        each.at -= timedelta(minutes=minutes)
        each.save()


def test_whoever_comes_first_is_on_it(shifter):
    assert claims.who_is_on(**KEY) is None
    assert claims.keep(**KEY, user=shifter).who == "shifter"
    assert claims.who_is_on(**KEY).is_of(shifter)


def test_the_second_is_told_who_was_first_and_changes_nothing(shifter, shifter2):
    first = claims.keep(**KEY, user=shifter)
    assert claims.keep(**KEY, user=shifter2) == first


def test_a_renewed_claim_began_when_it_began(shifter):
    began = claims.keep(**KEY, user=shifter)
    leave_for(4)
    again = claims.keep(**KEY, user=shifter)
    assert again.since == began.since - timedelta(minutes=4)
    assert again.seen_at > again.since + timedelta(minutes=3)


def test_a_claim_that_nobody_renewed_for_five_minutes_was_left(shifter, shifter2):
    claims.keep(**KEY, user=shifter)
    leave_for(5.1)
    assert claims.who_is_on(**KEY) is None
    assert claims.keep(**KEY, user=shifter2).who == "shifter2"


def test_who_comes_back_after_having_left_begins_anew(shifter):
    began = claims.keep(**KEY, user=shifter)
    leave_for(6)
    assert claims.keep(**KEY, user=shifter).since >= began.since


def test_only_who_is_on_it_can_release_it(shifter, shifter2):
    claims.keep(**KEY, user=shifter)
    assert not claims.release(**KEY, user=shifter2)
    assert claims.release(**KEY, user=shifter)
    assert claims.who_is_on(**KEY) is None


def test_the_tag_changes_with_who_is_on_what_and_not_with_a_sign_of_life(shifter, shifter2):
    empty = claims.tag()
    claims.keep(**KEY, user=shifter)
    taken = claims.tag()
    claims.keep(**KEY, user=shifter)
    assert claims.tag() == taken != empty
    claims.release(**KEY, user=shifter)
    claims.keep(**KEY, user=shifter2)
    assert claims.tag() not in {taken, empty}
