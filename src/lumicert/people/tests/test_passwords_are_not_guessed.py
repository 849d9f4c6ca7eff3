"""Wrong local passwords: a lock of minutes that grows, for an account and for an address, and that always ends."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.people import attempts
from lumicert.people.models import Attempts

pytestmark = pytest.mark.django_db
GOOD = "correct horse battery"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def chief(settings):
    # hundreds of passwords are tried here, and a slow hash would be slow each time
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_superuser("chief", password=GOOD)


def sign_in(
    password: str = "wrong",  # noqa: S107  (it is the wrong one)
    name: str = "chief",
    address: str = HERE,
):
    return Client().post("/sign-in", {"username": name, "password": password}, REMOTE_ADDR=address)


def later(time: timedelta) -> None:
    """The same, so much later: everything that was noted lies further back."""
    for row in Attempts.objects.all():
        row.last_at -= time
        row.until = row.until and row.until - time
        row.save()


def lock(name: str = "chief", address: str = HERE) -> None:
    for _ in range(attempts.LIMITS[attempts.PAIR]):
        assert sign_in(name=name, address=address).status_code == 422


def test_after_five_wrong_passwords_not_even_the_right_one_is_looked_at_for_a_minute():
    lock()
    refused = sign_in(GOOD)
    assert refused.status_code == 429
    assert 50 <= int(refused["Retry-After"]) <= 60
    page = refused.content.decode()
    assert "Too many wrong passwords: the next one is looked at in" in page
    assert "lumicert admin unlock NAME" in page
    later(timedelta(seconds=61))
    assert sign_in(GOOD).status_code == 302


def test_a_right_password_begins_anew():
    for _ in range(3):
        for _ in range(4):
            sign_in()
        assert sign_in(GOOD).status_code == 302


def test_each_further_failure_locks_twice_as_long_and_never_longer_than_a_quarter_of_an_hour():
    lock()
    waits = []
    for _ in range(7):
        waits.append(int(sign_in()["Retry-After"]))
        later(timedelta(seconds=waits[-1] + 1))
        assert sign_in().status_code == 422
    assert all(later_one >= 1.9 * earlier for earlier, later_one in pairwise(waits[:4]))
    assert max(waits) <= 15 * 60
    later(timedelta(minutes=76))
    assert sign_in(GOOD).status_code == 302


def test_what_is_tried_during_a_lock_makes_it_no_longer():
    lock()
    before = Attempts.objects.get(kind=attempts.PAIR).until
    for _ in range(20):
        assert sign_in().status_code == 429
    assert Attempts.objects.get(kind=attempts.PAIR).until == before


def test_an_account_that_is_not_there_is_answered_the_same():
    lock(name="nobody")
    there, not_there = sign_in(), sign_in(name="nobody")
    lock(name="chief2")
    assert there.status_code == 422
    assert not_there.status_code == sign_in(name="chief2").status_code == 429


@pytest.mark.parametrize("name", ["ch\0ief", " chief ", "\N{FULLWIDTH LATIN SMALL LETTER C}hief", "x" * 9000, ""])
def test_another_spelling_of_a_name_gives_no_further_attempts_and_breaks_nothing(name):
    answers = [sign_in(name=name).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert sign_in(GOOD).status_code == (302 if name in ("", "x" * 9000) else 429)


def test_somebody_elsewhere_does_not_lock_out_who_signs_in_from_here():
    lock(address=ELSEWHERE)
    assert sign_in(GOOD, address=ELSEWHERE).status_code == 429
    assert sign_in(GOOD).status_code == 302


def test_many_accounts_tried_from_one_address_lock_the_address():
    for number in range(attempts.LIMITS[attempts.ADDRESS]):
        assert sign_in(name=f"guess{number}").status_code == 422
    assert sign_in(GOOD).status_code == 429
    assert sign_in(GOOD, address=ELSEWHERE).status_code == 302


def test_an_own_account_in_between_gives_no_more_attempts_at_others():
    User.objects.create_user("own", password=GOOD)
    answers = []
    for number in range(60):
        answers.append(sign_in(name=f"guess{number}").status_code)
        sign_in(GOOD, name="own")
    assert 429 in answers


def test_an_account_tried_from_many_addresses_is_locked_but_not_where_it_is_known():
    assert sign_in(GOOD).status_code == 302
    for number in range(attempts.LIMITS[attempts.ACCOUNT]):
        assert sign_in(address=f"203.0.113.{number}").status_code == 422
    assert sign_in(GOOD, address=ELSEWHERE).status_code == 429
    assert sign_in(GOOD).status_code == 302


def test_the_operator_reads_of_a_lock_in_the_log_and_administrators_on_the_page(caplog, capsys):
    lock()
    told = capsys.readouterr()
    assert "local passwords are locked" in told.out + told.err + caplog.text
    later(timedelta(seconds=10))
    browser = Client()
    browser.force_login(User.objects.get())
    page = browser.get("/people").content.decode()
    assert f"<b>chief</b> from {HERE}" in page


def test_the_command_line_ends_a_lock_at_once():
    lock()
    out = io.StringIO()
    call_command("admin", "unlock", "chief", stdout=out)
    assert out.getvalue() == "ended 1 lock of chief\n"
    assert sign_in(GOOD).status_code == 302
    call_command("admin", "unlock", "chief", stdout=out)
    assert "chief is not locked" in out.getvalue()


def test_what_is_long_over_is_removed():
    lock()
    later(timedelta(hours=2))
    sign_in(name="other", address=ELSEWHERE)
    assert not Attempts.objects.filter(account="chief").exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_time_are_all_counted():
    def attempt(_: int) -> bool:
        try:
            return attempts.begin(account="chief", address=HERE) is None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        looked_at = sum(pool.map(attempt, range(24)))
    assert looked_at == attempts.LIMITS[attempts.PAIR]
    assert Attempts.objects.get(kind=attempts.PAIR).until > timezone.now()
