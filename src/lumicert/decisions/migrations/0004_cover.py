"""The union of sets of lumisections as a running aggregate."""

from django.db import migrations

FORWARD = """
-- As range_agg, but what overlaps or touches is joined at each step: over a window, range_agg sorts all it has seen again
-- for every row.
CREATE AGGREGATE decisions_cover(int4multirange) (SFUNC = multirange_union, STYPE = int4multirange, INITCOND = '{}',
    PARALLEL = SAFE);
"""

BACKWARD = "DROP AGGREGATE decisions_cover(int4multirange)"


class Migration(migrations.Migration):
    dependencies = [("decisions", "0003_projections_kept")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
