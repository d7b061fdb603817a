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
from apps.shared.http.controllers import NamedController, TableController, page_of, row_of
from apps.shared.http.exposure import Exposure
from apps.transcripts.controllers import TranscriptController


class PromptController(TableController):
    repository = PromptRepository
    exposure = Exposure(unwritable=("prompt_hash",))


class GenerationConfigController(TableController):
    repository = GenerationConfigRepository
    exposure = Exposure(unwritable=("config_hash",))


class MomentController(NamedController):
    repository = MomentRepository
    exposure = Exposure(access=LIBRARY, identifier="identifier", sortable=("start_time",))


class ClipController(TableController):
    repository = ClipRepository
    exposure = Exposure(access=LIBRARY)


class ThumbnailController(TableController):
    repository = ThumbnailRepository
    exposure = Exposure(access=LIBRARY)


class PipelineHistoryController(NamedController):
    repository = PipelineHistoryRepository
    exposure = Exposure(identifier="identifier", sortable=("started_at",))


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
