from apps.shared.db.columns import UUID7
from enum import Enum
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import Array
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import DoublePrecision
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import JSONB
from piccolo.columns.column_types import Real
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import UUID
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.constraints import Unique
from piccolo.table import Table


class Transcript(Table, tablename="transcripts", schema=None):
    id = UUID(
        default=UUID7(),
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


class User(Table, tablename="users", schema=None):
    id = UUID(
        default=UUID7(),
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


class Video(Table, tablename="videos", schema=None):
    id = UUID(
        default=UUID7(),
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


from apps.shared.db.migrations import MigrationManager

ID = "2026-11-21T02:24:13:822403"
VERSION = "1.38.0"
DESCRIPTION = "Add transcripts and chunks"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="transcripts", description=DESCRIPTION)

    manager.add_table(class_name="Chunk", tablename="chunks", schema=None, columns=None)

    manager.add_table(
        class_name="Transcript",
        tablename="transcripts",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="Chunk",
        tablename="chunks",
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
        table_class_name="Chunk",
        tablename="chunks",
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
        table_class_name="Chunk",
        tablename="chunks",
        column_name="updated_at",
        db_column_name="updated_at",
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
        table_class_name="Chunk",
        tablename="chunks",
        column_name="transcript_id",
        db_column_name="transcript_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Transcript,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Chunk",
        tablename="chunks",
        column_name="user_id",
        db_column_name="user_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": User,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Chunk",
        tablename="chunks",
        column_name="chunk_text",
        db_column_name="chunk_text",
        column_class_name="Text",
        column_class=Text,
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
        table_class_name="Chunk",
        tablename="chunks",
        column_name="chunk_index",
        db_column_name="chunk_index",
        column_class_name="Integer",
        column_class=Integer,
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
        table_class_name="Chunk",
        tablename="chunks",
        column_name="token_count",
        db_column_name="token_count",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 0,
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
        table_class_name="Chunk",
        tablename="chunks",
        column_name="start_time",
        db_column_name="start_time",
        column_class_name="DoublePrecision",
        column_class=DoublePrecision,
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
        table_class_name="Chunk",
        tablename="chunks",
        column_name="end_time",
        db_column_name="end_time",
        column_class_name="DoublePrecision",
        column_class=DoublePrecision,
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
        table_class_name="Chunk",
        tablename="chunks",
        column_name="word_starts",
        db_column_name="word_starts",
        column_class_name="Array",
        column_class=Array,
        params={
            "default": list,
            "base_column": Real(
                default=0.0,
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
        table_class_name="Chunk",
        tablename="chunks",
        column_name="metadata",
        db_column_name="metadata",
        column_class_name="JSONB",
        column_class=JSONB,
        params={
            "default": "{}",
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
        table_class_name="Transcript",
        tablename="transcripts",
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
        table_class_name="Transcript",
        tablename="transcripts",
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="video_id",
        db_column_name="video_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Video,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="user_id",
        db_column_name="user_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": User,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": True,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="source",
        db_column_name="source",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "TranscriptSource",
                {
                    "youtube_auto": "youtube_auto",
                    "youtube_manual": "youtube_manual",
                    "generated": "generated",
                    "imported": "imported",
                },
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="language",
        db_column_name="language",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 10,
            "default": "en",
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="is_primary",
        db_column_name="is_primary",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": False,
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="full_text",
        db_column_name="full_text",
        column_class_name="Text",
        column_class=Text,
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="word_timestamps",
        db_column_name="word_timestamps",
        column_class_name="JSONB",
        column_class=JSONB,
        params={
            "default": "[]",
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="segment_timestamps",
        db_column_name="segment_timestamps",
        column_class_name="JSONB",
        column_class=JSONB,
        params={
            "default": "[]",
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="number_of_words",
        db_column_name="number_of_words",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 0,
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="number_of_segments",
        db_column_name="number_of_segments",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 0,
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="transcription_service",
        db_column_name="transcription_service",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 50,
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="processing_time_seconds",
        db_column_name="processing_time_seconds",
        column_class_name="DoublePrecision",
        column_class=DoublePrecision,
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
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="metadata",
        db_column_name="metadata",
        column_class_name="JSONB",
        column_class=JSONB,
        params={
            "default": "{}",
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

    manager.add_constraint(
        table_class_name="Chunk",
        tablename="chunks",
        constraint_name="chunks_transcript_id_chunk_index_key",
        constraint_class=Unique,
        params={
            "columns": ["transcript_id", "chunk_index"],
            "nulls_distinct": True,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Chunk",
        tablename="chunks",
        constraint_name="chunks_chunk_index_check",
        constraint_class=Check,
        params={"condition": "chunk_index >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Chunk",
        tablename="chunks",
        constraint_name="chunks_token_count_check",
        constraint_class=Check,
        params={"condition": "token_count >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Chunk",
        tablename="chunks",
        constraint_name="chunks_end_time_check",
        constraint_class=Check,
        params={"condition": "end_time > start_time"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Transcript",
        tablename="transcripts",
        constraint_name="transcripts_source_check",
        constraint_class=Check,
        params={
            "condition": "source IN ('youtube_auto', 'youtube_manual', 'generated', 'imported')"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Transcript",
        tablename="transcripts",
        constraint_name="transcripts_video_id_user_id_language_source_key",
        constraint_class=Unique,
        params={
            "columns": ["video_id", "user_id", "language", "source"],
            "nulls_distinct": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Transcript",
        tablename="transcripts",
        constraint_name="transcripts_number_of_words_check",
        constraint_class=Check,
        params={"condition": "number_of_words >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Transcript",
        tablename="transcripts",
        constraint_name="transcripts_number_of_segments_check",
        constraint_class=Check,
        params={"condition": "number_of_segments >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Transcript",
        tablename="transcripts",
        constraint_name="transcripts_processing_time_seconds_check",
        constraint_class=Check,
        params={"condition": "processing_time_seconds >= 0"},
        schema=None,
    )

    manager.add_sql(
        """\
CREATE FUNCTION search_config(language text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE split_part(split_part(lower(language), '-', 1), '_', 1)
        WHEN 'ar' THEN 'arabic'
        WHEN 'ca' THEN 'catalan'
        WHEN 'da' THEN 'danish'
        WHEN 'de' THEN 'german'
        WHEN 'el' THEN 'greek'
        WHEN 'en' THEN 'english'
        WHEN 'es' THEN 'spanish'
        WHEN 'eu' THEN 'basque'
        WHEN 'fi' THEN 'finnish'
        WHEN 'fr' THEN 'french'
        WHEN 'ga' THEN 'irish'
        WHEN 'hi' THEN 'hindi'
        WHEN 'hu' THEN 'hungarian'
        WHEN 'hy' THEN 'armenian'
        WHEN 'id' THEN 'indonesian'
        WHEN 'it' THEN 'italian'
        WHEN 'lt' THEN 'lithuanian'
        WHEN 'nb' THEN 'norwegian'
        WHEN 'ne' THEN 'nepali'
        WHEN 'nl' THEN 'dutch'
        WHEN 'nn' THEN 'norwegian'
        WHEN 'no' THEN 'norwegian'
        WHEN 'pt' THEN 'portuguese'
        WHEN 'ro' THEN 'romanian'
        WHEN 'ru' THEN 'russian'
        WHEN 'sr' THEN 'serbian'
        WHEN 'sv' THEN 'swedish'
        WHEN 'ta' THEN 'tamil'
        WHEN 'tr' THEN 'turkish'
        WHEN 'yi' THEN 'yiddish'
        ELSE 'simple'
    END""",
        "DROP FUNCTION search_config(text)",
        first=True,
    )

    manager.add_sql(
        """\
CREATE FUNCTION search_text(said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN octet_length(said) = char_length(said) THEN said
    ELSE regexp_replace(said, '([\\u0e00-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u00ab\\u00bb\\u2010-\\u206f\\u2e80-\\ua4cf\\uac00-\\ud7af\\uf900-\\ufaff\\uff00-\\uffef\\U00020000-\\U0003ffff])', chr(31) || '\\1' || chr(31), 'g') END""",
        "DROP FUNCTION search_text(text)",
        first=True,
    )

    manager.add_sql(
        """\
CREATE FUNCTION search_vector(language text, said text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
    config text := search_config(language);
    marker tsvector := array_to_tsvector(ARRAY['config:' || config]);
BEGIN
    RETURN marker || to_tsvector(config::regconfig, search_text(said));
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN marker || to_tsvector(config::regconfig, search_text(left(said, 250000)));
END
$$""",
        "DROP FUNCTION search_vector(text, text)",
        first=True,
    )

    manager.add_sql(
        """\
CREATE UNIQUE INDEX transcripts_primary_key ON transcripts USING btree (video_id) WHERE is_primary AND user_id IS NULL""",
        "DROP INDEX transcripts_primary_key",
    )

    manager.add_sql(
        "CREATE INDEX transcripts_language_idx ON transcripts USING btree (language)",
        "DROP INDEX transcripts_language_idx",
    )

    manager.add_sql(
        """\
CREATE INDEX transcripts_metadata_idx ON transcripts USING gin (metadata jsonb_path_ops)""",
        "DROP INDEX transcripts_metadata_idx",
    )

    manager.add_sql(
        """\
CREATE INDEX transcripts_full_text_idx ON transcripts USING gin (search_vector(language, full_text))""",
        "DROP INDEX transcripts_full_text_idx",
    )

    manager.add_sql(
        "ALTER INDEX transcripts_full_text_idx ALTER COLUMN 1 SET STATISTICS 0",
        "",
    )

    manager.add_sql(
        """\
CREATE FUNCTION refuse_transcript_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A transcript''s text never changes: delete it and create another.'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'transcripts_immutable',
              TABLE = 'transcripts';
END
$$;
CREATE TRIGGER transcripts_immutable BEFORE UPDATE ON transcripts FOR EACH ROW
WHEN (OLD.full_text IS DISTINCT FROM NEW.full_text
    OR OLD.word_timestamps IS DISTINCT FROM NEW.word_timestamps
    OR OLD.segment_timestamps IS DISTINCT FROM NEW.segment_timestamps)
EXECUTE FUNCTION refuse_transcript_change()""",
        """\
DROP TRIGGER transcripts_immutable ON transcripts; DROP FUNCTION refuse_transcript_change()""",
    )

    manager.add_sql(
        """\
ALTER TABLE chunks ADD COLUMN search_vector tsvector NOT NULL;
ALTER TABLE chunks SET (toast_tuple_target = 4080);
CREATE FUNCTION set_chunk_search_vector() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.search_vector = search_vector(
        (SELECT language FROM transcripts WHERE id = NEW.transcript_id), NEW.chunk_text);
    IF TG_OP = 'UPDATE' AND NEW.chunk_text <> OLD.chunk_text
        AND cardinality(NEW.word_starts) <>
            cardinality(regexp_split_to_array(btrim(NEW.chunk_text), '\\s+')) THEN
        NEW.word_starts = '{}';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER chunks_set_search_vector
BEFORE INSERT OR UPDATE OF chunk_text, transcript_id, search_vector ON chunks
FOR EACH ROW EXECUTE FUNCTION set_chunk_search_vector()""",
        """\
DROP TRIGGER chunks_set_search_vector ON chunks; DROP FUNCTION set_chunk_search_vector(); ALTER TABLE chunks RESET (toast_tuple_target); ALTER TABLE chunks DROP COLUMN search_vector""",
    )

    manager.add_sql(
        """\
CREATE FUNCTION renew_chunk_search_vectors() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE chunks SET search_vector = '' WHERE transcript_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER transcripts_renew_search_vectors AFTER UPDATE OF language ON transcripts
FOR EACH ROW WHEN (search_config(OLD.language) <> search_config(NEW.language))
EXECUTE FUNCTION renew_chunk_search_vectors()""",
        """\
DROP TRIGGER transcripts_renew_search_vectors ON transcripts; DROP FUNCTION renew_chunk_search_vectors()""",
    )

    manager.add_sql(
        "CREATE INDEX chunks_search_vector_idx ON chunks USING gin (search_vector)",
        "DROP INDEX chunks_search_vector_idx",
    )

    manager.add_sql(
        "CREATE INDEX chunks_metadata_idx ON chunks USING gin (metadata jsonb_path_ops)",
        "DROP INDEX chunks_metadata_idx",
    )

    manager.add_sql(
        """\
CREATE TRIGGER chunks_set_updated_at BEFORE UPDATE ON chunks FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()""",
        "DROP TRIGGER chunks_set_updated_at ON chunks",
    )

    # Without transcripts there is nothing to skip: the next import reads the files again.
    manager.add_sql(
        "",
        """\
UPDATE import_records SET fingerprint = NULL, written = (
    SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(written)
    WHERE key NOT LIKE 'transcripts.%'
) WHERE video_id IS NOT NULL""",
    )

    return manager
