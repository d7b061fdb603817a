from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromQuery, JSONBody
from litestar.types import ControllerRouterHandler

from apps.catalog.imports.report import ImportReport
from apps.catalog.imports.service import LibraryImport, allowed_folder
from apps.catalog.repositories import ChannelRepository, VideoRepository
from apps.catalog.schemas import ImportRequest
from apps.shared.problems import problems
from apps.shared.rest import Cursor, Limit, NamedController, TableController, json, page_of
from apps.shared.settings import settings

if TYPE_CHECKING:
    # As in apps.shared.rest.
    Page: TypeAlias = Any


class VideoController(NamedController):
    repository = VideoRepository
    computed = {"channel_name": str | None}

    @get(summary="List", responses=problems())
    async def list(
        self,
        limit: Limit = 50,
        cursor: Cursor = None,
        channel_id: FromQuery[UUID | None] = None,
        channel_name: FromQuery[str | None] = None,
    ) -> "Page":
        equal = {"channel_id": channel_id, "channel_name": channel_name}
        return json(await self.rows.page_json(limit=limit, cursor=cursor, equal=equal))


class ChannelController(TableController):
    repository = ChannelRepository


class ImportController(Controller):
    path = "/api/imports"
    tags = ["Imports"]

    @post(
        status_code=200,
        summary="Import a folder of this server",
        responses=problems(403, 422, 503),
    )
    async def import_folder(self, data: JSONBody[ImportRequest]) -> ImportReport:
        """Answers when it has ended. The folder must lie in one of IMPORT_ROOTS."""
        folder = allowed_folder(data.folder, settings().import_roots)
        return await LibraryImport(folder, dry_run=data.dry_run, restore=data.restore).run()


ROUTES: list[ControllerRouterHandler] = [
    ChannelController,
    VideoController,
    ImportController,
    page_of(ChannelRepository, VideoController, "channel_id"),
]
