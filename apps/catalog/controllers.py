from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from apps.catalog.imports.report import ImportReport
from apps.catalog.imports.service import LibraryImport, allowed_folder
from apps.catalog.repositories import ChannelRepository, VideoRepository, as_uuid
from apps.catalog.schemas import ImportRequest
from apps.shared.problems import problems
from apps.shared.rest import Cursor, Limit, TableController, json
from apps.shared.schemas import given
from apps.shared.settings import settings

if TYPE_CHECKING:
    # As in apps.shared.rest.
    Read: TypeAlias = Any
    Update: TypeAlias = Any
    Page: TypeAlias = Any
    VideoPage: TypeAlias = Any


class VideoController(TableController):
    """A video is addressed by its id or by its identifier."""

    path = "/api/videos"
    repository = VideoRepository
    computed = {"channel_name": str | None}
    rows = VideoRepository()

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

    @get("/{key:str}", summary="Get", responses=problems(404))
    async def retrieve(self, key: FromPath[str]) -> "Read":
        return json(await self.rows.get_by_key_json(key))

    @patch("/{key:str}", summary="Change only what is sent", responses=problems(404, 409, 422))
    async def change(self, key: FromPath[str], data: "JSONBody[Update]") -> "Read":
        row_id = as_uuid(key) or await self.rows.find_id(key)
        return json(await self.rows.update_json(row_id, given(data)))

    @delete("/{key:str}", summary="Delete, with all that belongs to it", responses=problems(404))
    async def remove(self, key: FromPath[str]) -> None:
        await self.rows.delete(as_uuid(key) or await self.rows.find_id(key))


class ChannelController(TableController):
    path = "/api/channels"
    repository = ChannelRepository
    names = {"VideoPage": VideoController.signature_namespace["Page"]}

    @get(
        "/{row_id:uuid}/videos",
        summary="A channel's videos",
        tags=["Videos"],
        responses=problems(404),
    )
    async def videos(
        self, row_id: FromPath[UUID], limit: Limit = 50, cursor: Cursor = None
    ) -> "VideoPage":
        await self.rows.check_exists(row_id)
        equal = {"channel_id": row_id}
        return json(await VideoRepository().page_json(limit=limit, cursor=cursor, equal=equal))


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
