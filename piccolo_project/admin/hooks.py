"""What the admin may write, and how: a form sends more than a person changed."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from json import loads
from typing import Any

from piccolo.columns import JSON, Column
from piccolo.table import Table
from piccolo_api.crud.endpoints import PiccoloCRUD
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest

from apps.catalog.tables import SENTENCES
from apps.configuration.changes import check
from apps.configuration.registry import find
from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.errors import DomainError
from apps.transcripts.tables import Transcript
from piccolo_project.admin.secrets import masked

MANAGED = {"id", "created_at", "updated_at"}
ENCRYPTED = (
    "A value is encrypted by the program alone, for its key and channel: set it over REST or with "
    "`piccolo configuration set`."
)


async def keep_changes(
    row_id: Any, values: dict[Column, Any], request: StarletteRequest | None = None
) -> dict[Column, Any]:
    """A form sends back every field it has: secrets as null, times cut to seconds.

    What a browser cannot tell from the stored value stays as it is.
    """
    refuse_credentials({column._meta.name: value for column, value in values.items()})
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
    is_encrypted = bool(stored.get("encrypted"))
    if is_encrypted:
        stored = {**stored, "value": masked(stored["value"])}
    changed = {
        column: value
        for column, value in writable.items()
        if in_form(column, value) != in_form(column, stored[column._meta.name])
    }
    names = {column._meta.name for column in changed}
    if "encrypted" in names or (is_encrypted and names & {"key", "value", "channel_id"}):
        raise HTTPException(422, ENCRYPTED)
    if names & {"key", "value", "channel_id"}:
        await check_setting(table, {**stored, **{c._meta.name: changed[c] for c in changed}})
    # Piccolo refuses an UPDATE of nothing.
    return changed or {key: stored[key._meta.name]}


async def check_new(row: Table) -> Table:
    """Nobody can give a form the ciphertext of a value."""
    if getattr(row, "encrypted", False):
        raise HTTPException(422, ENCRYPTED)
    refuse_credentials(row.to_dict())
    await check_setting(type(row), row.to_dict())
    return row


def refuse_credentials(given: Mapping[str, Any]) -> None:
    """PostgreSQL would refuse them as well, and write the row into its log."""
    if given.get("credentials"):
        raise HTTPException(422, SENTENCES["channels_credentials_check"])


async def check_setting(table: type[Table], row: Mapping[str, Any]) -> None:
    """The rules for settings are those of every other door."""
    if table not in {SystemConfiguration, ChannelConfiguration}:
        return
    value = row["value"]
    if isinstance(value, str):
        with suppress(ValueError):
            value = loads(value)
    try:
        if find(row["key"] or "").is_secret:
            raise HTTPException(422, ENCRYPTED)
        await check(row.get("channel_id"), row["key"], value)
    except DomainError as error:
        raise HTTPException(422, error.message) from None


def in_form(column: Column, value: Any) -> Any:
    """The value as a browser knows it: whole seconds, doubles for all numbers, null for no text."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
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
