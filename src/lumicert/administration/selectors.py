"""How often what is on the lists was chosen: counts of live certifications."""

from __future__ import annotations

from collections import Counter

from django.db import connection
from django.db.models import Count

from lumicert.certification.models import Certification
from lumicert.certification.workspaces import workspaces

# what stands under the key of a component is found in its workspace
_PROBLEMS = """
    SELECT c.workspace, part.key, problem, count(*)
    FROM certification_certification c, jsonb_each(c.parts) part,
        jsonb_array_elements_text(part.value->'problems') problem
    GROUP BY 1, 2, 3"""


def uses_of_problems() -> Counter[tuple[str, str]]:
    """In how many live certifications each problem was chosen, by component and name. One query."""
    components = {(each.name, part.key): part.component for each in workspaces().values() for part in each.parts}
    with connection.cursor() as cursor:
        cursor.execute(_PROBLEMS)
        found: Counter[tuple[str, str]] = Counter()
        for name, key, problem, count in cursor.fetchall():
            # the file of a workspace may have been taken away since
            found[components.get((name, key), ""), problem] += count
    return found


def uses_of_reasons() -> Counter[tuple[str, str]]:
    """In how many live certifications each reason was chosen, under an empty component and its name. One query."""
    counted = Certification.objects.exclude(bad_reason="").values_list("bad_reason").annotate(n=Count("seq"))
    return Counter({("", name): count for name, count in counted})
