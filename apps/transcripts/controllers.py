from litestar.types import ControllerRouterHandler

from apps.catalog.controllers import VideoController
from apps.shared.db.access import OWN_OR_SHARED, Access
from apps.shared.http.controllers import TableController
from apps.shared.http.exposure import Exposure
from apps.shared.http.related import serve_related_page
from apps.transcripts.repositories import ChunkRepository, TranscriptRepository

IN_VISIBLE_TRANSCRIPT = (
    "EXISTS (SELECT FROM transcripts o WHERE o.id = t.transcript_id"
    " AND (o.user_id IS NULL OR o.user_id = {me}))"
)
IN_OWN_TRANSCRIPT = (
    "EXISTS (SELECT FROM transcripts o WHERE o.id = t.transcript_id AND o.user_id = {me})"
)
TEXTS = ("full_text", "word_timestamps", "segment_timestamps")


class ChunkController(TableController):
    repository = ChunkRepository
    exposure = Exposure(
        access=Access(
            read=f"(t.user_id IS NULL OR t.user_id = {{me}}) AND {IN_VISIBLE_TRANSCRIPT}",
            write=IN_OWN_TRANSCRIPT,
            owner="user_id",
            through="transcript_id",
        ),
        sortable=("chunk_index",),
    )


class TranscriptController(TableController):
    """Lists omit the text and its timestamps. Get a single transcript for them."""

    repository = TranscriptRepository
    exposure = Exposure(
        access=OWN_OR_SHARED,
        heavy=TEXTS,
        unchangeable=TEXTS,
    )


ROUTES: list[ControllerRouterHandler] = [
    TranscriptController,
    ChunkController,
    serve_related_page(VideoController, TranscriptController, "video_id"),
    serve_related_page(TranscriptController, ChunkController, "transcript_id", order="chunk_index"),
]
