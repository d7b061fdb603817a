"""Settings in memory: reading one runs no query."""

import logging
from collections import OrderedDict
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from apps.configuration.definitions import Setting
from apps.configuration.layers import (
    Layer,
    Layers,
    LayerValue,
    SettingValues,
    read_stored_value,
    resolve_layers,
)
from apps.configuration.registry import SETTINGS
from apps.configuration.repositories import (
    ChannelConfigurationRepository,
    SystemConfigurationRepository,
)
from apps.configuration.sources import load_fixed_layers

T = TypeVar("T")

MAX_CACHED_CHANNELS = 1000
MAX_REPORTED_FAULTS = 1000

log = logging.getLogger(__name__)


class Configuration:
    """The layers fixed at the start, and the latest ones of the database.

    Until those are loaded the fixed layers apply; while the database is down, the last ones read.
    """

    def __init__(self, fixed: Layers) -> None:
        self.fixed = fixed
        self._tickets = count(1)
        self._newest = self._version = 0
        self.forget()

    def get(self, setting: Setting[T]) -> T:
        """The library's value."""
        return self.values.get_value(setting)

    async def get_channel_values(self, channel_id: UUID | None) -> SettingValues:
        """A channel's values (None: the library's). One query if they are not cached."""
        if channel_id is None:
            return self.values
        if found := self._channels.get(channel_id):
            self._channels.move_to_end(channel_id)
            return found
        version = self._version
        values = await read_channel(channel_id, self.fixed, self._database)
        self._report([f for f in values.faults if f not in self.values.faults], channel_id)
        if version == self._version:  # Nothing has changed since they were read.
            self._channels[channel_id] = values
            if len(self._channels) > MAX_CACHED_CHANNELS:
                self._channels.popitem(last=False)
        return values

    async def load(self, connection: Any = None) -> None:
        """Reloads the library's values and drops the channels', over `connection` or the pool."""
        ticket = next(self._tickets)
        database = await read_database(connection)
        if ticket < self._newest:  # A later load has finished already.
            return
        self._newest = ticket
        self._keep(database)
        self._report(self.values.faults)

    def forget(self) -> None:
        """Drops whatever was read from the database."""
        self._reported: set[str] = set()
        self._keep({})

    def forget_channel(self, channel_id: UUID) -> None:
        self._version += 1
        self._channels.pop(channel_id, None)

    def _keep(self, database: dict[str, LayerValue]) -> None:
        self._version += 1
        self._database = database
        self._channels: OrderedDict[UUID, SettingValues] = OrderedDict()
        self.values = resolve_layers({**self.fixed, Layer.database: database})

    def _report(self, faults: list[str], channel_id: UUID | None = None) -> None:
        """Logs each fault once."""
        for fault in faults:
            text = f"{f'Channel {channel_id}: ' if channel_id else ''}{fault}"
            if text not in self._reported:
                log.warning("%s Using the next layer's value.", text)
                self._reported.add(text)
        if len(self._reported) > MAX_REPORTED_FAULTS:
            self._reported.clear()


async def read_database(connection: Any = None) -> dict[str, LayerValue]:
    rows = await SystemConfigurationRepository().list_values(connection)
    return {key: read_stored_value(Layer.database, SETTINGS[key], row) for key, row in rows.items()}


async def read_channel(
    channel_id: UUID, fixed: Layers, database: dict[str, LayerValue]
) -> SettingValues:
    rows = await ChannelConfigurationRepository().list_values(channel_id)
    own = {key: read_stored_value(Layer.channel, SETTINGS[key], row) for key, row in rows.items()}
    return resolve_layers({**fixed, Layer.database: database, Layer.channel: own})


@lru_cache
def get_configuration() -> Configuration:
    """This process's settings. Raises SettingsError for an invalid environment or file."""
    return Configuration(load_fixed_layers())
