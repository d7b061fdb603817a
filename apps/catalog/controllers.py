from litestar import Controller, post
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from apps.catalog.imports.report import ImportReport
from apps.catalog.imports.service import LibraryImport, allowed_folder
from apps.catalog.repositories import ChannelRepository, VideoRepository
from apps.catalog.schemas import ImportRequest
from apps.shared.errors import Forbidden
from apps.shared.problems import problems
from apps.shared.rest import NamedController, TableController, page_of
from apps.shared.settings import settings
from apps.shared.wire import Asked


class VideoController(NamedController):
    repository = VideoRepository
    computed = {"channel_name": str | None}


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
    async def import_folder(self, request: Asked, data: JSONBody[ImportRequest]) -> ImportReport:
        """Answers when it has ended. The folder must lie in one of IMPORT_ROOTS."""
        if not request.user.is_administrator:
            raise Forbidden("Only an administrator may import.")
        folder = allowed_folder(data.folder, settings().import_roots)
        return await LibraryImport(folder, dry_run=data.dry_run, restore=data.restore).run()


ROUTES: list[ControllerRouterHandler] = [
    ChannelController,
    VideoController,
    ImportController,
    page_of(ChannelController, VideoController, "channel_id", order="-upload_date"),
]
