from apps.shared.db.migrations import MigrationManager
from apps.shared.db.columns import UUID7
from enum import Enum
from piccolo.columns.column_types import Array
from piccolo.columns.column_types import JSONB
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import UUID
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-21T11:41:44:786421"
VERSION = "1.38.0"
DESCRIPTION = "Write down who changes what"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="audit", description=DESCRIPTION
    )

    manager.add_table(
        class_name="AuditEntry",
        tablename="audit_entries",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="id",
        db_column_name="id",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": UUID7(),
            "null": False,
            "primary_key": True,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="created_at",
        db_column_name="created_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={
            "default": TimestamptzNow(),
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="user_id",
        db_column_name="user_id",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="user_email",
        db_column_name="user_email",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 255,
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="door",
        db_column_name="door",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 10,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum("Door", {"admin": "admin", "rest": "rest"}),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="action",
        db_column_name="action",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 10,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "Action",
                {
                    "created": "created",
                    "changed": "changed",
                    "deleted": "deleted",
                },
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="table_name",
        db_column_name="table_name",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 63,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="row_id",
        db_column_name="row_id",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="columns",
        db_column_name="columns",
        column_class_name="Array",
        column_class=Array,
        params={
            "default": list,
            "base_column": Varchar(
                length=63,
                default="",
                null=False,
                primary_key=False,
                unique=False,
                index=False,
                index_method=IndexMethod.btree,
                choices=None,
                db_column_name=None,
                secret=False,
            ),
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="old",
        db_column_name="old",
        column_class_name="JSONB",
        column_class=JSONB,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        column_name="new",
        db_column_name="new",
        column_class_name="JSONB",
        column_class=JSONB,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        constraint_name="audit_entries_door_check",
        constraint_class=Check,
        params={"condition": "door IN ('admin', 'rest')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="AuditEntry",
        tablename="audit_entries",
        constraint_name="audit_entries_action_check",
        constraint_class=Check,
        params={"condition": "action IN ('created', 'changed', 'deleted')"},
        schema=None,
    )

    manager.add_sql(
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
        """\
DROP FUNCTION audit_shown(jsonb, boolean)""",
    )

    manager.add_sql(
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
        """\
DROP FUNCTION write_audit_entry()""",
    )

    manager.add_sql(
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
        """\
DROP TRIGGER audit_entries_immutable ON audit_entries; DROP FUNCTION refuse_audit_change()""",
    )

    manager.add_sql(
        """\
CREATE INDEX audit_entries_row_idx ON audit_entries USING btree (table_name, row_id, id)""",
        """\
DROP INDEX audit_entries_row_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX audit_entries_user_id_idx ON audit_entries USING btree (user_id, id)""",
        """\
DROP INDEX audit_entries_user_id_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX audit_entries_created_at_idx ON audit_entries USING btree (created_at)""",
        """\
DROP INDEX audit_entries_created_at_idx""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER users_audit AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{password}', '{"id": null, "created_at": null, "updated_at": null, "last_login": null}')""",
        """\
DROP TRIGGER users_audit ON users""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER sessions_audit AFTER INSERT ON sessions FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{token_hash}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER sessions_audit ON sessions""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER sessions_audit_end AFTER DELETE ON sessions FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '' AND OLD.expires_at > now() AND OLD.max_expires_at > now()) EXECUTE FUNCTION write_audit_entry('{token_hash}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER sessions_audit_end ON sessions""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER authenticator_secrets_audit AFTER INSERT OR UPDATE OR DELETE ON authenticator_secrets FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{secret,recovery_codes}', '{"id": null, "created_at": null, "updated_at": null, "last_used_at": null, "last_step": null}')""",
        """\
DROP TRIGGER authenticator_secrets_audit ON authenticator_secrets""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER processing_sessions_audit AFTER INSERT OR UPDATE OR DELETE ON processing_sessions FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER processing_sessions_audit ON processing_sessions""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER processing_jobs_audit AFTER INSERT OR UPDATE OR DELETE ON processing_jobs FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER processing_jobs_audit ON processing_jobs""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER channels_audit AFTER INSERT OR UPDATE OR DELETE ON channels FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{credentials}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER channels_audit ON channels""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER videos_audit AFTER INSERT OR UPDATE OR DELETE ON videos FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER videos_audit ON videos""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER system_configuration_audit AFTER INSERT OR UPDATE OR DELETE ON system_configuration FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{value}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER system_configuration_audit ON system_configuration""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER channel_configuration_audit AFTER INSERT OR UPDATE OR DELETE ON channel_configuration FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{value}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER channel_configuration_audit ON channel_configuration""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER channel_statistics_audit AFTER INSERT OR UPDATE OR DELETE ON channel_statistics FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER channel_statistics_audit ON channel_statistics""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER video_statistics_audit AFTER INSERT OR UPDATE OR DELETE ON video_statistics FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER video_statistics_audit ON video_statistics""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER transcripts_audit AFTER INSERT OR UPDATE OR DELETE ON transcripts FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null, "word_timestamps": null, "segment_timestamps": null}')""",
        """\
DROP TRIGGER transcripts_audit ON transcripts""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER chunks_audit AFTER INSERT OR UPDATE OR DELETE ON chunks FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '' AND pg_trigger_depth() = 0) EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null, "word_starts": null, "search_vector": null}')""",
        """\
DROP TRIGGER chunks_audit ON chunks""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER conversations_audit AFTER INSERT OR UPDATE OR DELETE ON conversations FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER conversations_audit ON conversations""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER messages_audit AFTER INSERT OR UPDATE OR DELETE ON messages FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER messages_audit ON messages""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER templates_audit AFTER INSERT OR UPDATE OR DELETE ON templates FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER templates_audit ON templates""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER prompts_audit AFTER INSERT OR UPDATE OR DELETE ON prompts FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER prompts_audit ON prompts""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER generation_configs_audit AFTER INSERT OR UPDATE OR DELETE ON generation_configs FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER generation_configs_audit ON generation_configs""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER moments_audit AFTER INSERT OR UPDATE OR DELETE ON moments FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER moments_audit ON moments""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER clips_audit AFTER INSERT OR UPDATE OR DELETE ON clips FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER clips_audit ON clips""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER thumbnails_audit AFTER INSERT OR UPDATE OR DELETE ON thumbnails FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER thumbnails_audit ON thumbnails""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER pipeline_history_audit AFTER INSERT OR UPDATE OR DELETE ON pipeline_history FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER pipeline_history_audit ON pipeline_history""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER transformation_presets_audit AFTER INSERT OR UPDATE OR DELETE ON transformation_presets FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER transformation_presets_audit ON transformation_presets""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER music_audit AFTER INSERT OR UPDATE OR DELETE ON music FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER music_audit ON music""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER publications_audit AFTER INSERT OR UPDATE OR DELETE ON publications FOR EACH ROW WHEN (current_setting('reelbase.actor', true) <> '') EXECUTE FUNCTION write_audit_entry('{}', '{"id": null, "created_at": null, "updated_at": null}')""",
        """\
DROP TRIGGER publications_audit ON publications""",
    )

    return manager
