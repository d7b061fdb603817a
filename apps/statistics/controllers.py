from litestar.types import ControllerRouterHandler

from apps.catalog.controllers import ChannelController, VideoController
from apps.shared.db.access import LIBRARY
from apps.shared.http.controllers import TableController
from apps.shared.http.exposure import Exposure
from apps.shared.http.related import serve_related_page
from apps.statistics.repositories import ChannelStatisticsRepository, VideoStatisticsRepository


class ChannelStatisticsController(TableController):
    repository = ChannelStatisticsRepository
    exposure = Exposure(access=LIBRARY, sortable=("recorded_at",))


class VideoStatisticsController(TableController):
    repository = VideoStatisticsRepository
    exposure = Exposure(access=LIBRARY, sortable=("recorded_at",))


ROUTES: list[ControllerRouterHandler] = [
    ChannelStatisticsController,
    VideoStatisticsController,
    serve_related_page(
        ChannelController, ChannelStatisticsController, "channel_id", "statistics", "recorded_at"
    ),
    serve_related_page(
        VideoController, VideoStatisticsController, "video_id", "statistics", "recorded_at"
    ),
]
