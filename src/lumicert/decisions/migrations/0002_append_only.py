"""What makes the table a log: commit order, hash chain and refusal of every change, for every path into the table."""

from django.db import migrations

FORWARD = r"""
-- The lock that orders the log. One number in one place, so that nobody can take another by mistake.
CREATE FUNCTION decisions_event_lock() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 5077432156430001 $$;

-- Payloads of older versions, brought up to the current one. A new version is a branch here, in a migration of its own.
CREATE FUNCTION decisions_upcast(kind text, version smallint, payload jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT payload $$;

-- The text that the digest covers: every column, unambiguous, independent of the session's settings.
CREATE FUNCTION decisions_event_text(e decisions_event) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_array(e.seq, e.act, extract(epoch FROM e.at), e.actor_id, e.actor_name, e.origin, e.kind,
        e.version, e.run, e.dataset, e.component, e.lumis::text, e.payload)::text
$$;

CREATE FUNCTION decisions_event_append() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    -- held until the commit: whoever sees event N has seen every event before it
    PERFORM pg_advisory_xact_lock(decisions_event_lock());
    SELECT seq, at, digest INTO last FROM decisions_event ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(last.seq, 0) + 1;
    -- a clock that was set back must not break "as of time T"
    NEW.at := greatest(clock_timestamp(), last.at);
    NEW.digest := sha256(coalesce(last.digest, ''::bytea) || convert_to(decisions_event_text(NEW), 'UTF8'));
    RETURN NEW;
END $$;

CREATE FUNCTION decisions_event_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the decision log is append-only: % is refused', TG_OP
        USING HINT = 'Append an event that says what is true now, or undo the act.', ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER decisions_event_append BEFORE INSERT ON decisions_event
    FOR EACH ROW EXECUTE FUNCTION decisions_event_append();
CREATE TRIGGER decisions_event_keep BEFORE UPDATE OR DELETE ON decisions_event
    FOR EACH ROW EXECUTE FUNCTION decisions_event_keep();
CREATE TRIGGER decisions_event_keep_all BEFORE TRUNCATE ON decisions_event
    FOR EACH STATEMENT EXECUTE FUNCTION decisions_event_keep();
-- ALWAYS: also where a session says that it only replicates
ALTER TABLE decisions_event ENABLE ALWAYS TRIGGER decisions_event_append;
ALTER TABLE decisions_event ENABLE ALWAYS TRIGGER decisions_event_keep;
ALTER TABLE decisions_event ENABLE ALWAYS TRIGGER decisions_event_keep_all;

ALTER TABLE decisions_event ADD CONSTRAINT event_origin CHECK (origin IN ('person', 'automatic', 'import'));
ALTER TABLE decisions_event ADD CONSTRAINT event_lumis CHECK (lumis IS NULL OR NOT isempty(lumis));
ALTER TABLE decisions_componentstatus ADD CONSTRAINT status_lumis CHECK (NOT isempty(lumis));
"""

BACKWARD = """
DROP TRIGGER decisions_event_append ON decisions_event;
DROP TRIGGER decisions_event_keep ON decisions_event;
DROP TRIGGER decisions_event_keep_all ON decisions_event;
ALTER TABLE decisions_event DROP CONSTRAINT event_origin;
ALTER TABLE decisions_event DROP CONSTRAINT event_lumis;
ALTER TABLE decisions_componentstatus DROP CONSTRAINT status_lumis;
DROP FUNCTION decisions_event_append();
DROP FUNCTION decisions_event_keep();
DROP FUNCTION decisions_event_text(decisions_event);
DROP FUNCTION decisions_upcast(text, smallint, jsonb);
DROP FUNCTION decisions_event_lock();
"""


class Migration(migrations.Migration):
    dependencies = [("decisions", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
