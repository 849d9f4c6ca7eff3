"""Whether a certification stands as an import brought it in; and whose was handed over, which the log is asked for."""

from django.db import migrations, models

# a column of a table that follows from the log may be filled by the projector alone, for its own transaction
FILL = """
    SELECT set_config('lumicert.projecting', 'on', true);
    UPDATE certification_certification c SET imported = true
        FROM decisions_event e WHERE e.seq = c.seq AND e.origin = 'import';
    SELECT set_config('lumicert.projecting', 'off', true);
"""

HANDED_OVER = """
    CREATE INDEX event_handed_over ON decisions_event ((payload->>'handed_from'), seq)
        WHERE kind = 'certification.made' AND payload->>'handed_from' > ''
"""


class Migration(migrations.Migration):
    dependencies = [("certification", "0003_week_checklist"), ("decisions", "0006_status_index")]

    operations = [
        migrations.AddField("certification", "imported", models.BooleanField(default=False), preserve_default=False),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(HANDED_OVER, "DROP INDEX event_handed_over"),
        migrations.AddIndex(
            "certification",
            models.Index(fields=["seq"], name="certification_own_by_seq", condition=models.Q(("imported", False))),
        ),
    ]
