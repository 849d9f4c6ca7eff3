"""The word in the bar is that of the system that is worst, found in one query, or in none where nothing is set up."""

from __future__ import annotations

from typing import Any

import pytest

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.monitor.selectors import standing
from lumicert.runs import outside

pytestmark = pytest.mark.django_db


def said() -> tuple[str, str]:
    return standing().level, standing().word


def test_where_nothing_is_set_up_it_is_off_and_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert said() == ("off", "no sources")


def test_it_costs_one_query(set_up: None, told: Any, django_assert_num_queries: Any) -> None:
    told()
    with django_assert_num_queries(1):
        standing()


def test_before_anybody_asked_it_says_nothing_good(set_up: None) -> None:
    assert said() == ("off", "sources")


def test_one_that_is_down_outweighs_those_that_are_up(set_up: None, told: Any) -> None:
    told(outside.DQM_GUI)
    assert said() == ("up", "sources up")
    told(outside.OMS)
    told(outside.OMS, fails=True)
    assert said() == ("degraded", "OMS degraded")
    told(outside.OMS, fails=True)
    told(outside.OMS, fails=True)
    assert said() == ("down", "OMS down")
    told(outside.SSO, fails=True)
    # without a token Run Registry is not asked either
    assert said() == ("down", "3 sources down")
    assert "OMS and CERN SSO and Run Registry down" in standing().sentence
    told(outside.OMS)
    told(outside.SSO)
    assert said() == ("up", "sources up")


def test_it_stands_on_every_page(set_up: None, told: Any, shifter: User, client_of: ClientOf) -> None:
    told()
    for address in ("/runs/", "/golden/", "/sources/", "/rules/"):
        assert 'class="lamp up"' in client_of(shifter).get(address).content.decode()
