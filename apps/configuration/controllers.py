from uuid import UUID

from litestar import delete, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import UNSET

from apps.catalog.controllers import ChannelController
from apps.configuration.changes import change
from apps.configuration.registry import find
from apps.configuration.schemas import SettingList, SettingRead, SettingWrite, listed, shown
from apps.configuration.services import Configuration, configuration
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
    """The settings of the whole program."""

    path = "/api/configuration"
    tags = TAGS
    guards = GUARDS
    dependencies = {"configuration": Provide(configuration, sync_to_thread=False)}

    @get(summary="List every setting", responses=problem_responses(403))
    async def list_configuration(
        self, configuration: NamedDependency[Configuration]
    ) -> SettingList:
        return listed(configuration.values)

    @get("/{name:str}", summary="Get a setting", responses=problem_responses(403, 404))
    async def get_setting(
        self, configuration: NamedDependency[Configuration], name: FromPath[str]
    ) -> SettingRead:
        return shown(configuration.values[find(name).key])

    @put(
        "/{name:str}", summary="Set a setting", responses=problem_responses(403, 404, 409, 422, 503)
    )
    async def set_setting(
        self,
        configuration: NamedDependency[Configuration],
        name: FromPath[str],
        data: JSONBody[SettingWrite],
    ) -> SettingRead:
        await change({None: {name: data.value}})
        return shown(configuration.values[name])

    @delete(
        "/{name:str}", summary="Take a setting back", responses=problem_responses(403, 404, 422)
    )
    async def unset_setting(self, name: FromPath[str]) -> None:
        await change({None: {name: UNSET}})


class ChannelConfigurationController(RestController):
    """The settings as they are for a channel; what is set here holds for it alone."""

    path = "/api/channels/{key:uuid}/configuration"
    tags = TAGS
    guards = GUARDS
    dependencies = {
        "configuration": Provide(configuration, sync_to_thread=False),
        "channel_id": Provide(find_channel_id),
    }

    @get(summary="List every setting of a channel", responses=problem_responses(403, 404))
    async def list_channel_configuration(
        self, configuration: NamedDependency[Configuration], channel_id: NamedDependency[UUID]
    ) -> SettingList:
        return listed(await configuration.of_channel(channel_id))

    @get("/{name:str}", summary="Get a setting of a channel", responses=problem_responses(403, 404))
    async def get_channel_setting(
        self,
        configuration: NamedDependency[Configuration],
        channel_id: NamedDependency[UUID],
        name: FromPath[str],
    ) -> SettingRead:
        return shown((await configuration.of_channel(channel_id))[find(name).key])

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
        await change({channel_id: {name: data.value}})
        return shown((await configuration.of_channel(channel_id))[name])

    @delete(
        "/{name:str}",
        summary="Take a channel's setting back",
        responses=problem_responses(403, 404, 422),
    )
    async def unset_channel_setting(
        self, channel_id: NamedDependency[UUID], name: FromPath[str]
    ) -> None:
        await change({channel_id: {name: UNSET}})


ROUTES: list[ControllerRouterHandler] = [ConfigurationController, ChannelConfigurationController]
