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
from apps.shared.http.controllers import NamedController, TableController, page_of, row_of
from apps.transcripts.controllers import TranscriptController


class PromptController(TableController):
    repository = PromptRepository
    unwritable = ("prompt_hash",)


class GenerationConfigController(TableController):
    repository = GenerationConfigRepository
    unwritable = ("config_hash",)


class MomentController(NamedController):
    repository = MomentRepository


class ClipController(TableController):
    repository = ClipRepository


class ThumbnailController(TableController):
    repository = ThumbnailRepository


class PipelineHistoryController(NamedController):
    repository = PipelineHistoryRepository


ROUTES: list[ControllerRouterHandler] = [
    PromptController,
    GenerationConfigController,
    MomentController,
    ClipController,
    ThumbnailController,
    PipelineHistoryController,
    page_of(VideoController, MomentController, "video_id", order="start_time"),
    page_of(VideoController, ClipController, "video_id"),
    page_of(VideoController, ThumbnailController, "video_id"),
    page_of(VideoController, PipelineHistoryController, "video_id", order="-started_at"),
    page_of(TranscriptController, GenerationConfigController, "transcript_id"),
    page_of(PromptController, GenerationConfigController, "prompt_id"),
    page_of(GenerationConfigController, MomentController, "generation_config_id"),
    page_of(GenerationConfigController, PipelineHistoryController, "generation_config_id"),
    page_of(MomentController, MomentController, "parent_id", "children", "start_time"),
    row_of(MomentController, ClipController, "moment_id"),
    row_of(ClipController, ThumbnailController, "clip_id"),
]
