from apps.shared.db.migrations import MigrationManager

ID = "2026-11-21T14:53:19:895344"
VERSION = "1.38.0"
DESCRIPTION = "Index transcripts and chunks for the listings of the admin"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="transcripts", description=DESCRIPTION)

    manager.add_sql(
        """\
DROP INDEX transcripts_language_idx""",
        """\
CREATE INDEX transcripts_language_idx ON transcripts USING btree (language)""",
    )

    manager.add_sql(
        """\
CREATE INDEX transcripts_language_idx ON transcripts USING btree (language, id)""",
        """\
DROP INDEX transcripts_language_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX transcripts_source_idx ON transcripts USING btree (source, id)""",
        """\
DROP INDEX transcripts_source_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX transcripts_is_primary_idx ON transcripts USING btree (is_primary, id)""",
        """\
DROP INDEX transcripts_is_primary_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX transcripts_number_of_words_idx ON transcripts USING btree (number_of_words, id)""",
        """\
DROP INDEX transcripts_number_of_words_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX transcripts_created_at_idx ON transcripts USING btree (created_at, id)""",
        """\
DROP INDEX transcripts_created_at_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX chunks_start_time_idx ON chunks USING btree (start_time, id)""",
        """\
DROP INDEX chunks_start_time_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX chunks_end_time_idx ON chunks USING btree (end_time, id)""",
        """\
DROP INDEX chunks_end_time_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX chunks_chunk_index_idx ON chunks USING btree (chunk_index, id)""",
        """\
DROP INDEX chunks_chunk_index_idx""",
    )

    return manager
