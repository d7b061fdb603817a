from apps.shared.db.migrations import MigrationManager
from apps.shared.db.columns import UUID7
from enum import Enum
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import DoublePrecision
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import JSONB
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import UUID
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.constraints import Unique
from piccolo.table import Table


class Clip(Table, tablename="clips", schema=None):
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


class Music(Table, tablename="music", schema=None):
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


class PipelineHistory(Table, tablename="pipeline_history", schema=None):
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


class ProcessingJob(Table, tablename="processing_jobs", schema=None):
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


class ProcessingSession(Table, tablename="processing_sessions", schema=None):
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


class Thumbnail(Table, tablename="thumbnails", schema=None):
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


ID = "2026-11-21T11:41:10:944821"
VERSION = "1.38.0"
DESCRIPTION = "Add figures and findings"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="overview", description=DESCRIPTION
    )

    manager.add_table(
        class_name="Finding", tablename="findings", schema=None, columns=None
    )

    manager.add_table(
        class_name="Figure", tablename="figures", schema=None, columns=None
    )

    manager.add_column(
        table_class_name="Finding",
        tablename="findings",
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
        table_class_name="Finding",
        tablename="findings",
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
        table_class_name="Finding",
        tablename="findings",
        column_name="kind",
        db_column_name="kind",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 30,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "FindingKind",
                {
                    "missing_transcript": "missing_transcript",
                    "same_address": "same_address",
                    "same_title": "same_title",
                    "broken_file": "broken_file",
                    "long_clip": "long_clip",
                    "stuck_job": "stuck_job",
                    "stuck_session": "stuck_session",
                    "stuck_run": "stuck_run",
                },
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Finding",
        tablename="findings",
        column_name="description",
        db_column_name="description",
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
        table_class_name="Finding",
        tablename="findings",
        column_name="video_id",
        db_column_name="video_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Video,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Finding",
        tablename="findings",
        column_name="original_id",
        db_column_name="original_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Video,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Finding",
        tablename="findings",
        column_name="clip_id",
        db_column_name="clip_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Clip,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Finding",
        tablename="findings",
        column_name="thumbnail_id",
        db_column_name="thumbnail_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Thumbnail,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Finding",
        tablename="findings",
        column_name="music_id",
        db_column_name="music_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Music,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Finding",
        tablename="findings",
        column_name="job_id",
        db_column_name="job_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": ProcessingJob,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Finding",
        tablename="findings",
        column_name="session_id",
        db_column_name="session_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": ProcessingSession,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Finding",
        tablename="findings",
        column_name="run_id",
        db_column_name="run_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": PipelineHistory,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Figure",
        tablename="figures",
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
        table_class_name="Figure",
        tablename="figures",
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
        table_class_name="Figure",
        tablename="figures",
        column_name="name",
        db_column_name="name",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 50,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": True,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Figure",
        tablename="figures",
        column_name="value",
        db_column_name="value",
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
        table_class_name="Figure",
        tablename="figures",
        column_name="measured_at",
        db_column_name="measured_at",
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
        table_class_name="Figure",
        tablename="figures",
        column_name="seconds",
        db_column_name="seconds",
        column_class_name="DoublePrecision",
        column_class=DoublePrecision,
        params={
            "default": 0.0,
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
        table_class_name="Finding",
        tablename="findings",
        constraint_name="findings_kind_check",
        constraint_class=Check,
        params={
            "condition": "kind IN ('missing_transcript', 'same_address', 'same_title', 'broken_file', 'long_clip', 'stuck_job', 'stuck_session', 'stuck_run')"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Finding",
        tablename="findings",
        constraint_name="findings_subject_check",
        constraint_class=Check,
        params={
            "condition": "num_nonnulls(video_id, clip_id, thumbnail_id, music_id, job_id, session_id, run_id) = 1"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Finding",
        tablename="findings",
        constraint_name="findings_kind_key",
        constraint_class=Unique,
        params={
            "columns": [
                "kind",
                "video_id",
                "clip_id",
                "thumbnail_id",
                "music_id",
                "job_id",
                "session_id",
                "run_id",
            ],
            "nulls_distinct": False,
        },
        schema=None,
    )

    manager.add_sql(
        "CREATE INDEX videos_failed_idx ON videos USING btree (updated_at DESC) WHERE status = 'failed' OR download_status = 'failed'",
        "DROP INDEX videos_failed_idx",
    )

    manager.add_sql(
        "CREATE INDEX processing_jobs_failed_idx ON processing_jobs USING btree (updated_at DESC) WHERE status = 'failed'",
        "DROP INDEX processing_jobs_failed_idx",
    )

    manager.add_sql(
        "CREATE INDEX pipeline_history_failed_idx ON pipeline_history USING btree (updated_at DESC) WHERE status = 'failed'",
        "DROP INDEX pipeline_history_failed_idx",
    )

    manager.add_sql(
        "CREATE INDEX publications_failed_idx ON publications USING btree (updated_at DESC) WHERE status = 'failed'",
        "DROP INDEX publications_failed_idx",
    )

    manager.add_sql(
        "CREATE INDEX findings_kind_idx ON findings USING btree (kind, id)",
        "DROP INDEX findings_kind_idx",
    )

    manager.add_sql(
        "CREATE INDEX findings_video_id_idx ON findings USING btree (video_id) WHERE video_id IS NOT NULL",
        "DROP INDEX findings_video_id_idx",
    )

    manager.add_sql(
        "CREATE INDEX findings_clip_id_idx ON findings USING btree (clip_id) WHERE clip_id IS NOT NULL",
        "DROP INDEX findings_clip_id_idx",
    )

    manager.add_sql(
        "CREATE INDEX findings_thumbnail_id_idx ON findings USING btree (thumbnail_id) WHERE thumbnail_id IS NOT NULL",
        "DROP INDEX findings_thumbnail_id_idx",
    )

    manager.add_sql(
        "CREATE INDEX findings_music_id_idx ON findings USING btree (music_id) WHERE music_id IS NOT NULL",
        "DROP INDEX findings_music_id_idx",
    )

    manager.add_sql(
        "CREATE INDEX findings_job_id_idx ON findings USING btree (job_id) WHERE job_id IS NOT NULL",
        "DROP INDEX findings_job_id_idx",
    )

    manager.add_sql(
        "CREATE INDEX findings_session_id_idx ON findings USING btree (session_id) WHERE session_id IS NOT NULL",
        "DROP INDEX findings_session_id_idx",
    )

    manager.add_sql(
        "CREATE INDEX findings_run_id_idx ON findings USING btree (run_id) WHERE run_id IS NOT NULL",
        "DROP INDEX findings_run_id_idx",
    )

    manager.add_sql(
        "CREATE INDEX findings_original_id_idx ON findings USING btree (original_id) WHERE original_id IS NOT NULL",
        "DROP INDEX findings_original_id_idx",
    )

    return manager
