from typing import Any, TypeVar
from uuid import UUID

import msgspec

from apps.configuration.tables import ChannelConfiguration, SystemConfiguration
from apps.shared.engine import engine
from apps.shared.errors import Conflict
from apps.shared.repositories import Repository
from apps.shared.tables import Record

TableT = TypeVar("TableT", bound=Record)


class ConfigurationRepository(Repository[TableT]):
    """Over REST an encrypted value is in no answer."""

    computed = {"value": "CASE WHEN t.encrypted THEN NULL ELSE t.value END"}

    async def _get_value(self, condition: str, *values: Any) -> Any:
        async with engine().connection() as connection:
            query = f"SELECT value::text FROM {self.tablename} WHERE {condition}"
            found = await connection.fetchval(query, *values)
        return None if found is None else msgspec.json.decode(found)


class SystemConfigurationRepository(ConfigurationRepository[SystemConfiguration]):
    table = SystemConfiguration
    noun = "setting"

    async def get_value(self, key: str) -> Any:
        """None as well when nobody has set it. Of an encrypted one, the ciphertext."""
        return await self._get_value("key = $1", key)

    async def set_value(
        self, key: str, value: Any, description: str | None = None, *, encrypted: bool = False
    ) -> SystemConfiguration:
        """Makes or replaces it; without a description, the one that is there stays.

        Raises Conflict for a value in clear where an encrypted one is.
        """
        query = """
            INSERT INTO system_configuration (key, value, description, encrypted)
            VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO UPDATE
            SET value = EXCLUDED.value, encrypted = EXCLUDED.encrypted,
                description = coalesce(EXCLUDED.description, system_configuration.description)
            WHERE EXCLUDED.encrypted OR NOT system_configuration.encrypted
            RETURNING *"""
        async with engine().connection() as connection:
            text = msgspec.json.encode(value).decode()
            row = await connection.fetchrow(query, key, text, description, encrypted)
        if row is None:
            raise encrypted_already()
        return SystemConfiguration(**dict(row), _exists_in_db=True)


class ChannelConfigurationRepository(ConfigurationRepository[ChannelConfiguration]):
    table = ChannelConfiguration
    noun = "channel setting"
    sortable = ("key",)

    async def get_value(self, channel_id: UUID, key: str) -> Any:
        """None as well when nobody has set it. Of an encrypted one, the ciphertext."""
        return await self._get_value("channel_id = $1 AND key = $2", channel_id, key)

    async def set_value(
        self, channel_id: UUID, key: str, value: Any, *, encrypted: bool = False
    ) -> ChannelConfiguration:
        """Makes or replaces it. Raises Conflict as above."""
        query = """
            INSERT INTO channel_configuration (channel_id, key, value, encrypted)
            VALUES ($1, $2, $3, $4) ON CONFLICT (channel_id, key) DO UPDATE
            SET value = EXCLUDED.value, encrypted = EXCLUDED.encrypted
            WHERE EXCLUDED.encrypted OR NOT channel_configuration.encrypted
            RETURNING *"""
        async with engine().connection() as connection:
            text = msgspec.json.encode(value).decode()
            row = await connection.fetchrow(query, channel_id, key, text, encrypted)
        if row is None:
            raise encrypted_already()
        return ChannelConfiguration(**dict(row), _exists_in_db=True)


def encrypted_already() -> Conflict:
    message = "This value is encrypted: it cannot be replaced by one in clear."
    return Conflict(message, fields={"value": message})
