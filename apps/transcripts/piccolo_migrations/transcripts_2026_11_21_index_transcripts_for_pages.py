from apps.shared.db.migrations import MigrationManager
from piccolo.columns.column_types import ForeignKey

ID = "2026-11-21T06:33:41:828842"
VERSION = "1.38.0"
DESCRIPTION = "Index the transcripts of a video for pages"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="transcripts", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="Transcript",
        tablename="transcripts",
        column_name="video_id",
        db_column_name="video_id",
        params={"index": False},
        old_params={"index": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.add_sql(
        """\
CREATE INDEX transcripts_video_id_idx ON transcripts USING btree (video_id, id)""",
        """\
DROP INDEX transcripts_video_id_idx""",
    )

    return manager
