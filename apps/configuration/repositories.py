from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from apps.configuration.layers import StoredValue
from apps.configuration.registry import SETTINGS
from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.db.engine import get_engine
from apps.shared.db.repositories import Repository
from apps.shared.db.tables import Record
from apps.shared.errors import Conflict
from apps.shared.secrets import locate_secret

TableT = TypeVar("TableT", bound=Record)

READ_SECONDS = 10
"""A connection that takes longer than this to read a few rows is dead."""


class ConfigurationRepository(Repository[TableT]):
    async def _get_value(self, condition: str, *values: Any) -> Any:
        async with get_engine().connection() as connection:
            query = f"SELECT value::text FROM {self.tablename} WHERE {condition}"
            found = await connection.fetchval(query, *values)
        return None if found is None else msgspec.json.decode(found)

    async def _set_value(self, key: Mapping[str, Any], row: Mapping[str, Any]) -> asyncpg.Record:
        """Creates or updates the row; None leaves a column unchanged."""
        values = {**key, **row}
        changes = [f"{name} = coalesce(EXCLUDED.{name}, t.{name})" for name in row]
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        query = f"""
            INSERT INTO {self.tablename} AS t ({", ".join(values)}) VALUES ({places})
            ON CONFLICT ({", ".join(key)}) DO UPDATE SET {", ".join(changes)}
            WHERE EXCLUDED.encrypted OR NOT t.encrypted RETURNING *"""
        async with get_engine().connection() as connection:
            found = await connection.fetchrow(query, *values.values())
        if found is None:
            raise already_encrypted()
        return found

    async def _list(
        self, condition: str, *values: Any, connection: Any = None
    ) -> dict[str, StoredValue]:
        """Leaves out keys that are not settings."""
        query = f"""
            SELECT key, value::text AS value, encrypted FROM {self.tablename}
            WHERE key = ANY($1) AND {condition}"""
        if connection is None:
            async with get_engine().connection() as pooled:
                rows = await pooled.fetch(query, list(SETTINGS), *values)
        else:
            rows = await connection.fetch(query, list(SETTINGS), *values, timeout=READ_SECONDS)
        return {
            row["key"]: StoredValue(
                _decode_json(row["value"]),
                row["encrypted"],
                locate_secret(self.tablename, "value", *values, row["key"]),
            )
            for row in rows
        }


class SystemConfigurationRepository(ConfigurationRepository[SystemConfiguration]):
    table = SystemConfiguration

    async def get_value(self, key: str) -> Any:
        """None if it is not set. The ciphertext if it is encrypted."""
        return await self._get_value("key = $1", key)

    async def set_value(
        self, key: str, value: Any, description: str | None = None, *, encrypted: bool = False
    ) -> SystemConfiguration:
        """Creates or replaces it; without a description, keeps the present one.

        Raises Conflict when an unencrypted value would replace an encrypted one.
        """
        text = msgspec.json.encode(value).decode()
        row = {"value": text, "encrypted": encrypted, "description": description}
        found = await self._set_value({"key": key}, row)
        return SystemConfiguration(**dict(found), _exists_in_db=True)

    async def unset(self, key: str) -> None:
        """Does nothing if it is not set."""
        await SystemConfiguration.delete().where(SystemConfiguration.key == key)

    async def list_values(self, connection: Any = None) -> dict[str, StoredValue]:
        """By key, over `connection` or the pool. Leaves out keys that are not settings."""
        return await self._list("TRUE", connection=connection)


class ChannelConfigurationRepository(ConfigurationRepository[ChannelConfiguration]):
    table = ChannelConfiguration

    async def get_value(self, channel_id: UUID, key: str) -> Any:
        """None if it is not set. The ciphertext if it is encrypted."""
        return await self._get_value("channel_id = $1 AND key = $2", channel_id, key)

    async def set_value(
        self, channel_id: UUID, key: str, value: Any, *, encrypted: bool = False
    ) -> ChannelConfiguration:
        """Creates or replaces it. Raises Conflict as above."""
        row = {"value": msgspec.json.encode(value).decode(), "encrypted": encrypted}
        found = await self._set_value({"channel_id": channel_id, "key": key}, row)
        return ChannelConfiguration(**dict(found), _exists_in_db=True)

    async def unset(self, channel_id: UUID, key: str) -> None:
        """Does nothing if it is not set."""
        mine = ChannelConfiguration.channel_id == channel_id
        await ChannelConfiguration.delete().where(mine & (ChannelConfiguration.key == key))

    async def list_channels(self, after: UUID | None, limit: int = 500) -> list[tuple[UUID, str]]:
        """A page of channels with settings: the id, and YouTube's id if there is one."""
        query = """
            SELECT c.id, coalesce(c.youtube_channel_id, c.id::text) FROM channels c
            WHERE ($1::uuid IS NULL OR c.id > $1)
              AND EXISTS (SELECT FROM channel_configuration o WHERE o.channel_id = c.id)
            ORDER BY c.id LIMIT $2"""
        async with get_engine().connection() as connection:
            return [tuple(row) for row in await connection.fetch(query, after, limit)]

    async def list_values(self, channel_id: UUID) -> dict[str, StoredValue]:
        """By key. Leaves out keys that are not settings."""
        return await self._list("channel_id = $2", channel_id)


def _decode_json(json: str) -> Any:
    """Returns JSON that Python cannot read as text, which is an invalid value, too."""
    try:
        return msgspec.json.decode(json)
    except (msgspec.DecodeError, RecursionError):
        return json


def already_encrypted() -> Conflict:
    message = "This value is encrypted. Unset it before you set an unencrypted one."
    return Conflict(message, fields={"value": message})
