"""How often a local password may be tried: a lock of minutes, growing with each failure, kept in the database.

Failures are counted under three *keys*: an account from one address, an account from anywhere, and an address with any
account. A key whose count reaches its limit is locked, first for a minute, then twice as long with each failure, up to
a quarter of an hour; an hour after its last failure it begins anew. Nobody is locked out for good: a lock ends by
itself, from an address from which the account was signed in lately what strangers try elsewhere does not count, and
`lumicert admin unlock` ends it at once.

The table is shared by all processes, which a cache of this installation is not; the limits of django-allauth count in
the cache, and those of django-axes bring a sign-in backend and a middleware of their own for this one table. Locks are
told in the operator's log and on the page of people, not in the log of decisions, into which strangers must not write.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from lumicert.people.models import Attempts

FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=1), timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
KNOWN_FOR = timedelta(days=30)
PAIR, ACCOUNT, ADDRESS, KNOWN = "account and address", "account", "address", "known"
# behind one address may be an institute, and from anywhere an account is tried by whoever wants it locked
LIMITS: Final = {PAIR: 5, ADDRESS: 20, ACCOUNT: 50}
_LONGEST_NAME = 150
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Locked:
    """Until when no password is tried."""

    until: datetime

    @property
    def seconds(self) -> int:
        return max(1, round((self.until - timezone.now()).total_seconds()))

    @property
    def words(self) -> str:
        """How long to wait: `40 s`, `3 min`."""
        left = self.seconds
        return f"{left} s" if left < 60 else f"{-(-left // 60)} min"


def begin(*, account: str, address: str) -> Locked | None:
    """Count an attempt before the password is looked at, so that many at the same time are counted too.

    Returns:
        The lock that stands, in which case the password is not to be looked at; None to go on.
    """
    now, name = timezone.now(), _named(account)
    with transaction.atomic():
        rows = _held(_keys(name, address), now)
        known = Attempts.objects.filter(kind=KNOWN, account=name, address=address, last_at__gt=now - KNOWN_FOR).exists()
        counting = [row for row in rows if not (known and row.kind == ACCOUNT)]
        standing = [row.until for row in counting if row.until is not None and row.until > now]
        if standing:
            return Locked(max(standing))
        for row in counting:
            _count(row, now)
        Attempts.objects.bulk_update(counting, ["failures", "last_at", "until"])
    for row in counting:
        if row.until is not None:
            _log.warning(
                "local passwords are locked", of=row.kind, account=row.account, address=row.address,
                failures=row.failures, until=row.until.isoformat(),
            )  # fmt: skip
    return None


def succeed(*, account: str, address: str) -> None:
    """The password was right: its account begins anew, and this address is known for it."""
    now, name = timezone.now(), _named(account)
    with transaction.atomic():
        Attempts.objects.filter(account=name, kind__in=(PAIR, ACCOUNT), address__in=("", address)).delete()
        # what was counted in advance; whoever owns one account does not thereby get more attempts at others
        Attempts.objects.filter(kind=ADDRESS, address=address).update(
            failures=Greatest(F("failures") - 1, 0), until=None
        )
        Attempts.objects.update_or_create(kind=KNOWN, account=name, address=address, defaults={"last_at": now})


def unlock(account: str) -> int:
    """End every lock of an account, and of the addresses from which it was tried; how many there were."""
    name = _named(account)
    tried = list(Attempts.objects.filter(kind=PAIR, account=name).values_list("address", flat=True))
    locks = Attempts.objects.filter(until__gt=timezone.now())
    ended = locks.filter(kind__in=(PAIR, ACCOUNT), account=name) | locks.filter(kind=ADDRESS, address__in=tried)
    deleted, _ = Attempts.objects.filter(pk__in=list(ended.values_list("pk", flat=True))).delete()
    return deleted


def locks() -> list[Attempts]:
    """The locks that stand now, those that last longest first."""
    return list(Attempts.objects.filter(until__gt=timezone.now()).order_by("-until")[:100])


def _named(account: str) -> str:
    # as Django's form reads it, so that no other spelling of a name has a count of its own
    return unicodedata.normalize("NFKC", account).replace("\0", "").strip()[:_LONGEST_NAME]


def _keys(name: str, address: str) -> list[Attempts]:
    return [
        Attempts(kind=PAIR, account=name, address=address),
        Attempts(kind=ACCOUNT, account=name, address=""),
        Attempts(kind=ADDRESS, account="", address=address),
    ]


def _held(keys: Sequence[Attempts], now: datetime) -> list[Attempts]:
    """The rows of these keys, locked in a fixed order until the transaction ends; what is long over is removed."""
    Attempts.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).exclude(kind=KNOWN).exclude(until__gt=now).delete()
    Attempts.objects.filter(kind=KNOWN, last_at__lt=now - KNOWN_FOR).delete()
    for each in keys:
        each.last_at = now
    Attempts.objects.bulk_create(keys, ignore_conflicts=True)
    return [
        Attempts.objects.select_for_update().get(kind=each.kind, account=each.account, address=each.address)
        for each in keys
    ]


def _count(row: Attempts, now: datetime) -> None:
    row.failures, row.last_at = row.failures + 1, now
    beyond = row.failures - LIMITS[row.kind]
    # ten doublings are longer than any lock, and more would not fit a date
    row.until = now + min(LONGEST_LOCK, FIRST_LOCK * 2 ** min(beyond, 10)) if beyond >= 0 else None
