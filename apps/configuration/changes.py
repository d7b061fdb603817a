"""Setting and unsetting values, by the same rules for REST, the admin and commands."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from msgspec import UNSET

from apps.configuration.definitions import Setting, invalid_value
from apps.configuration.layers import Layer, LayerValue, explain_not_per_channel, resolve_layers
from apps.configuration.registry import SETTINGS, find_setting
from apps.configuration.repositories import (
    ChannelConfigurationRepository,
    SystemConfigurationRepository,
)
from apps.configuration.services import get_configuration, read_channel, read_database
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid
from apps.shared.secrets import encrypt_secret, locate_secret

LOCK_ID = 0x5EE1_C0F6
"""The advisory lock of whoever changes settings, as some rules concern two of them."""

Changes: TypeAlias = Mapping[UUID | None, Mapping[str, Any]]
"""Channel (None: the library) → key → value, or UNSET."""


class Changed(NamedTuple):
    """A layer's value before and after; UNSET if it has none."""

    channel_id: UUID | None
    setting: Setting[Any]
    before: Any
    after: Any


class Clash(Invalid):
    """A change would make two settings contradict each other, for the library or a channel."""

    def __init__(self, message: str, channel_id: UUID | None) -> None:
        super().__init__(message, fields={"value": message})
        self.channel_id = channel_id


async def apply_changes(changes: Changes) -> list[Changed]:
    """Applies all changes or none. This process sees them at once, others within a second.

    Raises UnknownSetting, Invalid, Conflict and SecretsUnavailable.
    """
    checked = {
        channel_id: {key: check_value(channel_id, key, value) for key, value in given.items()}
        for channel_id, given in changes.items()
    }
    changed: list[Changed] = []
    async with _change_lock():
        # The library's first: channels' values are checked against them.
        for channel_id in sorted(checked, key=lambda each: each is not None):
            for each in await _check_changes(channel_id, checked[channel_id]):
                await _write_change(each)
                changed.append(each)
    for channel_id in checked:
        if channel_id is not None:
            get_configuration().forget_channel(channel_id)
    if None in checked:
        await get_configuration().load()
    return changed


@asynccontextmanager
async def _change_lock() -> AsyncIterator[None]:
    async with get_engine().transaction(), get_engine().connection() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK_ID)
        yield


async def check_change(channel_id: UUID | None, key: str, value: Any) -> None:
    """Raises what `apply_changes` would."""
    await _check_changes(channel_id, {key: check_value(channel_id, key, value)})


def check_value(channel_id: UUID | None, key: str, value: Any) -> Any:
    """Converts the value to the setting's type. Raises UnknownSetting and Invalid."""
    setting = find_setting(key)
    if value is UNSET:
        return UNSET
    if channel_id is not None and not setting.per_channel:
        raise invalid_value(explain_not_per_channel(setting))
    return setting.read(value)


async def _check_changes(channel_id: UUID | None, given: Mapping[str, Any]) -> list[Changed]:
    """Returns what would change. Raises Clash."""
    fixed, database = get_configuration().fixed, await read_database()
    layer, values = Layer.database, resolve_layers({**fixed, Layer.database: database})
    if channel_id is not None:
        layer, values = Layer.channel, await read_channel(channel_id, fixed, database)
    before = {
        key: each
        for key, resolved in values.items()
        for each in resolved.values
        if each.layer is layer
    }
    after = {key: LayerValue(layer, value) for key, value in given.items() if value is not UNSET}
    kept = {key: each for key, each in before.items() if key not in given}
    faults = resolve_layers({**fixed, Layer.database: database, layer: {**kept, **after}}).faults
    if new := [fault for fault in faults if fault not in values.faults]:
        raise Clash(new[0], channel_id)
    return [
        Changed(channel_id, SETTINGS[key], before[key].value if key in before else UNSET, value)
        for key, value in given.items()
        if before.get(key) != after.get(key)
    ]


async def _write_change(changed: Changed) -> None:
    channel_id, setting, _, value = changed
    repository: Any = SystemConfigurationRepository()
    row: tuple[object, ...] = (setting.key,)
    if channel_id is not None:
        repository, row = ChannelConfigurationRepository(), (channel_id, setting.key)
    if value is UNSET:
        await repository.unset(*row)
        return
    if setting.is_secret:
        value = encrypt_secret(value, locate_secret(repository.tablename, "value", *row))
    await repository.set_value(*row, value, encrypted=setting.is_secret)


async def set_default_configs() -> int:
    """Writes the defaults of unset settings to the database and returns how many.

    They then stay the same even if a newer version changes a default. Skips secrets, settings
    without a default, and those in the config file.
    """
    async with _change_lock():
        there = {*await read_database(), *get_configuration().fixed.get(Layer.file, {})}
        missing = {
            key: setting.default
            for key, setting in SETTINGS.items()
            if key not in there and not setting.is_secret and setting.default is not None
        }
        await apply_changes({None: missing})
    return len(missing)
