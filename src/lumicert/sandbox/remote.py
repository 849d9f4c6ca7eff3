"""What drives a running sandbox through its control door, from another thread, process or the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx


class ControlError(RuntimeError):
    """The sandbox refused, or is not there; the message says which."""


def read_ready_file(file: Path) -> dict[str, str]:
    """The addresses that `lumicert sandbox serve --ready-file` wrote, by name."""
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)


class Remote:
    """A running sandbox at `url`, for who has its control key.

    Every method raises ControlError when the sandbox refuses or cannot be reached.
    """

    def __init__(self, url: str, key: str, *, verify: Any = True) -> None:
        self.url, self.key = url.rstrip("/"), key
        # without TLS there is nothing to verify, and reading the system's authorities takes longer than the request
        self._verify = verify if self.url.startswith("https:") else False

    @classmethod
    def of_ready_file(cls, file: Path) -> Remote:
        """The one that wrote this file (`lumicert sandbox serve --ready-file`). Raises OSError, KeyError."""
        told = read_ready_file(file)
        return cls(told["SANDBOX_URL"], told["SANDBOX_KEY"])

    def fault(self, kind: str, door: str = "all", **more: Any) -> dict[str, Any]:
        """Place a fault; `more` are the other fields of `faults.Fault`. Returns it with its `id`."""
        placed: dict[str, Any] = self._call("POST", "faults", {"kind": kind, "door": door, **more})
        return placed

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are placed."""
        placed: list[dict[str, Any]] = self._call("GET", "faults")
        return placed

    def clear(self, number: int | None = None) -> int:
        """Clear one fault, or all; returns how many."""
        return int(self._call("DELETE", "faults" if number is None else f"faults/{number}")["cleared"])

    def now(self) -> datetime:
        """Sandbox time."""
        return datetime.fromisoformat(self._call("GET", "clock")["at"])

    def set_clock(
        self, *, at: datetime | None = None, advance: float | None = None, speed: float | None = None
    ) -> datetime:
        """Set the clock, advance it by seconds, change its speed (0 is frozen); returns sandbox time."""
        asked = {"at": at.isoformat() if at else None, "advance": advance, "speed": speed}
        told = self._call("POST", "clock", {name: value for name, value in asked.items() if value is not None})
        return datetime.fromisoformat(told["at"])

    def advance(self, seconds: float) -> datetime:
        """Advance sandbox time by so many seconds; returns it."""
        return self.set_clock(advance=seconds)

    def requests(self) -> dict[str, Any]:
        """What was asked of the doors since the last `forget_requests` (`ledger.Ledger.to_json`)."""
        told: dict[str, Any] = self._call("GET", "requests")
        return told

    def forget_requests(self) -> None:
        """Count anew."""
        self._call("DELETE", "requests")

    def tokens(
        self, *, lifetime: float | None = None, rotate: bool = False, forget: bool = False, expire: bool = False
    ) -> float:
        """Change tokens: their life in seconds, new signing key, old ones served no more, all expired. Returns life."""
        asked = {"lifetime": lifetime} if lifetime is not None else {}
        flags = {"rotate": rotate, "forget": forget, "expire": expire}
        return float(self._call("POST", "sso", asked | flags)["lifetime"])

    def bring(self, runs: Sequence[Mapping[str, Any]]) -> int:
        """Have Run Registry know runs of the past (`past`), too; returns how many datasets they have."""
        return int(self._call("POST", "registry", {"runs": [*runs]})["datasets"])

    def reset(self) -> None:
        """As at the start: no faults, no counts, the clock where and as it was."""
        self._call("POST", "reset")

    def brilcalc(self, options: Mapping[str, str]) -> str:
        """brilcalc's table for options of `brilcalc.table`."""
        return self._asked("GET", "brilcalc/lumi", params=dict(options)).text

    def _call(self, method: str, name: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self._asked(method, f"control/{name}", json=body, headers=headers).json()

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            # trust_env off: a proxy of the surroundings must not come between this machine and itself
            with httpx.Client(trust_env=False, timeout=10, verify=self._verify) as client:
                answer = client.request(method, f"{self.url}/{path}", **more)
        except httpx.HTTPError as error:
            raise ControlError(f"no sandbox answers at {self.url}: {error}") from None
        if answer.status_code != 200:
            raise ControlError(f"the sandbox refused ({answer.status_code}): {answer.text.strip()}")
        return answer
