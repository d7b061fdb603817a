"""What the admin may write, and how: a form sends more than a person changed."""

from contextlib import suppress
from json import loads
from typing import Any

from piccolo.columns import JSON, Column
from piccolo_api.crud.endpoints import PiccoloCRUD
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest

from apps.transcripts.tables import Transcript

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
