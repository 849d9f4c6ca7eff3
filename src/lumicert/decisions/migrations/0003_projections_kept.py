"""Tables that follow from the log change only with it; and the acts that are undone are found by an index."""

import django.db.models.fields.json
from django.db import migrations, models

import lumicert.decisions.fields

FORWARD = r"""
-- For the tables of the projections. `lumicert.projecting` is set by the projector alone, for its own transaction.
CREATE FUNCTION decisions_projection_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('lumicert.projecting', true) = 'on' THEN
        RETURN NULL;
    END IF;
    -- whoever has taken the log's own protection off, as tests do, empties the log and what follows from it together
    IF TG_OP = 'TRUNCATE' AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'decisions_event'::regclass
        AND tgname = 'decisions_event_keep_all' AND tgenabled = 'D') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% follows from the decision log: % is refused', TG_TABLE_NAME, TG_OP
        USING HINT = 'Append an event; `lumicert rebuild` makes the table again.', ERRCODE = 'restrict_violation';
END $$;
"""

BACKWARD = "DROP FUNCTION decisions_projection_keep() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_append_only")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AlterField(model_name="event", name="payload", field=lumicert.decisions.fields.PayloadField()),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                django.db.models.fields.json.KeyTextTransform("act", "payload"),
                condition=models.Q(("kind", "act.undone")),
                name="undoing_of_act",
            ),
        ),
    ]
