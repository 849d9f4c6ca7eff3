"""Who has an account in the simulated SSO: the cast of the product's demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """A CERN account and the roles that the application's owner gave it."""

    upn: str
    given_name: str
    family_name: str
    person_id: int
    roles: tuple[str, ...]

    @property
    def name(self) -> str:
        """As CERN writes names for display."""
        return f"{self.given_name} {self.family_name}"

    def claims(self) -> dict[str, Any]:
        """The claims of CERN's tokens about a person (auth.docs.cern.ch, "Tokens and claims")."""
        return {
            "sub": self.upn,
            "name": self.name,
            "given_name": self.given_name,
            "family_name": self.family_name,
            "preferred_username": self.upn,
            "email": f"{self.upn}@sandbox.invalid",
            "email_verified": True,
            "cern_upn": self.upn,
            "cern_mail_upn": f"{self.upn}@sandbox.invalid",
            "cern_person_id": str(self.person_id),
            "cern_preferred_language": "EN",
            "cern_roles": list(self.roles),
        }


PEOPLE: Mapping[str, Person] = MappingProxyType(
    {
        person.upn: person
        for person in (
            Person("shifter", "Sam", "Shifter", 900001, ("default-role", "shifter")),
            Person("shifter2", "Robin", "Second", 900002, ("default-role", "shifter")),
            Person("leader", "Lee", "Leader", 900003, ("default-role", "shifter", "shiftleader")),
            Person("admin", "Ada", "Admin", 900004, ("default-role", "admin")),
            Person("guest", "Gale", "Guest", 900005, ("default-role",)),
        )
    }
)
