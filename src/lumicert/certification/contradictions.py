"""Where the rules speak against GOOD, and nobody was asked: their word lies under it, and does not count.

Who certifies leaves to the rules what these call worse at that moment. High voltage of which OMS tells an hour later, a
new version of a rule, and a certification that an import brought in are no part of that. Nothing is changed by itself:
a word of a person is taken back by persons. Certifying the run again leaves to the rules what they say by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from lumicert.certification.leaving import WORSE
from lumicert.certification.workspaces import Part, Workspace
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.ranges import Ranges, from_sql, readable

# a run and a reconstruction
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A status worse than GOOD that a rule or an import gave to lumisections which a person calls GOOD."""

    part: Part
    status: str
    cause: str
    lumis: Ranges
    seq: int
    act: UUID

    @property
    def words(self) -> str:
        """For a line: `STANDBY in LS 300–310, HV off`."""
        return f"{self.status} in LS {readable(self.lumis)}{f', {self.cause}' if self.cause else ''}"


# A word of a person that came after the rule's was said in its knowledge; one that an import brought in was not.
_CONTRADICTIONS = """
    SELECT c.run, c.reconstruction, p.component, a.status, a.cause, a.seq, e.act, range_agg(p.lumis * a.lumis)
    FROM unnest(%(runs)s::int[], %(reconstructions)s::text[]) AS k(run, reconstruction)
    JOIN certification_certification c USING (run, reconstruction)
    JOIN decisions_componentstatus p ON p.run = c.run AND p.dataset = c.dataset
    JOIN decisions_componentstatus a ON a.run = p.run AND a.dataset = p.dataset AND a.component = p.component
    JOIN decisions_event e ON e.seq = a.seq
    WHERE c.workspace = %(workspace)s AND p.component = ANY(%(components)s)
    AND p.layer = %(person)s AND p.status = 'GOOD'
    AND a.layer = %(automatic)s AND a.status = ANY(%(worse)s)
    AND p.lumis && a.lumis
    AND (a.seq > p.seq OR EXISTS (SELECT FROM decisions_event o WHERE o.seq = p.seq AND o.origin = %(imported)s))
    GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 6"""


def contradictions(of: Workspace, certified: Iterable[Key]) -> dict[Key, list[Contradiction]]:
    """What the rules say against the GOOD of live certifications, where they do: one query, however many are asked."""
    keys = list(certified)
    if not keys:
        return {}
    parts = {part.component: part for part in of.parts}
    asked: dict[str, str | list[int] | list[str]] = {
        "runs": [run for run, _ in keys], "reconstructions": [reconstruction for _, reconstruction in keys],
        "workspace": of.name, "components": list(parts), "worse": sorted(WORSE),
        "person": Layer.PERSON, "automatic": Layer.AUTOMATIC, "imported": Origin.IMPORT,
    }  # fmt: skip
    found: dict[Key, list[Contradiction]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CONTRADICTIONS, asked)
        for run, reconstruction, component, status, cause, seq, act, lumis in cursor.fetchall():
            said = Contradiction(parts[component], status, cause, from_sql(lumis), seq, act)
            found.setdefault((run, reconstruction), []).append(said)
    return found
