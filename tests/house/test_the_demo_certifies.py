"""The demo's certifications are there once, and leave something to certify."""

from __future__ import annotations

import pytest

from lumicert.accounts.services import ensure_demo_accounts
from lumicert.certification.demo import seed
from lumicert.certification.models import Certification, Reference, Review
from lumicert.decisions.projections import check
from lumicert.decisions.selectors import current_seq
from lumicert.registry.demo import seed as seed_runs


@pytest.mark.django_db
def test_the_demo_has_certifications_references_and_reviews_once() -> None:
    ensure_demo_accounts()
    seed_runs()
    seed()
    last = current_seq()
    seed()
    assert current_seq() == last
    verdicts = list(Certification.objects.values_list("verdict", flat=True))
    assert len(verdicts) > 30
    assert verdicts.count("bad") == 1
    assert Reference.objects.count() >= 2
    assert set(Review.objects.values_list("outcome", flat=True)) == {"approved", "sent back"}
    assert all(each.same for each in check())
