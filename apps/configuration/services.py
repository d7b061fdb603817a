"""The settings as this process has them: reading one asks nobody."""

import logging
from collections import OrderedDict
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from apps.configuration.kinds import Setting
from apps.configuration.layers import Layer, Layers, Said, Values, from_row, resolve
from apps.configuration.registry import SETTINGS
from apps.configuration.repositories import (
    ChannelConfigurationRepository,
    SystemConfigurationRepository,
)
from apps.configuration.sources import fixed_layers

T = TypeVar("T")

CHANNELS_HELD = 1000
FAULTS_REMEMBERED = 1000

log = logging.getLogger(__name__)


class Configuration:
    """What the environment and the file said at the start, and what the database says.

    Until it was loaded, and while the database cannot be reached, the values are those of the
    other layers, or those of the last time.
    """

    def __init__(self, fixed: Layers) -> None:
        self.fixed = fixed
        self._tickets = count(1)
        self._newest = self._version = 0
        self.forget()

    def get(self, setting: Setting[T]) -> T:
        """The whole program's value."""
        return self.values.get_value(setting)

    async def of_channel(self, channel_id: UUID | None) -> Values:
        """A channel's values (None: the whole program's); one statement when they are not held."""
        if channel_id is None:
            return self.values
        if found := self._channels.get(channel_id):
            self._channels.move_to_end(channel_id)
            return found
        version = self._version
        values = await read_channel(channel_id, self.fixed, self._database)
        self._report([f for f in values.faults if f not in self.values.faults], channel_id)
        if version == self._version:  # Nothing was changed since it was read.
            self._channels[channel_id] = values
            if len(self._channels) > CHANNELS_HELD:
                self._channels.popitem(last=False)
        return values

    async def load(self, by: Any = None) -> None:
        """Reads all anew; `by` is a connection to ask instead of the pool's."""
        ticket = next(self._tickets)
        database = await read_database(by)
        if ticket < self._newest:  # One that was asked later, and knows better, is there already.
            return
        self._newest = ticket
        self._keep(database)
        self._report(self.values.faults)

    def forget(self) -> None:
        """Whatever was read from the database."""
        self._told: set[str] = set()
        self._keep({})

    def forget_channel(self, channel_id: UUID) -> None:
        self._version += 1
        self._channels.pop(channel_id, None)

    def _keep(self, database: dict[str, Said]) -> None:
        self._version += 1
        self._database = database
        self._channels: OrderedDict[UUID, Values] = OrderedDict()
        self.values = resolve({**self.fixed, Layer.database: database})

    def _report(self, faults: list[str], channel_id: UUID | None = None) -> None:
        """Each once."""
        for fault in faults:
            text = f"{f'Channel {channel_id}: ' if channel_id else ''}{fault}"
            if text not in self._told:
                log.warning("%s The next layer's value is used.", text)
                self._told.add(text)
        if len(self._told) > FAULTS_REMEMBERED:
            self._told.clear()


async def read_database(by: Any = None) -> dict[str, Said]:
    rows = await SystemConfigurationRepository().list_values(by)
    return {key: from_row(Layer.database, SETTINGS[key], row) for key, row in rows.items()}


async def read_channel(channel_id: UUID, fixed: Layers, database: dict[str, Said]) -> Values:
    rows = await ChannelConfigurationRepository().list_values(channel_id)
    own = {key: from_row(Layer.channel, SETTINGS[key], row) for key, row in rows.items()}
    return resolve({**fixed, Layer.database: database, Layer.channel: own})


@lru_cache
def configuration() -> Configuration:
    """That of this process. Raises SettingsError for a wrong environment or file."""
    return Configuration(fixed_layers())
