"""What the page Sources shows, as plain values for its templates."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from lumicert.runs.outside import DQM_GUI, OMS, RUN_REGISTRY, SSO, SourceHealth

# a token of a clock that is this far off may be refused
_SKEW_THAT_MATTERS_S = 30.0

STATUS_CLASSES = {
    "up": "good",
    "degraded": "standby",
    "down": "bad",
    "not asked yet": "notset",
    "not set up": "empty",
}
ROLE = {
    OMS: "runs, fills, lumisections and luminosity",
    SSO: "the tokens with which OMS and Run Registry are asked",
    DQM_GUI: "which datasets of a run have arrived",
    RUN_REGISTRY: "what another registry says of the same datasets, and writing our decisions there",
}
SET_UP_BY = {
    OMS: "LUMICERT_OMS_URL",
    SSO: "LUMICERT_SSO_CLIENT_ID and LUMICERT_SSO_CLIENT_SECRET",
    DQM_GUI: "LUMICERT_DQMGUI_URL",
    RUN_REGISTRY: "LUMICERT_RUN_REGISTRY_URL",
}
_MEANWHILE = {
    OMS: "Certification goes on: every run that is here can be marked, reviewed and exported as always. Runs that OMS "
    "told of wait in the list below; what is new there is fetched when it answers. A run that is needed before that "
    "can be entered by hand; OMS completes it later, visibly.",
    SSO: "Certification goes on, and whoever is signed in stays so. Without a token OMS lets nobody in, so runs wait "
    "in the list below until there is one.",
    DQM_GUI: "Certification goes on: datasets that are here can be marked as always. Datasets that arrive meanwhile "
    "are registered when it answers.",
    RUN_REGISTRY: "Certification goes on: this product is a registry itself. What was last seen there stays, with its "
    "age; what is to be written there waits.",
}
_WITHOUT = {
    OMS: "Runs come by hand and by import.",
    SSO: "It is needed only where OMS or Run Registry asks for a token.",
    DQM_GUI: "Datasets come by import.",
    RUN_REGISTRY: "Nothing is compared with another registry, and nothing is written there.",
}


@dataclass(frozen=True, slots=True)
class System:
    """One system as its card shows it; empty words are left out."""

    health: SourceHealth
    anchor: str
    css: str
    role: str
    address: str
    set_up_by: str
    without: str
    meanwhile: str
    latency: str
    mean_latency: str
    clock: str
    clock_is_off: bool


def system(health: SourceHealth) -> System:
    """The card of one system."""
    set_up = health.address is not None
    row = health.row
    skew = row.skew if row else None
    return System(
        health=health,
        anchor=health.name.lower().replace(" ", "-"),
        css=STATUS_CLASSES[health.health],
        role=ROLE[health.name],
        address=shown_address(health.address),
        set_up_by="" if set_up else SET_UP_BY[health.name],
        without="" if set_up else _WITHOUT[health.name],
        meanwhile=_MEANWHILE[health.name] if health.health in {"down", "degraded"} else "",
        latency=seconds_words(row.latency if row else None),
        mean_latency=seconds_words(row.mean_latency if row else None),
        clock=clock_words(skew),
        clock_is_off=skew is not None and abs(skew) >= _SKEW_THAT_MATTERS_S,
    )


def shown_address(address: str | None) -> str:
    """An address without the name and the password that may stand in it."""
    if address is None:
        return ""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def seconds_words(seconds: float | None) -> str:
    """A duration with as many digits as help; empty where it is not known."""
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{max(1, round(1000 * seconds))} ms"


def clock_words(skew: float | None) -> str:
    """How a system's clock goes against ours; `skew` is the seconds by which it is ahead, None where not known."""
    if skew is None:
        return ""
    # the header that tells the time has whole seconds
    if abs(skew) < 1:
        return "agrees with ours"
    return f"{abs(skew):,.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
