from typing import Any

from litestar.types import ControllerRouterHandler

from apps.catalog.controllers import ChannelController
from apps.configuration.repositories import (
    ChannelConfigurationRepository,
    SystemConfigurationRepository,
)
from apps.configuration.services import Settings
from apps.shared.rest import TableController, page_of


class SystemConfigurationController(TableController):
    """The value of an encrypted setting is never shown."""

    repository = SystemConfigurationRepository
    resource = Settings
    types = {"value": Any}
    unwritable = ("encrypted",)


class ChannelConfigurationController(TableController):
    """The value of an encrypted setting is never shown."""

    repository = ChannelConfigurationRepository
    resource = Settings
    types = {"value": Any}
    unwritable = ("encrypted",)


ROUTES: list[ControllerRouterHandler] = [
    SystemConfigurationController,
    ChannelConfigurationController,
    page_of(
        ChannelController, ChannelConfigurationController, "channel_id", "configuration", "key"
    ),
]
