from apps.shared.db.migrations import MigrationManager
from apps.shared.db.columns import UUID7
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import BigInt
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import UUID
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.constraints import Unique
from piccolo.table import Table


class Channel(Table, tablename="channels", schema=None):
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


ID = "2026-11-21T05:09:24:494697"
VERSION = "1.38.0"
DESCRIPTION = "Add statistics of channels and videos"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="statistics", description=DESCRIPTION)

    manager.add_table(
        class_name="ChannelStatistics",
        tablename="channel_statistics",
        schema=None,
        columns=None,
    )

    manager.add_table(
        class_name="VideoStatistics",
        tablename="video_statistics",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
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
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
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
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
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
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
        column_name="channel_id",
        db_column_name="channel_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Channel,
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
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
        column_name="recorded_at",
        db_column_name="recorded_at",
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
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
        column_name="subscriber_count",
        db_column_name="subscriber_count",
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
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
        column_name="view_count",
        db_column_name="view_count",
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
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
        column_name="video_count",
        db_column_name="video_count",
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
        table_class_name="VideoStatistics",
        tablename="video_statistics",
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
        table_class_name="VideoStatistics",
        tablename="video_statistics",
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
        table_class_name="VideoStatistics",
        tablename="video_statistics",
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
        table_class_name="VideoStatistics",
        tablename="video_statistics",
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
        table_class_name="VideoStatistics",
        tablename="video_statistics",
        column_name="recorded_at",
        db_column_name="recorded_at",
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
        table_class_name="VideoStatistics",
        tablename="video_statistics",
        column_name="view_count",
        db_column_name="view_count",
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
        table_class_name="VideoStatistics",
        tablename="video_statistics",
        column_name="like_count",
        db_column_name="like_count",
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
        table_class_name="VideoStatistics",
        tablename="video_statistics",
        column_name="comment_count",
        db_column_name="comment_count",
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

    manager.add_constraint(
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
        constraint_name="channel_statistics_channel_id_recorded_at_key",
        constraint_class=Unique,
        params={"columns": ["channel_id", "recorded_at"], "nulls_distinct": True},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
        constraint_name="channel_statistics_subscriber_count_check",
        constraint_class=Check,
        params={"condition": "subscriber_count >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
        constraint_name="channel_statistics_view_count_check",
        constraint_class=Check,
        params={"condition": "view_count >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="ChannelStatistics",
        tablename="channel_statistics",
        constraint_name="channel_statistics_video_count_check",
        constraint_class=Check,
        params={"condition": "video_count >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="VideoStatistics",
        tablename="video_statistics",
        constraint_name="video_statistics_video_id_recorded_at_key",
        constraint_class=Unique,
        params={"columns": ["video_id", "recorded_at"], "nulls_distinct": True},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="VideoStatistics",
        tablename="video_statistics",
        constraint_name="video_statistics_view_count_check",
        constraint_class=Check,
        params={"condition": "view_count >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="VideoStatistics",
        tablename="video_statistics",
        constraint_name="video_statistics_like_count_check",
        constraint_class=Check,
        params={"condition": "like_count >= 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="VideoStatistics",
        tablename="video_statistics",
        constraint_name="video_statistics_comment_count_check",
        constraint_class=Check,
        params={"condition": "comment_count >= 0"},
        schema=None,
    )

    manager.add_sql(
        """\
CREATE TRIGGER channel_statistics_set_updated_at BEFORE UPDATE ON channel_statistics FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()""",
        "DROP TRIGGER channel_statistics_set_updated_at ON channel_statistics",
    )

    manager.add_sql(
        """\
CREATE TRIGGER video_statistics_set_updated_at BEFORE UPDATE ON video_statistics FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at()""",
        "DROP TRIGGER video_statistics_set_updated_at ON video_statistics",
    )

    return manager
