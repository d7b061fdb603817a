from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath, FromQuery

from apps.catalog.repositories import VideoRepository
from apps.shared.rest import Cursor, Limit, TableController, json
from apps.transcripts.repositories import ChunkRepository, TranscriptRepository

if TYPE_CHECKING:
    # As in apps.shared.rest.
    Page: TypeAlias = Any
    ChunkPage: TypeAlias = Any
    TranscriptPage: TypeAlias = Any


class ChunkController(TableController):
    path = "/api/chunks"
    repository = ChunkRepository

    @get(summary="List")
    async def list(
        self,
        limit: Limit = 50,
        cursor: Cursor = None,
        transcript_id: FromQuery[UUID | None] = None,
    ) -> "Page":
        equal = {"transcript_id": transcript_id}
        return json(await self.rows.page_json(limit=limit, cursor=cursor, equal=equal))


class TranscriptController(TableController):
    """Pages leave out the text and its times: get one transcript for those."""

    path = "/api/transcripts"
    repository = TranscriptRepository
    unchangeable = ("full_text", "word_timestamps", "segment_timestamps")
    names = {"ChunkPage": ChunkController.signature_namespace["Page"]}

    @get(summary="List")
    async def list(
        self, limit: Limit = 50, cursor: Cursor = None, video_id: FromQuery[UUID | None] = None
    ) -> "Page":
        equal = {"video_id": video_id}
        return json(await self.rows.page_json(limit=limit, cursor=cursor, equal=equal))

    @get("/{row_id:uuid}/chunks", summary="A transcript's chunks", tags=["Chunks"])
    async def chunks(
        self, row_id: FromPath[UUID], limit: Limit = 50, cursor: Cursor = None
    ) -> "ChunkPage":
        equal = {"transcript_id": row_id}
        return json(await ChunkRepository().page_json(limit=limit, cursor=cursor, equal=equal))


class VideoTranscriptController(Controller):
    path = "/api/videos/{key:str}/transcripts"
    tags = ["Transcripts"]
    signature_namespace = {"TranscriptPage": TranscriptController.signature_namespace["Page"]}

    @get(summary="A video's transcripts")
    async def list(
        self, key: FromPath[str], limit: Limit = 50, cursor: Cursor = None
    ) -> "TranscriptPage":
        equal = {"video_id": await VideoRepository().find_id(key)}
        return json(await TranscriptRepository().page_json(limit=limit, cursor=cursor, equal=equal))
