from litestar.types import ControllerRouterHandler

from apps.catalog.controllers import VideoController
from apps.moments.repositories import (
    ClipRepository,
    GenerationConfigRepository,
    MomentRepository,
    PipelineHistoryRepository,
    PromptRepository,
    ThumbnailRepository,
)
from apps.shared.db.access import LIBRARY
from apps.shared.http.controllers import TableController
from apps.shared.http.exposure import Exposure
from apps.shared.http.related import serve_related_page, serve_related_row
from apps.transcripts.controllers import TranscriptController


class PromptController(TableController):
    repository = PromptRepository
    exposure = Exposure(unwritable=("prompt_hash",))


class GenerationConfigController(TableController):
    repository = GenerationConfigRepository
    exposure = Exposure(unwritable=("config_hash",))


class MomentController(TableController):
    repository = MomentRepository
    exposure = Exposure(access=LIBRARY, identifier="identifier", sortable=("start_time",))


class ClipController(TableController):
    repository = ClipRepository
    exposure = Exposure(access=LIBRARY)


class ThumbnailController(TableController):
    repository = ThumbnailRepository
    exposure = Exposure(access=LIBRARY)


class PipelineHistoryController(TableController):
    repository = PipelineHistoryRepository
    exposure = Exposure(identifier="identifier", sortable=("started_at",))


ROUTES: list[ControllerRouterHandler] = [
    PromptController,
    GenerationConfigController,
    MomentController,
    ClipController,
    ThumbnailController,
    PipelineHistoryController,
    serve_related_page(VideoController, MomentController, "video_id", order="start_time"),
    serve_related_page(VideoController, ClipController, "video_id"),
    serve_related_page(VideoController, ThumbnailController, "video_id"),
    serve_related_page(VideoController, PipelineHistoryController, "video_id", order="-started_at"),
    serve_related_page(TranscriptController, GenerationConfigController, "transcript_id"),
    serve_related_page(PromptController, GenerationConfigController, "prompt_id"),
    serve_related_page(GenerationConfigController, MomentController, "generation_config_id"),
    serve_related_page(
        GenerationConfigController, PipelineHistoryController, "generation_config_id"
    ),
    serve_related_page(MomentController, MomentController, "parent_id", "children", "start_time"),
    serve_related_row(MomentController, ClipController, "moment_id"),
    serve_related_row(ClipController, ThumbnailController, "clip_id"),
]
