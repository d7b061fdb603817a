from litestar.types import ControllerRouterHandler

from apps.catalog.controllers import VideoController
from apps.shared.http.controllers import TableController, page_of
from apps.transcripts.repositories import ChunkRepository, TranscriptRepository


class ChunkController(TableController):
    repository = ChunkRepository


class TranscriptController(TableController):
    """Pages leave out the text and its times: get one transcript for those."""

    repository = TranscriptRepository
    unchangeable = ("full_text", "word_timestamps", "segment_timestamps")


ROUTES: list[ControllerRouterHandler] = [
    TranscriptController,
    ChunkController,
    page_of(VideoController, TranscriptController, "video_id"),
    page_of(TranscriptController, ChunkController, "transcript_id", order="chunk_index"),
]
