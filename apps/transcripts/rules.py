"""The triggers that keep private transcripts private, whoever writes."""

from apps.shared.db.tables import Sql

# A chunk that is written while its transcript changes owner waits for the lock, and then belongs to
# the new owner. A shared transcript may have private chunks. Being separate from the trigger for
# the search vector costs 4 of 170 µs per chunk, but spares chunks that change owner a new vector.
KEEP_PRIVATE = Sql(
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

# Sharing a transcript shares its chunks.
MOVE_CHUNKS = Sql(
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
