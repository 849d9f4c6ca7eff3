"""The act, from the lock to the projections, as one call: everybody else waits while it runs."""

from django.db import migrations

FORWARD = r"""
-- Appends the events `said` as one act, unless the act is in the log or later events conflict with it.
-- `later` selects the conflicting events (seq) from the events $1 and the last event seen $2; each of `projecting` takes
-- in the events behind $1 up to $2. `last` is the last event before the act.
CREATE FUNCTION decisions_append(
    said json, said_act uuid, said_actor bigint, said_name text, said_origin text,
    expected bigint, later text, projecting text[],
    OUT last bigint, OUT known boolean, OUT conflicts bigint[]
) LANGUAGE plpgsql SET lumicert.projecting = 'on' AS $$
DECLARE
    statement text;
BEGIN
    -- each statement below sees what was committed when it began, and begins after the lock was had
    PERFORM pg_advisory_xact_lock(decisions_event_lock());
    last := coalesce((SELECT max(seq) FROM decisions_event), 0);
    -- planned for this very act: after large imports the average act is large, and looks quicker to find by reading the log
    EXECUTE 'SELECT EXISTS (SELECT FROM decisions_event WHERE act = $1)' INTO known USING said_act;
    -- nearly always nothing was said about these runs meanwhile, and this finds it out without planning a query
    IF NOT known AND later <> '' AND EXISTS (
        SELECT FROM decisions_event e JOIN json_to_recordset(said) AS mine (run integer)
        ON coalesce(e.run, 0) = coalesce(mine.run, 0) WHERE e.seq > expected AND e.seq <= last
    ) THEN
        EXECUTE format('SELECT array_agg(seq) FROM (%s) later', later) INTO conflicts USING said, expected;
    END IF;
    IF known OR conflicts IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO decisions_event
        (act, actor_id, actor_name, origin, kind, version, run, dataset, component, lumis, payload)
    SELECT said_act, said_actor, said_name, said_origin, e.kind, e.version, e.run, e.dataset, e.component, e.lumis, e.payload
    FROM ROWS FROM (json_to_recordset(said) AS (kind text, version smallint, run integer, dataset text, component text,
        lumis int4multirange, payload jsonb)) WITH ORDINALITY
        AS e (kind, version, run, dataset, component, lumis, payload, place)
    ORDER BY place;
    FOREACH statement IN ARRAY projecting LOOP
        EXECUTE statement USING last, last + json_array_length(said);
    END LOOP;
END $$;
"""

BACKWARD = "DROP FUNCTION decisions_append(json, uuid, bigint, text, text, bigint, text, text[])"


class Migration(migrations.Migration):
    dependencies = [("decisions", "0004_cover")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
