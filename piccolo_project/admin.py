"""The Piccolo Admin, built once."""

import datetime
from contextlib import suppress
from json import loads
from typing import Any

from piccolo.columns import JSON, Column
from piccolo.table import Table
from piccolo_admin.endpoints import TableConfig, create_admin
from piccolo_api.crud.endpoints import OrderBy, PiccoloCRUD
from piccolo_api.crud.hooks import Hook, HookType
from piccolo_api.crud.validators import Validators
from piccolo_api.rate_limiting.middleware import InMemoryLimitProvider
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest

from apps.accounts.tables import Session, User
from apps.catalog.tables import Channel, ImportRecord, Video
from apps.shared.settings import settings
from apps.transcripts.tables import Chunk, Transcript

MANAGED = {"id", "created_at", "updated_at"}


async def keep_changes(
    row_id: Any, values: dict[Column, Any], request: StarletteRequest | None = None
) -> dict[Column, Any]:
    """A form sends back every field it has: secrets as null, times cut to seconds.

    What a browser cannot tell from the stored value stays as it is.
    """
    writable = {
        column: value
        for column, value in values.items()
        if not column._meta.secret and column._meta.name not in MANAGED | read_only(column)
    }
    if not values:
        return {}
    table = next(iter(values))._meta.table
    key = table._meta.primary_key
    stored = await table.select().where(key == row_id).first()
    if stored is None:
        return writable
    changed = {
        column: value
        for column, value in writable.items()
        if in_form(column, value) != in_form(column, stored[column._meta.name])
    }
    # Piccolo refuses an UPDATE of nothing.
    return changed or {key: stored[key._meta.name]}


def in_form(column: Column, value: Any) -> Any:
    """The value as a browser knows it: numbers in JSON are doubles, and no text is null."""
    if isinstance(column, JSON) and isinstance(value, str):
        with suppress(ValueError):
            return loads(value, parse_int=float)
    return None if value == "" else value


def read_only(column: Column) -> set[str]:
    """Columns that the database refuses to change."""
    if column._meta.table is Transcript:
        return {"full_text", "word_timestamps", "segment_timestamps"}
    return set()


def refuse_put(piccolo_crud: PiccoloCRUD, request: StarletteRequest) -> None:
    """PUT would pass the hook by."""
    if request.method == "PUT":
        raise HTTPException(405, "Use PATCH, which changes only what is sent.")


def refuse_writes(piccolo_crud: PiccoloCRUD, request: StarletteRequest) -> None:
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        raise HTTPException(405, "These rows are kept by the program.")


def table_config(
    table: type[Table],
    group: str,
    columns: list[Column],
    *,
    newest_first: bool = True,
    **options: Any,
) -> TableConfig:
    """`columns` are shown in the listing; the first one links to the row."""
    order = OrderBy(table._meta.primary_key, ascending=not newest_first)
    return TableConfig(
        table,
        menu_group=group,
        visible_columns=columns,
        link_column=columns[0],
        order_by=[order],
        hooks=[Hook(hook_type=HookType.pre_patch, callable=keep_changes)],
        validators=options.pop("validators", None) or Validators(every=[refuse_put]),
        **options,
    )


TABLES = [
    table_config(
        Video,
        "Library",
        [
            Video.title,
            Video.identifier,
            Video.channel_id,
            Video.upload_date,
            Video.duration_seconds,
            Video.download_status,
            Video.status,
            Video.is_favorite,
        ],
    ),
    table_config(
        Channel,
        "Library",
        [Channel.name, Channel.youtube_channel_id, Channel.handle, Channel.status],
    ),
    table_config(
        ImportRecord,
        "Library",
        [
            ImportRecord.path,
            ImportRecord.video_id,
            ImportRecord.channel_id,
            ImportRecord.updated_at,
        ],
        validators=Validators(every=[refuse_writes]),
    ),
    table_config(
        Transcript,
        "Transcripts",
        [
            Transcript.language,
            Transcript.video_id,
            Transcript.source,
            Transcript.is_primary,
            Transcript.number_of_words,
            Transcript.created_at,
        ],
    ),
    table_config(
        Chunk,
        "Transcripts",
        [
            Chunk.chunk_index,
            Chunk.transcript_id,
            Chunk.chunk_text,
            Chunk.start_time,
            Chunk.end_time,
        ],
    ),
    table_config(
        User, "Accounts", [User.email, User.active, User.admin, User.superuser, User.last_login]
    ),
    table_config(
        Session,
        "Accounts",
        [Session.expires_at, Session.user_id, Session.name, Session.last_used_at],
        validators=Validators(every=[refuse_writes]),
    ),
]


def build_admin() -> Any:
    return create_admin(
        tables=TABLES,
        auth_table=User,
        session_table=Session,  # type: ignore[arg-type]  # It has the verbs, not the columns.
        session_expiry=datetime.timedelta(hours=1),
        increase_expiry=datetime.timedelta(minutes=20),
        page_size=25,
        site_name="Reelbase",
        default_language_code="en",
        auto_include_related=False,
        allowed_hosts=settings().allowed_hosts,
        # The stock one counts page views too, and blocks until the program is started again.
        rate_limit_provider=InMemoryLimitProvider(limit=100, timespan=300, block_duration=60),
        sidebar_links={"API documentation": "/schema", "Health": "/health"},
    )
