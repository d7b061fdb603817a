from apps.shared.db.migrations import MigrationManager

ID = "2026-11-21T05:50:12:406118"
VERSION = "1.38.0"
DESCRIPTION = "Keep private chunks private"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="transcripts", description=DESCRIPTION)

    manager.add_sql(
        """\
CREATE FUNCTION set_chunk_user() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.user_id = coalesce(
        (SELECT user_id FROM transcripts WHERE id = NEW.transcript_id FOR KEY SHARE), NEW.user_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER chunks_keep_private BEFORE INSERT OR UPDATE OF user_id, transcript_id ON chunks
FOR EACH ROW EXECUTE FUNCTION set_chunk_user()""",
        "DROP TRIGGER chunks_keep_private ON chunks; DROP FUNCTION set_chunk_user()",
    )

    manager.add_sql(
        """\
CREATE FUNCTION move_chunks() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE chunks SET user_id = NEW.user_id
    WHERE transcript_id = NEW.id AND user_id IS DISTINCT FROM NEW.user_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER transcripts_move_chunks AFTER UPDATE OF user_id ON transcripts
FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id) EXECUTE FUNCTION move_chunks()""",
        "DROP TRIGGER transcripts_move_chunks ON transcripts; DROP FUNCTION move_chunks()",
    )

    # After the triggers: from here on no other is written.
    manager.add_sql(
        """\
UPDATE chunks c SET user_id = t.user_id FROM transcripts t
WHERE t.id = c.transcript_id AND t.user_id IS NOT NULL AND c.user_id IS DISTINCT FROM t.user_id""",
        "",
    )

    return manager
