from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from apps.catalog.credentials import ChannelCredentials, CredentialsState
from apps.catalog.imports.importer import FolderImporter
from apps.catalog.imports.report import ImportReport
from apps.catalog.repositories import ChannelRepository, VideoRepository
from apps.catalog.schemas import ImportRequest, NewCredentials
from apps.shared.db.access import LIBRARY
from apps.shared.http.controllers import RestController, TableController
from apps.shared.http.exposure import ComputedField, Exposure
from apps.shared.http.guards import requires_administrator
from apps.shared.http.problems import problem_responses
from apps.shared.http.related import serve_related_page
from apps.shared.http.requests import AppRequest, reject_coercion
from apps.shared.settings import get_settings


class VideoController(TableController):
    repository = VideoRepository
    exposure = Exposure(
        access=LIBRARY,
        identifier="identifier",
        computed={"channel_name": ComputedField("c.name", str | None)},
        joins="LEFT JOIN channels c ON c.id = t.channel_id",
        sortable=("title", "status", "download_status", "upload_date"),
    )


class ChannelController(TableController):
    repository = ChannelRepository
    exposure = Exposure(access=LIBRARY, unwritable=("credentials_set_at",))


class CredentialsController(RestController):
    """The credentials Reelbase uses for a channel."""

    path = "/api/channels/{key:uuid}/credentials"
    tags = ChannelController.tags
    # Not `credentials`: Litestar would take an error in that field of a body for its own.
    dependencies = {"channel_credentials": Provide(ChannelCredentials, sync_to_thread=False)}
    guards = [
        requires_administrator("Only an administrator can view or change a channel's credentials.")
    ]

    @get(summary="Check whether credentials are set", responses=problem_responses(403, 404))
    async def retrieve(
        self, channel_credentials: NamedDependency[ChannelCredentials], key: FromPath[UUID]
    ) -> CredentialsState:
        return await channel_credentials.get_state(key)

    @put(summary="Set the credentials", responses=problem_responses(403, 404, 503))
    async def replace(
        self,
        channel_credentials: NamedDependency[ChannelCredentials],
        key: FromPath[UUID],
        data: JSONBody[NewCredentials],
    ) -> CredentialsState:
        """They are stored encrypted and never shown."""
        return await channel_credentials.set(key, data.credentials)

    @delete(summary="Remove the credentials", responses=problem_responses(403, 404))
    async def remove(
        self, channel_credentials: NamedDependency[ChannelCredentials], key: FromPath[UUID]
    ) -> None:
        await channel_credentials.unset(key)


def provide_importer() -> FolderImporter:
    return FolderImporter(get_settings().import_roots)


class ImportController(Controller):
    path = "/api/imports"
    tags = ["Imports"]
    guards = [requires_administrator("Only an administrator can import folders.")]
    dependencies = {"importer": Provide(provide_importer, sync_to_thread=False)}

    @post(
        status_code=200,
        summary="Import a folder on this server",
        responses=problem_responses(403, 422, 503),
    )
    async def import_folder(
        self,
        request: AppRequest,
        data: JSONBody[ImportRequest],
        importer: NamedDependency[FolderImporter],
    ) -> ImportReport:
        """Returns when the import has finished. The folder must be in one of IMPORT_ROOTS."""
        await reject_coercion(request, data)
        return await importer.import_folder(data.folder, dry_run=data.dry_run, restore=data.restore)


ROUTES: list[ControllerRouterHandler] = [
    ChannelController,
    CredentialsController,
    VideoController,
    ImportController,
    serve_related_page(ChannelController, VideoController, "channel_id", order="-upload_date"),
]
