"""The catalogue of variables: which names a rule may use.

A *family* is a prefix with a given set of members: `lumisection.rr.<component>` with the components of the registry.
"""

import difflib
from collections.abc import Iterable, Mapping


class Catalogue:
    """The known variable names: exact names, and families of them.

    >>> known = Catalogue(["run.oms.energy"], {"lumisection.rr": ["tracker-pixel", "tracker-strip"]})
    >>> "lumisection.rr.tracker-strip" in known
    True
    >>> known.suggest("lumisection.rr.tracker-stripe")
    ['lumisection.rr.tracker-strip', 'lumisection.rr.tracker-pixel']
    """

    def __init__(self, names: Iterable[str] = (), families: Mapping[str, Iterable[str]] | None = None) -> None:
        members = (f"{family}.{name}" for family, given in (families or {}).items() for name in given)
        self.names = frozenset(names).union(members)
        self._ordered = sorted(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def suggest(self, name: str) -> list[str]:
        """At most three known names that resemble `name`, the nearest first; what follows the last dot counts too."""
        near = difflib.get_close_matches(name, self._ordered, n=3, cutoff=0.75)
        if near:
            return near
        # A name of the wrong family ("run.cms_active") resembles nothing as a whole, but its last part does.
        by_last: dict[str, str] = {known.rpartition(".")[2]: known for known in reversed(self._ordered)}
        return [by_last[last] for last in difflib.get_close_matches(name.rpartition(".")[2], by_last, n=3, cutoff=0.75)]
