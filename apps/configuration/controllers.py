from typing import Any

from litestar.types import ControllerRouterHandler

from apps.catalog.repositories import ChannelRepository
from apps.configuration.repositories import (
    ChannelConfigurationRepository,
    SystemConfigurationRepository,
)
from apps.shared.rest import TableController, page_of


class SystemConfigurationController(TableController):
    """The value of an encrypted setting is never shown."""

    repository = SystemConfigurationRepository
    types = {"value": Any}
    unwritable = ("encrypted",)


class ChannelConfigurationController(TableController):
    """The value of an encrypted setting is never shown."""

    repository = ChannelConfigurationRepository
    types = {"value": Any}
    unwritable = ("encrypted",)


ROUTES: list[ControllerRouterHandler] = [
    SystemConfigurationController,
    ChannelConfigurationController,
    page_of(ChannelRepository, ChannelConfigurationController, "channel_id", "configuration"),
]
