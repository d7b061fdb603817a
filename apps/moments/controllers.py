from litestar.types import ControllerRouterHandler

from apps.catalog.repositories import VideoRepository
from apps.moments.repositories import (
    ClipRepository,
    GenerationConfigRepository,
    MomentRepository,
    PipelineHistoryRepository,
    PromptRepository,
    ThumbnailRepository,
)
from apps.shared.rest import NamedController, TableController, page_of, row_of
from apps.transcripts.repositories import TranscriptRepository


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
    page_of(VideoRepository, MomentController, "video_id"),
    page_of(VideoRepository, ClipController, "video_id"),
    page_of(VideoRepository, ThumbnailController, "video_id"),
    page_of(VideoRepository, PipelineHistoryController, "video_id"),
    page_of(TranscriptRepository, GenerationConfigController, "transcript_id"),
    page_of(PromptRepository, GenerationConfigController, "prompt_id"),
    page_of(GenerationConfigRepository, MomentController, "generation_config_id"),
    page_of(GenerationConfigRepository, PipelineHistoryController, "generation_config_id"),
    page_of(MomentRepository, MomentController, "parent_id", "children"),
    row_of(MomentRepository, ClipController, "moment_id"),
    row_of(ClipRepository, ThumbnailController, "clip_id"),
]
