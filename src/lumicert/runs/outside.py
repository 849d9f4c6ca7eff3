"""The clients of outside systems that this deployment is set up to ask, and how those systems answered.

A system without an address is not asked: its client is None, and everything else goes on.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.db import connection
from django.utils import timezone

from lumicert.people.calls import SOURCE as SIGN_IN
from lumicert.runs.models import Source
from lumicert.sources.dqmgui.client import DqmGuiClient
from lumicert.sources.http import Call, Door, Settings
from lumicert.sources.oms.client import OmsClient
from lumicert.sources.run_registry.client import RunRegistry
from lumicert.sources.sso.client import Client, TokenCache

OMS, SSO, DQM_GUI, RUN_REGISTRY = "OMS", SIGN_IN, "DQM GUI", "Run Registry"
_WITH_TOKEN = (OMS, RUN_REGISTRY)
Health = Literal["up", "degraded", "down", "not asked yet", "not set up"]
# one failure may be a hiccup; three in a row are an outage
_FAILURES_OF_OUTAGE = 3
_SLOW_SECONDS = 5.0


@functools.cache
def oms() -> OmsClient | None:
    """OMS, as this deployment reaches it."""
    config = settings.CONFIG
    if config.oms_url is None:
        return None
    tokens = _tokens()
    return OmsClient(_door(OMS, config.oms_url), tokens.audience(config.oms_audience) if tokens else None)


@functools.cache
def dqmgui() -> DqmGuiClient | None:
    """The DQM GUI, as this deployment reaches it."""
    config = settings.CONFIG
    return None if config.dqmgui_url is None else DqmGuiClient(_door(DQM_GUI, config.dqmgui_url))


@functools.cache
def run_registry() -> RunRegistry | None:
    """The Run Registry outside, as this deployment reaches it."""
    config = settings.CONFIG
    if config.run_registry_url is None:
        return None
    tokens = _tokens()
    door = _door(RUN_REGISTRY, config.run_registry_url)
    return RunRegistry(door, tokens.audience(config.run_registry_audience) if tokens else None)


@functools.cache
def _tokens() -> TokenCache | None:
    config = settings.CONFIG
    if config.sso_client_id is None or config.sso_client_secret is None:
        return None
    client = Client(config.sso_client_id, config.sso_client_secret.get_secret_value())
    return TokenCache(_door(SSO, config.sso_url), client, config.sso_way)


def _door(name: str, url: str) -> Door:
    config = settings.CONFIG
    total = config.source_timeout
    limits = Settings(name=name, base_url=url, ca_file=config.ca_file, total=total, read=min(20.0, total / 2))
    return Door(limits, observer=Recorder())


def forget() -> None:
    """Close the clients and make new ones when they are asked for again: the settings have changed."""
    for client in (oms, dqmgui, run_registry, _tokens):
        client.cache_clear()


class Recorder:
    """Writes down how each call ended."""

    def told(self, call: Call) -> None:
        """A call has ended."""
        answered = call.outcome == "ok"
        failure = "" if call.error is None else str(call.error)
        parameters = {"now": timezone.now(), "seconds": call.seconds if answered else None, "failure": failure}
        with connection.cursor() as cursor:
            cursor.execute(
                _TOLD,
                {
                    "name": call.source,
                    "what": call.what[:300],
                    "ok": answered,
                    "outcome": call.outcome,
                    "skew": call.skew,
                    **parameters,
                },
            )


_TOLD = """
    INSERT INTO runs_source AS old (name, asked_at, asked, succeeded_at, failing_since, failing, outcome, failure,
        latency, mean_latency, skew, calls, failures)
    VALUES (%(name)s, %(now)s, %(what)s, CASE WHEN %(ok)s THEN %(now)s::timestamptz END,
        CASE WHEN NOT %(ok)s THEN %(now)s::timestamptz END, (NOT %(ok)s)::int, %(outcome)s, %(failure)s,
        %(seconds)s, %(seconds)s, %(skew)s, 1, (NOT %(ok)s)::int)
    ON CONFLICT (name) DO UPDATE SET
        asked_at = excluded.asked_at, asked = excluded.asked, outcome = excluded.outcome,
        succeeded_at = coalesce(excluded.succeeded_at, old.succeeded_at),
        failing_since = CASE WHEN NOT %(ok)s THEN coalesce(old.failing_since, excluded.failing_since) END,
        failing = CASE WHEN %(ok)s THEN 0 ELSE old.failing + 1 END,
        -- what was wrong last time stays to be read
        failure = CASE WHEN %(ok)s THEN old.failure ELSE excluded.failure END,
        latency = coalesce(excluded.latency, old.latency),
        mean_latency = coalesce(old.mean_latency * 11 / 12 + excluded.latency / 12, excluded.latency, old.mean_latency),
        skew = coalesce(excluded.skew, old.skew), calls = old.calls + 1, failures = old.failures + excluded.failures"""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one system is, in a word and a sentence."""

    name: str
    address: str | None
    health: Health
    since: datetime | None
    row: Source | None
    waits_for: str = ""

    @property
    def why(self) -> str:
        """What is wrong, for a person; empty where nothing is."""
        if self.waits_for:
            return f"it cannot be asked while {self.waits_for} gives no token"
        if self.row is None or self.health == "up":
            return ""
        if not self.row.failing:
            return f"it answers slowly: {self.row.mean_latency:.1f} s on average"
        return self.row.failure


def health() -> list[SourceHealth]:
    """Every system that the product knows of, in one query."""
    config = settings.CONFIG
    rows = {row.name: row for row in Source.objects.all()}
    addresses = {
        OMS: config.oms_url,
        # people sign in there, or programs get tokens there
        SSO: config.sso_url if config.sso_client_id or config.oidc_client_id else None,
        DQM_GUI: config.dqmgui_url,
        RUN_REGISTRY: config.run_registry_url,
    }
    found = {name: _health(name, address, rows.get(name)) for name, address in addresses.items()}
    if found[SSO].health == "down" and config.sso_client_id:
        for name in _WITH_TOKEN:
            # without a token it is not even asked
            if found[name].health != "not set up":
                found[name] = replace(found[name], health="down", since=found[SSO].since, waits_for=SSO)
    return list(found.values())


def _health(name: str, address: str | None, row: Source | None) -> SourceHealth:
    if address is None:
        return SourceHealth(name, None, "not set up", None, None)
    if row is None:
        return SourceHealth(name, address, "not asked yet", None, None)
    if row.failing >= _FAILURES_OF_OUTAGE or (row.failing and row.succeeded_at is None):
        return SourceHealth(name, address, "down", row.failing_since, row)
    slow = (row.mean_latency or 0) > _SLOW_SECONDS
    return SourceHealth(name, address, "degraded" if row.failing or slow else "up", row.failing_since, row)
