from apps.shared.db.migrations import MigrationManager
from piccolo.columns.column_types import Date
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Varchar

ID = "2026-11-21T11:58:06:865945"
VERSION = "1.38.0"
DESCRIPTION = "Index videos for the listings of the admin"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="catalog", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="Video",
        tablename="videos",
        column_name="channel_id",
        db_column_name="channel_id",
        params={"index": False},
        old_params={"index": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Video",
        tablename="videos",
        column_name="upload_date",
        db_column_name="upload_date",
        params={"index": False},
        old_params={"index": True},
        column_class=Date,
        old_column_class=Date,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Video",
        tablename="videos",
        column_name="status",
        db_column_name="status",
        params={"index": False},
        old_params={"index": True},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    manager.alter_column(
        table_class_name="Video",
        tablename="videos",
        column_name="download_status",
        db_column_name="download_status",
        params={"index": False},
        old_params={"index": True},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    manager.add_sql(
        """\
CREATE INDEX videos_channel_id_idx ON videos USING btree (channel_id, id)""",
        """\
DROP INDEX videos_channel_id_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX videos_upload_date_idx ON videos USING btree (upload_date, id)""",
        """\
DROP INDEX videos_upload_date_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX videos_status_idx ON videos USING btree (status, id)""",
        """\
DROP INDEX videos_status_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX videos_download_status_idx ON videos USING btree (download_status, id)""",
        """\
DROP INDEX videos_download_status_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX videos_duration_seconds_idx ON videos USING btree (duration_seconds, id)""",
        """\
DROP INDEX videos_duration_seconds_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX videos_title_idx ON videos USING btree (left(title, 100), id)""",
        """\
DROP INDEX videos_title_idx""",
    )

    manager.add_sql(
        """\
CREATE FUNCTION trigrams(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT substr(lower_said, place, 3)
    FROM lower(left(said, 1000)) AS lower_said,
        generate_series(1, length(lower_said) - 2) AS place)""",
        """\
DROP FUNCTION trigrams(text)""",
    )

    manager.add_sql(
        """\
CREATE INDEX videos_title_trigrams_idx ON videos USING gin (trigrams(title))""",
        """\
DROP INDEX videos_title_trigrams_idx""",
    )

    manager.add_sql(
        """\
CREATE INDEX videos_name_trigrams_idx ON videos USING gin (trigrams(identifier || ' ' || coalesce(youtube_video_id, '')))""",
        """\
DROP INDEX videos_name_trigrams_idx""",
    )

    return manager
