from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from litestar import delete, get, patch
from litestar.params import FromPath, FromQuery, JSONBody

from apps.catalog.repositories import ChannelRepository, VideoRepository
from apps.shared.rest import Cursor, Limit, TableController, json
from apps.shared.schemas import given

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

    @get(summary="List")
    async def list(
        self,
        limit: Limit = 50,
        cursor: Cursor = None,
        channel_id: FromQuery[UUID | None] = None,
        channel_name: FromQuery[str | None] = None,
    ) -> "Page":
        equal = {"channel_id": channel_id, "channel_name": channel_name}
        return json(await self.rows.page_json(limit=limit, cursor=cursor, equal=equal))

    @get("/{key:str}", summary="Get")
    async def retrieve(self, key: FromPath[str]) -> "Read":
        return json(await self.rows.get_by_key_json(key))

    @patch("/{key:str}", summary="Change only what is sent")
    async def change(self, key: FromPath[str], data: "JSONBody[Update]") -> "Read":
        return json(await self.rows.update_json(await self.rows.find_id(key), given(data)))

    @delete("/{key:str}", summary="Delete, with all that belongs to it")
    async def remove(self, key: FromPath[str]) -> None:
        await self.rows.delete(await self.rows.find_id(key))


class ChannelController(TableController):
    path = "/api/channels"
    repository = ChannelRepository
    names = {"VideoPage": VideoController.signature_namespace["Page"]}

    @get("/{row_id:uuid}/videos", summary="A channel's videos", tags=["Videos"])
    async def videos(
        self, row_id: FromPath[UUID], limit: Limit = 50, cursor: Cursor = None
    ) -> "VideoPage":
        equal = {"channel_id": row_id}
        return json(await VideoRepository().page_json(limit=limit, cursor=cursor, equal=equal))
