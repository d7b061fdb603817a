from litestar.types import ControllerRouterHandler

from apps.catalog.controllers import ChannelController, VideoController
from apps.shared.db.access import LIBRARY
from apps.shared.http.controllers import TableController, page_of
from apps.shared.http.exposure import Exposure
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
    page_of(
        ChannelController, ChannelStatisticsController, "channel_id", "statistics", "recorded_at"
    ),
    page_of(VideoController, VideoStatisticsController, "video_id", "statistics", "recorded_at"),
]
