from uuid import UUID

from litestar import delete, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import UNSET

from apps.catalog.controllers import ChannelController
from apps.configuration.changes import apply_changes
from apps.configuration.registry import find_setting
from apps.configuration.schemas import (
    SettingList,
    SettingRead,
    SettingWrite,
    make_setting_list,
    make_setting_read,
)
from apps.configuration.services import Configuration, get_configuration
from apps.shared.http.controllers import RestController
from apps.shared.http.guards import requires_administrator
from apps.shared.http.problems import problem_responses
from apps.shared.http.requests import AppRequest

TAGS = ["Configuration"]
GUARDS = [requires_administrator("Only an administrator can see or change settings.")]


async def find_channel_id(request: AppRequest, key: FromPath[UUID]) -> UUID:
    """Raises NotFound."""
    return await ChannelController.rows.find_id(request.user, key)


class ConfigurationController(RestController):
    """The library's settings."""

    path = "/api/configuration"
    tags = TAGS
    guards = GUARDS
    dependencies = {"configuration": Provide(get_configuration, sync_to_thread=False)}

    @get(summary="List all settings", responses=problem_responses(403))
    async def list_configuration(
        self, configuration: NamedDependency[Configuration]
    ) -> SettingList:
        return make_setting_list(configuration.values)

    @get("/{name:str}", summary="Get a setting", responses=problem_responses(403, 404))
    async def get_setting(
        self, configuration: NamedDependency[Configuration], name: FromPath[str]
    ) -> SettingRead:
        return make_setting_read(configuration.values[find_setting(name).key])

    @put(
        "/{name:str}", summary="Set a setting", responses=problem_responses(403, 404, 409, 422, 503)
    )
    async def set_setting(
        self,
        configuration: NamedDependency[Configuration],
        name: FromPath[str],
        data: JSONBody[SettingWrite],
    ) -> SettingRead:
        await apply_changes({None: {name: data.value}})
        return make_setting_read(configuration.values[name])

    @delete("/{name:str}", summary="Reset a setting", responses=problem_responses(403, 404, 422))
    async def unset_setting(self, name: FromPath[str]) -> None:
        await apply_changes({None: {name: UNSET}})


class ChannelConfigurationController(RestController):
    """A channel's settings, which override the library's."""

    path = "/api/channels/{key:uuid}/configuration"
    tags = TAGS
    guards = GUARDS
    dependencies = {
        "configuration": Provide(get_configuration, sync_to_thread=False),
        "channel_id": Provide(find_channel_id),
    }

    @get(summary="List a channel's settings", responses=problem_responses(403, 404))
    async def list_channel_configuration(
        self, configuration: NamedDependency[Configuration], channel_id: NamedDependency[UUID]
    ) -> SettingList:
        return make_setting_list(await configuration.get_channel_values(channel_id))

    @get("/{name:str}", summary="Get a channel's setting", responses=problem_responses(403, 404))
    async def get_channel_setting(
        self,
        configuration: NamedDependency[Configuration],
        channel_id: NamedDependency[UUID],
        name: FromPath[str],
    ) -> SettingRead:
        return make_setting_read(
            (await configuration.get_channel_values(channel_id))[find_setting(name).key]
        )

    @put(
        "/{name:str}",
        summary="Set a setting for a channel",
        responses=problem_responses(403, 404, 409, 422, 503),
    )
    async def set_channel_setting(
        self,
        configuration: NamedDependency[Configuration],
        channel_id: NamedDependency[UUID],
        name: FromPath[str],
        data: JSONBody[SettingWrite],
    ) -> SettingRead:
        await apply_changes({channel_id: {name: data.value}})
        return make_setting_read((await configuration.get_channel_values(channel_id))[name])

    @delete(
        "/{name:str}",
        summary="Reset a channel's setting",
        responses=problem_responses(403, 404, 422),
    )
    async def unset_channel_setting(
        self, channel_id: NamedDependency[UUID], name: FromPath[str]
    ) -> None:
        await apply_changes({channel_id: {name: UNSET}})


ROUTES: list[ControllerRouterHandler] = [ConfigurationController, ChannelConfigurationController]
