from uuid import UUID

from litestar import delete, get, put
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import UNSET

from apps.catalog.controllers import ChannelController
from apps.configuration.changes import change
from apps.configuration.registry import find
from apps.configuration.schemas import SettingList, SettingRead, SettingWrite, listed, shown
from apps.configuration.services import configuration
from apps.shared.errors import Forbidden
from apps.shared.http.controllers import RestController
from apps.shared.http.problems import problem_responses
from apps.shared.http.requests import AppRequest

TAGS = ["Configuration"]


def check_administrator(request: AppRequest) -> None:
    """Raises Forbidden."""
    if not request.user.is_administrator:
        raise Forbidden("Only an administrator may see or change settings.")


class ConfigurationController(RestController):
    """The settings of the whole program."""

    path = "/api/configuration"
    tags = TAGS

    @get(summary="List every setting", responses=problem_responses(403))
    async def list_configuration(self, request: AppRequest) -> SettingList:
        check_administrator(request)
        return listed(configuration().values)

    @get("/{name:str}", summary="Get a setting", responses=problem_responses(403, 404))
    async def get_setting(self, request: AppRequest, name: FromPath[str]) -> SettingRead:
        check_administrator(request)
        return shown(configuration().values[find(name).key])

    @put(
        "/{name:str}", summary="Set a setting", responses=problem_responses(403, 404, 409, 422, 503)
    )
    async def set_setting(
        self, request: AppRequest, name: FromPath[str], data: JSONBody[SettingWrite]
    ) -> SettingRead:
        check_administrator(request)
        await change({None: {name: data.value}})
        return shown(configuration().values[name])

    @delete(
        "/{name:str}", summary="Take a setting back", responses=problem_responses(403, 404, 422)
    )
    async def unset_setting(self, request: AppRequest, name: FromPath[str]) -> None:
        check_administrator(request)
        await change({None: {name: UNSET}})


class ChannelConfigurationController(RestController):
    """The settings as they are for a channel; what is set here holds for it alone."""

    path = "/api/channels/{key:uuid}/configuration"
    tags = TAGS

    @get(summary="List every setting of a channel", responses=problem_responses(403, 404))
    async def list_channel_configuration(
        self, request: AppRequest, key: FromPath[UUID]
    ) -> SettingList:
        await check_channel(request, key)
        return listed(await configuration().of_channel(key))

    @get("/{name:str}", summary="Get a setting of a channel", responses=problem_responses(403, 404))
    async def get_channel_setting(
        self, request: AppRequest, key: FromPath[UUID], name: FromPath[str]
    ) -> SettingRead:
        await check_channel(request, key)
        return shown((await configuration().of_channel(key))[find(name).key])

    @put(
        "/{name:str}",
        summary="Set a setting for a channel",
        responses=problem_responses(403, 404, 409, 422, 503),
    )
    async def set_channel_setting(
        self,
        request: AppRequest,
        key: FromPath[UUID],
        name: FromPath[str],
        data: JSONBody[SettingWrite],
    ) -> SettingRead:
        await check_channel(request, key)
        await change({key: {name: data.value}})
        return shown((await configuration().of_channel(key))[name])

    @delete(
        "/{name:str}",
        summary="Take a channel's setting back",
        responses=problem_responses(403, 404, 422),
    )
    async def unset_channel_setting(
        self, request: AppRequest, key: FromPath[UUID], name: FromPath[str]
    ) -> None:
        await check_channel(request, key)
        await change({key: {name: UNSET}})


async def check_channel(request: AppRequest, channel_id: UUID) -> None:
    """Raises Forbidden and NotFound."""
    check_administrator(request)
    await ChannelController.rows.find_id(request.user, channel_id)


ROUTES: list[ControllerRouterHandler] = [ConfigurationController, ChannelConfigurationController]
