from litestar.types import ControllerRouterHandler

from apps.catalog.repositories import ChannelRepository, VideoRepository
from apps.moments.repositories import ClipRepository
from apps.publishing.repositories import MusicRepository, PresetRepository, PublicationRepository
from apps.shared.rest import TableController, page_of


class PresetController(TableController):
    repository = PresetRepository


class MusicController(TableController):
    repository = MusicRepository


class PublicationController(TableController):
    repository = PublicationRepository


ROUTES: list[ControllerRouterHandler] = [
    PresetController,
    MusicController,
    PublicationController,
    page_of(ChannelRepository, PublicationController, "channel_id"),
    page_of(VideoRepository, PublicationController, "video_id"),
    page_of(ClipRepository, PublicationController, "clip_id"),
    page_of(PresetRepository, PublicationController, "preset_id"),
    page_of(MusicRepository, PublicationController, "music_id"),
]
