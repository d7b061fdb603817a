from litestar.types import ControllerRouterHandler

from apps.catalog.controllers import ChannelController, VideoController
from apps.moments.controllers import ClipController
from apps.publishing.repositories import MusicRepository, PresetRepository, PublicationRepository
from apps.shared.db.access import LIBRARY
from apps.shared.http.controllers import TableController, page_of
from apps.shared.http.exposure import Exposure


class PresetController(TableController):
    repository = PresetRepository


class MusicController(TableController):
    repository = MusicRepository


class PublicationController(TableController):
    repository = PublicationRepository
    exposure = Exposure(access=LIBRARY)


ROUTES: list[ControllerRouterHandler] = [
    PresetController,
    MusicController,
    PublicationController,
    page_of(ChannelController, PublicationController, "channel_id"),
    page_of(VideoController, PublicationController, "video_id"),
    page_of(ClipController, PublicationController, "clip_id"),
    page_of(PresetController, PublicationController, "preset_id"),
    page_of(MusicController, PublicationController, "music_id"),
]
