"""Setting and taking back values: whichever door they come by, the same rules hold."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from msgspec import UNSET

from apps.configuration.kinds import Setting, refused
from apps.configuration.layers import Layer, Said, not_for_channels, resolve
from apps.configuration.registry import SETTINGS, find
from apps.configuration.repositories import (
    ChannelConfigurationRepository,
    SystemConfigurationRepository,
)
from apps.configuration.services import configuration, read_channel, read_database
from apps.shared.db.engine import get_engine
from apps.shared.errors import Invalid
from apps.shared.secrets import encrypt_secret, locate_secret

LOCK_ID = 0x5EE1_C0F6
"""The advisory lock of whoever changes settings: rules over two of them are checked by one."""

Changes: TypeAlias = Mapping[UUID | None, Mapping[str, Any]]
"""Channel (None: the whole program) → key → value; UNSET takes it back."""


class Changed(NamedTuple):
    """What the layer said before and says now; UNSET: nothing."""

    channel_id: UUID | None
    setting: Setting[Any]
    before: Any
    after: Any


class Clash(Invalid):
    """A pair of settings that fitted no longer would: the program's (None), or a channel's."""

    def __init__(self, sentence: str, channel_id: UUID | None) -> None:
        super().__init__(sentence, fields={"value": sentence})
        self.channel_id = channel_id


async def change(changes: Changes) -> list[Changed]:
    """All or nothing. This process sees it at once, others within a second.

    Raises UnknownSetting, Invalid, Conflict, and SecretsUnavailable when there is no key for one.
    """
    checked = {
        channel_id: {key: check_value(channel_id, key, value) for key, value in given.items()}
        for channel_id, given in changes.items()
    }
    changed: list[Changed] = []
    async with _alone():
        # A channel's values stand on the program's.
        for channel_id in sorted(checked, key=lambda each: each is not None):
            for each in await _check_together(channel_id, checked[channel_id]):
                await _write(each)
                changed.append(each)
    for channel_id in checked:
        if channel_id is not None:
            configuration().forget_channel(channel_id)
    if None in checked:
        await configuration().load()
    return changed


@asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    async with get_engine().transaction(), get_engine().connection() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK_ID)
        yield


async def check(channel_id: UUID | None, key: str, value: Any) -> None:
    """Raises what `change` would."""
    await _check_together(channel_id, {key: check_value(channel_id, key, value)})


def check_value(channel_id: UUID | None, key: str, value: Any) -> Any:
    """The value as its setting's type has it. Raises UnknownSetting and Invalid."""
    setting = find(key)
    if value is UNSET:
        return UNSET
    if channel_id is not None and not setting.per_channel:
        raise refused(not_for_channels(setting))
    return setting.read(value)


async def _check_together(channel_id: UUID | None, given: Mapping[str, Any]) -> list[Changed]:
    """What would change. Raises Clash."""
    fixed, database = configuration().fixed, await read_database()
    layer, values = Layer.database, resolve({**fixed, Layer.database: database})
    if channel_id is not None:
        layer, values = Layer.channel, await read_channel(channel_id, fixed, database)
    before = {
        key: each
        for key, resolved in values.items()
        for each in resolved.said
        if each.layer is layer
    }
    after = {key: Said(layer, value) for key, value in given.items() if value is not UNSET}
    kept = {key: said for key, said in before.items() if key not in given}
    faults = resolve({**fixed, Layer.database: database, layer: {**kept, **after}}).faults
    if new := [fault for fault in faults if fault not in values.faults]:
        raise Clash(new[0], channel_id)
    return [
        Changed(channel_id, SETTINGS[key], before[key].value if key in before else UNSET, value)
        for key, value in given.items()
        if before.get(key) != after.get(key)
    ]


async def _write(changed: Changed) -> None:
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
    """Writes the defaults of what nobody has set into the database; answers how many that were.

    From then on they stay as they are, whatever a newer version has for a default. Of secrets, and
    of settings whose default is no value, there is none to write; what the config file says is left
    to it.
    """
    async with _alone():
        there = {*await read_database(), *configuration().fixed.get(Layer.file, {})}
        missing = {
            key: setting.default
            for key, setting in SETTINGS.items()
            if key not in there and not setting.is_secret and setting.default is not None
        }
        await change({None: missing})
    return len(missing)
