from litestar.types import ControllerRouterHandler

from apps.catalog.controllers import ChannelController, VideoController
from apps.moments.controllers import ClipController
from apps.publishing.repositories import MusicRepository, PresetRepository, PublicationRepository
from apps.shared.db.access import LIBRARY
from apps.shared.http.controllers import TableController
from apps.shared.http.exposure import Exposure
from apps.shared.http.related import serve_related_page


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
    serve_related_page(ChannelController, PublicationController, "channel_id"),
    serve_related_page(VideoController, PublicationController, "video_id"),
    serve_related_page(ClipController, PublicationController, "clip_id"),
    serve_related_page(PresetController, PublicationController, "preset_id"),
    serve_related_page(MusicController, PublicationController, "music_id"),
]
