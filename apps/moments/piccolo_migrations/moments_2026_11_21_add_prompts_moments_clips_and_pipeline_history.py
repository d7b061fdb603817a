from apps.shared.db.migrations import MigrationManager
from apps.shared.db.columns import UUID7
from enum import Enum
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import BigInt
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import DoublePrecision
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import Text
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import UUID
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
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


class GenerationConfig(Table, tablename="generation_configs", schema=None):
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


class Moment(Table, tablename="moments", schema=None):
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


class Prompt(Table, tablename="prompts", schema=None):
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


ID = "2026-11-21T06:26:35:491913"
VERSION = "1.38.0"
DESCRIPTION = "Add prompts, generation configs, moments, clips, thumbnails and pipeline history"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="moments", description=DESCRIPTION)

    manager.add_table(class_name="Moment", tablename="moments", schema=None, columns=None)

    manager.add_table(class_name="Clip", tablename="clips", schema=None, columns=None)

    manager.add_table(class_name="Prompt", tablename="prompts", schema=None, columns=None)

    manager.add_table(class_name="Thumbnail", tablename="thumbnails", schema=None, columns=None)

    manager.add_table(
        class_name="PipelineHistory",
        tablename="pipeline_history",
        schema=None,
        columns=None,
    )

    manager.add_table(
        class_name="GenerationConfig",
        tablename="generation_configs",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="Moment",
        tablename="moments",
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
        table_class_name="Moment",
        tablename="moments",
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
        table_class_name="Moment",
        tablename="moments",
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
        table_class_name="Moment",
        tablename="moments",
        column_name="identifier",
        db_column_name="identifier",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": "",
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
        table_class_name="Moment",
        tablename="moments",
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
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Moment",
        tablename="moments",
        column_name="start_time",
        db_column_name="start_time",
        column_class_name="DoublePrecision",
        column_class=DoublePrecision,
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
        table_class_name="Moment",
        tablename="moments",
        column_name="end_time",
        db_column_name="end_time",
        column_class_name="DoublePrecision",
        column_class=DoublePrecision,
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
        table_class_name="Moment",
        tablename="moments",
        column_name="title",
        db_column_name="title",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 500,
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
        table_class_name="Moment",
        tablename="moments",
        column_name="is_refined",
        db_column_name="is_refined",
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
        table_class_name="Moment",
        tablename="moments",
        column_name="parent_id",
        db_column_name="parent_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": "self",
            "on_delete": OnDelete.set_null,
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
        table_class_name="Moment",
        tablename="moments",
        column_name="generation_model",
        db_column_name="generation_model",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 100,
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
        table_class_name="Moment",
        tablename="moments",
        column_name="scoring_model",
        db_column_name="scoring_model",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 100,
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
        table_class_name="Moment",
        tablename="moments",
        column_name="generation_config_id",
        db_column_name="generation_config_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": GenerationConfig,
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
        table_class_name="Moment",
        tablename="moments",
        column_name="score",
        db_column_name="score",
        column_class_name="Integer",
        column_class=Integer,
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
        table_class_name="Moment",
        tablename="moments",
        column_name="scored_at",
        db_column_name="scored_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
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
        table_class_name="Clip",
        tablename="clips",
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
        table_class_name="Clip",
        tablename="clips",
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
        table_class_name="Clip",
        tablename="clips",
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
        table_class_name="Clip",
        tablename="clips",
        column_name="moment_id",
        db_column_name="moment_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Moment,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
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
        table_class_name="Clip",
        tablename="clips",
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
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="Clip",
        tablename="clips",
        column_name="cloud_url",
        db_column_name="cloud_url",
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
        table_class_name="Clip",
        tablename="clips",
        column_name="start_time",
        db_column_name="start_time",
        column_class_name="DoublePrecision",
        column_class=DoublePrecision,
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
        table_class_name="Clip",
        tablename="clips",
        column_name="end_time",
        db_column_name="end_time",
        column_class_name="DoublePrecision",
        column_class=DoublePrecision,
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
        table_class_name="Clip",
        tablename="clips",
        column_name="padding_left",
        db_column_name="padding_left",
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

    manager.add_column(
        table_class_name="Clip",
        tablename="clips",
        column_name="padding_right",
        db_column_name="padding_right",
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

    manager.add_column(
        table_class_name="Clip",
        tablename="clips",
        column_name="file_size_bytes",
        db_column_name="file_size_bytes",
        column_class_name="BigInt",
        column_class=BigInt,
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
        table_class_name="Clip",
        tablename="clips",
        column_name="format",
        db_column_name="format",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
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
        table_class_name="Clip",
        tablename="clips",
        column_name="video_codec",
        db_column_name="video_codec",
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
        table_class_name="Clip",
        tablename="clips",
        column_name="audio_codec",
        db_column_name="audio_codec",
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
        table_class_name="Clip",
        tablename="clips",
        column_name="resolution",
        db_column_name="resolution",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
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
        table_class_name="Prompt",
        tablename="prompts",
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
        table_class_name="Prompt",
        tablename="prompts",
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
        table_class_name="Prompt",
        tablename="prompts",
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
        table_class_name="Prompt",
        tablename="prompts",
        column_name="user_prompt",
        db_column_name="user_prompt",
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
        table_class_name="Prompt",
        tablename="prompts",
        column_name="system_prompt",
        db_column_name="system_prompt",
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
        table_class_name="Prompt",
        tablename="prompts",
        column_name="prompt_hash",
        db_column_name="prompt_hash",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 64,
            "default": "",
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
        table_class_name="Thumbnail",
        tablename="thumbnails",
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
        table_class_name="Thumbnail",
        tablename="thumbnails",
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
        table_class_name="Thumbnail",
        tablename="thumbnails",
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
        table_class_name="Thumbnail",
        tablename="thumbnails",
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
        table_class_name="Thumbnail",
        tablename="thumbnails",
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
        table_class_name="Thumbnail",
        tablename="thumbnails",
        column_name="cloud_url",
        db_column_name="cloud_url",
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
        table_class_name="Thumbnail",
        tablename="thumbnails",
        column_name="file_size_bytes",
        db_column_name="file_size_bytes",
        column_class_name="BigInt",
        column_class=BigInt,
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="identifier",
        db_column_name="identifier",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 100,
            "default": "",
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
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
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="generation_config_id",
        db_column_name="generation_config_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": GenerationConfig,
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="pipeline_type",
        db_column_name="pipeline_type",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 50,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "PipelineType",
                {
                    "full": "full",
                    "moments_only": "moments_only",
                    "clips_only": "clips_only",
                },
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="status",
        db_column_name="status",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 20,
            "default": "running",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "PipelineStatus",
                {
                    "running": "running",
                    "completed": "completed",
                    "failed": "failed",
                    "partial": "partial",
                },
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="started_at",
        db_column_name="started_at",
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="completed_at",
        db_column_name="completed_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="duration_seconds",
        db_column_name="duration_seconds",
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="total_moments_generated",
        db_column_name="total_moments_generated",
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="total_clips_created",
        db_column_name="total_clips_created",
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="error_stage",
        db_column_name="error_stage",
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
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        column_name="error_message",
        db_column_name="error_message",
        column_class_name="Text",
        column_class=Text,
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="prompt_id",
        db_column_name="prompt_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Prompt,
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="transcript_id",
        db_column_name="transcript_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Transcript,
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="model",
        db_column_name="model",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 100,
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="operation_type",
        db_column_name="operation_type",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 50,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": Enum(
                "OperationType",
                {"generation": "generation", "refinement": "refinement"},
            ),
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="temperature",
        db_column_name="temperature",
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="top_p",
        db_column_name="top_p",
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="top_k",
        db_column_name="top_k",
        column_class_name="Integer",
        column_class=Integer,
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="min_moment_length",
        db_column_name="min_moment_length",
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="max_moment_length",
        db_column_name="max_moment_length",
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="min_moments",
        db_column_name="min_moments",
        column_class_name="Integer",
        column_class=Integer,
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="max_moments",
        db_column_name="max_moments",
        column_class_name="Integer",
        column_class=Integer,
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
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        column_name="config_hash",
        db_column_name="config_hash",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 64,
            "default": "",
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

    manager.add_constraint(
        table_class_name="Moment",
        tablename="moments",
        constraint_name="moments_identifier_check",
        constraint_class=Check,
        params={"condition": "identifier ~ '^[0-9a-f]{16}$'"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Moment",
        tablename="moments",
        constraint_name="moments_start_time_check",
        constraint_class=Check,
        params={"condition": "start_time >= 0 AND start_time < 'Infinity'"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Moment",
        tablename="moments",
        constraint_name="moments_end_time_check",
        constraint_class=Check,
        params={"condition": "end_time > start_time AND end_time < 'Infinity'"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Moment",
        tablename="moments",
        constraint_name="moments_score_check",
        constraint_class=Check,
        params={"condition": "score >= 0 AND score <= 10"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Clip",
        tablename="clips",
        constraint_name="clips_end_time_check",
        constraint_class=Check,
        params={
            "condition": "end_time > start_time AND end_time < 'Infinity' AND start_time > '-Infinity'"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Clip",
        tablename="clips",
        constraint_name="clips_padding_left_check",
        constraint_class=Check,
        params={"condition": "padding_left >= 0 AND padding_left < 'Infinity'"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Clip",
        tablename="clips",
        constraint_name="clips_padding_right_check",
        constraint_class=Check,
        params={"condition": "padding_right >= 0 AND padding_right < 'Infinity'"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Clip",
        tablename="clips",
        constraint_name="clips_file_size_bytes_check",
        constraint_class=Check,
        params={"condition": "file_size_bytes >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Thumbnail",
        tablename="thumbnails",
        constraint_name="thumbnails_video_id_check",
        constraint_class=Check,
        params={"condition": "num_nonnulls(video_id, clip_id) = 1"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Thumbnail",
        tablename="thumbnails",
        constraint_name="thumbnails_file_size_bytes_check",
        constraint_class=Check,
        params={"condition": "file_size_bytes >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        constraint_name="pipeline_history_pipeline_type_check",
        constraint_class=Check,
        params={"condition": "pipeline_type IN ('full', 'moments_only', 'clips_only')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        constraint_name="pipeline_history_status_check",
        constraint_class=Check,
        params={"condition": "status IN ('running', 'completed', 'failed', 'partial')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        constraint_name="pipeline_history_duration_seconds_check",
        constraint_class=Check,
        params={"condition": "duration_seconds >= 0 AND duration_seconds < 'Infinity'"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        constraint_name="pipeline_history_total_moments_generated_check",
        constraint_class=Check,
        params={"condition": "total_moments_generated >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PipelineHistory",
        tablename="pipeline_history",
        constraint_name="pipeline_history_total_clips_created_check",
        constraint_class=Check,
        params={"condition": "total_clips_created >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        constraint_name="generation_configs_operation_type_check",
        constraint_class=Check,
        params={"condition": "operation_type IN ('generation', 'refinement')"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        constraint_name="generation_configs_temperature_check",
        constraint_class=Check,
        params={"condition": "temperature >= 0 AND temperature <= 2"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        constraint_name="generation_configs_top_p_check",
        constraint_class=Check,
        params={"condition": "top_p >= 0 AND top_p <= 1"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        constraint_name="generation_configs_top_k_check",
        constraint_class=Check,
        params={"condition": "top_k >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        constraint_name="generation_configs_min_moment_length_check",
        constraint_class=Check,
        params={
            "condition": "min_moment_length >= 0 AND min_moment_length < 'Infinity' AND min_moment_length <= max_moment_length"
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        constraint_name="generation_configs_max_moment_length_check",
        constraint_class=Check,
        params={"condition": "max_moment_length >= 0 AND max_moment_length < 'Infinity'"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        constraint_name="generation_configs_min_moments_check",
        constraint_class=Check,
        params={"condition": "min_moments >= 0 AND min_moments <= max_moments"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="GenerationConfig",
        tablename="generation_configs",
        constraint_name="generation_configs_max_moments_check",
        constraint_class=Check,
        params={"condition": "max_moments >= 0"},
        schema=None,
    )

    manager.add_sql(
        """\
CREATE FUNCTION set_prompt_hash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.prompt_hash =
        encode(sha256(convert_to(NEW.user_prompt || NEW.system_prompt, 'UTF8')), 'hex');
    RETURN NEW;
END
$$;
CREATE TRIGGER prompts_set_hash BEFORE INSERT OR UPDATE ON prompts
FOR EACH ROW EXECUTE FUNCTION set_prompt_hash()""",
        "DROP TRIGGER prompts_set_hash ON prompts; DROP FUNCTION set_prompt_hash()",
    )

    manager.add_sql(
        """\
CREATE TRIGGER prompts_set_updated_at BEFORE UPDATE ON prompts FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()""",
        "DROP TRIGGER prompts_set_updated_at ON prompts",
    )

    manager.add_sql(
        """\
CREATE INDEX generation_configs_prompt_id_idx ON generation_configs USING btree (prompt_id, id)""",
        "DROP INDEX generation_configs_prompt_id_idx",
    )

    manager.add_sql(
        """\
CREATE INDEX generation_configs_transcript_id_idx ON generation_configs USING btree (transcript_id, id)""",
        "DROP INDEX generation_configs_transcript_id_idx",
    )

    manager.add_sql(
        """\
CREATE FUNCTION set_config_hash() RETURNS trigger LANGUAGE plpgsql SET extra_float_digits = 1 AS $$
BEGIN
    NEW.config_hash = encode(sha256(convert_to(jsonb_strip_nulls(
        to_jsonb(NEW) - '{id,transcript_id,config_hash,created_at,updated_at}'::text[]
    )::text, 'UTF8')), 'hex');
    RETURN NEW;
END
$$;
CREATE TRIGGER generation_configs_set_hash BEFORE INSERT OR UPDATE ON generation_configs
FOR EACH ROW EXECUTE FUNCTION set_config_hash()""",
        """\
DROP TRIGGER generation_configs_set_hash ON generation_configs; DROP FUNCTION set_config_hash()""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER generation_configs_set_updated_at BEFORE UPDATE ON generation_configs FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()""",
        "DROP TRIGGER generation_configs_set_updated_at ON generation_configs",
    )

    manager.add_sql(
        """\
CREATE INDEX moments_video_id_start_time_idx ON moments USING btree (video_id, start_time)""",
        "DROP INDEX moments_video_id_start_time_idx",
    )

    manager.add_sql(
        "CREATE INDEX moments_parent_id_idx ON moments USING btree (parent_id, video_id)",
        "DROP INDEX moments_parent_id_idx",
    )

    manager.add_sql(
        """\
CREATE INDEX moments_generation_config_id_idx ON moments USING btree (generation_config_id, id)""",
        "DROP INDEX moments_generation_config_id_idx",
    )

    manager.add_sql(
        """\
CREATE FUNCTION set_moment_identifier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.identifier IS NULL OR NEW.identifier = '' THEN
        NEW.identifier = left(encode(sha256(uuid_send(gen_random_uuid())), 'hex'), 16);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER moments_set_identifier BEFORE INSERT ON moments
FOR EACH ROW EXECUTE FUNCTION set_moment_identifier()""",
        """\
DROP TRIGGER moments_set_identifier ON moments; DROP FUNCTION set_moment_identifier()""",
    )

    manager.add_sql(
        """\
CREATE UNIQUE INDEX moments_id_video_id_key ON moments (id, video_id);
ALTER TABLE moments ADD CONSTRAINT moments_parent_id_video_id_fkey
FOREIGN KEY (parent_id, video_id) REFERENCES moments (id, video_id)
ON DELETE SET NULL (parent_id)""",
        """\
ALTER TABLE moments DROP CONSTRAINT moments_parent_id_video_id_fkey; DROP INDEX moments_id_video_id_key""",
    )

    manager.add_sql(
        """\
CREATE FUNCTION refuse_moment_circle() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    ancestor uuid := NEW.parent_id;
    passed uuid[] := ARRAY[NEW.id];
BEGIN
    WHILE ancestor IS NOT NULL LOOP
        IF ancestor = ANY(passed) OR cardinality(passed) >= 100 THEN
            RAISE EXCEPTION '%', 'A moment cannot be its own parent, nor below itself, '
                'nor put below more than 99 others.'
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'moments_parent_id_check', TABLE = 'moments';
        END IF;
        passed = passed || ancestor;
        SELECT parent_id INTO ancestor FROM moments WHERE id = ancestor FOR SHARE;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER moments_parent_id_check AFTER INSERT OR UPDATE OF parent_id ON moments
FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION refuse_moment_circle()""",
        """\
DROP TRIGGER moments_parent_id_check ON moments; DROP FUNCTION refuse_moment_circle()""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER moments_set_updated_at BEFORE UPDATE ON moments FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()""",
        "DROP TRIGGER moments_set_updated_at ON moments",
    )

    manager.add_sql(
        "CREATE INDEX clips_video_id_idx ON clips USING btree (video_id, id)",
        "DROP INDEX clips_video_id_idx",
    )

    manager.add_sql(
        """\
ALTER TABLE clips ADD CONSTRAINT clips_moment_id_video_id_fkey
FOREIGN KEY (moment_id, video_id) REFERENCES moments (id, video_id) ON DELETE CASCADE""",
        "ALTER TABLE clips DROP CONSTRAINT clips_moment_id_video_id_fkey",
    )

    manager.add_sql(
        """\
CREATE TRIGGER clips_set_updated_at BEFORE UPDATE ON clips FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()""",
        "DROP TRIGGER clips_set_updated_at ON clips",
    )

    manager.add_sql(
        """\
CREATE UNIQUE INDEX thumbnails_video_id_key ON thumbnails USING btree (video_id) WHERE video_id IS NOT NULL""",
        "DROP INDEX thumbnails_video_id_key",
    )

    manager.add_sql(
        """\
CREATE UNIQUE INDEX thumbnails_clip_id_key ON thumbnails USING btree (clip_id) WHERE clip_id IS NOT NULL""",
        "DROP INDEX thumbnails_clip_id_key",
    )

    manager.add_sql(
        """\
CREATE TRIGGER thumbnails_set_updated_at BEFORE UPDATE ON thumbnails FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()""",
        "DROP TRIGGER thumbnails_set_updated_at ON thumbnails",
    )

    manager.add_sql(
        """\
CREATE INDEX pipeline_history_video_id_started_at_idx ON pipeline_history USING btree (video_id, started_at DESC)""",
        "DROP INDEX pipeline_history_video_id_started_at_idx",
    )

    manager.add_sql(
        """\
CREATE INDEX pipeline_history_generation_config_id_idx ON pipeline_history USING btree (generation_config_id, id)""",
        "DROP INDEX pipeline_history_generation_config_id_idx",
    )

    manager.add_sql(
        """\
CREATE INDEX pipeline_history_running_idx ON pipeline_history USING btree (id) WHERE status = 'running'""",
        "DROP INDEX pipeline_history_running_idx",
    )

    manager.add_sql(
        """\
CREATE FUNCTION set_pipeline_identifier() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    milliseconds text := floor(extract(epoch FROM NEW.started_at) * 1000)::bigint;
    room int := 90 - length(milliseconds);
BEGIN
    IF NEW.identifier IS NULL OR NEW.identifier = '' THEN
        SELECT format('pipeline:%s:%s',
            CASE WHEN length(v.identifier) <= room THEN v.identifier
            ELSE left(v.identifier, room - 17) || '~'
                || left(encode(sha256(convert_to(v.identifier, 'UTF8')), 'hex'), 16) END,
            milliseconds)
        INTO NEW.identifier FROM videos v WHERE v.id = NEW.video_id;
        IF NOT FOUND THEN
            NEW.identifier = gen_random_uuid();
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pipeline_history_set_identifier BEFORE INSERT ON pipeline_history
FOR EACH ROW EXECUTE FUNCTION set_pipeline_identifier()""",
        """\
DROP TRIGGER pipeline_history_set_identifier ON pipeline_history; DROP FUNCTION set_pipeline_identifier()""",
    )

    manager.add_sql(
        """\
CREATE TRIGGER pipeline_history_set_updated_at BEFORE UPDATE ON pipeline_history FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()""",
        "DROP TRIGGER pipeline_history_set_updated_at ON pipeline_history",
    )

    return manager
