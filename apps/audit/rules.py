"""The triggers that record who changed what, as SQL."""

import json
from collections.abc import Sequence

from apps.shared.db.tables import Sql

IS_SOMEBODY = "current_setting('reelbase.actor', true) <> ''"
DIRECTLY = "pg_trigger_depth() = 0"
"""Not through a foreign key or another trigger."""
MANAGED = ("id", "created_at", "updated_at")
"""Columns that PostgreSQL fills. The entry has the id, which contains the time of creation."""

# A value as entries show it: at most 500 characters, and secrets masked. A value of few bytes
# cannot be long, which saves measuring it.
SHOWN = Sql(
    """\
CREATE FUNCTION audit_shown(value jsonb, is_secret boolean) RETURNS jsonb LANGUAGE sql STABLE
PARALLEL SAFE AS $$
    SELECT CASE
        WHEN value = 'null' THEN value
        WHEN is_secret THEN '"•••"'
        WHEN pg_column_size(value) <= 500 OR length(value #>> '{}') <= 500 THEN value
        ELSE to_jsonb(
            left(value #>> '{}', 500) || '… (' || length(value #>> '{}') || ' characters)')
    END
$$""",
    "DROP FUNCTION audit_shown(jsonb, boolean)",
)

# Omitted columns are cleared before anything is read: a long transcript's word times are
# megabytes. Somebody who is signing in has no id yet, so their change counts as the row owner's.
# Reencrypting a secret with another key is not a change.
WRITE = Sql(
    """\
CREATE FUNCTION write_audit_entry() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    actor jsonb := current_setting('reelbase.actor');
    secrets text[] := TG_ARGV[0];
    left_out jsonb := TG_ARGV[1];
    row_before jsonb;
    row_after jsonb;
    a_row jsonb;
    actor_id uuid := actor ->> 'id';
    actor_email text := actor ->> 'email';
BEGIN
    IF current_setting('reelbase.keys_rotate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    -- A transcript comes with its chunks, and is one entry.
    IF TG_TABLE_NAME = 'chunks' AND TG_OP = 'INSERT' THEN
        PERFORM FROM chunks c JOIN transcripts t ON t.id = c.transcript_id
            WHERE c.id = (NEW).id AND c.xmin = t.xmin;
        IF FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        row_before = to_jsonb(jsonb_populate_record(OLD, left_out));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        row_after = to_jsonb(jsonb_populate_record(NEW, left_out));
    END IF;
    a_row = coalesce(row_after, row_before);
    IF a_row ->> 'encrypted' = 'false' AND coalesce(row_before, row_after) ->> 'encrypted' = 'false'
    THEN
        secrets = '{}';
    END IF;
    IF actor_id IS NULL THEN
        actor_id = a_row ->> 'user_id';
        actor_email = (SELECT email FROM users WHERE id = actor_id);
    END IF;
    INSERT INTO audit_entries
        (user_id, user_email, door, action, table_name, row_id, columns, old, new)
    SELECT actor_id, actor_email, actor ->> 'door',
        CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END,
        TG_TABLE_NAME, coalesce((NEW).id, (OLD).id), coalesce(names, '{}'), before, after
    FROM (
        SELECT array_agg(key) AS names,
            jsonb_object_agg(key, audit_shown(row_before -> key, key = ANY (secrets)))
                FILTER (WHERE TG_OP <> 'INSERT') AS before,
            jsonb_object_agg(key, audit_shown(row_after -> key, key = ANY (secrets)))
                FILTER (WHERE TG_OP <> 'DELETE') AS after
        FROM jsonb_each(a_row)
        WHERE CASE TG_OP
            WHEN 'UPDATE' THEN value <> row_before -> key
            ELSE value NOT IN ('null', '{}', '[]') END) AS changes
    WHERE names IS NOT NULL OR TG_OP <> 'UPDATE';
    RETURN NULL;
END
$$""",
    "DROP FUNCTION write_audit_entry()",
)

IMMUTABLE = Sql(
    """\
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was written down about a change stays as it is.'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_entries_immutable',
              TABLE = 'audit_entries';
END
$$;
CREATE TRIGGER audit_entries_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
    "DROP TRIGGER audit_entries_immutable ON audit_entries; DROP FUNCTION refuse_audit_change()",
)


def audited(
    table: str,
    *,
    secrets: Sequence[str] = (),
    left_out: Sequence[str] = (),
    events: str = "INSERT OR UPDATE OR DELETE",
    when: str = "",
    name: str = "audit",
) -> Sql:
    """Records each change by a person; others only pay for checking a setting."""
    condition = f"{IS_SOMEBODY} AND {when}" if when else IS_SOMEBODY
    emptied = json.dumps(dict.fromkeys([*MANAGED, *left_out]))
    return Sql(
        f"CREATE TRIGGER {table}_{name} AFTER {events} ON {table} FOR EACH ROW "
        f"WHEN ({condition}) "
        f"EXECUTE FUNCTION write_audit_entry('{{{','.join(secrets)}}}', '{emptied}')",
        f"DROP TRIGGER {table}_{name} ON {table}",
    )
